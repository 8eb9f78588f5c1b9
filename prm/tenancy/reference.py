"""What seldom changes and every page asks for, read once per process and change: programmes, tiers, periods, grades.

A function marked `@reference` reads whole small sets of the open scope's tenant. While a request that only reads is
answered, its answer is kept with the number of the tenant's last change (`ReferenceChange`) and given to everybody
until that number moves. The number comes with the membership, so knowing that nothing changed costs no query. Triggers
move it in the transaction of the change itself (`watch_tables` in `prm/tenancy/operations.py`), whoever makes it: a
service, the Django admin, a bulk statement. Everywhere else (writing requests, tasks, commands) the function simply
reads.

The answers are shared between requests: they are tuples and records that nobody changes.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection

from prm.tenancy.models import ReferenceChange, Tenant
from prm.tenancy.scope import current_scope, require_scope

SHELVES = 64
"""How many tenants' reference data one process keeps; those not asked for longest go first."""

P = ParamSpec("P")
R = TypeVar("R")

_version: ContextVar[tuple[str, int, int] | None] = ContextVar("reference_version", default=None)


@contextmanager
def kept_reference(tenant: Tenant) -> Iterator[None]:
    """Within it, reference data of the tenant is kept. For work that writes none of it.

    The tenant has to be read with `select_related("reference_change")`; one that never changed anything has no number
    and keeps nothing.
    """
    try:
        change: ReferenceChange | None = tenant.reference_change
    except ReferenceChange.DoesNotExist:
        change = None
    token = _version.set(None if change is None else (_database(), tenant.pk, change.number))
    try:
        yield
    finally:
        _version.reset(token)


def reference(read: Callable[P, R]) -> Callable[P, R]:
    """Keep what the function reads, see the module. Its arguments are hashable, its answer is never changed."""

    @wraps(read)
    def kept(*args: P.args, **kwargs: P.kwargs) -> R:
        version, scope = _version.get(), current_scope()
        if version is None or scope is None or scope.tenant_id != version[1]:
            return read(*args, **kwargs)
        shelf = _shelf(*version)
        key = (read, args, tuple(kwargs.items()))
        if key not in shelf:
            shelf[key] = read(*args, **kwargs)
        answer: R = shelf[key]
        return answer

    return kept


def _database() -> str:
    name: str = connection.settings_dict["NAME"]
    return name


@lru_cache(maxsize=SHELVES)
def _shelf(_database: str, _tenant_id: int, _number: int) -> dict[Hashable, Any]:
    """The answers of one tenant as of one change."""
    return {}


def reference_changed() -> None:
    """Say that reference data of the open scope's tenant changed in a way that no trigger sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_reference_changed(%s)", [require_scope().tenant_id])
