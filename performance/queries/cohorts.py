"""Groups of scorecards side by side: how many, how rated, how their totals spread, and how that moved over periods.

A group is a grade, a tier, a region or a type. All of it is read from the stored cards, a fixed number of statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from performance.models import PeriodRow, Scorecard
from performance.queries.cards import CardFilter
from performance.queries.overview import Percentile
from performance.rules.scoring import COHORT_SHOWN_FROM

FIELDS = {"grade": "grade", "tier": "tier_id", "region": "region_id", "type": "partner_type_id"}
"""What cards can be grouped and narrowed by, and the column that has it. A card that is not rated has the grade ""."""

Value = int | str | None
Chosen = Mapping[str, frozenset[Value]]
"""The values that are left, for each dimension that somebody narrowed."""


@dataclass(frozen=True)
class Size:
    """How many cards a group has and how many of them are rated."""

    partners: int = 0
    rated: int = 0


@dataclass(frozen=True)
class Spread:
    """How the totals of a group's rated cards lie. Without quartiles and ends where fewer than five are rated."""

    partners: int
    rated: int
    median: Decimal | None
    low: Decimal | None = None
    p25: Decimal | None = None
    p75: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_small(self) -> bool:
        """Whether quartiles would say more about single partners than about the group."""
        return self.rated < COHORT_SHOWN_FROM


def narrowed(cards: QuerySet[Scorecard], chosen: Chosen, *, besides: str = "") -> QuerySet[Scorecard]:
    """The cards that fit every choice, leaving out that of the dimension `besides`."""
    for dimension, values in chosen.items():
        if dimension != besides:
            cards = cards.filter(_one_of(FIELDS[dimension], values))
    return cards


def _one_of(field: str, values: Iterable[Value]) -> Q:
    some = [value for value in values if value is not None]
    fits = Q(**{f"{field}__in": some})
    return fits | Q(**{f"{field}__isnull": True}) if None in values else fits


def sizes(cards: CardFilter, period: PeriodRow, chosen: Chosen) -> dict[str, dict[Value, Size]]:
    """Every group of every dimension, one statement. A dimension's own choice does not narrow its own groups, so that
    another one can be chosen."""
    counted = (
        cards.cards()
        .filter(period=period)
        .order_by()
        .values_list(*FIELDS.values(), "rated")
        .annotate(number=Count("id"))
    )
    found: dict[str, dict[Value, Size]] = {dimension: {} for dimension in FIELDS}
    for *values, rated, number in counted:
        place = dict(zip(FIELDS, values, strict=True))
        missed = [name for name, kept in chosen.items() if place[name] not in kept]
        for dimension, value in place.items():
            if not missed or missed == [dimension]:
                before = found[dimension].get(value, Size())
                found[dimension][value] = Size(before.partners + number, before.rated + number * rated)
    return found


_RATED = Q(rated=True)
_FIGURES: dict[str, Any] = {
    "partners": Count("id"),
    "n_rated": Count("id", filter=_RATED),
    "median": Percentile("total", share="0.5", filter=_RATED),
    "low": Min("total", filter=_RATED),
    "p25": Percentile("total", share="0.25", filter=_RATED),
    "p75": Percentile("total", share="0.75", filter=_RATED),
    "high": Max("total", filter=_RATED),
}


def spreads(cards: CardFilter, period: PeriodRow, dimension: str, chosen: Chosen) -> dict[Value, Spread]:
    """How the totals of each group lie, one statement."""
    rows = narrowed(cards.cards().filter(period=period), chosen).order_by().values(FIELDS[dimension])
    return {row[FIELDS[dimension]]: _spread(row) for row in rows.annotate(**_FIGURES)}


def history(cards: CardFilter, periods: Sequence[PeriodRow], chosen: Chosen) -> list[Spread]:
    """How all the chosen cards lie, period by period, one statement."""
    rows = narrowed(cards.cards().filter(period__in=[row.pk for row in periods]), chosen)
    found = {row["period_id"]: _spread(row) for row in rows.order_by().values("period_id").annotate(**_FIGURES)}
    return [found.get(period.pk, Spread(0, 0, None)) for period in periods]


def _spread(row: Mapping[str, Any]) -> Spread:
    names = ("median", "low", "p25", "p75", "high")
    figures = {name: None if row[name] is None else Decimal(str(row[name])) for name in names}
    if row["n_rated"] < COHORT_SHOWN_FROM:
        figures = {"median": figures["median"]}
    return Spread(row["partners"], row["n_rated"], **figures)


def grade_history(cards: CardFilter, periods: Sequence[PeriodRow], chosen: Chosen) -> list[dict[str, int]]:
    """How many rated cards have each grade, period by period, one statement. A chosen grade does not narrow it."""
    rows = narrowed(cards.cards().filter(period__in=[row.pk for row in periods], rated=True), chosen, besides="grade")
    found: dict[int, dict[str, int]] = {period.pk: {} for period in periods}
    for period_id, grade, number in rows.order_by().values_list("period_id", "grade").annotate(number=Count("id")):
        found[period_id][grade] = number
    return [found[period.pk] for period in periods]
