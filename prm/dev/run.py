"""The one command behind the Makefile: `python3 prm/dev/run.py up|setup|test|check|lock|reset`.

Needs Python 3.11 or newer and nothing else. It makes `.venv`, installs the hashed requirements when they changed,
and hands over to `prm.dev` inside it. Standard library only, and no import of anything beside it.
"""

from __future__ import annotations  # lets an older Python read this far and find a newer one

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements-dev.txt"
STAMP = VENV / ".installed"
OLDEST = (3, 11)
NEWEST = (3, 13)
TARGETS = {
    "up": "start everything and print the address; Ctrl-C stops it (PORT=, HOST=, DEMO=0)",
    "setup": "only the environment, the dependencies and the front-end files",
    "test": "run the tests; further arguments go to pytest",
    "check": "lint, format, types, import order, missing migrations, templates",
    "lock": "compile the requirement files anew",
    "reset": "delete the embedded databases",
}


def main(arguments: list[str]) -> int:  # noqa: RET503  (the end of it becomes another program)
    """Run one target; returns the exit code, or becomes the target's process."""
    if not arguments or arguments[0] not in TARGETS:
        print(
            "Usage: python3 prm/dev/run.py TARGET", *(f"  {name:<6} {text}" for name, text in TARGETS.items()), sep="\n"
        )
        return 2
    if os.name != "posix":
        return fail("This launcher runs on Linux and macOS. On Windows use WSL 2, or see docs/deployment.md.")
    if sys.version_info < OLDEST:
        return hand_to_newer_python(arguments)
    DATA.mkdir(exist_ok=True)
    try:
        make_environment()
    except KeyboardInterrupt:
        return 130
    except SetupError as error:
        return fail(str(error))
    target, *rest = arguments
    if target == "setup":
        return subprocess.run([python(), "-m", "prm.ui.assets"], cwd=ROOT, check=False).returncode
    os.chdir(ROOT)
    os.execv(python(), [str(python()), "-m", "prm.dev", target, *rest])


class SetupError(Exception):
    """The environment could not be made; the message says what to do."""


def fail(message: str) -> int:
    """Say why and return the exit code."""
    print(message, file=sys.stderr, flush=True)
    return 1


def python() -> Path:
    """The environment's interpreter."""
    return VENV / "bin" / "python"


def hand_to_newer_python(arguments: list[str]) -> int:
    """Run again under a newer Python, if one is on the path."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and works([found, "--version"]):
            os.execv(found, [found, __file__, *arguments])
    return fail(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")


def make_environment() -> None:
    """Make `.venv` as the requirements say. Quick when nothing changed.

    Raises:
        SetupError: when the environment or a package cannot be installed.
    """
    import fcntl

    # Two first starts at once: the second waits and then finds everything done.
    with (DATA / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if STAMP.exists() and STAMP.read_text() == wanted and interpreter_works():
            return
        began = time.monotonic()
        pip = make_venv()
        print("Installing the dependencies, which takes about a minute ...", flush=True)
        install(pip)
        STAMP.write_text(wanted)
        print(f"Environment ready: {time.monotonic() - began:.0f} s", flush=True)


def fingerprint() -> str:
    """Changes whenever the environment must be made or filled anew."""
    return f"{VENV} {hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()}"


def interpreter_works() -> bool:
    """Whether the environment's Python still exists: systems replace theirs."""
    try:
        return subprocess.run([python(), "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> list[str]:
    """Make the environment if it is missing or broken. Returns the command that is its pip.

    Raises:
        SetupError: when neither ensurepip nor a pip outside is there.
    """
    own_pip = [str(python()), "-m", "pip"]
    if interpreter_works() and works([*own_pip, "--version"]):
        return own_pip
    if VENV.exists() and not interpreter_works():
        shutil.rmtree(VENV)
    print(f"Making the environment with Python {sys.version.split()[0]} ...", flush=True)
    if works([sys.executable, "-m", "venv", str(VENV)]) and works([*own_pip, "--version"]):
        return own_pip
    # Debian keeps ensurepip in a package of its own: an environment without pip, filled by the system's.
    shutil.rmtree(VENV, ignore_errors=True)
    outside = [sys.executable, "-m", "pip", "--python", str(python())]
    if works([sys.executable, "-m", "venv", "--without-pip", str(VENV)]) and works([*outside, "--version"]):
        return outside
    shutil.rmtree(VENV, ignore_errors=True)
    raise SetupError(
        "This Python can neither make an environment with pip nor lend its own pip. "
        "Install one of them, on Debian and Ubuntu: apt-get install python3-venv"
    )


def install(pip: list[str]) -> None:
    """Install the pinned, hashed requirements.

    Raises:
        SetupError: when pip fails.
    """
    command = [
        *pip, "install", "-qq", "--disable-pip-version-check", "--no-input", "--require-hashes",
        "--requirement", str(REQUIREMENTS),
    ]  # fmt: skip
    misleading = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET"}
    environment = {name: value for name, value in os.environ.items() if name not in misleading}
    if subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode:
        raise SetupError("The dependencies could not be installed; what pip said is above.")


def works(command: list[str]) -> bool:
    """Whether a command runs and succeeds."""
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
