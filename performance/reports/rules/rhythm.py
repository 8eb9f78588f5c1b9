"""When a schedule is due: pure arithmetic over days of the tenant's calendar. No models, no queries, no clock."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from performance.reports.choices import Rhythm

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """A rhythm with its details. `weekday` counts from Monday, 0. `day` is a day of the month; a month that is shorter
    takes its last. `days_after` counts days from the day on which a period of `period_kind` was closed.
    """

    rhythm: str
    at: time
    weekday: int = 0
    day: int = 1
    period_kind: str = "quarter"
    days_after: int = 0


@dataclass(frozen=True, slots=True)
class Closed:
    """A period that was closed, and when."""

    label: str
    kind: str
    closed_at: datetime


def next_due(timing: Timing, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first moment after `after` at which a calendar rhythm is due, in UTC; None for one that waits for a closing.

    The hour is the tenant's local one. Where the clock skips it in spring, the moment is as much later as was skipped;
    where autumn has it twice, the first counts.
    """
    if timing.rhythm == Rhythm.CLOSING:
        return None
    on = after.astimezone(zone).date()
    while True:
        on = _next_day(timing, on)
        moment = local_moment(on, timing.at, zone)
        if moment > after:
            return moment
        on += ONE_DAY


def _next_day(timing: Timing, on: date) -> date:
    """The first day of the rhythm on or after a day."""
    if timing.rhythm == Rhythm.WEEKLY:
        return on + timedelta(days=(timing.weekday - on.weekday()) % 7)
    if timing.rhythm == Rhythm.MONTHLY:
        this = _day_of_month(on.year, on.month, timing.day)
        if this >= on:
            return this
        return _day_of_month(on.year + on.month // 12, on.month % 12 + 1, timing.day)
    return on


def _day_of_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def local_moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """A local day and hour as a moment in UTC."""
    return datetime.combine(on, at, tzinfo=zone).astimezone(UTC)


def due_after_closing(timing: Timing, zone: ZoneInfo, closed_at: datetime) -> datetime:
    """When a schedule is due for a period that was closed at a moment: never before it was closed."""
    on = closed_at.astimezone(zone).date() + timedelta(days=timing.days_after)
    return max(local_moment(on, timing.at, zone), closed_at)


def closings_due(
    timing: Timing, zone: ZoneInfo, closed: Iterable[Closed], *, since: datetime, until: datetime
) -> list[tuple[datetime, Closed]]:
    """The closed periods of the rhythm's kind that a schedule is due for, the earliest first.

    Only periods closed after `since` count: a new schedule does not send the past.
    """
    found = [
        (due_after_closing(timing, zone, one.closed_at), one)
        for one in closed
        if one.kind == timing.period_kind and one.closed_at > since
    ]
    return sorted(((due, one) for due, one in found if due <= until), key=lambda pair: (pair[0], pair[1].label))
