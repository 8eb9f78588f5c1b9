"""The overview page, part by part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from performance import display
from performance.choices import Aggregation
from performance.models import KPI, GradeBand, PeriodRow, Scorecard, ScorecardTemplate, TemplateLine
from performance.queries import aggregates
from performance.queries import overview as figures
from performance.queries.cards import TREND_PERIODS, CardFilter, previous_of, tier_places, trend_of
from performance.queries.lines import Line, lines_of_cards
from performance.queries.outlook import histories_of, is_running, rules_of, series_of, stated_reasons
from performance.queries.reference import lines_of, template_for
from performance.queries.risks import RiskTest
from performance.screens.grades import grade_tone
from performance.screens.outlook import reason_words
from prm.periods import Period, PeriodKind
from prm.tenancy.scope import require_scope
from prm.ui.charts import Chart, Series, heat_tone, histogram, line

TILE_KPIS = 3
HEAT_KPIS = 8
AT_RISK_SHOWN = 5

Link = Callable[..., str]
"""Makes the address of the scorecard list with the page's own selection and what is given."""


@dataclass(frozen=True)
class Tile:
    """A key figure: what it is, how it moved, what was expected, its last eight periods. Fits `<c-kpi>`."""

    label: str
    value: str
    url: str
    unit: str = ""
    delta: Decimal | None = None
    better: str = "up"
    delta_unit: str = ""
    digits: int = 1
    note: str = ""
    values: Sequence[Decimal | None] = ()
    target: Decimal | None = None


@dataclass(frozen=True)
class RiskRow:
    """A partner at risk and the KPI that costs it most."""

    card: Scorecard
    url: str
    tier_place: int
    values: list[Decimal | None]
    driver: str
    driver_note: str
    reasons: list[str]


@dataclass(frozen=True)
class Mover:
    """A partner that moved, from where to where."""

    card: Scorecard
    url: str

    @property
    def before(self) -> Decimal | None:
        """The total of the period before."""
        if self.card.total is None or self.card.delta is None:
            return None
        return self.card.total - self.card.delta


@dataclass(frozen=True)
class GradeLine:
    """A grade of the distribution with its colour, its partners' list, and which way is better."""

    row: figures.GradeRow
    colour: str
    better: str
    url: str


@dataclass(frozen=True)
class HeatCell:
    """Attainment in percent and its shade, -3 to 3; 0 is around the target."""

    text: str
    shade: str
    url: str
    partners: int


@dataclass(frozen=True)
class HeatRow:
    """A region's cells, one per KPI."""

    name: str
    cells: list[HeatCell | None]


@dataclass(frozen=True)
class Overview:
    """Everything the page shows for one selection."""

    period: PeriodRow
    before: PeriodRow | None
    periods: list[PeriodRow]
    trend: list[figures.TrendPoint]
    tiles: list[Tile]
    grades: figures.Grades
    at_risk: list[RiskRow]
    at_risk_count: int
    movers: list[Mover]
    grade_lines: list[GradeLine]
    heat_kpis: list[KPI]
    heat: list[HeatRow]
    today: date
    is_running: bool = False
    projected_average: Decimal | None = None
    attainment: dict[int, aggregates.Cell] = field(default_factory=dict)
    kpi_names: dict[int, str] = field(default_factory=dict)
    bands: list[GradeBand] = field(default_factory=list)

    @property
    def now(self) -> figures.TrendPoint:
        """The selected period's point of the trend."""
        return self.trend[-1]

    @property
    def score_chart(self) -> Chart:
        """Average score with the middle half of the partners."""
        points = self.trend
        return line(
            [short_label(point.period) for point in points],
            [Series(_("Average"), [point.average for point in points])],
            label=self._finding(),
            band=([point.p25 for point in points], [point.p75 for point in points]),
            band_name=_("Middle half of partners"),
            digits=1,
            height="h240",
            first_column=_("Period"),
        )

    def _finding(self) -> str:
        known = [point for point in self.trend if point.average is not None]
        if len(known) < 2:
            return _("Average score %(score)s in %(period)s.") % {
                "score": display.score(self.now.average),
                "period": self.period.label,
            }
        first, last = known[0], known[-1]
        return _("The average score went from %(first)s in %(since)s to %(last)s in %(until)s.") % {
            "first": display.score(first.average),
            "since": first.period.label,
            "last": display.score(last.average),
            "until": last.period.label,
        }

    @property
    def grade_chart(self) -> Chart:
        """How many partners have which score, coloured by grade, with the outline of the period before."""
        edges = [index * figures.BIN_WIDTH for index in range(figures.BINS)]
        earlier = [self.before.label] if self.before is not None and self.grades.bins_before else []
        return histogram(
            self.grades.bins,
            label=_("%(count)s rated partners by score, in steps of five points.") % {"count": self.now.rated},
            labels=[str(edge) for edge in (0, 20, 40, 60, 80, 100)],
            css=[self._colour(edge) for edge in edges],
            before=self.grades.bins_before or (),
            columns=[_("Score"), self.period.label, *earlier],
            bin_names=[f"{edge}–{edge + figures.BIN_WIDTH}" for edge in edges],
        )

    def _colour(self, total: int) -> str:
        """The colour of the grade that a total earns: the bands from the top, spread over A to E."""
        ordered = sorted(self.bands, key=lambda band: band.minimum, reverse=True)
        place = next((index for index, band in enumerate(ordered) if total >= band.minimum), len(ordered) - 1)
        return grade_tone(place, len(ordered))


