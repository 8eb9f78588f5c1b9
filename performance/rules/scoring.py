"""The scoring rules R1 to R10 as pure functions: plain Decimals in, frozen dataclasses out.

This is the reference, written to be read. The nightly work is done by the set-based SQL of
`performance/engine/`, and a test holds the two equal digit for digit. Nothing here knows the database, the
clock or a person. `docs/algorithms/scoring.md` explains the same rules in words.

R1, rounding: exactly four values are rounded, all half away from zero: an actual to 6 places, points to 4, a
total to 4, a percentile to 2. Each later step takes the rounded output of the step before, so a reader can
recompute a total from the points on the screen. Attainment, coverage, contributions and points lost are
display values of 4 places.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, Protocol, TypeVar

from performance.choices import (
    Aggregation,
    BenchmarkBasis,
    BenchmarkScope,
    Direction,
    LineState,
    MissingPolicy,
    UnratedReason,
)

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

ACTUAL_PLACES = 6
POINTS_PLACES = 4
TOTAL_PLACES = 4
PERCENTILE_PLACES = 2
SHARE_PLACES = 4

DEFAULT_POINTS_AT_TARGET = Decimal(80)
DEFAULT_MINIMUM_COVERAGE = Decimal("0.60")

COHORT_SHOWN_FROM = 5
"""A partner sees its place only in a cohort of at least this many (R9)."""

# Wide enough that no quotient of two stored numbers is rounded twice in a way that shows.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)

P = TypeVar("P", bound=Hashable)


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` with `places` decimals, half away from zero, as PostgreSQL's `round(numeric, n)` does it."""
    return value.quantize(ONE.scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)


# R3: the actual -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One measurement as the rules see it. A ratio may have the value or the weight alone."""

    occurred_on: date
    value: Decimal | None
    weight: Decimal | None = None
    source: str = ""
    external_id: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict)


def actual_of(
    aggregation: str, facts: Iterable[Fact], *, multiplier: Decimal = ONE, attribute: str = ""
) -> Decimal | None:
    """R3: one KPI's actual over the facts of one period, 6 places; None when there is none.

    A ratio is the ratio of sums, never a mean of ratios, and a zero denominator gives None. `last` takes the
    greatest (occurred_on, source, external_id), both texts compared byte for byte, so the order in which
    files arrived cannot change a score. Of an even number of values the median is the mean of the middle two.
    A distinct count compares the texts of one attribute byte for byte; facts without it count nothing.
    """
    facts = tuple(facts)
    if not facts:
        return None
    with localcontext(_EXACT):
        actual: Decimal | None
        match aggregation:
            case Aggregation.SUM:
                actual = sum((fact.value or ZERO for fact in facts), ZERO)
            case Aggregation.COUNT:
                actual = Decimal(len(facts))
            case Aggregation.LAST:
                actual = max(facts, key=_latest).value
            case Aggregation.AVERAGE:
                weights = [ONE if fact.weight is None else fact.weight for fact in facts]
                values = sum(((fact.value or ZERO) * weight for fact, weight in zip(facts, weights, strict=True)), ZERO)
                actual = _quotient(values, sum(weights, ZERO))
            case Aggregation.RATIO:
                values = sum((fact.value or ZERO for fact in facts), ZERO)
                actual = _quotient(multiplier * values, sum((fact.weight or ZERO for fact in facts), ZERO))
            case Aggregation.MEDIAN:
                actual = _median(sorted(fact.value for fact in facts if fact.value is not None))
            case Aggregation.DISTINCT:
                actual = Decimal(len({text for fact in facts if (text := fact.attributes.get(attribute))}))
            case _:
                raise ValueError(f"Unknown aggregation {aggregation!r}")
        return None if actual is None else rounded(actual, ACTUAL_PLACES)


