"""What an outlook is made of: a card's lines as the rules see them, and its totals over the last periods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from performance.choices import LineState, MissingPolicy
from performance.models import CardOutlook, PeriodRow, Scorecard, ScorecardTemplate
from performance.models import GradeBand as BandRow
from performance.outlook.card import CardRules
from performance.outlook.projection import Ingredient, Projection, Recipe, elapsed_of, project
from performance.outlook.risks import GATE_NEAR, Case, Past, Reason, risks_of
from performance.queries.cards import trend_of
from performance.queries.lines import Line
from performance.rules.scoring import ROLLING_PERIODS, Gate, GradeBand, LineInput, Thresholds, delta_of, rolling_overall


def rules_of(template: ScorecardTemplate, bands: Sequence[BandRow] | None = None) -> CardRules:
    """What the template says besides its lines. Its bands should be at hand, or be given."""
    rows = template.bands.all() if bands is None else bands
    found = tuple(GradeBand(band.key, band.minimum) for band in rows) or (GradeBand("", Decimal(0)),)
    return CardRules(template.points_at_target, template.minimum_coverage, found)


def inputs_of(lines: Iterable[Line], rules: CardRules) -> list[LineInput]:
    """The lines as they can be scored again. A carried value is carried again, from as many periods before."""
    return [_input_of(line, rules.grades) for line in lines]


def _input_of(line: Line, grades: Sequence[str]) -> LineInput:
    thresholds = None
    if line.floor is not None and line.target is not None and line.stretch is not None:
        thresholds = Thresholds(line.direction, line.floor, line.target, line.stretch, line.ceiling)
    gate = None
    if line.gate_minimum is not None and line.gate_grade in grades:
        gate = Gate(line.gate_minimum, line.gate_grade)
    carried = line.state == LineState.CARRIED
    return LineInput(
        kpi=line.code,
        weight=line.weight,
        actual=None if carried else line.actual,
        thresholds=thresholds,
        applies=line.state != LineState.NOT_APPLICABLE,
        policy=line.policy if line.policy in MissingPolicy.values else MissingPolicy.EXCLUDE,
        carry_periods=line.carried_periods,
        earlier_actuals=(*[None] * (line.carried_periods - 1), line.actual) if carried else (),
        gate=gate,
    )


def recipe_of(line: Line) -> Recipe:
    """How the line's actual comes about."""
    made = line.derivation
    if made is None:
        return Recipe(line.aggregation)
    inputs = tuple(Ingredient(row.code, row.aggregation, row.back, row.actual) for row in made.inputs)
    return Recipe(line.aggregation, made.multiplier, made.formula, inputs)


def projection_of(lines: Sequence[Line], rules: CardRules, period: PeriodRow, as_of: date) -> Projection | None:
    """Where the card ends at this pace; None for a closed period, one that is not running, and too early in it."""
    elapsed = None if period.is_closed else elapsed_of(period.start, period.end, as_of)
    if elapsed is None:
        return None
    return project(inputs_of(lines, rules), {line.code: recipe_of(line) for line in lines}, rules, elapsed)


# Totals over time -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """A card's figures in one period of a history."""

    total: Decimal | None
    rated: bool
    grade: str
    delta: Decimal | None
    coverage: Decimal | None = None

    @property
    def rated_total(self) -> Decimal | None:
        """The total, if it was rated."""
        return self.total if self.rated else None


def mark_of(card: Scorecard) -> Mark:
    """A card's figures in a history."""
    return Mark(card.total, card.rated, card.grade, card.delta, card.coverage)


Histories = dict[int, dict[int, Mark]]
"""By partner and `seq` of the period."""


