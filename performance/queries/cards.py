"""Scorecards as sets: which cards a screen is about, narrowed by programme, region, type and portfolio."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from partners.models import Programme, Region, Tier
from performance.choices import TemplateStatus
from performance.models import GradeBand, PeriodRow, Run, Scorecard, ScorecardTemplate
from prm.periods import PeriodKind

TREND_PERIODS = 8
"""How many periods a sparkline or a score history shows."""


@dataclass(frozen=True)
class CardFilter:
    """Whose cards: a programme, perhaps one region with all below it, one type, one person's portfolio.

    `portfolio` is what `prm.access.portfolio.portfolio_of` returns: ids of partners, or None for all of them.
    """

    programme_id: int
    region_ids: tuple[int, ...] = ()
    partner_type_id: int | None = None
    portfolio: Any | None = None

    def cards(self) -> QuerySet[Scorecard]:
        """The cards, of all periods."""
        cards = Scorecard.objects.filter(programme_id=self.programme_id)
        if self.region_ids:
            cards = cards.filter(region_id__in=self.region_ids)
        if self.partner_type_id is not None:
            cards = cards.filter(partner_type_id=self.partner_type_id)
        if self.portfolio is not None:
            cards = cards.filter(partner_id__in=self.portfolio)
        return cards


def region_with_children(region_id: int, regions: Iterable[Region]) -> tuple[int, ...]:
    """The region and every region below it."""
    children = defaultdict(list)
    for region in regions:
        children[region.parent_id].append(region.pk)
    found: list[int] = []
    pending = [region_id]
    while pending:
        current = pending.pop()
        if current not in found:
            found.append(current)
            pending.extend(children[current])
    return tuple(found)


def default_programme() -> Programme | None:
    """The tenant's default programme, or the first one."""
    return Programme.objects.filter(is_active=True).order_by("-is_default", "name").first()


def _has_cards(programme_id: int) -> Exists:
    return Exists(Scorecard.objects.filter(programme_id=programme_id, period_id=OuterRef("pk")))


class Timeline:
    """Every period of a tenant, newest first, and which of them a programme has cards in. One query."""

    def __init__(self, programme_id: int | None) -> None:
        rows = PeriodRow.objects.order_by("-start", "kind")
        self.periods = [] if programme_id is None else list(rows.annotate(has_cards=_has_cards(programme_id)))

    @property
    def with_cards(self) -> list[PeriodRow]:
        """The periods with at least one card, newest first."""
        return [row for row in self.periods if row.has_cards]

    def trend_of(self, period: PeriodRow, count: int = TREND_PERIODS) -> list[PeriodRow]:
        """What the function `trend_of` answers."""
        near = (row for row in self.periods if row.kind == period.kind and 0 <= period.seq - row.seq < count)
        return sorted(near, key=lambda row: row.seq)


KIND_PREFERENCE = (PeriodKind.QUARTER, PeriodKind.MONTH, PeriodKind.HALF, PeriodKind.YEAR)


def choose_period(periods: Sequence[PeriodRow], label: str = "", kind: str = "") -> PeriodRow | None:
    """The period asked for, else the newest of the kind asked for, else the newest quarter (or month, or year)."""
    by_label = {period.label: period for period in periods}
    if label in by_label:
        return by_label[label]
    for wanted in (kind, *KIND_PREFERENCE):
        for period in periods:
            if period.kind == wanted:
                return period
    return None


def trend_of(period: PeriodRow, count: int = TREND_PERIODS) -> list[PeriodRow]:
    """The period and those of its kind before it, oldest first; periods that never had facts are left out."""
    rows = PeriodRow.objects.filter(kind=period.kind, seq__gt=period.seq - count, seq__lte=period.seq)
    return list(rows.order_by("seq"))


def previous_of(period: PeriodRow, trend: Sequence[PeriodRow]) -> PeriodRow | None:
    """The immediately preceding period of the same kind, if it has a row."""
    return next((row for row in trend if row.seq == period.seq - 1), None)


def totals_over(
    periods: Sequence[PeriodRow], partner_ids: Iterable[int], programme_id: int
) -> dict[int, list[Decimal | None]]:
    """Each partner's total per period, in the order of the periods; None where there is no total."""
    place = {period.pk: index for index, period in enumerate(periods)}
    totals: dict[int, list[Decimal | None]] = {pk: [None] * len(periods) for pk in partner_ids}
    rows = Scorecard.objects.filter(
        programme_id=programme_id, period_id__in=list(place), partner_id__in=list(totals)
    ).values_list("partner_id", "period_id", "total")
    for partner_id, period_id, total in rows:
        totals[partner_id][place[period_id]] = total
    return totals


def template_for(programme_id: int, day: date) -> ScorecardTemplate | None:
    """The template version that scores periods beginning on this day: the published one valid then."""
    return _templates_on(programme_id, day).prefetch_related("bands").first()


def _templates_on(programme_id: int, day: date) -> QuerySet[ScorecardTemplate]:
    """At most one: versions of a programme do not overlap."""
    return ScorecardTemplate.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        programme_id=programme_id,
        status=TemplateStatus.PUBLISHED,
        valid_from__lte=day,
    )


def bands_for(programme_id: int, day: date) -> list[GradeBand]:
    """The grades of the version that scores periods beginning on this day, the best first, each with the version."""
    rows = GradeBand.objects.filter(template__in=_templates_on(programme_id, day))
    return list(rows.select_related("template"))


def tier_places(programme_id: int) -> dict[int, int]:
    """Each tier's place from the top, 1 the highest: what its diamond is drawn by."""
    tiers = Tier.objects.filter(programme_id=programme_id).order_by("-rank").values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(tiers, start=1)}


def newest_run() -> Run | None:
    """The last recompute that ended, however it ended."""
    return Run.objects.order_by("-started_at", "-id").first()
