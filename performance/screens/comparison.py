"""The comparison page: groups of partners by grade, tier, region and type, how they spread and how that moved.

Every name narrows the page to its group or takes that back, every number opens the list it was counted from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance import display
from performance.models import GradeBand, PeriodRow
from performance.queries.cards import CardFilter
from performance.queries.cohorts import (
    Chosen,
    Size,
    Spread,
    Value,
    grade_history,
    history,
    sizes,
    spreads,
)
from performance.screens.grades import grade_tone
from performance.screens.overview import short_label
from prm.ui.charts import Chart, Series, box, line, progress, stacked

PANEL_SHOWS = 8
"""Groups that a panel shows before it leads to the table with all of them."""


@dataclass(frozen=True)
class Group:
    """One value of a dimension: its name, its word in the address, and the colour key of a grade."""

    value: Value
    key: str
    name: str
    colour: str = "1"
    is_grade: bool = False


Catalogue = Mapping[str, Sequence[Group]]
"""The groups of each dimension in their own order: grades from the top, tiers from the top, the rest by name."""

Link = Callable[[str, Group], str]


@dataclass(frozen=True)
class Bar:
    """One group in a panel."""

    group: Group
    size: Size
    share: Decimal
    is_chosen: bool
    picture: SafeString
    narrow_url: str
    list_url: str


@dataclass(frozen=True)
class Panel:
    """A dimension's groups by how many cards they have."""

    key: str
    title: str
    every: list[Bar]

    @property
    def bars(self) -> list[Bar]:
        """The groups on screen: the first few, and one that is chosen."""
        return [bar for place, bar in enumerate(self.every) if place < PANEL_SHOWS or bar.is_chosen]

    @property
    def hidden(self) -> int:
        """How many more there are."""
        return len(self.every) - len(self.bars)


@dataclass(frozen=True)
class SpreadRow:
    """One group in the large table, with its picture."""

    group: Group
    spread: Spread
    picture: SafeString
    narrow_url: str
    list_url: str

    @property
    def not_rated(self) -> int:
        """How many of its cards have no grade."""
        return self.spread.partners - self.spread.rated


@dataclass(frozen=True)
class Comparison:
    """Everything the page shows."""

    period: PeriodRow
    periods: Sequence[PeriodRow]
    by: str
    panels: list[Panel]
    rows: list[SpreadRow]
    trend: list[Spread]
    grades: list[dict[str, int]]
    grade_groups: list[Group]

    @cached_property
    def now(self) -> Spread:
        """All the chosen cards of the last period of the range."""
        return self.trend[-1]

    @cached_property
    def partners(self) -> int:
        """How many cards the choices leave in the period."""
        return sum(row.spread.partners for row in self.rows)

    @cached_property
    def median_chart(self) -> Chart:
        """The median total over the range with the middle half."""
        points = self.trend
        known = [
            (row, point.median) for row, point in zip(self.periods, points, strict=True) if point.median is not None
        ]
        said = _("Nobody is rated in this range.")
        if known:
            said = _("The median score went from %(first)s in %(since)s to %(last)s in %(until)s.") % {
                "first": display.score(known[0][1]),
                "since": known[0][0].label,
                "last": display.score(known[-1][1]),
                "until": known[-1][0].label,
            }
        has_half = any(point.p25 is not None for point in points)
        return line(
            [short_label(period) for period in self.periods],
            [Series(_("Median"), [point.median for point in points])],
            label=said,
            band=([point.p25 for point in points], [point.p75 for point in points]) if has_half else None,
            band_name=_("Middle half of partners"),
            digits=1,
            first_column=_("Period"),
        )

    @cached_property
    def grade_chart(self) -> Chart:
        """The share of each grade among the rated partners over the range, the lowest grade at the bottom."""
        return stacked(
            [short_label(period) for period in self.periods],
            [
                Series(group.name, [counts.get(str(group.value), 0) for counts in self.grades], group.colour)
                for group in reversed(self.grade_groups)
            ],
            label=_("The share of each grade among the rated partners, from %(since)s to %(until)s.")
            % {"since": self.periods[0].label, "until": self.periods[-1].label},
            first_column=_("Period"),
        )


