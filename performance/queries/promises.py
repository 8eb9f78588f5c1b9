"""Promises of ours, in the database: with common names, with what became of them, and counted.

The states follow `performance/rules/promises.py`; a test holds the two equal on random days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils.translation import gettext as _

from performance.choices import PromiseState
from performance.rules.promises import Tally
from performance.vendor_measures import VendorMeasure, vendor_measures
from prm.accounts.models import Membership, User
from prm.periods import Period
from prm.tenancy.scope import require_scope

NAMES = ("promise_partner", "promise_person", "promise_asked", "promise_due", "promise_kept", "promise_given_up")
"""What every row has that statements over all measures read, in this order."""

NEVER = Value(None, DateField())


def local_day(field: str) -> Any:
    """The workspace's own day of a moment."""
    return TruncDate(field, tzinfo=require_scope().tenant.zone)


def as_promises(
    rows: QuerySet,
    *,
    partner: str,
    due: str,
    kept: Any,
    what: Any,
    about: Any,
    record: str,
    person: Any = None,
    asked: Any = NEVER,
    given_up: Any = NEVER,
) -> QuerySet:
    """Rows of an app with the names that our own scorecard knows them by.

    Args:
        partner: path to the partner.
        person: whose it is to do; None where nobody is named.
        asked: the day from which somebody waited.
        given_up: the day from which it could not be kept any more.
        what: what was promised, in words. `about`: what it belongs to, such as the plan's title.
        record: path to the public id of the page where it stands.
    """
    return rows.order_by().annotate(
        promise_partner=F(f"{partner}_id"),
        promise_person=Cast(person if person is not None else Value(None), BigIntegerField()),
        promise_asked=Cast(asked, DateField()),
        promise_due=F(due),
        promise_kept=Cast(kept, DateField()),
        promise_given_up=Cast(given_up, DateField()),
        promise_what=Cast(what, TextField()),
        promise_about=Cast(about, TextField()),
        promise_record=F(record),
    )


class _Minus(Func):
    """One day minus another, in days."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


COUNTS = Q(promise_kept__isnull=False) | Q(promise_given_up__isnull=True) | Q(promise_given_up__gt=F("promise_due"))
"""Not what was given up by its day."""

TONES = {
    PromiseState.OVERDUE: "neg",
    PromiseState.MISSED: "neg",
    PromiseState.LATE: "warn",
    PromiseState.ON_TIME: "pos",
    PromiseState.COMING: "",
}
"""The colour of each state, as badges name it."""


def badge_of(state: str, kept: date | None) -> tuple[str, str]:
    """What became of a promise, in words, and the colour of that. What is done before its day does not count yet."""
    known = PromiseState(state)
    if known == PromiseState.COMING and kept is not None:
        return _("Done before its day"), "pos"
    return str(known.label), TONES[known]


ORDER = {state: place for place, state in enumerate(PromiseState)}
"""Overdue ones first, then what was not kept, late, in time, and what is still to come."""


def with_state(rows: QuerySet, today: date) -> QuerySet:
    """Promises that count, with `promise_state`, its `promise_place` in the order above, and `promise_late`, days."""
    until = Coalesce("promise_kept", "promise_given_up", Value(today, DateField()))
    state = Case(
        When(promise_due__gte=today, then=Value(PromiseState.COMING)),
        When(promise_kept__lte=F("promise_due"), then=Value(PromiseState.ON_TIME)),
        When(promise_kept__isnull=False, then=Value(PromiseState.LATE)),
        When(promise_given_up__isnull=False, then=Value(PromiseState.MISSED)),
        default=Value(PromiseState.OVERDUE),
        output_field=CharField(),
    )
    late = _Minus(until, F("promise_due"))
    rows = rows.filter(COUNTS).annotate(promise_state=state)
    return rows.annotate(
        promise_place=Case(*(When(promise_state=state, then=Value(place)) for state, place in ORDER.items())),
        promise_late=Case(When(promise_due__gte=today, then=0), default=Func(late, Value(0), function="GREATEST")),
    )


@dataclass(frozen=True)
class Whose:
    """Whose promises are counted: those towards a person's portfolio, one partner, kept or broken by one person.

    `portfolio` is what `prm.access.portfolio.portfolio_of` returns. `partners` narrows further, as a subquery of ids.
    """

    portfolio: Any | None = None
    partner_id: int | None = None
    person_id: int | None = None
    partners: Any | None = None

    def narrow(self, rows: QuerySet, measure: VendorMeasure) -> QuerySet:
        """The rows of a measure that are meant."""
        if self.portfolio is not None:
            rows = rows.filter(**{f"{measure.partner}_id__in": self.portfolio})
        if self.partners is not None:
            rows = rows.filter(**{f"{measure.partner}_id__in": self.partners})
        if self.partner_id is not None:
            rows = rows.filter(**{f"{measure.partner}_id": self.partner_id})
        if self.person_id is not None:
            rows = rows.filter(promise_person=self.person_id)
        return rows

    def promises(self, measure: VendorMeasure) -> QuerySet:
        """The promises of a measure that are meant."""
        return self.narrow(measure.rows(), measure)


EVERYBODY = Whose()

Tallies = Mapping[str, Sequence[Tally]]
"""For each measure a tally for each period asked about."""

_COUNT = """
SELECT p.measure, q.place,
       count(*) FILTER (WHERE p.promise_kept <= p.promise_due),
       count(*) FILTER (WHERE p.promise_kept > p.promise_due),
       count(*) FILTER (WHERE p.promise_kept IS NULL AND p.promise_given_up IS NULL),
       count(*) FILTER (WHERE p.promise_kept IS NULL AND p.promise_given_up IS NOT NULL),
       sum(coalesce(p.promise_kept, p.promise_given_up, %s::date) - coalesce(p.promise_asked, p.promise_due)),
       count(DISTINCT p.promise_partner),
       count(DISTINCT p.promise_partner) FILTER (WHERE p.promise_partner <> %s)
  FROM ({promises}) p
  JOIN unnest(%s::date[], %s::date[]) WITH ORDINALITY AS q (first_day, after, place)
    ON p.promise_due >= q.first_day AND p.promise_due < q.after
 GROUP BY 1, 2
