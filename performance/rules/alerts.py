"""What raises an alert, as pure functions: the readable reference of `performance/engine/alerts.py`.

Thresholds are compared with stored values. Exactly at a limit is not yet beyond it; a fall of exactly N points is one.
"""

from datetime import date
from decimal import Decimal

from performance.choices import Direction, GradeMove


def broken_limit(
    actual: Decimal | None,
    direction: str,
    *,
    floor: Decimal | None = None,
    ceiling: Decimal | None = None,
    figure: Decimal | None = None,
) -> Decimal | None:
    """The limit that a KPI's result is worse than, or None: its own figure if one is given, else the benchmark's floor.

    For lower-is-better worse means above; a band is also left at its ceiling.
    """
    if actual is None:
        return None
    limit = floor if figure is None else figure
    if limit is not None and (actual > limit if direction == Direction.LOWER else actual < limit):
        return limit
    if direction == Direction.BAND and figure is None and ceiling is not None and actual > ceiling:
        return ceiling
    return None


def is_below(total: Decimal | None, figure: Decimal, *, rated: bool) -> bool:
    """Whether a rated total lies under a figure."""
    return rated and total is not None and total < figure


def has_fallen(delta: Decimal | None, points: Decimal, *, rated: bool) -> bool:
    """Whether a rated total lost at least so many points against the period before."""
    return rated and delta is not None and -delta >= points


def grade_has_moved(
    grade: str,
    minimum: Decimal | None,
    former: str | None,
    former_minimum: Decimal | None,
    *,
    move: str,
    into: str = "",
) -> bool:
    """Whether a rated card's grade is a change that the rule asks for.

    `former` is the grade of the period before, None where that was not rated. Worse is decided by where the grades
    begin, each in the version that gave it, since a new version may have other grades.
    """
    if move == GradeMove.INTO:
        return grade == into and former != into
    if former is None or former == grade:
        return False
    if move == GradeMove.ANY:
        return True
    return minimum is not None and former_minimum is not None and minimum < former_minimum


def lacks_coverage(coverage: Decimal | None, needed: Decimal) -> bool:
    """Whether less than the share needed has data; a card without anything to score has none."""
    return (coverage or Decimal(0)) < needed


def is_silent(last_day: date | None, today: date, days: int) -> bool:
    """Whether the last measurement is more than so many days old, or there never was one."""
    return last_day is None or (today - last_day).days > days
