"""Sources, by the rule alone: when one is due, when late and by how many days, and which codes are typed in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.choices import SourceState as S
from performance.rules.sources import is_manual, standing

FIRST_OF_MARCH = date(2026, 3, 1)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def state_on(day, **changes):
    values = {"received_on": FIRST_OF_MARCH, "since": date(2026, 1, 1), "every": 7, "grace": 2, "today": day}
    return standing(**{**values, **changes})


@pytest.mark.parametrize(
    ("day", "state", "days"),
    [
        (date(2026, 3, 1), S.ON_TIME, 0),
        (date(2026, 3, 7), S.ON_TIME, 0),
        (date(2026, 3, 8), S.DUE, 0),
        (date(2026, 3, 10), S.DUE, 2),
        (date(2026, 3, 11), S.LATE, 3),
        (date(2026, 4, 8), S.LATE, 31),
    ],
)
def test_a_weekly_source_with_two_days_of_grace(day, state, days):
    now = state_on(day)

    assert (now.state, now.days, now.due_on) == (state, days, date(2026, 3, 8))


def test_without_grace_it_is_late_the_day_after_it_was_due():
    assert state_on(date(2026, 3, 8), grace=0).state == S.DUE
    assert (state_on(date(2026, 3, 9), grace=0).state, state_on(date(2026, 3, 9), grace=0).days) == (S.LATE, 1)


def test_nothing_received_counts_from_the_day_the_source_was_added():
    waiting = state_on(date(2026, 1, 10), received_on=None)
    late = state_on(date(2026, 1, 11), received_on=None)

    assert (waiting.state, waiting.due_on, waiting.days) == (S.NEVER, date(2026, 1, 8), 0)
    assert (late.state, late.days) == (S.LATE, 3)


def test_a_leap_day_is_a_day():
    now = state_on(date(2028, 3, 1), received_on=date(2028, 2, 28), every=1, grace=0)

    assert (now.state, now.due_on, now.days) == (S.LATE, date(2028, 2, 29), 1)


def test_without_a_rhythm_nothing_is_ever_late():
    assert state_on(date(2036, 1, 1), every=None).state == S.FREE
    assert state_on(date(2036, 1, 1), every=None, received_on=None).state == S.NEVER


def test_a_retired_source_is_not_late():
    assert state_on(date(2036, 1, 1), is_active=False).state == S.RETIRED


@given(received=DAYS, every=st.integers(1, 400), grace=st.integers(0, 90), ahead=st.integers(0, 1000))
def test_days_late_are_the_days_since_it_was_due(received, every, grace, ahead):
    today = received + timedelta(days=ahead)
    now = standing(received_on=received, since=received, every=every, grace=grace, today=today)

    assert now.is_late == (ahead > every + grace)
    assert now.days == (ahead - every if ahead >= every else 0)


@given(received=DAYS, every=st.integers(1, 400), grace=st.integers(0, 90), ahead=st.integers(0, 1000))
def test_a_delivery_today_always_ends_the_lateness(received, every, grace, ahead):
    today = received + timedelta(days=ahead)

    assert standing(received_on=today, since=received, every=every, grace=grace, today=today).state == S.ON_TIME


@pytest.mark.parametrize(
    ("code", "typed_in"),
    [
        ("manual", True),
        ("manual-visits", True),
        ("manuals", False),
        ("manual.x", False),
        ("manua", False),
        ("Manual", False),
        ("erp", False),
        ("män", False),
    ],
)
def test_codes_of_figures_typed_in(code, typed_in):
    assert is_manual(code) is typed_in
