"""One embedded PostgreSQL server shared by everything that needs it at the moment.

`make up`, `manage.py` commands and test runs of one checkout may overlap in any order. Each is a *user* of the
server: it holds a shared lock. The first one starts a small *keeper* process, which starts PostgreSQL and then waits
for the exclusive lock: the kernel grants it when the last user is gone, however it went, and the keeper stops the
server. So nothing is polled, nothing is counted, and neither Ctrl-C nor kill -9 leaves a server behind.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from prm.dev.locks import FileLock, is_held_alone, locked
from prm.dev.paths import ROOT
from prm.dev.postgres import Postgres, PostgresError
from prm.dev.roles import APP, OWNER, ensure_roles

MAINTENANCE_DATABASE = "postgres"
STOP_SECONDS = 30


class SharedServer:
    """A named server of this checkout as its users see it: `dev` keeps data safe, `test` does not."""

    def __init__(self, state: Path, name: str) -> None:
        self.state = state
        self.name = name
        self._users = FileLock(users_lock(state, name))
        self._cluster: Postgres | None = None

    @property
    def cluster(self) -> Postgres:
        """The cluster's paths and addresses; known before the server runs."""
        if self._cluster is None:
            self._cluster = Postgres(self.state, self.name, durable=self.name != "test")
        return self._cluster

    def app_url(self, database: str) -> str:
        """Address as the role that owns nothing."""
        return self.cluster.url(APP, database)

    def owner_url(self, database: str) -> str:
        """Address as the role that owns the tables."""
        return self.cluster.url(OWNER, database)

    def acquire(self) -> None:
        """Become a user of the server; starts it when nobody else has.

        Raises:
            PostgresError: when it does not start.
        """
        self._users.share()  # waits while a keeper is just stopping
        try:
            with locked(self.state / "run" / f"{self.name}.start"):
                if not is_held_alone(server_lock(self.state, self.name)):
                    _start_keeper(self.state, self.name)
        except BaseException:
            self._users.release()
            raise

    def release(self) -> None:
        """Stop being a user, and wait for the server to end if nobody else is one."""
        last = self._users.try_take()
        self._users.release()
        if not last:
            # Either others still use it, or the keeper is stopping it already and holds the lock alone.
            others = not is_held_alone(users_lock(self.state, self.name))
            if others:
                return
        deadline = time.monotonic() + STOP_SECONDS
        while is_held_alone(server_lock(self.state, self.name)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def when_gone(self, call: Callable[[], None]) -> None:
        """Call `call` from a thread when the server ends, for whatever reason."""

        def wait() -> None:
            lock = FileLock(server_lock(self.state, self.name))
            lock.share()
            lock.release()
            call()

        threading.Thread(target=wait, daemon=True, name=f"{self.name}-server-watch").start()


def users_lock(state: Path, name: str) -> Path:
    """Shared by the users, held alone by a keeper that is stopping."""
    return state / "run" / f"{name}.users"


def server_lock(state: Path, name: str) -> Path:
    """Held alone by the keeper as long as it lives."""
    return state / "run" / f"{name}.server"


def _start_keeper(state: Path, name: str) -> None:
    """Start the keeper and wait for its word that the server answers."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "prm.dev.server", str(state), name],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    answer = keeper.stdout.readline()
    if answer.strip() != b"ready":
        message = (answer + keeper.stdout.read() + keeper.stderr.read()).decode(errors="replace").strip()
        keeper.wait()
        raise PostgresError(message or "The database server ended before it was ready.")
    keeper.stdout.close()
    keeper.stderr.close()
    # The keeper outlives this function on purpose; say so, or Popen warns that it was not waited for.
    keeper.returncode = 0


class _ServerEnded(Exception):
    pass


class _ToldToStop(Exception):
    pass


def keep(state: Path, name: str) -> int:
    """Run the server until its last user is gone. The keeper's main function; returns the exit code."""

    def on_child(_signum: int, _frame: FrameType | None) -> None:
        if cluster.process is not None and cluster.process.poll() is not None:
            raise _ServerEnded

    def on_stop(_signum: int, _frame: FrameType | None) -> None:
        raise _ToldToStop

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    life = FileLock(server_lock(state, name))
    life.take()  # at once, but for someone who is just looking whether it is held
    users = FileLock(users_lock(state, name))
    try:
        cluster = Postgres(state, name, durable=name != "test")
        cluster.start()
        ensure_roles(cluster.superuser_connection())
    except Exception as error:  # noqa: BLE001  (whatever it is, the starter must hear of it)
        print(error, flush=True)
        return 1
    try:
        signal.signal(signal.SIGTERM, on_stop)
        signal.signal(signal.SIGCHLD, on_child)
        _say_ready()
        users.take()
    except (_ServerEnded, _ToldToStop):
        pass
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        cluster.stop()
    return 0


def _say_ready() -> None:
    """Answer the starter, then let go of its pipes: it may be gone long before us."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), sys.argv[2]))
