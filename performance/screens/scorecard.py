"""One partner's scorecard, for the manager and for the partner: the same figures in the same words.

Only what the cohort shows differs: a partner sees its place among five or more, and never a name.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner
from performance import display
from performance.choices import BenchmarkScope, LineState, MissingPolicy
from performance.models import KPI, Benchmark, GradeBand, PeriodRow, Scorecard
from performance.queries.benchmark_versions import Versions, versions_of
from performance.queries.cards import TREND_PERIODS, previous_of, trend_of
from performance.queries.consequences import outcomes_of
from performance.queries.lines import Line, lines_of_cards
from performance.queries.mates import mates_of
from performance.queries.outlook import mark_of
from performance.queries.receipt import Receipt, receipt_from
from performance.queries.reference import kpis_by_id
from performance.queries.restatements import Moved, Restated, applied_to, places_moved
from performance.rules.scoring import HUNDRED, ROLLING_PERIODS, ZERO
from performance.screens.arithmetic import Step, explain, target_text, thresholds_text, zone_of
from performance.screens.benchmark import before_in_words, last_day_of, who, withdrawn_in_words
from performance.screens.cohort import Cohort, cohort_of, medians_of
from performance.screens.consequences import followed_rows
from performance.screens.grades import grade_colour
from performance.screens.outlook import Outlook, build_outlook
from performance.screens.overview import BETTER, kpi_change, short_label
from performance.screens.relative import relative_note
from prm.ui.charts import Chart, Series, line


@dataclass(frozen=True)
class LineRow:
    """One KPI as the scorecard shows it."""

    line: Line
    kpi: KPI
    actual: str
    target: str
    values: list[Decimal | None]
    change: Decimal | None
    change_unit: str
    change_digits: int
    zone: str
    steps: list[Step]
    versions: Versions | None
    points_at_target: Decimal
    relative_note: str = ""

    @property
    def better(self) -> str:
        """Which movement is an improvement, in the words of `<c-delta>`."""
        return BETTER[self.kpi.direction]

    @property
    def spark_tone(self) -> str:
        """The colour of the sparkline: what the last change was worth."""
        return display.tone_of_change(self.change, self.kpi.direction) or "mut"

    @property
    def is_open_question(self) -> bool:
        """A line that has no points: the reader needs to know why."""
        return self.line.points is None

    @property
    def most(self) -> Decimal | None:
        """What the line could contribute at most."""
        if self.line.contribution is None or self.line.points_lost is None:
            return None
        return self.line.contribution + self.line.points_lost

    @property
    def thresholds(self) -> str:
        """The benchmark in words, for readers who do not see the bullet."""
        return thresholds_text(self.kpi, self.line)

    @property
    def exact_thresholds(self) -> str:
        """The same with all decimals, for receipts."""
        return thresholds_text(self.kpi, self.line, is_exact=True)

    @property
    def benchmark(self) -> Benchmark | None:
        """The benchmark that was chosen, also where it gave no thresholds."""
        return self.versions.used if self.versions is not None else None

    @property
    def before(self) -> str:
        """The benchmark that came before it, in words."""
        return before_in_words(self.kpi, self.versions)

    @property
    def withdrawn(self) -> str:
        """That the benchmark was taken back since, in words; mostly empty."""
        return withdrawn_in_words(self.versions)

    @property
    def last_day(self) -> date | None:
        """The last day on which the benchmark holds, inclusive; None while it has no end."""
        return last_day_of(self.benchmark) if self.benchmark is not None else None

    @property
    def scope(self) -> str:
        """Whom the benchmark that applied is for."""
        if self.line.benchmark_scope == BenchmarkScope.ALL:
            return _("everyone")
        if self.benchmark is not None:
            return who(self.benchmark)
        return str(BenchmarkScope(self.line.benchmark_scope).label) if self.line.benchmark_scope else ""


@dataclass(frozen=True)
class Section:
    """Lines under one heading, with what they contribute together."""

    name: str
    rows: list[LineRow]

    @property
    def contribution(self) -> Decimal:
        """What the section adds to the total."""
        return sum((row.line.contribution or ZERO for row in self.rows), ZERO)

    @property
    def most(self) -> Decimal:
        """What it could add at most."""
        return sum((row.most or ZERO for row in self.rows), ZERO)

    @property
    def percent(self) -> Decimal:
        """How much of it is reached."""
        return self.contribution / self.most * HUNDRED if self.most else ZERO


@dataclass(frozen=True)
class ScorecardPage:
    """Everything a scorecard page shows."""

    partner: Partner
    card: Scorecard
    period: PeriodRow
    receipt: Receipt
    rows: list[LineRow]
    bands: list[GradeBand]
    cohort: Cohort | None
    trend: list[PeriodRow]
    totals: list[Decimal | None]
    medians: list[Decimal | None]
    is_portal: bool
    restated: list[Restated]
    moved: list[Moved]
    outlook: Outlook

    @cached_property
    def followed(self) -> list[dict[str, Any]]:
        """What followed from the grade; for the partner what it was told. Only the page of a scorecard asks."""
        if not self.period.is_closed:
            return []
        return followed_rows(outcomes_of(self.card, is_portal=self.is_portal))

    @property
    def applicable(self) -> list[LineRow]:
        """The lines that concern this type of partner; the others would only be in the way."""
        return [row for row in self.rows if row.line.state != LineState.NOT_APPLICABLE]

    @property
    def not_applicable(self) -> list[LineRow]:
        """The lines of the template that do not concern this type of partner."""
        return [row for row in self.rows if row.line.state == LineState.NOT_APPLICABLE]

    @property
    def sections(self) -> list[Section]:
        """The lines under their headings, in order."""
        found: list[Section] = []
        for row in self.applicable:
            if not found or found[-1].name != row.line.section:
                found.append(Section(row.line.section, []))
            found[-1].rows.append(row)
        return found

    @property
    def has_sections(self) -> bool:
        """Whether there are headings at all."""
        return any(section.name for section in self.sections)

    @property
    def rail_bands(self) -> list[tuple[Decimal, str]]:
        """The grade limits for the rail, lowest first."""
        return [(band.minimum, band.key) for band in sorted(self.bands, key=lambda band: band.minimum)]

    @cached_property
    def grade_colour(self) -> str:
        """One of the five grade colours."""
        return grade_colour(self.card.grade, self.bands)

    @property
    def grade_name(self) -> str:
        """The name of the grade, where the template gives one."""
        return next((band.name for band in self.bands if band.key == self.card.grade), "")

    @property
    def next_grade(self) -> tuple[str, Decimal] | None:
        """The next better grade and the points that are missing; None at the top and without a grade."""
        if not self.card.rated or self.card.total is None:
            return None
        better = [band for band in self.bands if band.minimum > self.card.total]
        if not better:
            return None
        nearest = min(better, key=lambda band: band.minimum)
        return nearest.key, nearest.minimum - self.card.total

    @property
    def unrated_note(self) -> str:
        """Why there is no grade, with the figures behind it."""
        card = self.card
        if card.rated:
            return ""
        if card.unrated_reason == "low_coverage":
            sentence = _("Data covers %(coverage)s of the scorecard and %(minimum)s is needed. The total is not rated.")
            return sentence % {
                "coverage": display.percent(card.coverage),
                "minimum": display.percent(card.template.minimum_coverage),
            }
        if card.unrated_reason == "blocked":
            missing = ", ".join(row.kpi.name for row in self.rows if row.line.state == LineState.BLOCKING)
            return _("%(kpis)s has no data, and this scorecard cannot be rated without it.") % {"kpis": missing}
        return _("There are no measurements to score in this period yet.")

    @property
    def missing(self) -> list[LineRow]:
        """Lines with a benchmark but without data."""
        states = (LineState.NO_DATA, LineState.BLOCKING, LineState.ZERO, LineState.CARRIED)
        return [row for row in self.rows if row.line.state in states]

    @property
    def weight_total(self) -> Decimal:
        """The weights of the lines that concern this partner."""
        return sum((row.line.weight for row in self.applicable), ZERO)

    @property
    def points_lost(self) -> Decimal | None:
        """100 minus the total."""
        return None if self.card.total is None else HUNDRED - self.card.total

    @property
    def limiting_kpi(self) -> str:
        """The gate that lowered the grade, by name."""
        return next((row.kpi.name for row in self.rows if row.kpi.pk == self.card.limited_by_id), "")

    @property
    def trend_labels(self) -> list[str]:
        """The periods of the trend, as an axis writes them."""
        return [short_label(period) for period in self.trend]

    @property
    def trend_totals(self) -> list[str]:
        """The totals of the trend."""
        return [display.score(total) for total in self.totals]

    @property
    def trend_rows(self) -> list[tuple[str, list[str]]]:
        """Each KPI with its results over the periods of the trend; those that never had one are left out."""
        return [
            (row.kpi.name, [display.kpi_value(row.kpi, value, short=True) for value in row.values])
            for row in self.applicable
            if any(value is not None for value in row.values)
        ]

    @property
    def history(self) -> Chart:
        """The total over the last periods, with the cohort's median where it may be shown."""
        series = [Series(self.partner.name if not self.is_portal else _("Your score"), self.totals)]
        if any(value is not None for value in self.medians):
            series.append(Series(_("Median of similar partners"), self.medians, "mut thin"))
        return line(
            [short_label(period) for period in self.trend],
            series,
            label=f"{self._finding()} {self._expected_finding()}".strip(),
            ahead=Series(_("Projected for the end of the period"), self.expected),
            digits=1,
            height="h160",
            first_column=_("Period"),
        )

    @property
    def expected(self) -> list[Decimal | None]:
        """Where the running period ends at this pace, in its place of the trend; None for all that are over."""
        projection = self.outlook.projection
        total = projection.score.total if projection else None
        return [total if row.pk == self.period.pk else None for row in self.trend]

    def _expected_finding(self) -> str:
        projection = self.outlook.projection
        if projection is None or projection.score.total is None:
            return ""
        return _("At this pace %(period)s ends at %(score)s.") % {
            "period": self.period.label,
            "score": display.score(projection.score.total),
        }

    def _finding(self) -> str:
        known = [(row.label, value) for row, value in zip(self.trend, self.totals, strict=True) if value is not None]
        if not known:
            return _("There is no score yet.")
        if len(known) == 1:
            return _("The score was %(score)s in %(period)s.") % {
                "score": display.score(known[0][1]),
                "period": known[0][0],
            }
        return _("The score went from %(first)s in %(since)s to %(last)s in %(until)s.") % {
            "first": display.score(known[0][1]),
            "since": known[0][0],
            "last": display.score(known[-1][1]),
            "until": known[-1][0],
        }


