"""Scorecards as sets: which cards a screen is about, narrowed by programme, region, type and portfolio."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from partners.models import Programme, Region
from partners.reference import (
    ladder,
    partner_types_by_id,
    programmes,
    programmes_by_id,
    regions_by_id,
    tiers_by_id,
)
from performance.models import PeriodRow, Run, Scorecard
from performance.queries.reference import kpis_by_id, periods_by_id, templates_by_id
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
    return next(iter(programmes()), None)


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
    near = (row for row in periods_by_id().values() if row.kind == period.kind and 0 <= period.seq - row.seq < count)
    return sorted(near, key=lambda row: row.seq)


def previous_of(period: PeriodRow, trend: Sequence[PeriodRow]) -> PeriodRow | None:
    """The immediately preceding period of the same kind, if it has a row."""
    return next((row for row in trend if row.seq == period.seq - 1), None)


def complete(cards: Iterable[Scorecard]) -> list[Scorecard]:
    """The cards with period, programme, template, type, tier, region and limiting KPI.

    Reference data gives them without a join. Joining them all takes the database longer to plan (20 ms) than to do.
    """
    completed = list(cards)
    if not completed:
        return completed
    periods, templates, programmes, kpis = periods_by_id(), templates_by_id(), programmes_by_id(), kpis_by_id()
    types, tiers, regions = partner_types_by_id(), tiers_by_id(), regions_by_id()
    for card in completed:
        card.period = periods[card.period_id]
        card.programme = programmes[card.programme_id]
        card.template = templates[card.template_id]
        card.partner_type = types[card.partner_type_id]
        card.tier = None if card.tier_id is None else tiers[card.tier_id]
        card.region = None if card.region_id is None else regions[card.region_id]
        card.limited_by = None if card.limited_by_id is None else kpis[card.limited_by_id]
    return completed


def tier_places(programme_id: int) -> dict[int, int]:
    """Each tier's place from the top, 1 the highest: what its diamond is drawn by."""
    rungs = ladder()
    return {pk: rungs[pk].place for pk, tier in tiers_by_id().items() if tier.programme_id == programme_id}


def newest_run() -> Run | None:
    """The last recompute that ended, however it ended."""
    return Run.objects.order_by("-started_at", "-id").first()
