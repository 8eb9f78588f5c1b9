"""Counts that every page shows in its frame, in the menu and at the bell: kept for a while, not counted each time."""

from collections.abc import Callable
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from prm.tenancy.scope import require_scope


class KeptCount:
    """One number of a menu, for whoever looks: counted once until `forget` is called or `seconds` have passed.

    Not everything that changes such a number calls `forget`: partners change hands, days pass. `seconds` says how
    late the menu may be then. Number and mark of the last change come with one question to the cache.
    """

    def __init__(self, name: str, *, seconds: int) -> None:
        self.name = name
        self.seconds = seconds

    def get(self, whose: str, count: Callable[[], int]) -> int:
        """The number for `whose` eyes, from `count` when there is none kept."""
        tenant_id = require_scope().tenant_id
        mark_key, key = self._mark_key(tenant_id), f"t{tenant_id}:{self.name}:{whose}"
        found = cache.get_many((mark_key, key))
        mark = found.get(mark_key, "")
        counted_at, number = found.get(key, (None, 0))
        if counted_at != mark:
            number = count()
            cache.set(key, (mark, number), self.seconds)
        return int(number)

    def forget(self) -> None:
        """What is counted has changed: everybody's number is counted anew once the present transaction commits."""
        mark_key = self._mark_key(require_scope().tenant_id)
        transaction.on_commit(lambda: cache.set(mark_key, uuid4().hex, None), robust=True)

    def _mark_key(self, tenant_id: int) -> str:
        return f"t{tenant_id}:{self.name}:changed"
