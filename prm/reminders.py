"""When to remind of a day: so many business days before it, once each, also when a night was missed."""

from collections.abc import Sequence
from datetime import date

from prm.workdays import workdays_between

STAGES = (5, 1)
"""Business days before a day at which it is reminded of."""


def stage_to_send(
    today: date, due_on: date, *, reminded_on: date | None = None, stages: Sequence[int] = STAGES
) -> int | None:
    """The reminder that is to be sent today, in business days before `due_on`; None where none is.

    `reminded_on` is the day of the last one. Which one that was follows from the day as it is now, so a day that has
    moved away is reminded of anew. Of several that were missed the nearest is sent alone, and what is overdue is
    nothing to remind of.
    """
    if due_on < today:
        return None
    stage = _stage(today, due_on, stages)
    sent = None if reminded_on is None else _stage(reminded_on, due_on, stages)
    return None if stage is None or (sent is not None and sent <= stage) else stage


def _stage(day: date, due_on: date, stages: Sequence[int]) -> int | None:
    left = workdays_between(day, due_on)
    return min((stage for stage in stages if left <= stage), default=None)
