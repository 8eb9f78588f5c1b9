"""Business days: Monday to Friday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.workdays import add_workdays, is_workday, workdays_between

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 16), 4, date(2026, 11, 20)),
        (date(2026, 11, 16), 5, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (date(2026, 11, 22), 10, date(2026, 12, 4)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 2), 15, date(2026, 11, 23)),
    ],
)
def test_examples(day, count, expected):
    assert add_workdays(day, count) == expected


@given(DAYS, st.integers(1, 300))
def test_it_is_counting_one_by_one(day, count):
    slow, left = day, count
    while left:
        slow += timedelta(days=1)
        left -= is_workday(slow)

    assert add_workdays(day, count) == slow
    assert workdays_between(day, slow) == count


@given(DAYS, DAYS)
def test_counting_back_is_counting_with_a_minus(one, other):
    assert workdays_between(one, other) == -workdays_between(other, one)


def test_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forwards"):
        add_workdays(date(2026, 1, 1), -1)
