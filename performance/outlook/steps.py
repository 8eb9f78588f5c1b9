"""The cheapest next step: what one KPI must reach, what that gains, and how far it is.

For each KPI that counts there is one action: to its target, or, once there, to its stretch. The gain is the total of
the card scored with that figure less the total as it stands; nothing is estimated. Effort is how far the figure has
to move, as a share of the larger of both figures:

    effort = |goal - actual| / max(|actual|, |goal|)          a KPI without data: 1
    worth  = gain / effort

Actions are ranked by worth. Beside them stands the smallest change of one KPI that lifts the grade, by effort.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from performance.choices import Direction
from performance.outlook.card import CardRules, with_actual
from performance.rules.scoring import (
    HUNDRED,
    ONE,
    POINTS_PLACES,
    TOTAL_PLACES,
    ZERO,
    CardScore,
    LineInput,
    LineScore,
    Thresholds,
    grade_for,
    points_for,
    rounded,
)

ALMOST = Decimal("0.00005")
"""Points and totals have 4 places, half rounded up: so much less is enough."""


class Goal(StrEnum):
    """What an action reaches."""

    TARGET = "target"
    STRETCH = "stretch"
    GRADE = "grade"


@dataclass(frozen=True)
class NextStep:
    """Bring a KPI from `actual` to `goal`: the total becomes `total`, which is `gain` more."""

    kpi: str
    kind: Goal
    actual: Decimal | None
    goal: Decimal
    points: Decimal
    gain: Decimal
    total: Decimal
    grade: str | None
    effort: Decimal

    @property
    def worth(self) -> Decimal:
        """Points gained per effort: what actions are ranked by."""
        return self.gain / self.effort


@dataclass(frozen=True)
class NextSteps:
    """The actions, the most worthwhile first, and the smallest single change that lifts the grade, if there is one."""

    actions: tuple[NextStep, ...]
    lift: NextStep | None


def next_steps(
    lines: Sequence[LineInput], rules: CardRules, score: CardScore, decimals: Mapping[str, int]
) -> NextSteps:
    """What can be gained on a card. `score` is the card as it stands, `decimals` says how fine a KPI is shown."""
    if score.total is None:
        return NextSteps((), None)
    table = _Table(lines, rules, score)
    actions = [step for place in table.places if (step := table.action(place)) is not None]
    actions.sort(key=lambda step: -step.worth)
    lifts = [step for place in table.places if (step := table.lift(place, decimals)) is not None]
    return NextSteps(tuple(actions), min(lifts, key=lambda step: (step.effort, -step.gain), default=None))


class _Table:
    """One card on which figures are tried out."""

    def __init__(self, lines: Sequence[LineInput], rules: CardRules, score: CardScore) -> None:
        self.lines, self.rules, self.score = lines, rules, score
        counted = [line for line in score.lines if line.points is not None]
        self.weight = sum((line.weight for line in counted), ZERO)
        self.earned = sum((line.weight * (line.points or ZERO) for line in counted), ZERO)
        self.places = [
            place
            for place, line in enumerate(score.lines)
            if line.points is not None and line.points < HUNDRED and line.weight > 0
        ]
        self.has_gates = any(line.gate is not None for line in lines)

    def action(self, place: int) -> NextStep | None:
        """To the target, or from there to the stretch."""
        line, score = self.lines[place], self.score.lines[place]
        assert line.thresholds is not None
        goal = _goal_of(score.actual, line.thresholds)
        return None if goal is None else self._step(place, *goal)

    def lift(self, place: int, decimals: Mapping[str, int]) -> NextStep | None:
        """The smallest change of one KPI that gives a better grade, in figures as fine as the KPI is shown."""
        line, now = self.lines[place], self.score.lines[place]
        assert line.thresholds is not None
        for points in self._points_wanted(line, now):
            goal = actual_for(
                points,
                line.thresholds,
                now=now.actual,
                at_target=self.rules.points_at_target,
                decimals=decimals.get(line.kpi, 6),
            )
            step = self._step(place, Goal.GRADE, goal)
            if step is not None and self.rules.is_better(step.grade, self.score.grade):
                return step
        return None

    def _points_wanted(self, line: LineInput, now: LineScore) -> list[Decimal]:
        """The points at which the grade might change: at the next grade's minimum, and where a failed gate opens."""
        total, points = self.score.total, now.points
        assert total is not None
        assert points is not None
        above = [band.minimum for band in self.rules.bands if band.minimum > total]
        wanted = []
        if above:
            missing = points + ((min(above) - ALMOST) * self.weight - self.earned) / line.weight
            wanted.append(missing.quantize(ONE.scaleb(-POINTS_PLACES), rounding=ROUND_CEILING))
        if now.gate_failed and line.gate is not None:
            wanted += [line.gate.minimum_points, *(max(line.gate.minimum_points, more) for more in wanted)]
        return sorted({more for more in wanted if points < more <= HUNDRED})

    def _step(self, place: int, kind: Goal, goal: Decimal) -> NextStep | None:
        line, now = self.lines[place], self.score.lines[place]
        assert line.thresholds is not None
        assert now.points is not None
        assert self.score.total is not None
        points = points_for(goal, line.thresholds, points_at_target=self.rules.points_at_target)
        total = rounded((self.earned + line.weight * (points - now.points)) / self.weight, TOTAL_PLACES)
        gain = total - self.score.total
        if gain <= 0 or goal == now.actual:
            return None
        return NextStep(
            kpi=line.kpi,
            kind=kind,
            actual=now.actual,
            goal=goal,
            points=points,
            gain=gain,
            total=total,
            grade=self._grade(place, goal, total),
            effort=effort_of(now.actual, goal),
        )

    def _grade(self, place: int, goal: Decimal, total: Decimal) -> str | None:
        if not self.score.rated:
            return None
        if self.has_gates:
            return self.rules.score(with_actual(self.lines, place, goal)).grade
        return grade_for(total, self.rules.bands)


