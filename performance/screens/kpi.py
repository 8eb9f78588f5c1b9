"""A KPI's page: what it says, how its partners spread, and which benchmark holds when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance import display
from performance.models import KPI, Benchmark, PeriodRow, TemplateLine
from performance.queries import aggregates
from performance.queries.cards import CardFilter, trend_of
from performance.screens.overview import short_label
from prm.ui.charts import Chart, Series, histogram, line, nice_ticks

MOST_BINS = 24
TONES = {"on": "pos", "between": "warn", "below": "neg"}


@dataclass(frozen=True)
class KPIPage:
    """Everything about one KPI for one selection of partners."""

    kpi: KPI
    period: PeriodRow | None
    expectation: aggregates.Cell | None
    spread: Chart
    history: Chart
    lines: Sequence[TemplateLine]


def build_kpi(kpi: KPI, cards: CardFilter, period: PeriodRow | None, lines: Sequence[TemplateLine]) -> KPIPage:
    """The page with a fixed number of queries."""
    if period is None:
        empty = Chart(SafeString(""))
        return KPIPage(kpi, None, None, empty, empty, lines)
    spots = aggregates.spread(cards, period, kpi.pk)
    periods = trend_of(period)
    totals = aggregates.programme_totals(cards, periods, [kpi.pk])[kpi.pk]
    return KPIPage(
        kpi=kpi,
        period=period,
        expectation=aggregates.over_all(aggregates.by_region(cards, period, kpi_id=kpi.pk)).get(kpi.pk),
        spread=spread_chart(kpi, spots),
        history=line(
            [short_label(row) for row in periods],
            [Series(_("All partners together"), totals)],
            label=_("%(kpi)s over all partners, by period.") % {"kpi": kpi.name},
            digits=_axis_digits(totals, kpi.decimals),
            unit="%" if kpi.unit == "%" else "",
            height="h160",
            first_column=_("Period"),
        ),
        lines=lines,
    )


def spread_chart(kpi: KPI, spots: Sequence[aggregates.Spot]) -> Chart:
    """Where the partners are, coloured by how they stand to their own benchmarks; the better end on the right."""
    if not spots:
        return Chart(SafeString(""))
    low, high = float(spots[0].actual), float(spots[-1].actual)
    edges = nice_ticks(low, high, max(4, min(MOST_BINS, 2 + math.isqrt(len(spots)) * 2)))
    if len(edges) < 2:
        edges = [edges[0], edges[0] + 1]
    bins: list[list[str]] = [[] for _index in edges[1:]]
    step = edges[1] - edges[0]
    for spot in spots:
        place = min(len(bins) - 1, max(0, int((float(spot.actual) - edges[0]) / step)))
        bins[place].append(spot.zone)
    names = [f"{_edge(kpi, a)} – {_edge(kpi, b)}" for a, b in pairwise(edges)]
    tones = [TONES[max(set(zones), key=zones.count)] if zones else "n" for zones in bins]
    counts = [len(zones) for zones in bins]
    labels = [_edge(kpi, edge) for edge in edges]
    if kpi.direction == "lower":
        counts, tones, names, labels = counts[::-1], tones[::-1], names[::-1], labels[::-1]
    return histogram(
        counts,
        label=_("How %(count)s partners spread over the results of %(kpi)s.") % {"count": len(spots), "kpi": kpi.name},
        labels=labels,
        css=tones,
        columns=[_("Result"), _("Partners")],
        bin_names=names,
    )


def _axis_digits(totals: Sequence[Decimal | None], least: int) -> int:
    """Enough decimals that neighbouring marks of an axis over these values differ."""
    known = [float(value) for value in totals if value is not None]
    if not known:
        return least
    marks = nice_ticks(min(known), max(known))
    digits = least
    while digits < 4 and any(round(mark, digits) != round(mark, 6) for mark in marks):
        digits += 1
    return digits


def _edge(kpi: KPI, value: float) -> str:
    return display.figure(Decimal(str(round(value, 6))), kpi.unit, kpi.decimals if abs(value) < 100 else 0, short=True)


@dataclass(frozen=True)
class BenchmarkRow:
    """A benchmark as a list shows it: whether it holds today, and its last day, inclusive."""

    benchmark: Benchmark
    state: str
    last_day: date | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be ended or withdrawn."""
        return self.state in ("current", "future")


def benchmark_rows(benchmarks: Sequence[Benchmark], today: date) -> list[BenchmarkRow]:
    """Each benchmark with its state: current, future, past or withdrawn."""
    return [BenchmarkRow(row, state_of(row, today), _last_day(row)) for row in benchmarks]


def state_of(benchmark: Benchmark, today: date) -> str:
    """Where a benchmark stands on a day."""
    if benchmark.withdrawn_at is not None:
        return "withdrawn"
    if benchmark.valid_from > today:
        return "future"
    return "current" if benchmark.valid_to is None or benchmark.valid_to > today else "past"


def _last_day(benchmark: Benchmark) -> date | None:
    return None if benchmark.valid_to is None else date.fromordinal(benchmark.valid_to.toordinal() - 1)