def build_overview(
    cards: CardFilter,
    period: PeriodRow,
    regions: Sequence[Any],
    *,
    link: Link,
    kpi_link: Callable[[KPI], str],
    card_link: Callable[[Scorecard], str],
    run_id: int | None = None,
    all_risks: bool = False,
    today: date | None = None,
) -> Overview:
    """All parts of the page, with a fixed number of queries. `run_id` is the newest run, if its figures may be kept."""
    periods = trend_of(period)
    before = previous_of(period, periods)
    trend = figures.trend(cards, periods)
    today = today or timezone.localdate()
    template = template_for(cards.programme_id, period.start)
    bands = list(template.bands.all()) if template else []
    lines = _lines(template)
    grades = figures.grades(cards, period, before, bands)
    table, totals = _heavy_figures(cards, periods, [line.kpi_id for line in lines[:TILE_KPIS]], run_id)
    overall = aggregates.over_all(table)
    tiles = _score_tiles(trend, before, link) + _kpi_tiles(totals, before, lines, overall, kpi_link)
    risk = RiskTest.of(bands, period, today)
    risky = figures.at_risk(cards, risk) if risk else Scorecard.objects.none()
    shown = list(risky) if all_risks else list(risky[:AT_RISK_SHOWN])
    heat_kpis = [line.kpi for line in lines[:HEAT_KPIS]]
    return Overview(
        period=period,
        before=before,
        periods=periods,
        trend=trend,
        tiles=tiles,
        grades=grades,
        at_risk=_risk_rows(shown, periods, template, {line.kpi_id: line.kpi for line in lines}, card_link, today),
        at_risk_count=risky.count(),
        movers=[Mover(card, card_link(card)) for card in figures.movers(cards, period)],
        grade_lines=_grade_lines(grades, link),
        heat_kpis=heat_kpis,
        heat=_heat(table, regions, heat_kpis, link),
        today=today,
        is_running=is_running(period, today),
        projected_average=figures.projected_average(cards, period) if is_running(period, today) else None,
        attainment=overall,
        kpi_names={line.kpi_id: line.kpi.name for line in lines},
        bands=bands,
    )


def _grade_lines(grades: figures.Grades, link: Link) -> list[GradeLine]:
    """The rows of the distribution; more partners in the upper grades are better, fewer in the lower ones."""
    count = len(grades.rows)
    lines = []
    for place, row in enumerate(grades.rows):
        side = count - 1 - 2 * place
        better = "up" if side > 0 else "down" if side < 0 else ""
        lines.append(GradeLine(row, grade_tone(place, count), better, link(grade=row.key)))
    return lines


def _lines(template: Any) -> list[TemplateLine]:
    """The lines of the template in force, the heaviest first."""
    if template is None:
        return []
    return sorted(lines_of(template.pk), key=lambda line: (-line.weight, line.position))


