"""Reminders some business days before a day: each once, none lost by a missed night, none for what is overdue."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.reminders import STAGES, stage_to_send
from prm.workdays import workdays_between

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 12), None),  # six business days before
        (date(2026, 11, 13), 5),  # Friday to Friday
        (date(2026, 11, 15), 5),  # a Sunday
        (date(2026, 11, 18), 5),
        (date(2026, 11, 19), 1),
        (FRIDAY, 1),
        (date(2026, 11, 21), None),
    ],
)
def test_what_is_sent_when_nothing_was_yet(today, expected):
    assert stage_to_send(today, FRIDAY) == expected


def test_each_is_sent_once():
    assert stage_to_send(date(2026, 11, 16), FRIDAY, reminded_on=date(2026, 11, 13)) is None
    assert stage_to_send(date(2026, 11, 19), FRIDAY, reminded_on=date(2026, 11, 13)) == 1
    assert stage_to_send(FRIDAY, FRIDAY, reminded_on=date(2026, 11, 19)) is None


def test_the_day_itself_can_be_a_stage():
    assert stage_to_send(FRIDAY, FRIDAY, reminded_on=date(2026, 11, 19), stages=(5, 1, 0)) == 0
    assert stage_to_send(FRIDAY, FRIDAY, reminded_on=FRIDAY, stages=(5, 1, 0)) is None


def test_a_day_that_has_moved_is_reminded_of_anew():
    assert stage_to_send(FRIDAY, date(2026, 11, 27), reminded_on=date(2026, 11, 16)) == 5


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 40), st.sets(st.integers(0, 40)))
def test_looking_every_night_or_seldom_sends_each_at_most_once_and_never_late(due_on, lead, missed):
    sent, last = [], None
    for before in range(lead, -3, -1):
        if before in missed:
            continue
        today = due_on - timedelta(days=before)
        stage = stage_to_send(today, due_on, reminded_on=last)
        if stage is not None:
            sent.append(stage)
            last = today
            assert workdays_between(today, due_on) <= stage

    assert sent == sorted(set(sent), reverse=True)
    assert set(sent) <= set(STAGES)