def titles() -> dict[str, str]:
    """The dimensions in words, in the order of the page."""
    return {"grade": _("Grade"), "tier": _("Tier"), "region": _("Region"), "type": _("Type")}


def catalogue(
    bands: Sequence[GradeBand], tiers: Iterable[Any], regions: Iterable[Any], types: Iterable[Any]
) -> dict[str, list[Group]]:
    """The groups that the page knows names for."""
    ordered = sorted(bands, key=lambda band: band.minimum, reverse=True)
    grades = [
        Group(band.key, band.key, band.name or band.key, grade_tone(place, len(ordered)), is_grade=True)
        for place, band in enumerate(ordered)
    ]
    return {
        "grade": [*grades, Group("", "none", _("Not rated"), "n")],
        "tier": [*(Group(row.pk, row.key, row.name) for row in tiers), Group(None, "none", _("No tier"))],
        "region": [*(Group(row.pk, row.key, row.name) for row in regions), Group(None, "none", _("No region"))],
        "type": [Group(row.pk, row.key, row.name) for row in types],
    }


def build_comparison(
    cards: CardFilter,
    period: PeriodRow,
    periods: Sequence[PeriodRow],
    *,
    by: str,
    chosen: Chosen,
    groups: Catalogue,
    narrow: Link,
    listed: Link,
) -> Comparison:
    """All parts of the page, four statements. `narrow` and `listed` make the addresses of a group."""
    counted = sizes(cards, period, chosen)
    spread = spreads(cards, period, by, chosen)
    grades = grade_history(cards, periods, chosen)
    known = [group for group in groups["grade"] if group.is_grade]
    # Earlier versions of a scorecard may have had grades that today's does not know.
    former = sorted({key for counts in grades for key in counts} - {group.key for group in known})
    return Comparison(
        period=period,
        periods=periods,
        by=by,
        panels=[_panel(name, title, counted[name], chosen, groups, narrow, listed) for name, title in titles().items()],
        rows=_rows(by, spread, groups, narrow, listed),
        trend=history(cards, periods, chosen),
        grades=grades,
        grade_groups=[*known, *(Group(key, key, key, "6", is_grade=True) for key in former)],
    )


def _panel(
    name: str,
    title: str,
    counted: Mapping[Value, Size],
    chosen: Chosen,
    groups: Catalogue,
    narrow: Link,
    listed: Link,
) -> Panel:
    found = [(group, counted[group.value]) for group in groups[name] if group.value in counted]
    if name in ("region", "type"):
        found.sort(key=lambda pair: -pair[1].partners)
    most = max((size.partners for _group, size in found), default=0)
    everybody = sum(size.partners for _group, size in found)
    own = chosen.get(name, frozenset())
    bars = [
        Bar(
            group=group,
            size=size,
            share=Decimal(size.partners) / everybody,
            is_chosen=group.value in own,
            picture=progress(
                size.partners * 100 / most, group.colour if not own or group.value in own else "6 quiet", css="pg tall"
            ),
            narrow_url=narrow(name, group),
            list_url=listed(name, group),
        )
        for group, size in found
    ]
    return Panel(name, title, bars)


def _rows(by: str, spread: Mapping[Value, Spread], groups: Catalogue, narrow: Link, listed: Link) -> list[SpreadRow]:
    rows = [
        SpreadRow(
            group=group,
            spread=spread[group.value],
            picture=_picture(spread[group.value]),
            narrow_url=narrow(by, group),
            list_url=listed(by, group),
        )
        for group in groups[by]
        if group.value in spread
    ]
    if by in ("region", "type"):
        rows.sort(key=lambda row: row.spread.median if row.spread.median is not None else Decimal(-1), reverse=True)
    return rows


def _picture(one: Spread) -> SafeString:
    return box(one.median, (one.low, one.high), (one.p25, one.p75))
