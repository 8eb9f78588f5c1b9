"""The part of the launcher that runs inside `.venv`: `python -m prm.dev up|test|check|lock|reset`."""

import os
import sys

from prm.dev import checks, lock, reset, stack, suite

DEFAULT_PORT = "8000"


def main(arguments: list[str]) -> int:
    """Run one target; returns the exit code."""
    target, *rest = arguments
    if target == "up":
        return stack.up(host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", DEFAULT_PORT)))
    if target == "test":
        return suite.test(rest)
    if target == "check":
        return checks.check()
    if target == "lock":
        return lock.compile_requirements()
    if target == "reset":
        return reset.reset()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
