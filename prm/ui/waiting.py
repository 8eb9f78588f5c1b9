"""What waits for a person: the first thing on the overview of a workspace and on the home of a portal.

Apps register sources in `AppConfig.ready()`:

    register_waiting(WaitingSource("reviews", find=reviews_for_me, permission=REVIEW_RATE))

A source is asked inside the request's scope and answers what this person alone can move on. However much that is, it
reads the first few and counts the rest (`first_of`). What is only worth knowing belongs to the inbox.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from prm.access.permissions import Permission
from prm.access.requests import ScopedRequest
from prm.ui.navigation import Area

SHOWN = 4


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One thing to do: what it is about, what to do, where, until when. `amount` is for how many things it stands."""

    title: str
    detail: str
    url: str
    due: date | None = None
    icon: str = "flag"
    amount: int = 1


@dataclass(frozen=True, slots=True)
class WaitingSource:
    """Somebody who knows what waits; asked only for people who hold the permission."""

    key: str
    find: Callable[[ScopedRequest], Sequence[WaitingItem]]
    permission: Permission
    order: int = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one person, the nearest day first. `more` counts what is left out."""

    items: tuple[WaitingItem, ...]
    more: int
    today: date

    def __bool__(self) -> bool:
        return bool(self.items)


_sources: dict[str, dict[str, WaitingSource]] = {"manager": {}, "portal": {}}


def register_waiting(source: WaitingSource, *, area: Area = "manager") -> None:
    """Ask this source as well.

    Raises:
        ValueError: when the key is taken.
    """
    if source.key in _sources[area]:
        raise ValueError(f"What waits has a source {source.key} already.")
    _sources[area][source.key] = source


def first_of(rows: QuerySet[Any], limit: int) -> tuple[list[Any], int]:
    """The first rows, and how many more there are; they are counted only when there are more."""
    found = list(rows[: limit + 1])
    return found[:limit], rows.count() - limit if len(found) > limit else 0


def waiting_for(request: ScopedRequest, area: Area, today: date) -> Waiting:
    """Everything that waits for the person of this request, overdue and near days first."""
    found: list[WaitingItem] = []
    for source in sorted(_sources[area].values(), key=lambda one: (one.order, one.key)):
        if source.permission in request.can:
            found += source.find(request)
    found.sort(key=lambda item: item.due or date.max)
    return Waiting(tuple(found[:SHOWN]), sum(item.amount for item in found[SHOWN:]), today)
