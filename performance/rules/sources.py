"""Rules of measurement sources, pure: which codes are of figures typed in, and how late a source is.

The list of sources asks PostgreSQL the second question for all of them at once; a test holds both equal.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from performance.choices import SourceState

MANUAL_SOURCE = "manual"
"""The source of what is typed in where nobody has made another one."""

MANUAL_FROM, MANUAL_BEFORE = "manual", "manual."
"""Codes of figures typed in lie from the one to before the other, byte for byte: `manual` and `manual-…`.

As a range, and not as a pattern, it can be looked up in the key of the measurements under row-level security.
"""


def is_manual(code: str) -> bool:
    """Whether measurements with this code were typed in."""
    return MANUAL_FROM.encode() <= code.encode() < MANUAL_BEFORE.encode()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands on a day. `days` counts from the day on which it was due, for the states due and late."""

    state: SourceState
    due_on: date | None = None
    days: int = 0

    @property
    def is_late(self) -> bool:
        """Whether somebody should ask where the data is."""
        return self.state == SourceState.LATE


def standing(
    *,
    received_on: date | None,
    since: date,
    every: int | None,
    grace: int,
    today: date,
    is_active: bool = True,
) -> Standing:
    """Whether a source is on time, due, or late and by how many days.

    It is due `every` days after the day on which something was last received, or after `since` where nothing ever
    was. Until `grace` days after that it is due, then late; days late count from the day it was due, since that is
    how long the data is missing. A source without a rhythm is never late.
    """
    if not is_active:
        return Standing(SourceState.RETIRED)
    if every is None:
        return Standing(SourceState.NEVER if received_on is None else SourceState.FREE)
    due_on = (received_on or since) + timedelta(days=every)
    days = (today - due_on).days
    if days > grace:
        return Standing(SourceState.LATE, due_on, days)
    if received_on is None:
        return Standing(SourceState.NEVER, due_on)
    if days >= 0:
        return Standing(SourceState.DUE, due_on, days)
    return Standing(SourceState.ON_TIME, due_on)