def cards_of(partner_id: int, *, programme_id: int | None = None) -> QuerySet[Scorecard]:
    """A partner's cards, newest period first; `complete` gives them what a page needs."""
    cards = Scorecard.objects.filter(partner_id=partner_id)
    if programme_id is not None:
        cards = cards.filter(programme_id=programme_id)
    return cards.order_by("-period__start", "period__kind")


def build_scorecard(
    card: Scorecard,
    partner: Partner,
    *,
    is_portal: bool,
    history: Iterable[Scorecard] | None = None,
    today: date | None = None,
) -> ScorecardPage:
    """The page of one card, with a fixed number of queries; one less with the partner's cards of the programme."""
    period = card.period
    recent = trend_of(period, ROLLING_PERIODS)
    trend = [row for row in recent if row.seq > period.seq - TREND_PERIODS]
    if history is None:
        history = Scorecard.objects.select_related("period").filter(
            partner_id=card.partner_id, programme_id=card.programme_id, period__in=[row.pk for row in recent]
        )
    cards = {row.period_id: row for row in history}
    siblings = {row.pk: cards[row.pk] for row in trend if row.pk in cards}
    before = previous_of(period, trend)
    lines = lines_of_cards([row.pk for row in siblings.values()])
    receipt = receipt_from(card, siblings.get(before.pk) if before else None, lines)
    kpis = kpis_by_id()
    actuals = _actuals(trend, siblings, lines)
    versions = versions_of(receipt.lines, receipt.previous_lines)
    bands = list(card.template.bands.all())
    outlook = build_outlook(
        card,
        receipt.lines,
        kpis,
        bands,
        {row.seq: mark_of(cards[row.pk]) for row in recent if row.pk in cards},
        {row.seq: row.label for row in recent},
        as_of=today or timezone.localdate(),
    )
    rows = [
        _line_row(
            row,
            kpis[row.kpi_id],
            actuals[row.kpi_id],
            receipt,
            versions.get(row.kpi_id),
            has_before=before is not None,
            period=period,
        )
        for row in receipt.lines
        if row.kpi_id in kpis
    ]
    mates = mates_of(card, trend)
    return ScorecardPage(
        partner=partner,
        card=card,
        period=period,
        receipt=receipt,
        rows=rows,
        bands=bands,
        cohort=cohort_of(card, mates, receipt.previous, is_portal=is_portal),
        trend=trend,
        totals=[siblings[row.pk].total if row.pk in siblings else None for row in trend],
        medians=medians_of(mates, trend),
        is_portal=is_portal,
        restated=applied_to(card) if period.is_closed else [],
        moved=places_moved(card) if period.is_closed else [],
        outlook=outlook,
    )


