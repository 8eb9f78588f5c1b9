"""Periods: half-open unions of calendar months, named by the fiscal year's end."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.errors import InvalidInput
from prm.periods import FiscalCalendar, PeriodKind

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
calendars = st.integers(1, 12).map(FiscalCalendar)
kinds = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("first_month", "label", "start", "end"),
    [
        (1, "2013-07", date(2013, 7, 1), date(2013, 8, 1)),
        (1, "2013-Q2", date(2013, 4, 1), date(2013, 7, 1)),
        (1, "2013-H2", date(2013, 7, 1), date(2014, 1, 1)),
        (1, "2013", date(2013, 1, 1), date(2014, 1, 1)),
        (4, "2013-Q1", date(2012, 4, 1), date(2012, 7, 1)),
        (4, "2013-Q4", date(2013, 1, 1), date(2013, 4, 1)),
        (4, "2013", date(2012, 4, 1), date(2013, 4, 1)),
        (7, "2013-H2", date(2013, 1, 1), date(2013, 7, 1)),
        (12, "2013", date(2012, 12, 1), date(2013, 12, 1)),
        (4, "2013-07", date(2013, 7, 1), date(2013, 8, 1)),
    ],
)
def test_labels_name_these_days(first_month, label, start, end):
    period = FiscalCalendar(first_month).parse(label)

    assert (period.start, period.end, period.label) == (start, end, label)
    assert period.last_day == end - timedelta(days=1)


@pytest.mark.parametrize(
    "label",
    ["2013-W07", "2013-13", "2013-Q5", "2013-H3", "13-Q1", "", "2013-1", "Q2 2013"],
)
def test_other_labels_are_refused_with_a_sentence(label):
    with pytest.raises(InvalidInput, match="is not a period") as refusal:
        FiscalCalendar(1).parse(label)

    assert refusal.value.field == "period"


@given(calendars, kinds, days)
def test_a_day_lies_in_exactly_one_period_of_a_kind(calendar, kind, day):
    period = calendar.containing(kind, day)

    assert day in period
    assert day not in calendar.previous(period)
    assert day not in calendar.next(period)


@given(calendars, kinds, days)
def test_periods_follow_each_other_without_gap(calendar, kind, day):
    period = calendar.containing(kind, day)

    assert calendar.previous(period).end == period.start
    assert calendar.next(period).start == period.end
    assert calendar.next(calendar.previous(period)) == period


@given(calendars, kinds, days)
def test_a_label_leads_back_to_its_period(calendar, kind, day):
    period = calendar.containing(kind, day)

    assert calendar.parse(period.label) == period


@given(calendars, kinds, days)
def test_a_period_is_whole_calendar_months(calendar, kind, day):
    period = calendar.containing(kind, day)

    assert period.start.day == period.end.day == 1
    assert period.ym_to - period.ym_from == kind.months


@given(calendars, days)
def test_shorter_periods_nest_in_the_year(calendar, day):
    year = calendar.containing(PeriodKind.YEAR, day)

    quarters = list(calendar.between(PeriodKind.QUARTER, year.start, year.last_day))

    assert [quarter.label[-2:] for quarter in quarters] == ["Q1", "Q2", "Q3", "Q4"]
    assert (quarters[0].start, quarters[-1].end) == (year.start, year.end)


def test_last_periods_end_with_the_one_holding_the_day():
    periods = FiscalCalendar(1).last_periods(PeriodKind.QUARTER, date(2024, 2, 29), 3)

    assert [period.label for period in periods] == ["2023-Q3", "2023-Q4", "2024-Q1"]
