"""The figures of the overview: how the programme stands in one period, and how it came there.

All of it is read from the stored cards in SQL; nothing here scores anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Aggregate, Avg, Count, DecimalField, F, IntegerField, Q, QuerySet
from django.db.models.functions import Least

from performance.models import TOTAL_SCALE, CardOutlook, GradeBand, PeriodRow, Scorecard
from performance.queries.cards import CardFilter
from performance.queries.risks import RiskTest

BIN_WIDTH = 5
BINS = 100 // BIN_WIDTH


class Percentile(Aggregate):
    """PostgreSQL's continuous percentile of a column, for example 0.25."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DecimalField()

    def __init__(self, expression: Any, *, share: str, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


@dataclass(frozen=True)
class TrendPoint:
    """One period's middle: mean total of the rated cards, the middle half of them, how many there were."""

    period: PeriodRow
    average: Decimal | None
    p25: Decimal | None
    p75: Decimal | None
    rated: int
    partners: int
    with_gaps: int


@dataclass(frozen=True)
class GradeRow:
    """One grade: its cards now, its share of the rated ones, and the change since the period before."""

    key: str
    name: str
    count: int
    share: Decimal
    change: int | None


@dataclass(frozen=True)
class Grades:
    """The distribution: rows per grade, bins of five points now and before, how many moved."""

    rows: list[GradeRow]
    not_rated: int
    bins: list[int]
    bins_before: list[int] | None
    moved_up: int
    moved_down: int


def trend(cards: CardFilter, periods: Sequence[PeriodRow]) -> list[TrendPoint]:
    """The programme's middle per period, in the order of the periods, one statement."""
    rows = (
        cards.cards()
        .filter(period_id__in=[period.pk for period in periods])
        .order_by()
        .values("period_id")
        .annotate(
            average=Avg("total", filter=Q(rated=True)),
            p25=Percentile("total", share="0.25", filter=Q(rated=True)),
            p75=Percentile("total", share="0.75", filter=Q(rated=True)),
            n_rated=Count("id", filter=Q(rated=True)),
            partners=Count("id"),
            with_gaps=Count("id", filter=has_gap()),
        )
    )
    by_period = {row["period_id"]: row for row in rows}
    points = []
    for period in periods:
        row = by_period.get(period.pk)
        if row is None:
            points.append(TrendPoint(period, None, None, None, 0, 0, 0))
        else:
            middle = (row["average"], _decimal(row["p25"]), _decimal(row["p75"]))
            points.append(TrendPoint(period, *middle, row["n_rated"], row["partners"], row["with_gaps"]))
    return points


def has_gap() -> Q:
    """A card with a data gap: less than all of its weight has data, or there is nothing to score at all."""
    return Q(coverage__lt=1) | Q(rated=False)


def _decimal(value: float | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def grades(cards: CardFilter, period: PeriodRow, before: PeriodRow | None, bands: Sequence[GradeBand]) -> Grades:
    """How the cards of a period spread over the grades, against the period before."""
    ids = [row.pk for row in (period, before) if row is not None]
    counted = (
        cards.cards()
        .filter(period_id__in=ids)
        .order_by()
        .values("period_id", "grade", "rated")
        .annotate(bin=_bin(), count=Count("id"))
    )
    per_grade: dict[tuple[int, str], int] = {}
    bins = {pk: [0] * BINS for pk in ids}
    not_rated = 0
    for row in counted:
        if not row["rated"]:
            not_rated += row["count"] if row["period_id"] == period.pk else 0
            continue
        key = (row["period_id"], row["grade"])
        per_grade[key] = per_grade.get(key, 0) + row["count"]
        bins[row["period_id"]][row["bin"]] += row["count"]
    rated = sum(count for (pk, _grade), count in per_grade.items() if pk == period.pk)
    has_before = before is not None and any(pk == before.pk for pk, _grade in per_grade)
    rows = []
    for band in sorted(bands, key=lambda band: band.minimum, reverse=True):
        count = per_grade.get((period.pk, band.key), 0)
        change = count - per_grade.get((before.pk, band.key), 0) if before and has_before else None
        share = Decimal(100 * count) / rated if rated else Decimal(0)
        rows.append(GradeRow(band.key, band.name, count, share, change))
    order = [row.key for row in rows]
    moved_up, moved_down = _moved(cards, period, before, order) if before and has_before else (0, 0)
    return Grades(
        rows,
        not_rated,
        bins[period.pk],
        bins[before.pk] if before and has_before else None,
        moved_up,
        moved_down,
    )


def _moved(cards: CardFilter, period: PeriodRow, before: PeriodRow, order: Sequence[str]) -> tuple[int, int]:
    """How many cards have a better and how many a worse grade than in the period before."""
    now, now_values = _grades_of(cards.cards().filter(period=period, rated=True))
    former, former_values = _grades_of(
        Scorecard.objects.filter(programme_id=cards.programme_id, period=before, rated=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT now.grade, former.grade, count(*) FROM ({now}) now JOIN ({former}) former USING (partner_id)"
            " WHERE now.grade <> former.grade GROUP BY 1, 2",
            [*now_values, *former_values],
        )
        pairs = cursor.fetchall()
    up = down = 0
    place = {key: index for index, key in enumerate(order)}
    for grade, former_grade, count in pairs:
        if place.get(grade, 0) < place.get(former_grade, 0):
            up += count
        else:
            down += count
    return up, down


def _grades_of(rows: QuerySet[Scorecard]) -> tuple[str, tuple[Any, ...]]:
    """The statement for partner and grade of some cards, to be joined; a subquery for each card would be run thrice."""
    return rows.order_by().values("partner_id", "grade").query.sql_with_params()


def _bin() -> Least:
    """Which bin of five points a total falls into; 100 belongs to the last one. Integer division, 0 to 19."""
    return Least(F("total_e4") / (BIN_WIDTH * TOTAL_SCALE), BINS - 1, output_field=IntegerField())


def at_risk(cards: CardFilter, test: RiskTest) -> QuerySet[Scorecard]:
    """The cards at risk, the largest loss first."""
    return (
        cards.cards()
        .filter(test.condition, period=test.period)
        .select_related("partner", "tier")
        .annotate(foreseen_change=test.change)
        .order_by(F("foreseen_change").asc(nulls_last=True), "total_e4", "partner_id")
    )


def projected_average(cards: CardFilter, period: PeriodRow) -> Decimal | None:
    """The mean of the projected totals of those that would be rated; None before anything is projected."""
    rated = CardOutlook.objects.filter(period=period, scorecard_id__in=cards.cards().filter(period=period).values("pk"))
    return rated.exclude(grade="").aggregate(average=Avg("total"))["average"]


def movers(cards: CardFilter, period: PeriodRow, *, up: int = 4, down: int = 3) -> list[Scorecard]:
    """The cards that gained most, then those that lost most, ending with the largest loss."""
    moved = cards.cards().filter(period=period, rated=True).select_related("partner")
    gained = list(moved.filter(delta__gt=0).order_by("-delta", "partner_id")[:up])
    lost = list(moved.filter(delta__lt=0).order_by("delta", "partner_id")[:down])
    return gained + lost[::-1]