"""


def tallies(whose: Whose, periods: Sequence[Period], today: date, *, besides: int = 0) -> Tallies:
    """What was due in each period and what became of it, of all measures, in one statement.

    `besides` is the partner who is looking: `others` counts those besides it.
    """
    found: dict[str, list[Tally]] = {measure.key: [Tally() for _period in periods] for measure in vendor_measures}
    span = {"promise_due__gte": periods[0].start, "promise_due__lt": min(periods[-1].end, today)}
    counted = [
        whose.promises(measure).filter(COUNTS, **span).values(
            *NAMES, measure=Value(measure.key, output_field=TextField())
        )
        for measure in vendor_measures
    ]  # fmt: skip
    if not counted:
        return found
    sql, params = counted[0].union(*counted[1:], all=True).query.sql_with_params()
    firsts, afters = [period.start for period in periods], [period.end for period in periods]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(promises=sql), [today, besides, *params, firsts, afters])
        for key, place, *counts in cursor.fetchall():
            found[key][place - 1] = Tally(*counts)
    return found


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise as a line shows it, of whichever measure."""

    measure: VendorMeasure
    state: PromiseState
    due: date
    kept: date | None
    days_late: int
    partner_id: int
    person_id: int | None
    what: str
    about: str
    record: UUID

    @property
    def badge(self) -> tuple[str, str]:
        """What became of it, in words, and the colour of that."""
        return badge_of(self.state, self.kept)


_SHOWN = (
    "promise_state",
    "promise_due",
    "promise_kept",
    "promise_late",
    "promise_partner",
    "promise_person",
    "promise_what",
    "promise_about",
    "promise_record",
)


def _all(whose: Whose, today: date, condition: Q) -> QuerySet | None:
    """Promises of all measures that fit, each once; None where there is no measure."""
    rows = [
        with_state(whose.promises(measure).filter(condition), today).values_list(
            "promise_place", *_SHOWN, Value(measure.key, output_field=TextField()), "pk"
        )
        for measure in vendor_measures
        if not measure.repeats
    ]
    return rows[0].union(*rows[1:], all=True) if rows else None


def _is_overdue(today: date) -> Q:
    return Q(promise_due__lt=today, promise_kept__isnull=True, promise_given_up__isnull=True)


def count_overdue(whose: Whose, today: date) -> int:
    """How many promises are overdue now."""
    found = _all(whose, today, _is_overdue(today))
    return 0 if found is None else found.count()


def overdue(whose: Whose, today: date, *, limit: int) -> list[Promised]:
    """What is overdue now, the oldest first, of all measures, in one statement."""
    return _listed(_all(whose, today, _is_overdue(today)), limit)


def due_in(whose: Whose, period: Period, today: date, *, limit: int) -> list[Promised]:
    """What is due in a period, overdue first, of all measures, in one statement."""
    condition = Q(promise_due__gte=period.start, promise_due__lt=period.end)
    return _listed(_all(whose, today, condition), limit)


def _listed(found: QuerySet | None, limit: int) -> list[Promised]:
    if found is None:
        return []
    rows = []
    for _first, *shown, key, _last in found.order_by("promise_place", "promise_due", "pk")[:limit]:
        measure = vendor_measures.get(key)
        assert measure is not None, "It comes from there."
        rows.append(Promised(measure, PromiseState(shown[0]), *shown[1:]))
    return rows


def people_of(rows: Iterable[Any]) -> Mapping[int, User]:
    """The people whose promises these are, by their numbers."""
    return User.objects.in_bulk({row for row in rows if row is not None})


def people_at_work() -> QuerySet[User]:
    """Everybody who may have promised something: the members of the workspace, by name."""
    members = Membership.objects.filter(tenant_id=require_scope().tenant_id, is_active=True)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("full_name", "email")