def _median(values: Sequence[Decimal]) -> Decimal | None:
    size = len(values)
    return None if size == 0 else (values[(size - 1) // 2] + values[size // 2]) / 2


def _latest(fact: Fact) -> tuple[date, bytes, bytes]:
    return fact.occurred_on, fact.source.encode(), fact.external_id.encode()


def _quotient(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    return None if denominator == 0 else numerator / denominator


# R3: derived KPIs, made from the actuals of others ------------------------------------------------------------

DERIVED_LIMIT = Decimal(10) ** 24
"""A derived actual of this size or more is none: nothing that is measured comes near it, and it must be stored."""


class Formula(Protocol):
    """A formula over KPI codes, as `prm.imports.expressions.parse` reads it."""

    def evaluate(self, values: Mapping[str, Decimal | None]) -> Any:
        """The value for these actuals; None where null went through."""


def growth_of(value: Decimal | None, base: Decimal | None, *, multiplier: Decimal = ONE) -> Decimal | None:
    """R3: multiplier * (value - base) / base; None when either is none or the base is not above 0."""
    if value is None or base is None or base <= 0:
        return None
    with localcontext(_EXACT):
        return _kept(multiplier * (value - base) / base)


def quotient_of(above: Decimal | None, below: Decimal | None, *, multiplier: Decimal = ONE) -> Decimal | None:
    """R3: multiplier * above / below; None when either is none or the divisor is 0."""
    if above is None or below is None or below == 0:
        return None
    with localcontext(_EXACT):
        return _kept(multiplier * above / below)


def formula_of(formula: Formula, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """R3: the formula over the actuals, by code; None when it comes to none, or when all of its inputs are none.

    So `coalesce(A, 0) + B` needs B alone, but a partner of whom nothing is known has no actual of 0.
    """
    if all(value is None for value in values.values()):
        return None
    result = formula.evaluate(values)
    return None if result is None else _kept(result)


def _kept(value: Decimal) -> Decimal | None:
    if value.copy_abs() >= DERIVED_LIMIT:
        return None
    result = rounded(value, ACTUAL_PLACES)
    return None if result.copy_abs() >= DERIVED_LIMIT else result


# R4: which benchmark applies ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thresholds:
    """What is expected: floor, target, stretch, and for a band also the ceiling (target..stretch is the band)."""

    direction: str
    floor: Decimal
    target: Decimal
    stretch: Decimal
    ceiling: Decimal | None = None

    @property
    def in_order(self) -> bool:
        """Whether the thresholds stand in the order that the direction asks for; equal neighbours are fine."""
        match self.direction:
            case Direction.HIGHER:
                return self.floor <= self.target <= self.stretch
            case Direction.LOWER:
                return self.floor >= self.target >= self.stretch
            case Direction.BAND:
                return self.ceiling is not None and self.floor <= self.target <= self.stretch <= self.ceiling
        return False


@dataclass(frozen=True)
class BenchmarkChoice:
    """A benchmark that fits the KPI, the period kind and the partner; valid in `[valid_from, valid_to)`.

    By any `basis` but absolute its thresholds are percent or percentiles, which become values by `thresholds_of_…`.
    """

    scope: str
    valid_from: date
    valid_to: date | None
    thresholds: Thresholds
    basis: str = BenchmarkBasis.ABSOLUTE


SCOPE_ORDER = tuple(scope.value for scope in BenchmarkScope)


def resolve_benchmark(choices: Iterable[BenchmarkChoice], *, period_start: date) -> BenchmarkChoice | None:
    """R4: of those valid on the first day of the period the most specific: partner, tier, type, region, all."""
    valid = [
        choice
        for choice in choices
        if choice.valid_from <= period_start and (choice.valid_to is None or period_start < choice.valid_to)
    ]
    return min(valid, key=lambda choice: SCOPE_ORDER.index(choice.scope), default=None)


# R4, relative benchmarks: thresholds that follow from an earlier result ---------------------------------------

COHORT_BASE_FROM = 5
"""A cohort of fewer says more about its members than about what can be expected: no benchmark comes of it."""


def thresholds_of_own_past(percent: Thresholds, base: Decimal | None) -> Thresholds | None:
    """The thresholds as percent of an own earlier actual, 6 places each; None without one, or when it is not above 0.

    A part of nothing, or of a loss, is no expectation, as a growth on it is no growth (R3).
    """
    if base is None or base <= 0:
        return None
    with localcontext(_EXACT):
        values = [
            None if number is None else rounded(number * base / HUNDRED, ACTUAL_PLACES)
            for number in (percent.floor, percent.target, percent.stretch, percent.ceiling)
        ]
    return Thresholds(percent.direction, *values)  # type: ignore[arg-type]


def thresholds_of_cohort(percentiles: Thresholds, actuals: Iterable[Decimal]) -> Thresholds | None:
    """The thresholds as percentiles of a cohort's actuals; None for a cohort of fewer than five.

    The P-th percentile is the smallest actual that at least P percent of the members do not exceed: always a result
    that somebody had, so that it can be counted out by hand.
    """
    ordered = sorted(actuals)
    if len(ordered) < COHORT_BASE_FROM:
        return None
    values = [
        None if number is None else ordered[percentile_place(number, len(ordered)) - 1]
        for number in (percentiles.floor, percentiles.target, percentiles.stretch, percentiles.ceiling)
    ]
    return Thresholds(percentiles.direction, *values)  # type: ignore[arg-type]


def percentile_place(percentile: Decimal, members: int) -> int:
    """Which of the ordered members the percentile is, from 1."""
    return max(1, int((percentile * members / HUNDRED).to_integral_value(rounding=ROUND_CEILING)))


# R5 and R6: points and attainment -----------------------------------------------------------------------------


def points_for(
    actual: Decimal, thresholds: Thresholds, *, points_at_target: Decimal = DEFAULT_POINTS_AT_TARGET
) -> Decimal:
    """R5: points from 0 to 100, 4 places.

    Below the target a straight line from the floor, above it a straight line to the stretch. The order of the
    tests makes a division by zero impossible: target equal to stretch gives 100 at the target, floor equal to
    target a step. Points never use actual / target, so a zero or negative target is fine.
    """
    if thresholds.direction == Direction.BAND:
        return rounded(_band_points(actual, thresholds), POINTS_PLACES)
    sign = -1 if thresholds.direction == Direction.LOWER else 1
    with localcontext(_EXACT):
        points = _line_points(
            sign * actual,
            floor=sign * thresholds.floor,
            target=sign * thresholds.target,
            stretch=sign * thresholds.stretch,
            at_target=points_at_target,
        )
    return rounded(points, POINTS_PLACES)


def _line_points(actual: Decimal, *, floor: Decimal, target: Decimal, stretch: Decimal, at_target: Decimal) -> Decimal:
    if actual >= stretch:
        return HUNDRED
    if actual >= target:
        return at_target + (HUNDRED - at_target) * (actual - target) / (stretch - target)
    if actual > floor:
        return at_target * (actual - floor) / (target - floor)
    return ZERO


def _band_points(actual: Decimal, band: Thresholds) -> Decimal:
    assert band.ceiling is not None, "A band has a ceiling."
    with localcontext(_EXACT):
        if band.target <= actual <= band.stretch:
            return HUNDRED
        if band.floor < actual < band.target:
            return HUNDRED * (actual - band.floor) / (band.target - band.floor)
        if band.stretch < actual < band.ceiling:
            return HUNDRED * (band.ceiling - actual) / (band.ceiling - band.stretch)
        return ZERO


def attainment_for(actual: Decimal, thresholds: Thresholds, *, points: Decimal) -> Decimal | None:
    """R6, for display: 1 at the target, clamped to 0..2; None when the target is 0; of a band points / 100."""
    with localcontext(_EXACT):
        if thresholds.direction == Direction.BAND:
            share = points / HUNDRED
        elif thresholds.target == 0:
            return None
        else:
            sign = -1 if thresholds.direction == Direction.LOWER else 1
            share = ONE + sign * (actual - thresholds.target) / abs(thresholds.target)
    return rounded(min(max(share, ZERO), Decimal(2)), SHARE_PLACES)


# R7 and R8: the card ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GradeBand:
    """A grade and the least total that earns it. Bands are contiguous; the lowest begins at 0."""

    key: str
    minimum: Decimal


DEFAULT_BANDS = (
    GradeBand("A", Decimal(90)),
    GradeBand("B", Decimal(75)),
    GradeBand("C", Decimal(60)),
    GradeBand("D", Decimal(40)),
    GradeBand("E", Decimal(0)),
)


@dataclass(frozen=True)
class Gate:
    """A KPI that limits the grade: under `minimum_points` no grade better than `best_grade` is given."""

    minimum_points: Decimal
    best_grade: str


@dataclass(frozen=True)
class LineInput:
    """One template line of one partner in one period, before scoring.

    `earlier_actuals` are those of the preceding periods of the same kind, newest first; only CARRY reads them.
    `thresholds` is None when no benchmark applies.
    """

    kpi: str
    weight: Decimal
    actual: Decimal | None
    thresholds: Thresholds | None
    applies: bool = True
    policy: str = MissingPolicy.EXCLUDE
    carry_periods: int = 0
    earlier_actuals: tuple[Decimal | None, ...] = ()
    gate: Gate | None = None


@dataclass(frozen=True)
class LineScore:
    """One scored line: what it got, what it added to the total and what it cost."""

    kpi: str
    state: LineState
    weight: Decimal
    actual: Decimal | None
    points: Decimal | None
    attainment: Decimal | None
    contribution: Decimal | None
    points_lost: Decimal | None
    carried_periods: int = 0
    gate_failed: bool = False


@dataclass(frozen=True)
class CardScore:
    """A partner's card: `raw_grade` is what the total alone would give, `limited_by` the gate KPI that lowered it."""

    total: Decimal | None
    coverage: Decimal | None
    rated: bool
    unrated_reason: UnratedReason | None
    grade: str | None
    raw_grade: str | None
    limited_by: str | None
    lines: tuple[LineScore, ...]


def score_card(
    lines: Sequence[LineInput],
    *,
    points_at_target: Decimal = DEFAULT_POINTS_AT_TARGET,
    minimum_coverage: Decimal = DEFAULT_MINIMUM_COVERAGE,
    bands: Sequence[GradeBand] = DEFAULT_BANDS,
) -> CardScore:
    """R7 and R8: total, coverage and grade of one card from its lines.

    total    = S(points * weight) / S weight over the lines that have points
    coverage = weight scored / weight of all lines with a benchmark
    A line without a benchmark, or of a KPI that does not apply, lowers neither.
    """
    drafts = [_score_line(line, points_at_target) for line in lines]
    return judge_card(drafts, [line.gate for line in lines], minimum_coverage=minimum_coverage, bands=bands)


def judge_card(
    drafts: Sequence[LineScore],
    gates: Sequence[Gate | None],
    *,
    minimum_coverage: Decimal = DEFAULT_MINIMUM_COVERAGE,
    bands: Sequence[GradeBand] = DEFAULT_BANDS,
) -> CardScore:
    """R7 and R8 from lines that have their points already, each with its gate, in template order."""
    benchmarked = [draft for draft in drafts if draft.state not in _WITHOUT_BENCHMARK]
    scored = [draft for draft in benchmarked if draft.points is not None]
    blocked = any(draft.state == LineState.BLOCKING for draft in benchmarked)
    with localcontext(_EXACT):
        weight_all = sum((draft.weight for draft in benchmarked), ZERO)
        weight_scored = sum((draft.weight for draft in scored), ZERO)
        earned = sum((draft.weight * (draft.points or ZERO) for draft in scored), ZERO)
        coverage = None if weight_all == 0 else rounded(weight_scored / weight_all, SHARE_PLACES)
        total = None if weight_scored == 0 or blocked else rounded(earned / weight_scored, TOTAL_PLACES)
        finished = tuple(_with_shares(draft, None if total is None else weight_scored) for draft in drafts)
    reason = _unrated_reason(total, coverage, blocked=blocked, minimum_coverage=minimum_coverage)
    if total is None or reason is not None:
        return CardScore(total, coverage, False, reason, None, None, None, finished)
    raw = grade_for(total, bands)
    grade, limited_by = _limited_grade(raw, gates, finished, bands)
    return CardScore(total, coverage, True, None, grade, raw, limited_by, finished)


_WITHOUT_BENCHMARK = (LineState.NO_BENCHMARK, LineState.NOT_APPLICABLE)


def _score_line(line: LineInput, points_at_target: Decimal) -> LineScore:
    actual, state, carried = line.actual, LineState.SCORED, 0
    if not line.applies:
        state = LineState.NOT_APPLICABLE
    elif line.thresholds is None:
        state = LineState.NO_BENCHMARK
    elif actual is None:
        state, actual, carried = _missing(line)
    points = attainment = None
    if state in (LineState.SCORED, LineState.CARRIED):
        assert actual is not None
        assert line.thresholds is not None
        points = points_for(actual, line.thresholds, points_at_target=points_at_target)
        attainment = attainment_for(actual, line.thresholds, points=points)
    elif state == LineState.ZERO:
        points = rounded(ZERO, POINTS_PLACES)
    failed = line.gate is not None and points is not None and points < line.gate.minimum_points
    return LineScore(line.kpi, state, line.weight, actual, points, attainment, None, None, carried, failed)


def _missing(line: LineInput) -> tuple[LineState, Decimal | None, int]:
    """What a line without data becomes under its policy, the value it then has, and how old that value is."""
    match line.policy:
        case MissingPolicy.ZERO:
            return LineState.ZERO, None, 0
        case MissingPolicy.BLOCK:
            return LineState.BLOCKING, None, 0
        case MissingPolicy.CARRY:
            for age, earlier in enumerate(line.earlier_actuals[: line.carry_periods], start=1):
                if earlier is not None:
                    return LineState.CARRIED, earlier, age
    return LineState.NO_DATA, None, 0


def _with_shares(line: LineScore, weight_scored: Decimal | None) -> LineScore:
    """The line with its contribution and the points it lost; those of all lines add up to total and 100 - total."""
    if weight_scored is None or line.points is None:
        return line
    return replace(
        line,
        contribution=rounded(line.points * line.weight / weight_scored, SHARE_PLACES),
        points_lost=rounded((HUNDRED - line.points) * line.weight / weight_scored, SHARE_PLACES),
    )


def _unrated_reason(
    total: Decimal | None, coverage: Decimal | None, *, blocked: bool, minimum_coverage: Decimal
) -> UnratedReason | None:
    if blocked:
        return UnratedReason.BLOCKED
    if total is None or coverage is None:
        return UnratedReason.NO_DATA
    return UnratedReason.LOW_COVERAGE if coverage < minimum_coverage else None


def grade_for(total: Decimal, bands: Sequence[GradeBand] = DEFAULT_BANDS) -> str:
    """R8: the band with `minimum <= total`, the highest of them; the stored total is compared, not the shown one."""
    ordered = sorted(bands, key=lambda band: band.minimum, reverse=True)
    return next((band.key for band in ordered if total >= band.minimum), ordered[-1].key)


def _limited_grade(
    raw: str, gates: Sequence[Gate | None], scores: Sequence[LineScore], bands: Sequence[GradeBand]
) -> tuple[str, str | None]:
    """The grade after the failed gates, and the first KPI (in template order) whose gate set it."""
    order = [band.key for band in sorted(bands, key=lambda band: band.minimum, reverse=True)]
    place, limited_by = order.index(raw), None
    for gate, score in zip(gates, scores, strict=True):
        if score.gate_failed and gate is not None and order.index(gate.best_grade) > place:
            place, limited_by = order.index(gate.best_grade), score.kpi
    return order[place], limited_by


# R9: rank in the cohort ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A partner's place among the rated partners of its type and tier in that period."""

    rank: int
    cohort: int
    percentile: Decimal


def standings(totals: Mapping[P, Decimal]) -> dict[P, Standing]:
    """R9 for one cohort: competition rank 1, 2, 2, 4, highest first; percentile 100 for the best and for all tied."""
    values = list(totals.values())
    size = len(values)
    result = {}
    for member, own in totals.items():
        at_or_below = sum(1 for value in values if value <= own)
        percentile = rounded(HUNDRED * at_or_below / size, PERCENTILE_PLACES)
        result[member] = Standing(1 + sum(1 for value in values if value > own), size, percentile)
    return result


# R10: delta ---------------------------------------------------------------------------------------------------


def delta_of(total: Decimal | None, previous: Decimal | None) -> Decimal | None:
    """R10: change against the immediately preceding period of the same kind; None when either has no total."""
    return None if total is None or previous is None else total - previous


def reweighting_part(now: Sequence[LineScore], before: Sequence[LineScore], *, delta: Decimal) -> Decimal:
    """The part of `delta` that comes from another measured set or other weights, not from doing better or worse.

    The rest is the like-for-like change: the KPIs that have points in both periods, both times with the
    weights of now. Without a common KPI the whole delta is re-weighting. 4 places.
    """
    earlier = {line.kpi: line.points for line in before if line.points is not None}
    common = [line for line in now if line.points is not None and line.kpi in earlier]
    with localcontext(_EXACT):
        weight = sum((line.weight for line in common), ZERO)
        if weight == 0:
            return delta
        moved = sum((line.weight * ((line.points or ZERO) - earlier[line.kpi]) for line in common), ZERO)
        return delta - rounded(moved / weight, TOTAL_PLACES)


# Around the card ----------------------------------------------------------------------------------------------


ROLLING_PERIODS = 12
"""How many periods the rolling score looks back over."""


def rolling_weight(age: int) -> Decimal:
    """What the total of so many periods before weighs in the rolling score: 12 for the newest, then 11, and so on."""
    return Decimal(max(0, ROLLING_PERIODS - age))


def rolling_overall(totals: Sequence[Decimal | None]) -> Decimal | None:
    """The rolling score over the last twelve periods, newest first: weight (12 - k) / 12 for the k-th; 4 places.

    Periods that were not rated are None and drop out. No rated period: None.
    """
    with localcontext(_EXACT):
        weighted = [
            (rolling_weight(age), total) for age, total in enumerate(totals[:ROLLING_PERIODS]) if total is not None
        ]
        weight = sum((share for share, _ in weighted), ZERO)
        if weight == 0:
            return None
        return rounded(sum((share * total for share, total in weighted), ZERO) / weight, TOTAL_PLACES)


def weights_are_complete(weights: Iterable[Decimal]) -> bool:
    """Whether the weights of a template total exactly 100; Decimals, because binary floats cannot tell."""
    return sum(weights, ZERO) == HUNDRED
