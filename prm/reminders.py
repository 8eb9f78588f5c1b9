"""When to remind of a day: so many business days before it, once each, also when a night was missed."""

from collections.abc import Sequence
from datetime import date

from prm.workdays import workdays_between

STAGES = (5, 1)
"""Business days before a day at which it is reminded of."""


def stage_to_send(
    today: date,
    due_on: date,
    *,
    reminded_due_on: date | None = None,
    reminded_stage: int | None = None,
    stages: Sequence[int] = STAGES,
) -> int | None:
    """The reminder that is to be sent today, in business days before `due_on`; None where none is.

    `reminded_stage` was sent last, when the day was `reminded_due_on`: what has moved is reminded of anew. Of several
    that were missed the nearest is sent alone. What is overdue is nothing to remind of.
    """
    if due_on < today:
        return None
    left = workdays_between(today, due_on)
    reached = [stage for stage in stages if left <= stage]
    if not reached:
        return None
    stage = min(reached)
    was_sent = reminded_due_on == due_on and reminded_stage is not None and reminded_stage <= stage
    return None if was_sent else stage
