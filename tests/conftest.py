"""Fixtures for all tests: the database, the default world of two tenants, an open scope."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations

from prm.dev.pytest_plugin import test_database


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A copy of the migrated template; the tests themselves run as the role that owns nothing."""
    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "execute_sql_flush", _flush_as_owner)
    with test_database():
        yield
        with django_db_blocker.unblock():
            connections.close_all()
    patch.undo()


def _flush_as_owner(operations: DatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables after a transactional test. The application role may not TRUNCATE."""
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")
        for statement in sql_list:
            cursor.execute(statement)
        connection.commit()


@pytest.fixture
def tenant(db: None) -> Any:
    """The company most tests act for."""
    from prm.tenancy.models import Tenant

    return Tenant.objects.create(slug="aurelo", name="Aurelo Bikes", currency="EUR", timezone="Europe/Berlin")


@pytest.fixture
def other_tenant(db: None) -> Any:
    """A second company, whose rows must never show."""
    from prm.tenancy.models import Tenant

    return Tenant.objects.create(slug="borealis", name="Borealis Care", currency="USD", timezone="America/New_York")


@pytest.fixture
def two_tenants(tenant: Any, other_tenant: Any) -> tuple[Any, Any]:
    """The default world: everything exists twice, so that a leak shows."""
    return tenant, other_tenant


@pytest.fixture
def in_scope(tenant: Any) -> Iterator[Any]:
    """An open scope of `tenant`, which is the value."""
    from prm.tenancy.scope import tenant_scope

    with tenant_scope(tenant):
        yield tenant
