"""`make test`: the whole test suite, in parallel, with the browser journeys where a browser is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from prm.dev.assets import AssetsBuild, AssetsError
from prm.dev.paths import LOGS, ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_browser() -> str | None:
    """The Chromium that drives the journeys: CHROMIUM, or the first known one on the path."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or next((path for path in MAC_BROWSERS if Path(path).exists()), None)


def test(arguments: list[str]) -> int:
    """Run pytest. Returns its exit code, or 1 when a required browser is missing."""
    environment = dict(os.environ)
    browser = find_browser()
    if browser:
        environment["CHROMIUM"] = browser
        print(f"Browser journeys run in {browser}.", flush=True)
    elif environment.get("REQUIRE_BROWSER") == "1":
        print("REQUIRE_BROWSER=1, but no Chromium was found. Install one, or name it with CHROMIUM=.", file=sys.stderr)
        return 1
    else:
        print("No Chromium found: the browser journeys are skipped. Name one with CHROMIUM=.", flush=True)
    try:
        AssetsBuild.start(LOGS).wait()
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    # The user's own -n, --pdb and the like come later and win.
    parallel = ["-n", environment.get("PYTEST_WORKERS", "2"), "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *parallel, *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
