"""What became of what we promised, and what that comes to: pure functions, days in, words and figures out.

A promise is anything that we had to do for a partner by a day: `due`. `kept` is the day on which it was done,
`given_up` the day from which nobody could do it any more, because it was dropped or what it belonged to ended. A
promise counts once its day is over, in the period that holds this day, whenever it was kept.

`performance/queries/promises.py` says the same in SQL, and a test holds the two equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from performance.choices import PromiseState
from performance.rules.scoring import HUNDRED, rounded

VALUE_PLACES = 6


@dataclass(frozen=True, slots=True)
class Promise:
    """The days of one promise. `asked` is when somebody began to wait for it, where that is known."""

    due: date
    kept: date | None = None
    given_up: date | None = None
    asked: date | None = None


def state_of(promise: Promise, today: date) -> PromiseState | None:
    """What became of it by today; None for what was given up by its day, which nobody had to wait for.

    What was dropped after its day was not kept: it would be too easy otherwise.
    """
    if promise.kept is None and promise.given_up is not None and promise.given_up <= promise.due:
        return None
    if today <= promise.due:
        return PromiseState.COMING
    if promise.kept is not None:
        return PromiseState.ON_TIME if promise.kept <= promise.due else PromiseState.LATE
    return PromiseState.OVERDUE if promise.given_up is None else PromiseState.MISSED


def days_late(promise: Promise, today: date) -> int:
    """Days between the day it was due and the day it was kept, given up, or today; 0 when it was in time."""
    if today <= promise.due:
        return 0
    return max(0, ((promise.kept or promise.given_up or today) - promise.due).days)


def days_taken(promise: Promise, today: date) -> int:
    """Days that somebody waited, from the day of asking; for what is still open until today."""
    return ((promise.kept or promise.given_up or today) - (promise.asked or promise.due)).days


@dataclass(frozen=True, slots=True)
class Tally:
    """How many promises of a period were due, by what became of them; `days` is what their waiting adds up to.

    `partners` counts those behind it, `others` those besides the partner who is looking.
    """

    on_time: int = 0
    late: int = 0
    overdue: int = 0
    missed: int = 0
    days: int = 0
    partners: int = 0
    others: int = 0

    @property
    def due(self) -> int:
        """All that were due."""
        return self.on_time + self.late + self.overdue + self.missed


def tally_of(promises: Iterable[Promise], today: date, *, first: date, after: date) -> Tally:
    """The promises whose day lies in `[first, after)` and is over."""
    counts = dict.fromkeys(PromiseState, 0)
    days = 0
    for promise in promises:
        state = state_of(promise, today)
        if state in (None, PromiseState.COMING) or not first <= promise.due < after:
            continue
        counts[state] += 1
        days += days_taken(promise, today)
    return Tally(
        on_time=counts[PromiseState.ON_TIME],
        late=counts[PromiseState.LATE],
        overdue=counts[PromiseState.OVERDUE],
        missed=counts[PromiseState.MISSED],
        days=days,
    )


def kept_share(tally: Tally) -> Decimal | None:
    """Percent of what was due that was kept by its day; None where nothing was due, which is neither 0 nor 100."""
    return None if tally.due == 0 else rounded(HUNDRED * tally.on_time / tally.due, VALUE_PLACES)


def mean_days(tally: Tally) -> Decimal | None:
    """Days that somebody waited on average, what is still open counted until today; None where nothing was due."""
    return None if tally.due == 0 else rounded(Decimal(tally.days) / tally.due, VALUE_PLACES)
