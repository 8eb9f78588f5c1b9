"""Summaries in words of what the pages show, for screens, the API, mails and reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from performance import display
from performance.choices import LineState
from performance.narrative import (
    CardFigures,
    Change,
    Loss,
    Measured,
    MovedPartner,
    Paragraph,
    ProgrammeFigures,
    Step,
    card_summary,
    programme_summary,
)
from performance.queries.aggregates import Cell
from performance.queries.lines import Line
from performance.rules.scoring import TOTAL_PLACES, ZERO, LineScore, delta_of, reweighting_part, rounded
from performance.screens.outlook import StepRow

if TYPE_CHECKING:
    from performance.screens.overview import Overview
    from performance.screens.scorecard import ScorecardPage


@dataclass(frozen=True)
class Summary:
    """Paragraphs and the language they are in."""

    language: str
    paragraphs: list[Paragraph]

    @property
    def sentences(self) -> list[str]:
        """All sentences in order, for mails and wherever there is no room for headings."""
        return [sentence for paragraph in self.paragraphs for sentence in paragraph.sentences]


def summary_of_card(page: "ScorecardPage", language: str) -> Summary:
    """A card in words, with the figures of its page. In the portal it addresses the partner."""
    return Summary(language, card_summary(card_figures(page), language, you=page.is_portal))


def summary_of_programme(page: "Overview", language: str) -> Summary:
    """A programme's period in words, with the figures of the overview."""
    return Summary(language, programme_summary(programme_figures(page), language))


def card_figures(page: "ScorecardPage") -> CardFigures:
    """What the summary of a card is told from. What lies ahead is told of open periods only."""
    card, receipt, outlook = page.card, page.receipt, page.outlook
    is_open, is_running = not page.period.is_closed, outlook.is_running
    projection = outlook.projection
    delta, now = card.delta, [line.as_score for line in receipt.lines]
    if is_running:
        before = receipt.previous.total if receipt.previous else None
        delta = delta_of(projection.score.total, before) if projection else None
        now = list(projection.score.lines) if projection else []
    earlier = [line.as_score for line in receipt.previous_lines]
    raised, lowered = like_for_like(now, earlier, {line.code: line.name for line in receipt.lines})
    lift = outlook.lift if is_open else None
    return CardFigures(
        period=page.period.label,
        is_running=is_running,
        previous=receipt.previous.period.label if receipt.previous else "",
        total=card.total,
        grade=card.grade,
        rated=card.rated,
        unrated_reason=card.unrated_reason,
        coverage=card.coverage,
        minimum_coverage=card.template.minimum_coverage,
        delta=delta,
        raised=raised,
        lowered=lowered,
        reweighting=None if delta is None else reweighting_part(now, earlier, delta=delta),
        limited_by=page.limiting_kpi,
        raw_grade=card.raw_grade,
        most_to_gain=_most_to_gain(receipt.lines),
        missing=tuple(row.kpi.name for row in page.rows if row.line.state in (LineState.NO_DATA, LineState.BLOCKING)),
        rank=page.cohort.rank if page.cohort and page.cohort.size > 1 else None,
        cohort=page.cohort.size if page.cohort else None,
        days_over=(outlook.as_of - page.period.start).days if is_running else None,
        days=(page.period.end - page.period.start).days if is_running else None,
        projected_total=projection.score.total if projection else None,
        projected_grade=(projection.score.grade or "") if projection else "",
        step=_step(outlook.steps[0]) if is_open and outlook.steps else None,
        lift=_step(lift, grade=lift.step.grade or "") if lift else None,
    )


def like_for_like(
    now: Sequence[LineScore], before: Sequence[LineScore], names: Mapping[str, str]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """What each KPI that has points in both periods gained and lost, with the weights of now; the largest first.

    Together they are the change without the part that re-weighting caused (`rules.reweighting_part`).
    """
    earlier = {line.kpi: line.points for line in before if line.points is not None}
    common = [line for line in now if line.points is not None and line.kpi in earlier]
    weight = sum((line.weight for line in common), ZERO)
    if not weight:
        return (), ()
    changes = [
        Change(
            names[line.kpi],
            rounded(line.weight * ((line.points or ZERO) - (earlier[line.kpi] or ZERO)) / weight, TOTAL_PLACES),
        )
        for line in common
    ]
    changes.sort(key=lambda change: -abs(change.points))
    return tuple(row for row in changes if row.points > 0), tuple(row for row in changes if row.points < 0)


def _most_to_gain(lines: Sequence[Line]) -> Loss | None:
    losing = [line for line in lines if line.points_lost]
    if not losing:
        return None
    line = max(losing, key=lambda row: (row.points_lost or ZERO, -row.position))
    points, lost = line.contribution or ZERO, line.points_lost or ZERO
    return Loss(line.name, points, points + lost)


def _step(row: StepRow, *, grade: str = "") -> Step:
    kpi, step = row.kpi, row.step
    now = None if step.actual is None else Measured(step.actual, kpi.unit, kpi.decimals)
    goal = display.shown(kpi, step.goal)
    return Step(kpi.name, now, Measured(goal, kpi.unit, decimals_of(goal)), step.gain, grade)


def decimals_of(value: Decimal) -> int:
    """The decimals that a figure to reach was set with, as the screens show it."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def programme_figures(page: "Overview") -> ProgrammeFigures:
    """What the summary of a programme's period is told from."""
    now = page.now
    past = next((row for row in page.trend if page.before is not None and row.period.pk == page.before.pk), None)
    rose = next((row.card for row in page.movers if (row.card.delta or ZERO) > 0), None)
    fell = next((row.card for row in reversed(page.movers) if (row.card.delta or ZERO) < 0), None)
    first = page.at_risk[0].card if page.at_risk else None
    strongest, weakest = _extremes(page.attainment, page.kpi_names)
    compared = page.before is not None and page.grades.bins_before is not None
    average = page.projected_average if page.is_running else now.average
    return ProgrammeFigures(
        period=page.period.label,
        is_running=page.is_running,
        days_over=(page.today - page.period.start).days if page.is_running else None,
        days=(page.period.end - page.period.start).days if page.is_running else None,
        projected_average=page.projected_average,
        previous=page.before.label if page.before else "",
        partners=now.partners,
        rated=now.rated,
        average=now.average,
        delta=delta_of(average, past.average if past else None),
        moved_up=page.grades.moved_up if compared else None,
        moved_down=page.grades.moved_down if compared else None,
        rose_most=_moved(rose) if rose else None,
        fell_most=_moved(fell) if fell else None,
        strongest=strongest,
        weakest=weakest,
        at_risk=page.at_risk_count,
        first_at_risk=_moved(first) if first else None,
        with_gaps=now.with_gaps,
    )


def _moved(card: object) -> MovedPartner:
    return MovedPartner(card.partner.name, card.delta or ZERO, card.total or ZERO, card.grade)  # type: ignore[attr-defined]


def _extremes(
    cells: dict[int, Cell], names: dict[int, str]
) -> tuple[tuple[str, Decimal] | None, tuple[str, Decimal] | None]:
    """The KPIs furthest above and furthest below their targets; none of fewer than two."""
    known = [(cell.attainment, names[pk]) for pk, cell in cells.items() if cell.attainment is not None and pk in names]
    if len(known) < 2:
        return None, None
    high, low = max(known), min(known)
    return (high[1], high[0]), (low[1], low[0])
