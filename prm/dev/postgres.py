"""One embedded PostgreSQL cluster: made once, started as a child process, reached through a socket only.

There is no port: `listen_addresses` is empty and the socket's directory is closed to other users, which is why no
passwords are needed inside it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from prm.dev.home import cluster_home, server_pid_runs, socket_directory
from prm.dev.identity import Identity, choose_identity
from prm.dev.process import stop

SUPERUSER = "postgres"
START_SECONDS = 60

# Sorting and case rules that are the same on every machine and survive upgrades of the system's locales.
# lc-ctype must be UTF-8 all the same, or pg_trgm drops every letter outside ASCII.
LOCALE = [
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-collate=C",
    f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}",
]
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
}
# For tests only: a crash of the machine may lose the cluster, which is then made anew.
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "5min",
}


class PostgresError(RuntimeError):
    """The server could not be made, started or reached; the message holds its last lines."""


class Postgres:
    """A cluster of this checkout. `durable=False` trades safety against power loss for speed."""

    def __init__(self, state: Path, name: str, *, durable: bool, identity: Identity | None = None) -> None:
        self.identity = identity or choose_identity()
        self.durable = durable
        self.home = cluster_home(state, name, self.identity)
        self.data = self.home / "pg"
        self.sockets = socket_directory(self.home, self.identity)
        self.log = state / "logs" / f"postgres-{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start the server and wait until it answers.

        The caller holds the cluster's lock. Must be called in the main thread.

        Raises:
            PostgresError: when it does not answer; nothing is left running.
        """
        self._make()
        self._stop_leftover()
        try:
            self._launch()
        except PostgresError:
            if self.durable:
                raise
            shutil.rmtree(self.data, ignore_errors=True)
            self._make()
            self._launch()

    def stop(self) -> None:
        """End the server: at once for its clients, but with everything written."""
        if self.process is not None:
            stop(self.process, signum=signal.SIGINT, grace=30)
            self.process = None

    def _make(self) -> None:
        for leftover in self.home.glob("init-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        # Made under another name: a half-made cluster is never mistaken for a whole one.
        scratch = self.home / f"init-{os.getpid()}"
        done = subprocess.run(
            [
                self.identity.programs / "bin" / "initdb",
                "-D", scratch, "-U", SUPERUSER, "--auth=trust", "--no-instructions",
                *LOCALE,
                *([] if self.durable else ["--no-sync"]),
            ],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.identity.popen_arguments(signal.SIGTERM),
        )  # fmt: skip
        if done.returncode:
            raise PostgresError(f"initdb failed:\n{done.stdout.decode(errors='replace')}")
        scratch.rename(self.data)

    def _refuse_other_version(self) -> None:
        cluster = (self.data / "PG_VERSION").read_text().strip()
        found = subprocess.run(
            [self.identity.programs / "bin" / "postgres", "--version"],
            check=True, capture_output=True, text=True, **self.identity.popen_arguments(signal.SIGTERM),
        ).stdout.split()[-1]  # fmt: skip
        if found.split(".")[0] != cluster:
            raise PostgresError(
                f"The data in {self.data} was written by PostgreSQL {cluster}, but version {found} is installed. "
                "Dump and reload it with the old version, or run `make reset` to start with empty databases."
            )

    def _stop_leftover(self) -> None:
        """Stop a server that outlived its launcher, and remove a lock file whose process is gone."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if server_pid_runs(pid, self.data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + START_SECONDS
            while server_pid_runs(pid, self.data) and time.monotonic() < deadline:
                time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _launch(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)} | ({} if self.durable else NOT_DURABLE)
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.identity.programs / "bin" / "postgres", "-D", self.data, *flags],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.identity.popen_arguments(signal.SIGINT),
            )
        try:
            self._wait_until_ready(self.process)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        import psycopg2

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg2.connect(**self.superuser_connection()).close()
                return
            except psycopg2.OperationalError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL did not start:\n{self.last_lines()}\n{error}") from error
            time.sleep(0.01)

    def superuser_connection(self, database: str = "postgres") -> dict[str, Any]:
        """Arguments to connect as the superuser, for the launcher alone."""
        return {"host": str(self.sockets), "port": 5432, "user": SUPERUSER, "dbname": database, "connect_timeout": 10}

    def url(self, role: str, database: str) -> str:
        """The address of a database for a role, in the form that libpq and Django's settings both read."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    def last_lines(self, count: int = 20) -> str:
        """The end of the server's log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        return ""
