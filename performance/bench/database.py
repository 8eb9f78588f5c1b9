"""A throw-away database on the server that manage.py uses: nothing of a bench can stay behind in real data."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection

from prm.dev.database_url import with_database
from prm.dev.template import create_test_database, drop_test_database, ensure_template

PREFIX = "prm_bench_"


@contextmanager
def throw_away_database() -> Iterator[str]:
    """Make a migrated database, point Django at it, drop it at the end. The value is the owner's address.

    Needs an owner role that may create databases, which the embedded server's may.
    """
    owner_url = os.environ.get("DATABASE_OWNER_URL", "")
    app_url = os.environ["DATABASE_URL"]
    if not owner_url:
        raise SystemExit("Set DATABASE_OWNER_URL: the bench makes a database of its own as the owner role.")
    _drop_abandoned(owner_url)
    name = f"{PREFIX}{os.getpid()}"
    create_test_database(owner_url, name, ensure_template(owner_url, app_url))
    previous = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield with_database(owner_url, name)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = previous
        drop_test_database(owner_url, name)


def _drop_abandoned(owner_url: str) -> None:
    """Remove what a bench left behind that was killed on this machine."""
    with owner_cursor(owner_url) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        process = name.removeprefix(PREFIX)
        if process.isdigit() and not _runs(int(process)):
            drop_test_database(owner_url, name)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def owner_cursor(owner_url: str) -> Iterator[Any]:
    """A cursor of the owner role, which the policies do not bind; commits at the end."""
    with closing(psycopg2.connect(owner_url)) as owner:
        with owner.cursor() as cursor:
            yield cursor
        owner.commit()


@contextmanager
def as_owner(owner_url: str) -> Iterator[None]:
    """Django's own connection as the owner role: the same code without row-level security."""
    from environ import Env

    before = dict(connection.settings_dict)
    connection.close()
    config = Env.db_url_config(owner_url)
    connection.settings_dict.update({key: config[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")})
    previous, settings.DB_AS_OWNER = settings.DB_AS_OWNER, True
    try:
        yield
    finally:
        settings.DB_AS_OWNER = previous
        connection.close()
        connection.settings_dict.update(before)


def vacuum(owner_url: str, *tables: str) -> None:
    """Clean up between measurements, so that none pays for the one before."""
    with closing(psycopg2.connect(owner_url)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            for table in tables:
                cursor.execute(f"VACUUM ANALYZE {table}")
