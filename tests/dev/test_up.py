"""`make up` as a whole, in a copy of the checkout: a page comes, and nothing is left however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prm.dev.home import LONGEST_SOCKET_NAME, remove_clusters, short_directory
from prm.dev.paths import ROOT
from prm.dev.running import RunningStack, running_stack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are counted through /proc"),
]
SECONDS = 180
CODE = ["manage.py", "prm", "partners", "performance", "incentives", "training", "portal", "templates", "static_build"]
OUTSIDE = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "CELERY_BROKER_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "PRM_DB_ROLE",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the code with a state of its own, in a place with blanks that is too deep for a socket.

    Each test starts on the data of the one before.
    """
    copy = tmp_path_factory.mktemp("up") / "a deep place" / ("x" * 60) / "check out"
    copy.mkdir(parents=True)
    for name in [*CODE, "requirements.txt"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, copy / name)
    yield copy
    shutil.rmtree(short_directory(copy / ".data" / "redis" / "socket", "/redis.sock"), ignore_errors=True)
    shutil.rmtree(
        short_directory(copy / ".data" / "postgres" / "dev" / "sockets", LONGEST_SOCKET_NAME), ignore_errors=True
    )
    remove_clusters(copy / ".data")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(checkout: Path) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
    return subprocess.Popen(
        [sys.executable, "-m", "prm.dev", "up"],
        cwd=checkout,
        env=environment | {"PORT": str(free_port()), "DEMO": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def until_ready(launcher: "subprocess.Popen[bytes]", checkout: Path) -> RunningStack:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and launcher.poll() is None:
        stack = running_stack(checkout / ".data")
        if stack is not None:
            return stack
        time.sleep(0.1)
    launcher.kill()
    pytest.fail(launcher.communicate()[0].decode(errors="replace"))


def processes_of(checkout: Path) -> list[str]:
    """Command lines that name the checkout or its cluster, or that run inside it."""
    cluster = (checkout / ".data" / "cluster-id").read_text() if os.geteuid() == 0 else str(checkout)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            inside = process.joinpath("cwd").resolve() == checkout
        except OSError:
            continue
        if command and (inside or str(checkout) in command or cluster in command):
            found.append(command)
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_page_comes_and_a_signal_stops_everything(checkout: Path, signum: int) -> None:
    launcher = start(checkout)
    stack = until_ready(launcher, checkout)

    with urllib.request.urlopen(stack.url, timeout=60) as answer:  # noqa: S310  (our own)
        status = answer.status
    launcher.send_signal(signum)
    launcher.communicate(timeout=60)

    assert status == 200
    assert launcher.returncode == 0
    assert processes_of(checkout) == []


def test_a_second_start_says_what_runs_and_a_killed_launcher_leaves_nothing(checkout: Path) -> None:
    launcher = start(checkout)
    stack = until_ready(launcher, checkout)

    second = start(checkout)
    said = second.communicate(timeout=60)[0].decode()
    launcher.kill()
    launcher.communicate()

    assert second.returncode == 0
    assert f"Already running at {stack.url} (process {launcher.pid})" in said
    assert wait_until(lambda: processes_of(checkout) == [], 20), processes_of(checkout)


def test_the_death_of_one_process_ends_the_rest_with_its_last_lines(checkout: Path) -> None:
    launcher = start(checkout)
    until_ready(launcher, checkout)
    beat = next(
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if b"beat" in process.joinpath("cmdline").read_bytes() and process.joinpath("cwd").resolve() == checkout
    )

    os.kill(beat, signal.SIGKILL)
    said = launcher.communicate(timeout=60)[0].decode()

    assert launcher.returncode == 1
    assert "The beat process was killed by SIGKILL; the rest is stopped." in said
    assert processes_of(checkout) == []