def _actuals(
    trend: Sequence[PeriodRow], cards: dict[int, Scorecard], lines: dict[int, tuple[Line, ...]]
) -> dict[int, list[Decimal | None]]:
    """Each KPI's actual per period; a value carried forward is not one of that period."""
    found: dict[int, list[Decimal | None]] = defaultdict(lambda: [None] * len(trend))
    for index, period in enumerate(trend):
        card = cards.get(period.pk)
        for row in lines.get(card.pk, ()) if card else ():
            if row.state != LineState.CARRIED:
                found[row.kpi_id][index] = row.actual
    return found


def _line_row(
    row: Line,
    kpi: KPI,
    values: list[Decimal | None],
    receipt: Receipt,
    versions: Versions | None,
    *,
    has_before: bool,
    period: PeriodRow,
) -> LineRow:
    past = values[-2] if has_before and len(values) > 1 else None
    now = None if row.state == LineState.CARRIED else row.actual
    change, unit, digits = kpi_change(kpi, now, past)
    tp = receipt.card.template.points_at_target
    note = relative_note(kpi, row, period)
    return LineRow(
        line=row,
        kpi=kpi,
        actual=display.kpi_value(kpi, row.actual),
        target=target_text(kpi, row),
        values=values,
        change=change,
        change_unit=unit,
        change_digits=digits,
        zone=zone_of(row),
        steps=explain(kpi, row, points_at_target=tp, weight_scored=receipt.weight_scored, relative=note),
        versions=versions,
        points_at_target=tp,
        relative_note=note,
    )


