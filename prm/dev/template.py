"""Test databases are copies of one migrated template, four times faster than migrating each.

The template's name carries a hash of everything that decides its content, so a changed migration makes a new one.
Works on any server: all it needs is an address of the owner role, who may create databases.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prm.dev.database_url import with_database
from prm.dev.paths import ROOT
from prm.dev.roles import OWNER, PREPARE_DATABASE
from prm.dev.server import MAINTENANCE_DATABASE

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

PREFIX = "prm_template_"
BUILD_PREFIX = "prm_building_"
TEST_PREFIX = "prm_test_"
KEPT_TEMPLATES = 3
"""Older ones stay for runs that began before the newest migration was written."""

SOURCES = [
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "prm/tenancy/backend/*.py",
    "prm/tenancy/fields.py",
    "prm/tenancy/registry.py",
    "*/models/keys.py",
    "prm/settings/*.py",
    "prm/dev/prepare_database.sql",
    "requirements.txt",
]


class TemplateError(RuntimeError):
    """The migrations failed on an empty database; the message is their output."""


def template_name(root: Path = ROOT) -> str:
    """The template that belongs to the present sources, whether it exists or not."""
    digest = hashlib.sha256(sys.version.encode())
    for pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return PREFIX + digest.hexdigest()[:16]


def run_database_name(run: int | str, worker: str) -> str:
    """One database for each process of a test run. The run is its first process's number."""
    return f"{TEST_PREFIX}{run}_{worker}"


def ensure_template(owner_url: str, app_url: str) -> str:
    """The template's name, built first if it is missing. Concurrent runs wait for one of them to build it.

    Raises:
        TemplateError: when the migrations fail.
    """
    name = template_name()
    with _maintenance(owner_url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        if _exists(cursor, name):
            return name
        scratch = BUILD_PREFIX + name.removeprefix(PREFIX)
        _drop(cursor, scratch)
        cursor.execute(f'CREATE DATABASE "{scratch}" OWNER {OWNER} TEMPLATE template0')
        try:
            _migrate(with_database(owner_url, scratch), with_database(app_url, scratch))
        except BaseException:
            _drop(cursor, scratch)
            raise
        cursor.execute(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')
        _drop_old_templates(cursor)
    return name


def create_test_database(owner_url: str, name: str, template: str) -> None:
    """Copy the template."""
    with _maintenance(owner_url) as cursor:
        _drop(cursor, name)
        cursor.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}"')


def drop_test_database(owner_url: str, name: str) -> None:
    """Remove a test run's database."""
    with _maintenance(owner_url) as cursor:
        _drop(cursor, name)


def drop_abandoned_test_databases(owner_url: str) -> None:
    """Remove what runs on this machine left behind when they were killed."""
    with _maintenance(owner_url) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEST_PREFIX])
        for (name,) in cursor.fetchall():
            run = name.removeprefix(TEST_PREFIX).split("_")[0]
            if run.isdigit() and not _process_runs(int(run)):
                _drop(cursor, name)


def _migrate(owner_url: str, app_url: str) -> None:
    import psycopg2

    with closing(psycopg2.connect(owner_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(PREPARE_DATABASE)
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0", "--no-input", "--skip-checks"],
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": app_url,
            "DATABASE_OWNER_URL": owner_url,
            "PRM_DB_ROLE": "owner",
            "DJANGO_SETTINGS_MODULE": "prm.settings.test",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise TemplateError(f"The migrations failed on an empty database:\n{done.stdout.decode(errors='replace')}")


@contextmanager
def _maintenance(owner_url: str) -> "Iterator[Cursor]":
    import psycopg2

    with closing(psycopg2.connect(with_database(owner_url, MAINTENANCE_DATABASE))) as connection:
        connection.autocommit = True
        yield connection.cursor()


def _exists(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return cursor.fetchone() is not None


def _drop(cursor: Any, name: str) -> None:
    import psycopg2

    try:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except psycopg2.errors.InsufficientPrivilege:
        # The owner may not end an autovacuum worker. Without FORCE the server does so by itself and waits for it.
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _drop_old_templates(cursor: Any) -> None:
    import psycopg2

    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid DESC", [PREFIX])
    for (name,) in cursor.fetchall()[KEPT_TEMPLATES:]:
        with suppress(psycopg2.errors.ObjectInUse):
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _process_runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
