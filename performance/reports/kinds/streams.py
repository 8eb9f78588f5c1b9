"""Reading cards piece by piece, so that a report of any length needs the memory of one piece."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import F, QuerySet

from partners.models import Partner
from performance.models import Scorecard
from performance.queries.cards import complete
from performance.reports.question import Question
from prm.accounts.reference import members_by_user

CHUNK = 500

BY_SCORE = (F("total_e4").desc(nulls_last=True), "partner__name", "pk")
BY_NAME = ("partner__name", "pk")

Prepare = Callable[[list[Any]], None]


def in_pieces(rows: QuerySet[Any], limit: int | None) -> Iterator[list[Any]]:
    """The rows in pieces of 500, read through a cursor of the database; `limit` reads no more than so many."""
    source = iter(rows[:limit]) if limit is not None else rows.iterator(chunk_size=CHUNK)
    while piece := list(islice(source, CHUNK)):
        yield piece


def cards_of(
    question: Question, limit: int | None, *, order: tuple[Any, ...] = BY_SCORE, prepare: Prepare | None = None
) -> Iterator[Scorecard]:
    """The cards asked about with partner, owner, type, tier and region, in order."""
    yield from completed(question.cards().order_by(*order), limit, prepare=prepare)


def completed(cards: QuerySet[Scorecard], limit: int | None, *, prepare: Prepare | None = None) -> Iterator[Scorecard]:
    """These cards with everything a row shows."""
    for piece in in_pieces(cards.select_related("partner").defer("lines"), limit):
        complete(piece)
        name_owners(card.partner for card in piece)
        if prepare is not None:
            prepare(piece)
        yield from piece


def name_owners(partners: Iterable[Partner]) -> None:
    """Sets `owner_name`, empty where nobody looks after a partner."""
    members = members_by_user()
    for one in partners:
        owner = members.get(one.owner_id or 0)
        one.owner_name = owner.name if owner else ""