def histories_of(
    period: PeriodRow, partner_ids: Iterable[int], programme_id: int, count: int = ROLLING_PERIODS
) -> Histories:
    """The figures of partners in the period and those of its kind before it, in one query."""
    found: Histories = {pk: {} for pk in partner_ids}
    places = {row.pk: row.seq for row in trend_of(period, count)}
    rows = Scorecard.objects.filter(
        programme_id=programme_id, partner_id__in=list(found), period_id__in=list(places)
    ).values_list("partner_id", "period_id", "total", "rated", "grade", "delta", "coverage")
    for partner_id, period_id, *figures in rows.order_by():
        found[partner_id][places[period_id]] = Mark(*figures)
    return found


def series_of(history: dict[int, Mark], trend: Sequence[PeriodRow]) -> list[Decimal | None]:
    """The totals in the order of the periods; None where there is none."""
    return [history[row.seq].total if row.seq in history else None for row in trend]


def rolling_of(history: dict[int, Mark], period: PeriodRow) -> Decimal | None:
    """The rolling overall score as it stands in the period (4.2), over rated periods."""
    marks = [history.get(period.seq - age) for age in range(ROLLING_PERIODS)]
    return rolling_overall([mark.rated_total if mark else None for mark in marks])


def reasons_of(
    card: Scorecard,
    lines: Sequence[Line],
    history: dict[int, Mark],
    rules: CardRules,
    as_of: date,
    projection: Projection | None,
) -> tuple[Reason, ...]:
    """Why the card is at risk, the weightiest reason first. A running period is judged by its projection."""
    if not is_running(card.period, as_of):
        return past_reasons(card, history, rules, card.period)
    if projection is None:
        return ()
    mark, score = history.get(card.period.seq - 1), projection.score
    return risks_of(
        Case(
            rated=score.rated,
            grade=score.grade or "",
            delta=delta_of(score.total, mark.total if mark else None),
            coverage=score.coverage,
            minimum_coverage=rules.minimum_coverage,
            is_limited=score.limited_by is not None,
            grades=rules.grades,
            before=_past(mark),
            gate_is_near=_gate_is_near(lines, projection),
            is_projected=True,
        )
    )


def past_reasons(card: Scorecard, history: dict[int, Mark], rules: CardRules, period: PeriodRow) -> tuple[Reason, ...]:
    """The same for a card of a period that is over; its lines are not needed."""
    return risks_of(
        Case(
            rated=card.rated,
            grade=card.grade,
            delta=card.delta,
            coverage=card.coverage,
            minimum_coverage=rules.minimum_coverage,
            is_limited=card.limited_by_id is not None,
            grades=rules.grades,
            before=_past(history.get(period.seq - 1)),
        )
    )


def is_running(period: PeriodRow, as_of: date) -> bool:
    """Whether the period is open and holds the day."""
    return not period.is_closed and period.start <= as_of < period.end


def _past(mark: Mark | None) -> Past | None:
    return Past(mark.rated, mark.grade, mark.delta) if mark else None


def _gate_is_near(lines: Sequence[Line], projection: Projection) -> bool:
    """Whether a KPI would end with only a few points more than its gate asks for."""
    minimum = {line.code: line.gate_minimum for line in lines if line.gate_minimum is not None}
    return any(
        row.points is not None and row.kpi in minimum and 0 <= row.points - minimum[row.kpi] < GATE_NEAR
        for row in projection.score.lines
    )


def foreseen_of(card_ids: Iterable[int]) -> dict[int, CardOutlook]:
    """What is foreseen for cards of running periods, by card, in one query."""
    return {row.scorecard_id: row for row in CardOutlook.objects.filter(scorecard_id__in=list(card_ids))}


def stated_reasons(
    cards: Sequence[Scorecard], histories: Histories, rules: CardRules, period: PeriodRow, as_of: date
) -> dict[int, list[Reason]]:
    """Why cards of one period are at risk, by card: as kept while the period runs, else by the rules."""
    if is_running(period, as_of):
        kept = foreseen_of(card.pk for card in cards)
        return {card.pk: [Reason(word) for word in kept[card.pk].reasons] if card.pk in kept else [] for card in cards}
    return {card.pk: list(past_reasons(card, histories[card.partner_id], rules, period)) for card in cards}