def _score_tiles(trend: Sequence[figures.TrendPoint], before: PeriodRow | None, link: Link) -> list[Tile]:
    now = trend[-1]
    past = next((point for point in trend if before is not None and point.period.pk == before.pk), None)
    of_all = _("of %(count)s") % {"count": display.number(now.partners, 0)}
    return [
        Tile(
            label=_("Average score"),
            value="" if now.average is None else display.score(now.average),
            unit=_("of 100"),
            delta=_difference(now.average, past.average if past else None),
            values=[point.average for point in trend],
            url=link(sort="-score"),
        ),
        Tile(
            label=_("Partners rated"),
            value=display.number(now.rated, 0),
            unit=of_all,
            delta=_difference(Decimal(now.rated), Decimal(past.rated) if past else None),
            digits=0,
            values=[Decimal(point.rated) if point.partners else None for point in trend],
            url=link(rated="yes"),
        ),
        Tile(
            label=_("With data gaps"),
            value=display.number(now.with_gaps, 0),
            unit=of_all,
            delta=_difference(Decimal(now.with_gaps), Decimal(past.with_gaps) if past else None),
            better="down",
            digits=0,
            values=[Decimal(point.with_gaps) if point.partners else None for point in trend],
            url=link(gaps="yes"),
        ),
    ]


def _difference(now: Decimal | None, past: Decimal | None) -> Decimal | None:
    return None if now is None or past is None else now - past


Heavy = tuple[aggregates.Table, dict[int, list[Decimal | None]]]
KEPT_SECONDS = 6 * 60 * 60


def _heavy_figures(
    cards: CardFilter, periods: Sequence[PeriodRow], kpi_ids: Sequence[int], run_id: int | None
) -> Heavy:
    """Cells by region and programme totals: the two statements that read every partner's figures.

    No card changes without a run, so what belongs to the newest run stays true until the next one. A portfolio can
    change without one and is always read afresh.
    """
    key = None
    if run_id is not None and cards.portfolio is None:
        parts = (cards.programme_id, periods[-1].pk, *sorted(cards.region_ids), "t", cards.partner_type_id, *kpi_ids)
        key = f"t{require_scope().tenant_id}:overview:{run_id}:{':'.join(str(part) for part in parts)}"
        kept: Heavy | None = cache.get(key)
        if kept is not None:
            return kept
    found = aggregates.by_region(cards, periods[-1]), aggregates.programme_totals(cards, periods, kpi_ids)
    if key is not None:
        cache.set(key, found, KEPT_SECONDS)
    return found


BETTER = {"higher": "up", "lower": "down", "band": ""}
"""Which movement of a KPI is an improvement, in the words of `<c-delta>`."""


def _kpi_tiles(
    totals: dict[int, list[Decimal | None]],
    before: PeriodRow | None,
    lines: Sequence[TemplateLine],
    expected: dict[int, aggregates.Cell],
    kpi_link: Callable[[KPI], str],
) -> list[Tile]:
    """The heaviest KPIs over the whole programme: total, change, and what all partners together should reach."""
    kpis = [line.kpi for line in lines[:TILE_KPIS]]
    tiles = []
    for kpi in kpis:
        values = totals[kpi.pk]
        now, past = values[-1], values[-2] if before is not None and len(values) > 1 else None
        change, unit, digits = kpi_change(kpi, now, past)
        expectation = expected.get(kpi.pk)
        target = None
        if expectation is not None:
            target = expectation.target_sum if _adds_up(kpi) else expectation.mean_target
        tiles.append(
            Tile(
                label=kpi.name,
                value="" if now is None else display.kpi_value(kpi, now, short=True),
                delta=change,
                delta_unit=unit,
                digits=digits,
                better=BETTER[kpi.direction],
                note=_target_note(kpi, now, target),
                values=values,
                target=target,
                url=kpi_link(kpi),
            )
        )
    return tiles


def _adds_up(kpi: KPI) -> bool:
    """Whether the programme's figure is the sum of its partners' figures, so that their targets add up as well."""
    return kpi.aggregation in (Aggregation.SUM, Aggregation.COUNT)


