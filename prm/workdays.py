"""Business days: Monday to Friday. Public holidays differ by country and are counted as business days."""

from datetime import date, timedelta

SATURDAY = 5


def is_workday(day: date) -> bool:
    """Whether the day is a Monday to Friday."""
    return day.weekday() < SATURDAY


def add_workdays(day: date, count: int) -> date:
    """The business day that is `count` of them after `day`, which itself is not counted.

    With a count of 0 it is the day itself, or the next business day where the day falls on a weekend.

    Raises:
        ValueError: the count is negative.
    """
    if count < 0:
        raise ValueError("Business days are counted forwards.")
    while not is_workday(day):
        if count == 0:
            return day + timedelta(days=7 - day.weekday())
        day -= timedelta(days=1)  # counting begins with the Monday after
    weeks, rest = divmod(count, SATURDAY)
    day += timedelta(weeks=weeks)
    over_weekend = day.weekday() + rest >= SATURDAY
    return day + timedelta(days=rest + 2 * over_weekend)


def workdays_between(start: date, end: date) -> int:
    """How many business days there are after `start`, up to and including `end`; negative where `end` is earlier."""
    if end < start:
        return -workdays_between(end, start)
    weeks, rest = divmod((end - start).days, 7)
    return weeks * SATURDAY + sum(is_workday(start + timedelta(days=number)) for number in range(1, rest + 1))