def effort_of(actual: Decimal | None, goal: Decimal) -> Decimal:
    """How far it is from here to there, as a share of the larger of both figures; without a figure the whole way."""
    if actual is None:
        return ONE
    return abs(goal - actual) / max(abs(actual), abs(goal))


def _goal_of(actual: Decimal | None, limits: Thresholds) -> tuple[Goal, Decimal] | None:
    """The next of target and stretch that is not reached; of a band its nearer edge."""
    if actual is None:
        return Goal.TARGET, limits.target
    if limits.direction == Direction.BAND:
        if limits.target <= actual <= limits.stretch:
            return None
        return Goal.TARGET, limits.target if actual < limits.target else limits.stretch
    sign = _sign(limits)
    if sign * actual < sign * limits.target:
        return Goal.TARGET, limits.target
    return (Goal.STRETCH, limits.stretch) if sign * actual < sign * limits.stretch else None


def _sign(limits: Thresholds) -> int:
    return -1 if limits.direction == Direction.LOWER else 1


def actual_for(
    points: Decimal, limits: Thresholds, *, now: Decimal | None, at_target: Decimal, decimals: int
) -> Decimal:
    """The figure nearest to `now` that earns at least so many points: R5 the other way round.

    Rounded to `decimals` in the direction of better, but never past the figure that earns everything.
    """
    points -= ALMOST
    if limits.direction == Direction.BAND:
        if now is not None and now > limits.stretch:
            assert limits.ceiling is not None
            exact = limits.ceiling - (limits.ceiling - limits.stretch) * points / HUNDRED
            return max(_towards(exact, decimals, better=-1), limits.stretch)
        exact = limits.floor + (limits.target - limits.floor) * points / HUNDRED
        return min(_towards(exact, decimals, better=1), limits.target)
    sign = _sign(limits)
    if points <= at_target:
        exact = limits.floor + (limits.target - limits.floor) * (points / at_target if at_target else ZERO)
    else:
        exact = limits.target + (limits.stretch - limits.target) * (points - at_target) / (HUNDRED - at_target)
    best = limits.stretch
    goal = _towards(exact, decimals, better=sign)
    return best if sign * goal > sign * best else goal


def _towards(value: Decimal, decimals: int, *, better: int) -> Decimal:
    return value.quantize(ONE.scaleb(-decimals), rounding=ROUND_CEILING if better > 0 else ROUND_FLOOR)
