"""The calendar of reviews: what falls due and which meetings there are, month by month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reviews.choices import ReviewStatus
from performance.reviews.models import Review
from performance.reviews.words.reviews import due_words, tone_of
from prm.periods import first_of, month_number

MONTHS = 3
SHOWN_A_DAY = 8


@dataclass(frozen=True)
class Entry:
    """A review on a day: a meeting with its time, or the day its present step is due."""

    review: Review
    day: date
    words: str
    tone: str
    is_meeting: bool


@dataclass(frozen=True)
class Day:
    """The entries of a day, and how many more there are than are shown."""

    day: date
    entries: Sequence[Entry]
    more: int
    is_past: bool


@dataclass(frozen=True)
class Month:
    """A month with the days on which something is due."""

    first: date
    days: Sequence[Day]
    count: int


def build_calendar(rows: QuerySet[Review], *, start: date, today: date) -> list[Month]:
    """Some months from the one of `start` on, with one statement."""
    number = month_number(start)
    first, end = first_of(number), first_of(number + MONTHS)
    near = Q(due_on__gte=first, due_on__lt=end) | Q(meeting_at__date__gte=first, meeting_at__date__lt=end)
    found: dict[date, list[Entry]] = defaultdict(list)
    for review in rows.filter(near).exclude(status=ReviewStatus.CLOSED).order_by("due_on", "partner__name", "pk"):
        for entry in _entries(review):
            if first <= entry.day < end:
                found[entry.day].append(entry)
    months = []
    for month in range(number, number + MONTHS):
        days = [day for day in sorted(found) if month_number(day) == month]
        months.append(
            Month(
                first_of(month),
                [_day(day, found[day], today) for day in days],
                sum(len(found[day]) for day in days),
            )
        )
    return months


def _entries(review: Review) -> list[Entry]:
    found: list[Entry] = []
    if review.due_on is not None:
        found.append(Entry(review, review.due_on, due_words(review), tone_of(review), False))
    if review.meeting_at is not None and review.met_on is None:
        at = timezone.localtime(review.meeting_at)
        found.append(Entry(review, at.date(), _("Meeting %(at)s") % {"at": f"{at:%H:%M}"}, "acc", True))
    return found


def _day(day: date, entries: list[Entry], today: date) -> Day:
    entries.sort(key=lambda entry: not entry.is_meeting)
    return Day(day, entries[:SHOWN_A_DAY], max(0, len(entries) - SHOWN_A_DAY), day < today)
