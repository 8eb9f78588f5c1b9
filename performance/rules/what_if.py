"""What a replayed draft comes to, from the counts of who went which way. Pure: no database, no request."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from performance.choices import MoveKind
from performance.rules.scoring import TOTAL_PLACES, rounded

BINS = 20
"""Ranges of five points."""

LAST_BIN = BINS - 1


@dataclass(frozen=True, slots=True)
class Tally:
    """How many partners of a period went one way: from one grade and range of five points to another.

    Grades are empty and bins None where the card is not rated or missing; the sums are of rated totals, in
    ten-thousandths. `rose` and `fell` count those whose total is another.
    """

    period_id: int
    has_card: bool
    has_new: bool
    old_rated: bool
    new_rated: bool
    old_grade: str
    new_grade: str
    old_bin: int | None
    new_bin: int | None
    count: int
    old_sum: int = 0
    new_sum: int = 0
    rose: int = 0
    fell: int = 0


def kind_of_move(way: Tally, old_order: Sequence[str], new_order: Sequence[str]) -> MoveKind | None:
    """What happens to the partners that went this way; None when grade and rating stay.

    Orders are the grades, best first. Where both sides know a grade by the same key the keys decide; between sets of
    grades with different keys the place from the top does, and the same place is no move.
    """
    if not (way.has_card and way.has_new):
        return MoveKind.NEW if way.has_new else MoveKind.GONE
    if way.old_rated != way.new_rated:
        return MoveKind.RATED if way.new_rated else MoveKind.UNRATED
    if not way.old_rated or way.old_grade == way.new_grade:
        return None
    for order in (new_order, old_order):
        if way.old_grade in order and way.new_grade in order:
            return MoveKind.UP if order.index(way.new_grade) < order.index(way.old_grade) else MoveKind.DOWN
    old_place = old_order.index(way.old_grade) if way.old_grade in old_order else len(old_order)
    new_place = new_order.index(way.new_grade) if way.new_grade in new_order else len(new_order)
    if new_place == old_place:
        return None
    return MoveKind.UP if new_place < old_place else MoveKind.DOWN


@dataclass
class Outcome:
    """One period before and after. `grades` has a row per grade, best first: key, before, after.

    The sums are of rated totals, in ten-thousandths.
    """

    period: str
    cards_before: int = 0
    cards_after: int = 0
    rated_before: int = 0
    rated_after: int = 0
    sum_before: int = 0
    sum_after: int = 0
    rose: int = 0
    fell: int = 0
    bins_before: list[int] = field(default_factory=lambda: [0] * BINS)
    bins_after: list[int] = field(default_factory=lambda: [0] * BINS)
    grades: list[list[Any]] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)

    @property
    def average_before(self) -> Decimal | None:
        """The mean total of the rated cards, as stored."""
        return _mean(self.sum_before, self.rated_before)

    @property
    def average_after(self) -> Decimal | None:
        """The mean total of those that the draft rates."""
        return _mean(self.sum_after, self.rated_after)

    @property
    def not_rated_before(self) -> int:
        """Cards without a grade, as stored."""
        return self.cards_before - self.rated_before

    @property
    def not_rated_after(self) -> int:
        """Cards without a grade, by the draft."""
        return self.cards_after - self.rated_after

    @property
    def moved(self) -> int:
        """All whose grade or rating would be another."""
        return sum(self.moves.values())

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Outcome":
        """Back from the stored form."""
        return cls(**stored)


def outcome_of(period: str, ways: Sequence[Tally], old_order: Sequence[str], new_order: Sequence[str]) -> Outcome:
    """Add the ways of one period up."""
    found = Outcome(period)
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for way in ways:
        found.cards_before += way.count * way.has_card
        found.cards_after += way.count * way.has_new
        found.rated_before += way.count * way.old_rated
        found.rated_after += way.count * way.new_rated
        found.rose += way.rose
        found.fell += way.fell
        found.sum_before += int(way.old_sum)
        found.sum_after += int(way.new_sum)
        if way.old_bin is not None:
            found.bins_before[way.old_bin] += way.count
        if way.new_bin is not None:
            found.bins_after[way.new_bin] += way.count
        if way.old_rated:
            before[way.old_grade] = before.get(way.old_grade, 0) + way.count
        if way.new_rated:
            after[way.new_grade] = after.get(way.new_grade, 0) + way.count
        kind = kind_of_move(way, old_order, new_order)
        if kind is not None:
            found.moves[kind] = found.moves.get(kind, 0) + way.count
    keys = [*new_order, *(key for key in old_order if key not in new_order)]
    keys += sorted(key for key in {*before, *after} if key not in keys)
    found.grades = [[key, before.get(key, 0), after.get(key, 0)] for key in keys]
    return found


def _mean(sum_e4: int, count: int) -> Decimal | None:
    return rounded(Decimal(sum_e4) / (count * 10_000), TOTAL_PLACES) if count else None


ADDED_UP = ("cards_before", "cards_after", "rated_before", "rated_after", "rose", "fell", "sum_before", "sum_after")


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """All periods as one, for the figures on top: cards, not partners, are counted."""
    total = Outcome("")
    rows: dict[str, list[Any]] = {}
    for one in outcomes:
        for name in (
            "cards_before",
            "cards_after",
            "rated_before",
            "rated_after",
            "rose",
            "fell",
            "sum_before",
            "sum_after",
        ):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.bins_before = [a + b for a, b in zip(total.bins_before, one.bins_before, strict=True)]
        total.bins_after = [a + b for a, b in zip(total.bins_after, one.bins_after, strict=True)]
        for key, before, after in one.grades:
            row = rows.setdefault(key, [key, 0, 0])
            row[1] += before
            row[2] += after
        for kind, count in one.moves.items():
            total.moves[kind] = total.moves.get(kind, 0) + count
    total.grades = list(rows.values())
    return total
