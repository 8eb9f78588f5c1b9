"""Fixtures for all tests: the database, the default world of two tenants, an open scope."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from partners.models import Partner
from prm.accounts.models import User
from prm.dev.pytest_plugin import temporary_database
from prm.tenancy.models import Tenant
from prm.tenancy.scope import Scope, tenant_scope
from tests.factories.accounts import (
    MembershipFactory,
    PartnerAccessFactory,
    TenantFactory,
)
from tests.factories.partners import PartnerFactory, ProgrammeFactory


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A copy of the migrated template; the tests themselves run as the role that owns nothing."""
    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "execute_sql_flush", _flush_as_owner)
    with temporary_database():
        yield
        with django_db_blocker.unblock():
            connections.close_all()
    patch.undo()


def _flush_as_owner(operations: DatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables after a transactional test. The application role may not TRUNCATE."""
    with (
        closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"])) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET lock_timeout = '20s'")
        for statement in sql_list:
            cursor.execute(statement)
        connection.commit()


@pytest.fixture
def live_server(live_server: LiveServer) -> Iterator[LiveServer]:
    """The server for browsers. After the test it answers what it still has, before the tables are emptied.

    A window can close while its last request is on its way (a poll, a page gone back to). That request would hold
    locks against the emptying, or read half-emptied tables.
    """
    yield live_server
    deadline = time.monotonic() + 20
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), "A request of the browser did not end. Close its window in the test."


@dataclass
class World:
    """A tenant with what a test usually needs. Two of them make the default world."""

    tenant: Tenant
    admin: User
    partner: Partner
    partner_user: User

    def scope(self) -> AbstractContextManager[Scope]:
        """The tenant's scope."""
        return tenant_scope(self.tenant)


def make_world(slug: str) -> World:
    """A tenant with an admin, a default programme, one active partner and its portal admin."""
    tenant = TenantFactory(slug=slug)
    admin = MembershipFactory(tenant=tenant, user__email=f"admin@{slug}.example").user
    with tenant_scope(tenant):
        ProgrammeFactory(key="main", name="Main programme", is_default=True)
        partner = PartnerFactory(name=f"Partner of {slug}")
        partner_user = PartnerAccessFactory(partner=partner, user__email=f"partner@{slug}.example").user
    return World(tenant, admin, partner, partner_user)


@pytest.fixture
def two_tenants(db: None) -> tuple[World, World]:
    """The default world: everything exists twice, so a leak shows in any test."""
    return make_world("acme"), make_world("beta")


@pytest.fixture
def acme(two_tenants: tuple[World, World]) -> World:
    """The first tenant; the second exists beside it."""
    return two_tenants[0]


@pytest.fixture
def tenant(acme: World) -> Tenant:
    """The first tenant alone."""
    return acme.tenant


@pytest.fixture
def in_scope(acme: World) -> Iterator[World]:
    """The first tenant with its scope open for the whole test."""
    with acme.scope():
        yield acme


@pytest.fixture
def manager_client(acme: World, client: Client) -> Client:
    """A browser signed in as the first tenant's admin."""
    client.force_login(acme.admin)
    return client


@pytest.fixture
def portal_client(acme: World, client: Client) -> Client:
    """A browser signed in as the first tenant's partner."""
    client.force_login(acme.partner_user)
    return client
