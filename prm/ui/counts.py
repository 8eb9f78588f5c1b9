"""Counts that every page shows in its menu: kept for a while instead of counted at each request."""

from collections.abc import Callable
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from prm.tenancy.scope import require_scope


class KeptCount:
    """One number of a menu, for whoever looks: counted once until `forget` is called or `seconds` have passed.

    Not everything that changes such a number calls `forget`: partners change hands, days pass. `seconds` says how
    late the menu may be then.
    """

    def __init__(self, name: str, *, seconds: int) -> None:
        self.name = name
        self.seconds = seconds

    def get(self, whose: str, count: Callable[[], int]) -> int:
        """The number for `whose` eyes, from `count` when there is none kept."""
        tenant_id = require_scope().tenant_id
        key = f"t{tenant_id}:{self.name}:{whose}:{cache.get(self._change_key(tenant_id), 0)}"
        kept = cache.get(key)
        if kept is None:
            kept = count()
            cache.set(key, kept, self.seconds)
        return int(kept)

    def forget(self) -> None:
        """What is counted has changed: everybody's number is counted anew once the present transaction commits."""
        key = self._change_key(require_scope().tenant_id)
        transaction.on_commit(lambda: cache.set(key, uuid4().hex, None), robust=True)

    def _change_key(self, tenant_id: int) -> str:
        return f"t{tenant_id}:{self.name}:changed"
