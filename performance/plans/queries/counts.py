"""How many plans wait for somebody: for the menu of every page, kept for a short while."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.core.cache import cache

from prm.tenancy.scope import require_scope

KEPT_SECONDS = 60


def kept_count(name: str, count: Callable[[], int]) -> int:
    """A count by its name, until a plan changes; days that pass show a minute late."""
    tenant_id = require_scope().tenant_id
    key = f"t{tenant_id}:plans:{name}:{cache.get(_change_key(tenant_id), 0)}"
    kept: Any = cache.get(key)
    if kept is None:
        kept = count()
        cache.set(key, kept, KEPT_SECONDS)
    return int(kept)


def forget_counts(tenant_id: int | None = None) -> None:
    """Plans have changed."""
    cache.set(_change_key(tenant_id or require_scope().tenant_id), uuid4().hex, None)


def _change_key(tenant_id: int) -> str:
    return f"t{tenant_id}:plans:changed"