def kpi_change(kpi: KPI, now: Decimal | None, past: Decimal | None) -> tuple[Decimal | None, str, int]:
    """Change, its unit and decimals: sums in percent, rates in points, levels in their own unit."""
    if now is None or past is None:
        return None, "", 1
    if _adds_up(kpi):
        return ((now - past) / abs(past) * 100, "%", 1) if past else (None, "", 1)
    return now - past, _("pts") if kpi.unit == "%" else kpi.unit, kpi.decimals


def _target_note(kpi: KPI, now: Decimal | None, target: Decimal | None) -> str:
    if target is None:
        return ""
    if _adds_up(kpi) and now is not None and target > 0:
        return _("%(share)s of target") % {"share": display.percent(now / target)}
    return _("target %(target)s") % {"target": display.kpi_value(kpi, target, short=True)}


def _risk_rows(
    shown: Sequence[Scorecard],
    periods: Sequence[PeriodRow],
    template: ScorecardTemplate | None,
    kpis: dict[int, KPI],
    card_link: Callable[[Scorecard], str],
    today: date,
) -> list[RiskRow]:
    if template is None:
        return []
    period, rules = periods[-1], rules_of(template)
    histories = histories_of(period, [card.partner_id for card in shown], template.programme_id, count=TREND_PERIODS)
    lines = lines_of_cards([card.pk for card in shown])
    places = tier_places(template.programme_id)
    reasons = stated_reasons(shown, histories, rules, period, today)
    rows = []
    for card in shown:
        driver = main_driver(lines[card.pk])
        kpi = kpis.get(driver.kpi_id) if driver else None
        text, note = driver_text(kpi, driver) if driver and kpi else ("", "")
        rows.append(
            RiskRow(
                card,
                card_link(card),
                places.get(card.tier_id or 0, 0),
                series_of(histories[card.partner_id], periods),
                text,
                note,
                [str(reason_words(reason)) for reason in reasons[card.pk]],
            )
        )
    return rows


def main_driver(lines: Sequence[Line]) -> Line | None:
    """The line that lost most points; None when nothing was lost."""
    lost = [line for line in lines if line.points_lost]
    return max(lost, key=lambda line: (line.points_lost, -line.position), default=None)


def driver_text(kpi: KPI, line: Line) -> tuple[str, str]:
    """What the KPI came to, and the floor it missed, or else the target."""
    text = f"{kpi.name} {display.kpi_value(kpi, line.actual, short=True)}"
    if line.points == 0:
        return text, _("floor %(limit)s") % {"limit": _threshold(kpi, line.floor)}
    return text, _("target %(limit)s") % {"limit": _threshold(kpi, line.target)}


def _threshold(kpi: KPI, value: Decimal | None) -> str:
    return display.threshold(kpi, None if value is None else display.shown(kpi, value), short=True)


def short_label(period: PeriodRow | Period) -> str:
    """A period under an axis: Q3 26, H1 26, Jul 26, 2026. Labels of the fiscal year keep its number."""
    if period.kind == PeriodKind.YEAR:
        return period.label
    if period.kind == PeriodKind.MONTH:
        return date_format(period.start, "M y")
    year, part = period.label.split("-")
    return f"{part} {year[2:]}"


def _heat(table: aggregates.Table, regions: Sequence[Any], kpis: Sequence[KPI], link: Link) -> list[HeatRow]:
    """A row for each region with figures, of its own partners: links leave out the regions below it as well."""
    rows = []
    parents = {region.parent_id for region in regions}
    for region in [*regions, None]:
        cells = table.get(region.pk if region else None)
        if not cells:
            continue
        of = {"region": region.key if region else "none", "below": "no" if region and region.pk in parents else ""}
        row = [_heat_cell(cells.get(kpi.pk), link(kpi=kpi.code, **of)) for kpi in kpis]
        rows.append(HeatRow(region.name if region else _("No region"), row))
    return rows


def _heat_cell(cell: aggregates.Cell | None, url: str) -> HeatCell | None:
    if cell is None or cell.attainment is None:
        return None
    percent = display.rounded(cell.attainment * 100, 0)
    return HeatCell(display.number(percent, 0), heat_tone(percent), url, cell.partners)
