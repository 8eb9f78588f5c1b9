"""Addresses of many records of one kind: `reverse` once for all rows of a list."""

from functools import lru_cache
from uuid import UUID

from django.urls import reverse

STAND_IN = UUID(int=0)


def record_url(view_name: str, record: str, public_id: UUID, /, **kwargs: str) -> str:
    """What `reverse(view_name, kwargs={record: public_id, **kwargs})` gives; `record` names the part with the id."""
    before, after = _around(view_name, record, tuple(kwargs.items()))
    return f"{before}{public_id}{after}"


@lru_cache(maxsize=4096)
def _around(view_name: str, record: str, kwargs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """What stands before and after the record's id."""
    before, _id, after = reverse(view_name, kwargs={record: STAND_IN, **dict(kwargs)}).partition(str(STAND_IN))
    return before, after
