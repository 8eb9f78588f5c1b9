"""A database for `manage.py` commands when the environment names none."""

import atexit
import os
import sys
from collections.abc import MutableMapping

from prm.dev.paths import DATA
from prm.dev.running import running_stack

# Commands that only read code and files.
WITHOUT_DATABASE = {
    "build_assets", "check_templates", "collectstatic", "compilemessages", "findstatic", "help", "makemessages",
    "spectacular", "version",
}  # fmt: skip
# Commands about migrations, or that must work while the schema is not up to date.
WITHOUT_MIGRATING = {
    "check", "dbshell", "flush", "makemigrations", "migrate", "showmigrations", "sqlmigrate", "squashmigrations",
    "test",
}  # fmt: skip


def ensure_database_env() -> None:
    """Give the process a database if its environment has none.

    That of a running `make up` with its broker and cache, or else the embedded server, for as long as the process
    lives; several at once share one server. Where the embedded packages are not installed (production) nothing
    happens, and the settings say what is missing.
    """
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if os.environ.get("DATABASE_URL"):
        return
    stack = running_stack(DATA)
    if stack is not None:
        # Names a database only when that stack was started with one of the user's own.
        add_missing(os.environ, stack.environment)
        if os.environ.get("DATABASE_URL"):
            return
    from prm.dev.identity import EmbeddedUnavailableError, wheel_directory

    try:
        wheel_directory()
    except EmbeddedUnavailableError:
        return
    _use_embedded(command)


def add_missing(environment: MutableMapping[str, str], values: dict[str, str]) -> None:
    """Set what the user has not set."""
    for name, value in values.items():
        if not environment.get(name):
            environment[name] = value


def _use_embedded(command: str) -> None:
    from prm.dev.development import MigrationError, database_environment, development_server, make_database, migrate
    from prm.dev.identity import EmbeddedUnavailableError
    from prm.dev.postgres import PostgresError

    try:
        server = development_server()
        add_missing(os.environ, database_environment(server))
        if command in WITHOUT_DATABASE or "--help" in sys.argv:
            return
        server.acquire()
        # Commands of any length keep the server for themselves, also when the `make up` they began with ends.
        atexit.register(server.release)
        make_database(server)
        if command not in WITHOUT_MIGRATING:
            migrate(server)
    except (EmbeddedUnavailableError, PostgresError, MigrationError) as error:
        sys.exit(str(error))
