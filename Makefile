# Each target is one line that any machine without make can run by itself.
PYTHON ?= python3

.PHONY: up setup test check lock reset
up:    ; @exec $(PYTHON) prm/dev/run.py up
setup: ; @exec $(PYTHON) prm/dev/run.py setup
test:  ; @exec $(PYTHON) prm/dev/run.py test $(ARGS)
check: ; @exec $(PYTHON) prm/dev/run.py check
lock:  ; @exec $(PYTHON) prm/dev/run.py lock
reset: ; @exec $(PYTHON) prm/dev/run.py reset
