"""The two database roles and what a database of ours looks like before the first migration.

`prm_owner` owns the database and all tables and runs migrations; `prm_app` runs everything else, owns nothing and
is bound by the row-level policies. `docker/postgres-init.sh` makes the same for the real stack.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

OWNER = "prm_owner"
APP = "prm_app"

MAKE_ROLES = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN
    CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB;
  END IF;
  -- So that the owner can end the application's sessions before it drops a test database.
  GRANT {APP} TO {OWNER} WITH INHERIT TRUE;
END $$
"""

PREPARE_DATABASE = Path(__file__).with_name("prepare_database.sql").read_text()
"""Run once in a new database, as its owner."""


def ensure_roles(superuser: Mapping[str, Any]) -> None:
    """Make both roles in a cluster if they are missing."""
    import psycopg2

    with closing(psycopg2.connect(**superuser)) as connection:
        connection.autocommit = True
        connection.cursor().execute(MAKE_ROLES)


def ensure_database(owner_url: str, name: str) -> None:
    """Make an empty database of ours if it is missing. `owner_url` points at the cluster's maintenance database."""
    import psycopg2

    with closing(psycopg2.connect(owner_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE template0')


def prepare_database(database_url: str) -> None:
    """Hand the schema to the owner and let the application use what the owner will create. Safe to repeat."""
    import psycopg2

    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(PREPARE_DATABASE)
