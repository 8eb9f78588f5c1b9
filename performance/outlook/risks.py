"""What puts a partner at risk: eight rules, each with a reason that can be named.

| Rule | When |
| --- | --- |
| lowest_grades | the grade is the lowest, or the one above it without a rise (with three grades and more) |
| grade_fell | the grade is worse than in the period before and the total fell by 5 points and more |
| grade_projected | the same, in a period that is still running |
| big_drop | the total fell by 10 points and more since the period before |
| gate_failed | a gate KPI limits the grade |
| gate_near | a gate KPI has less than 10 points more than its gate asks for |
| two_falls | the total fell twice in a row, by 10 points and more together |
| coverage_near | the coverage is less than 10 percent points above the minimum, in a period that is over |

Totals move by six to eight points from one quarter to the next without anything behind it (measured, see
`docs/algorithms/outlook.md`); a fall counts when it is clearly more than that, or goes with a grade.

**A running period is judged by its projection.** Half a quarter of sales against a whole quarter's target would put
everybody at risk. Until a tenth of the period is over there is no projection and nobody is at risk. What is not
measured yet may still come, so its coverage is no risk either.

Only rated cards can be at risk: absence of data is no risk but a gap. For periods that are over, the list asks the same
rules of the database (`performance/queries/risks.py`); a test holds the two equal. Reasons in running periods are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from performance.rules.scoring import ZERO

BIG_DROP = Decimal(10)
TWO_FALLS = Decimal(10)
GRADE_FALL = Decimal(5)
GATE_NEAR = Decimal(10)
COVERAGE_NEAR = Decimal("0.10")
LOWEST_GRADES = 2


class Reason(StrEnum):
    """Why a partner is at risk, the weightiest first."""

    LOWEST_GRADES = "lowest_grades"
    GRADE_FELL = "grade_fell"
    GRADE_PROJECTED = "grade_projected"
    BIG_DROP = "big_drop"
    GATE_FAILED = "gate_failed"
    GATE_NEAR = "gate_near"
    TWO_FALLS = "two_falls"
    COVERAGE_NEAR = "coverage_near"


REASONS = [reason.value for reason in Reason]


@dataclass(frozen=True)
class Past:
    """What matters of the card of the period before."""

    rated: bool
    grade: str
    delta: Decimal | None


@dataclass(frozen=True)
class Case:
    """What matters of a card, or of its projection while the period runs. `grades` are the template's, best first."""

    rated: bool
    grade: str
    delta: Decimal | None
    coverage: Decimal | None
    minimum_coverage: Decimal
    is_limited: bool
    grades: Sequence[str]
    before: Past | None = None
    gate_is_near: bool = False
    is_projected: bool = False


def lowest_grades(grades: Sequence[str]) -> tuple[str, ...]:
    """The grades that may be a risk by themselves: the two lowest of three and more."""
    return tuple(grades[-LOWEST_GRADES:]) if len(grades) > LOWEST_GRADES else ()


def risks_of(case: Case) -> tuple[Reason, ...]:
    """The reasons, the weightiest first; none for a card that is not rated."""
    if not case.rated:
        return ()
    before = case.before
    fell = case.delta if case.delta is not None and case.delta < 0 else ZERO
    fell_before = before.delta if before is not None and before.delta is not None and before.delta < 0 else ZERO
    is_worse = before is not None and before.rated and _is_worse(case.grades, case.grade, before.grade)
    is_worse = is_worse and fell <= -GRADE_FALL
    found = {
        Reason.LOWEST_GRADES: _is_low(case),
        Reason.GRADE_FELL: is_worse and not case.is_projected,
        Reason.GRADE_PROJECTED: is_worse and case.is_projected,
        Reason.BIG_DROP: fell <= -BIG_DROP,
        Reason.GATE_FAILED: case.is_limited,
        Reason.GATE_NEAR: case.gate_is_near,
        Reason.TWO_FALLS: fell < 0 and fell_before < 0 and fell + fell_before <= -TWO_FALLS,
        Reason.COVERAGE_NEAR: not case.is_projected
        and case.coverage is not None
        and case.coverage < 1
        and case.coverage < case.minimum_coverage + COVERAGE_NEAR,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _is_low(case: Case) -> bool:
    """The lowest grade; the one above it while the total does not rise."""
    low = lowest_grades(case.grades)
    rises = case.delta is not None and case.delta > 0
    return case.grade in low and (case.grade == low[-1] or not rises)


def _is_worse(grades: Sequence[str], grade: str, than: str) -> bool:
    return grade in grades and than in grades and grades.index(grade) > grades.index(than)
