"""Gives a test run its database: a copy of the migrated template on the embedded server, or on DATABASE_URL's.

Addresses are set before the settings are read, since the database's name is known beforehand; the server starts
and the database is made only when the first test asks for it, so tests of pure rules start at once. Several runs
and xdist workers share one server and one template, each with a database of its own.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from prm.dev.database_url import database_name, with_database
from prm.dev.paths import DATA
from prm.dev.server import SharedServer
from prm.dev.template import (
    create_test_database,
    drop_abandoned_test_databases,
    drop_test_database,
    ensure_template,
    run_database_name,
)

EMBEDDED = "PRM_TEST_EMBEDDED"
RUN = "PRM_TEST_RUN"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: Any, parser: Any, args: list[str]) -> Generator[None, None, None]:
    """Set the addresses. A wrapper, because pytest-django reads the settings in the same hook."""
    set_database_addresses()
    return (yield)


def set_database_addresses() -> None:
    """Point the environment at this process's test database. Workers inherit the run's and change the name."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings.test")
    if worker == "main":
        os.environ[RUN] = str(os.getpid())
        if not os.environ.get("DATABASE_URL"):
            server = SharedServer(DATA, "test")
            os.environ[EMBEDDED] = "1"
            os.environ["DATABASE_URL"] = server.app_url("postgres")
            os.environ["DATABASE_OWNER_URL"] = server.owner_url("postgres")
        elif not os.environ.get("DATABASE_OWNER_URL"):
            raise pytest.UsageError("Set DATABASE_OWNER_URL beside DATABASE_URL: tests make databases as the owner.")
    name = run_database_name(os.environ[RUN], worker)
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[variable] = with_database(os.environ[variable], name)


@contextmanager
def temporary_database() -> Iterator[None]:
    """The test database exists for the length of the block; for the `django_db_setup` fixture.

    Raises:
        PostgresError, TemplateError: when the server does not start or the migrations fail.
    """
    server = SharedServer(DATA, "test") if os.environ.get(EMBEDDED) else None
    owner_url = os.environ["DATABASE_OWNER_URL"]
    if server:
        server.acquire()
    try:
        if server:
            drop_abandoned_test_databases(owner_url)
        name = database_name(owner_url)
        create_test_database(owner_url, name, ensure_template(owner_url, os.environ["DATABASE_URL"]))
        yield
        drop_test_database(owner_url, name)
    finally:
        if server:
            server.release()
