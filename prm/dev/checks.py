"""`make check`: everything that judges the code without running its tests. All of it runs, then all failures show."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from prm.dev.paths import ROOT

PYTHON = sys.executable
TEMPLATES = "templates"

CHECKS: dict[str, Sequence[str]] = {
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "types": [PYTHON, "-m", "mypy"],
    "import order": [str(Path(PYTHON).with_name("lint-imports"))],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "templates": [PYTHON, "-m", "djlint", TEMPLATES, "--lint", "--quiet"],
    "templates compile": [PYTHON, "manage.py", "check_templates"],
    "system checks": [PYTHON, "manage.py", "check", "--database", "default", "--fail-level", "WARNING"],
}


def check() -> int:
    """Run every check. Returns 0 when all pass."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "prm.settings.dev")}
    failed = []
    for name, command in CHECKS.items():
        began = time.monotonic()
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:<20} {verdict:<7} {time.monotonic() - began:5.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            print((done.stdout + done.stderr).rstrip(), flush=True)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", file=sys.stderr, flush=True)
    return 1 if failed else 0
