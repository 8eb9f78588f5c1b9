"""The open tenant scope: who the current work belongs to.

A scope is one database transaction: it opens `atomic`, tells PostgreSQL the tenant with a transaction-local
setting, which the row-level policies read, and remembers it in a context variable, which the ORM's wall reads.
It is opened by the middleware after membership is proven, by services that tasks call, by commands and by tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from prm.tenancy.models import Tenant


class TenantScopeError(RuntimeError):
    """A statement touched a tenant's table while no scope was open, or a row of another tenant was written."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenant (and in the portal the partner) that the current work belongs to."""

    tenant: "Tenant"
    partner_id: int | None = None

    @property
    def tenant_id(self) -> int:
        return self.tenant.pk


_scope: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)
_wall_down: ContextVar[bool] = ContextVar("tenant_wall_down", default=False)


def current_scope() -> Scope | None:
    """The open scope, or None."""
    return _scope.get()


def require_scope() -> Scope:
    """The open scope.

    Raises:
        TenantScopeError: when none is open.
    """
    scope = _scope.get()
    if scope is None:
        raise TenantScopeError("No tenant scope is open. Wrap the work in `with tenant_scope(tenant):`.")
    return scope


def wall_is_down() -> bool:
    """Whether the ORM's wall is lifted by `without_wall`; the database's wall stands all the same."""
    return _wall_down.get()


@contextmanager
def tenant_scope(tenant: "Tenant", *, partner_id: int | None = None) -> Iterator[Scope]:
    """Open a transaction in which only this tenant's rows can be seen or written.

    Scopes nest: leaving the inner one restores the outer. `partner_id` narrows portal work to one partner;
    queries of the portal read it.
    """
    outer = _scope.get()
    nested_in_transaction = connection.in_atomic_block
    scope = Scope(tenant=tenant, partner_id=partner_id)
    with transaction.atomic():
        _tell_database(scope)
        token = _scope.set(scope)
        try:
            yield scope
        finally:
            _scope.reset(token)
        # An exception rolls the savepoint back, which restores the setting by itself; a release does not.
        if nested_in_transaction and not connection.needs_rollback:
            _tell_database(outer)


@contextmanager
def without_wall(reason: str) -> Iterator[None]:
    """Lift the ORM's wall for catalogue checks and data migrations. Row-level security still holds."""
    assert reason, "Say why the wall is lifted."
    token = _wall_down.set(True)
    try:
        yield
    finally:
        _wall_down.reset(token)


def _tell_database(scope: Scope | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.tenant_id', %s, true)",
            ["" if scope is None else str(scope.tenant_id)],
        )
