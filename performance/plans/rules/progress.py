"""How far an objective has come, and how far it should be. Domain rules, 4.9.

exit      = the worse line that set the plan off, bettered by a margin of the span between floor and target
progress  = clamp((value - baseline) / (exit - baseline), 0, 1)      works for both directions
on track  = progress >= elapsed share - 0.10
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from performance.choices import Direction

SLACK = Decimal("0.10")
"""How far progress may lie behind the share of the time that is over."""

PLACES = Decimal("0.000001")
SHARE_PLACES = Decimal("0.0001")
ZERO, ONE = Decimal(0), Decimal(1)


def must_rise(direction: str, value: Decimal, target: Decimal | None) -> bool:
    """Whether a value gets better by rising. In a band this depends on which side of the target it lies."""
    if direction == Direction.BAND:
        return target is None or value <= target
    return direction != Direction.LOWER


def is_worse(direction: str, value: Decimal, line: Decimal) -> bool:
    """Whether a value lies on the bad side of a line; a value on the line does not. Bands have two lines, see
    `is_under_floor`.
    """
    return value > line if direction == Direction.LOWER else value < line


def is_under_floor(direction: str, value: Decimal, floor: Decimal | None, ceiling: Decimal | None) -> bool:
    """Whether a result is red: beyond the floor, or in a band also beyond the ceiling. On the line it is not."""
    if floor is None:
        return False
    if direction == Direction.BAND and ceiling is not None and value > ceiling:
        return True
    return is_worse(direction, value, floor)


def trigger_line(
    direction: str, trigger: Decimal | None, floor: Decimal | None, target: Decimal | None, ceiling: Decimal | None
) -> Decimal | None:
    """The line that set a plan off, and that a relapse falls back behind: the floor, or the value if it was better.

    In a band a value above the target is held against the ceiling.
    """
    if floor is None or trigger is None:
        return trigger if floor is None else floor
    if must_rise(direction, trigger, target):
        return max(trigger, floor)
    return min(trigger, ceiling if direction == Direction.BAND and ceiling is not None else floor)


def exit_value(
    direction: str,
    trigger: Decimal | None,
    floor: Decimal | None,
    target: Decimal | None,
    ceiling: Decimal | None,
    margin_percent: Decimal,
    *,
    stretch: Decimal | None = None,
    decimals: int | None = None,
) -> Decimal | None:
    """What has to be reached: better than the line that set the plan off, by a margin of the span floor to target.

    With `decimals` it is rounded to as many places, to the better side, so that it is what people read.

    Above a band the span is the one from its upper end, the stretch, to the ceiling.

    Always better, if only by the last place that results have, so a value that would set a plan off never ends one.
    None where neither a value nor a floor is known.
    """
    line = trigger_line(direction, trigger, floor, target, ceiling)
    if line is None:
        return None
    rises = must_rise(direction, line if trigger is None else trigger, target)
    red, good = floor, target
    if direction == Direction.BAND and not rises and stretch is not None:
        red, good = ceiling, stretch
    span = abs(good - red) if red is not None and good is not None else ZERO
    step = max((span * margin_percent / 100).quantize(PLACES, ROUND_HALF_UP), PLACES)
    reached_at = line + step if rises else line - step
    if decimals is None:
        return reached_at
    return reached_at.quantize(ONE.scaleb(-decimals), ROUND_CEILING if rises else ROUND_FLOOR)


def progress(baseline: Decimal, exit: Decimal, now: Decimal) -> Decimal:
    """The share of the way from baseline to exit that is done, from 0 to 1, to four places, for both directions."""
    if baseline == exit:
        return ONE if now == exit else ZERO
    share = (now - baseline) / (exit - baseline)
    return min(max(share, ZERO), ONE).quantize(SHARE_PLACES, ROUND_HALF_UP)


def reached(
    direction: str,
    value: Decimal,
    exit: Decimal,
    *,
    floor: Decimal | None = None,
    target: Decimal | None = None,
    ceiling: Decimal | None = None,
) -> bool:
    """Whether a value lies at or beyond the exit. In a band it must not have left it on the other side."""
    if must_rise(direction, exit, target):
        beyond_band = direction == Direction.BAND and ceiling is not None and value > ceiling
        return value >= exit and not beyond_band
    beyond_band = direction == Direction.BAND and floor is not None and value < floor
    return value <= exit and not beyond_band


def plan_days(starts_on: date, ends_on: date, stopped_days: int) -> int:
    """How many days a plan has, both ends included, without those that its clock stood."""
    return (ends_on - starts_on).days + 1 - stopped_days


def days_over(starts_on: date, today: date, stopped_days: int) -> int:
    """How many of a plan's days are over in the morning of `today`: none on its first day."""
    return max((today - starts_on).days - stopped_days, 0)


def elapsed_share(starts_on: date, ends_on: date, today: date, stopped_days: int = 0) -> Decimal:
    """The share of a plan's time that is over, from 0 on the first day to 1 after the last, to four places.

    `ends_on` has moved by `stopped_days`, which do not count. While the clock stands, `stopped_days` includes the days
    of the present stop and `ends_on` has moved by them too.
    """
    total = plan_days(starts_on, ends_on, stopped_days)
    if total <= 0:
        return ONE
    return min(Decimal(days_over(starts_on, today, stopped_days)) / total, ONE).quantize(SHARE_PLACES, ROUND_HALF_UP)


def is_on_track(progress: Decimal, elapsed: Decimal) -> bool:
    """Whether an objective has come as far as the time that is over asks for, with some slack."""
    return progress >= elapsed - SLACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """An objective as the rules see it."""

    kpi_id: int
    direction: str
    exit: Decimal
    baseline: Decimal
    trigger: Decimal | None = None
    floor: Decimal | None = None
    target: Decimal | None = None
    ceiling: Decimal | None = None

    def is_reached(self, value: Decimal | None) -> bool:
        """Whether a result is at or beyond the exit; a missing one is not."""
        return value is not None and reached(
            self.direction, value, self.exit, floor=self.floor, target=self.target, ceiling=self.ceiling
        )

    def progress(self, value: Decimal) -> Decimal:
        """How far a result is. At or beyond the exit it is all the way, wherever it began; a band that was left on
        the other side counts nothing, and neither does what fell back from a beginning beyond the exit.
        """
        if self.is_reached(value):
            return ONE
        done = progress(self.baseline, self.exit, value)
        return ZERO if done == ONE else done

    def has_relapsed(self, value: Decimal | None) -> bool:
        """Whether a result has fallen back behind the line that had set the plan off."""
        line = trigger_line(self.direction, self.trigger, self.floor, self.target, self.ceiling)
        if value is None or line is None:
            return False
        return value < line if must_rise(self.direction, line, self.target) else value > line