def policy_note(row: LineRow) -> str:
    """What happened to a line without data, as a sentence for the receipt; empty for an ordinary line."""
    if row.line.state == LineState.NO_BENCHMARK and row.relative_note:
        return row.relative_note
    policy = str(MissingPolicy(row.line.policy).label)
    return {
        LineState.NO_DATA: _("No data in this period. The KPI is left out of total and coverage."),
        LineState.ZERO: _("No data in this period. The scorecard counts that as 0 points."),
        LineState.CARRIED: _("No data in this period. The last value is carried forward."),
        LineState.BLOCKING: _("No data in this period. Without it the scorecard gives no total."),
        LineState.NO_BENCHMARK: _("No benchmark applies on the first day of the period, so the KPI is not scored."),
        LineState.NOT_APPLICABLE: _("The KPI does not apply to this type of partner."),
    }.get(LineState(row.line.state), "") or ("" if row.line.state == LineState.SCORED else policy)


def default_card(cards: Sequence[Any], *, label: str = "", kinds: Sequence[str] = ()) -> Any | None:
    """The card of the period asked for, else the newest rated or scored one of the first kind that has cards."""
    for card in cards:
        if label and card.period.label == label:
            return card
    for kind in kinds:
        of_kind = [card for card in cards if card.period.kind == kind]
        if of_kind:
            return next((card for card in of_kind if card.total is not None), of_kind[0])
    return cards[0] if cards else None
