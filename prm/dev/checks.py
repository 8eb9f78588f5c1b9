"""`make check`: everything that judges the code without running its tests. All of it runs, then all failures show."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prm.dev.assets import AssetsBuild, AssetsError
from prm.dev.paths import LOGS, ROOT

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
    """Run every check, as many at once as there are processors. Returns 0 when all pass."""
    try:
        AssetsBuild.start(LOGS).wait()  # Django's own checks look for the built files
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for name, (code, output, seconds) in zip(CHECKS, pool.map(run, CHECKS.values()), strict=True):
            print(f"{name:<20} {'FAILED' if code else 'ok':<7} {seconds:5.1f} s", flush=True)
            if code:
                failed.append(name)
                print(output.rstrip(), flush=True)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", file=sys.stderr, flush=True)
    return 1 if failed else 0


def run(command: Sequence[str]) -> tuple[int, str, float]:
    """A command's exit code, its output and how long it took."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "prm.settings.dev")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout, time.monotonic() - began
