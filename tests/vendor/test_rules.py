"""What becomes of promises, in worked numbers, and the same from the database on random days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from performance.choices import PromiseState
from performance.plans.choices import CommitmentState, Side
from performance.plans.models import Commitment
from performance.queries.promises import EVERYBODY, tallies, with_state
from performance.rules.promises import Promise, Tally, days_late, days_taken, kept_share, mean_days, state_of, tally_of
from performance.vendor_measures import vendor_measures
from prm.periods import FiscalCalendar, PeriodKind
from tests.factories.plans import CommitmentFactory, PlanFactory

TODAY = date(2026, 5, 20)
DUE = date(2026, 5, 10)


def day(number: int) -> date:
    """A day of May 2026."""
    return date(2026, 5, number)


@pytest.mark.parametrize(
    ("promise", "state", "late"),
    [
        (Promise(DUE, kept=day(9)), PromiseState.ON_TIME, 0),
        (Promise(DUE, kept=DUE), PromiseState.ON_TIME, 0),
        (Promise(DUE, kept=day(11)), PromiseState.LATE, 1),
        (Promise(DUE), PromiseState.OVERDUE, 10),
        (Promise(DUE, given_up=day(13)), PromiseState.MISSED, 3),
        (Promise(DUE, given_up=DUE), None, 0),
        (Promise(TODAY), PromiseState.COMING, 0),
        (Promise(TODAY, kept=day(2)), PromiseState.COMING, 0),
        (Promise(TODAY, given_up=day(2)), None, 0),
        (Promise(day(19)), PromiseState.OVERDUE, 1),
    ],
)
def test_what_became_of_a_promise(promise, state, late):
    assert state_of(promise, TODAY) == state
    assert days_late(promise, TODAY) == late


def test_the_share_kept_in_time():
    promises = [
        Promise(day(1), kept=day(1)),
        Promise(day(2), kept=date(2026, 4, 20)),
        Promise(day(3), kept=day(5)),
        Promise(day(4)),
        Promise(day(5), given_up=day(8)),
        Promise(day(6), given_up=day(6)),  # given up in time: not counted
        Promise(day(25), kept=day(2)),  # its day is to come: not counted yet
        Promise(date(2026, 4, 30), kept=day(1)),  # of the quarter's month before, still of the quarter
        Promise(date(2026, 3, 31)),  # of the quarter before
    ]

    tally = tally_of(promises, TODAY, first=date(2026, 4, 1), after=date(2026, 7, 1))

    assert (tally.on_time, tally.late, tally.overdue, tally.missed, tally.due) == (2, 2, 1, 1, 6)
    assert kept_share(tally) == Decimal("33.333333")


def test_days_of_waiting_count_what_is_still_open():
    asked = day(1)
    answered, waiting = Promise(DUE, asked=asked, kept=day(8)), Promise(DUE, asked=asked)

    tally = tally_of([answered, waiting], TODAY, first=day(1), after=day(31))

    assert (days_taken(answered, TODAY), days_taken(waiting, TODAY)) == (7, 19)
    assert mean_days(tally) == Decimal(13)


def test_nothing_due_is_neither_nought_nor_a_hundred():
    assert kept_share(Tally()) is None
    assert mean_days(Tally()) is None


days = st.integers(-40, 40).map(lambda number: TODAY + timedelta(days=number))
promised = st.builds(
    Promise,
    due=days,
    kept=st.none() | days,
    given_up=st.none() | days,
    asked=days,
)


@given(st.lists(promised, max_size=12))
def test_every_promise_counts_once_and_in_one_quarter(promises):
    calendar = FiscalCalendar()
    quarters = calendar.last_periods(PeriodKind.QUARTER, TODAY, 4)

    found = [tally_of(promises, TODAY, first=one.start, after=one.end) for one in quarters]

    counted = [one for one in promises if state_of(one, TODAY) not in (None, PromiseState.COMING)]
    assert sum(tally.due for tally in found) == len(counted)
    assert all(value is None or 0 <= value <= 100 for value in map(kept_share, found))


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(promised, min_size=1, max_size=8))
def test_the_database_counts_as_the_rules_do(in_scope, promises):
    Commitment.objects.all().delete()
    plan = PlanFactory(running=True, partner=in_scope.partner)
    for promise in promises:
        CommitmentFactory(plan=plan, side=Side.VENDOR, **_stored(promise))
    promises = [_kept_by_the_database(promise) for promise in promises]
    quarters = FiscalCalendar(in_scope.tenant.fiscal_year_start).last_periods(PeriodKind.QUARTER, TODAY, 3)

    found = tallies(EVERYBODY, quarters, TODAY)["plan-commitments"]
    rows = with_state(vendor_measures.get("plan-commitments").rows(), TODAY)

    for one, quarter in zip(found, quarters, strict=True):
        expected = tally_of(promises, TODAY, first=quarter.start, after=quarter.end)
        counts = (one.on_time, one.late, one.overdue, one.missed)
        assert counts == (expected.on_time, expected.late, expected.overdue, expected.missed)
    known = sorted((state, days_late(one, TODAY)) for one in promises if (state := state_of(one, TODAY)) is not None)
    assert sorted(rows.values_list("promise_state", "promise_late")) == known


def _stored(promise: Promise) -> dict:
    """A commitment can be done or dropped, not both: doing it wins."""
    settled = promise.kept or promise.given_up
    state = CommitmentState.OPEN
    if settled:
        state = CommitmentState.DONE if promise.kept else CommitmentState.DROPPED
    at = datetime.combine(settled, datetime.min.time(), UTC) + timedelta(hours=12) if settled else None
    return {"due_on": promise.due, "state": state, "settled_at": at}


def _kept_by_the_database(promise: Promise) -> Promise:
    return Promise(promise.due, promise.kept, None if promise.kept else promise.given_up)
