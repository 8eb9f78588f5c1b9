"""The development database: its server, its schema brought up to date once per change of the migrations."""

import os
import subprocess
import sys
from pathlib import Path

from prm.dev.locks import locked
from prm.dev.paths import DATA, ROOT
from prm.dev.roles import ensure_database, prepare_database
from prm.dev.server import MAINTENANCE_DATABASE, SharedServer
from prm.dev.template import template_name

DATABASE = "prm"


class MigrationError(RuntimeError):
    """The migrations failed on the development database; the message is their output."""


def development_server() -> SharedServer:
    """The server with the data that `make up` keeps."""
    return SharedServer(DATA, "dev")


def database_environment(server: SharedServer) -> dict[str, str]:
    """The two addresses that settings read."""
    return {"DATABASE_URL": server.app_url(DATABASE), "DATABASE_OWNER_URL": server.owner_url(DATABASE)}


def make_database(server: SharedServer) -> None:
    """Make the database if it is missing. Safe to repeat."""
    with locked(DATA / "run" / "database.lock"):
        ensure_database(server.owner_url(MAINTENANCE_DATABASE), DATABASE)
        prepare_database(server.owner_url(DATABASE))


def migrate(server: SharedServer) -> bool:
    """Apply the migrations unless these very ones were applied before. Says whether they ran.

    Raises:
        MigrationError: when they fail.
    """
    mark = migrated_mark(server)
    wanted = template_name()
    with locked(DATA / "run" / "migrate.lock"):
        if mark.exists() and mark.read_text() == wanted:
            return False
        run_migrations(database_environment(server))
        mark.write_text(wanted)
    return True


def migrated_mark(server: SharedServer) -> Path:
    """A file beside the cluster's data, so that it goes when the data goes."""
    return server.cluster.home / "migrated"


def run_migrations(environment: dict[str, str]) -> None:
    """`manage.py migrate` as the owner.

    Raises:
        MigrationError: when they fail.
    """
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0", "--no-input", "--skip-checks"],
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment, "PRM_DB_ROLE": "owner"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise MigrationError(f"The migrations failed:\n{done.stdout.decode(errors='replace')}")
