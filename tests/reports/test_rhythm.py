"""When schedules are due: examples by the calendar, and laws that hold for any rhythm, zone and moment."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from performance.reports.rules.rhythm import Closed, Timing, closings_due, due_after_closing, local_moment, next_due

BERLIN = ZoneInfo("Europe/Berlin")
SEVEN = time(7, 0)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_daily_is_tomorrow_when_the_hour_has_passed():
    timing = Timing("daily", SEVEN)

    assert next_due(timing, BERLIN, utc("2026-11-22 05:59")) == utc("2026-11-22 06:00")
    assert next_due(timing, BERLIN, utc("2026-11-22 06:00")) == utc("2026-11-23 06:00")


def test_weekly_waits_for_its_day():
    monday = Timing("weekly", SEVEN, weekday=0)

    assert next_due(monday, BERLIN, utc("2026-11-22 12:00")) == utc("2026-11-23 06:00")
    assert next_due(monday, BERLIN, utc("2026-11-23 06:00")) == utc("2026-11-30 06:00")


def test_monthly_takes_the_last_day_of_a_shorter_month():
    last = Timing("monthly", SEVEN, day=31)

    assert next_due(last, BERLIN, utc("2027-01-31 12:00")) == utc("2027-02-28 06:00")
    assert next_due(last, BERLIN, utc("2028-02-01 00:00")) == utc("2028-02-29 06:00")
    assert next_due(last, BERLIN, utc("2026-12-31 12:00")) == utc("2027-01-31 06:00")


def test_the_hour_is_the_tenants_across_the_change_of_clocks():
    timing = Timing("daily", SEVEN)

    assert next_due(timing, BERLIN, utc("2026-10-24 12:00")) == utc("2026-10-25 06:00")
    assert next_due(timing, BERLIN, utc("2026-10-23 12:00")) == utc("2026-10-24 05:00")


def test_an_hour_that_spring_skips_comes_as_much_later():
    half_past_two = Timing("daily", time(2, 30))

    assert next_due(half_past_two, BERLIN, utc("2026-03-28 12:00")) == utc("2026-03-29 01:30")


def test_a_closing_is_due_so_many_days_later_but_never_before_it_happened():
    closed_at = utc("2026-10-05 14:00")

    assert due_after_closing(Timing("closing", SEVEN, days_after=2), BERLIN, closed_at) == utc("2026-10-07 05:00")
    assert due_after_closing(Timing("closing", SEVEN), BERLIN, closed_at) == closed_at


def test_only_closings_of_the_kind_and_after_the_schedule_was_made_are_due():
    timing = Timing("closing", SEVEN, period_kind="quarter", days_after=1)
    closed = [
        Closed("2026-Q1", "quarter", utc("2026-04-05 10:00")),
        Closed("2026-Q3", "quarter", utc("2026-10-05 10:00")),
        Closed("2026-09", "month", utc("2026-10-05 10:00")),
        Closed("2026-Q2", "quarter", utc("2026-07-05 10:00")),
    ]

    due = closings_due(timing, BERLIN, closed, since=utc("2026-06-01 00:00"), until=utc("2026-10-06 12:00"))

    assert [one.label for _moment, one in due] == ["2026-Q2", "2026-Q3"]
    assert closings_due(timing, BERLIN, closed, since=utc("2026-10-05 10:00"), until=utc("2027-01-01 00:00")) == []


timings = st.builds(
    Timing,
    rhythm=st.sampled_from(["daily", "weekly", "monthly"]),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekday=st.integers(0, 6),
    day=st.integers(1, 31),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]).map(ZoneInfo)
moments = st.integers(0, 8 * 365 * 24 * 60).map(lambda minutes: utc("2024-01-01 00:00") + timedelta(minutes=minutes))


@given(timings, zones, moments)
def test_the_next_moment_lies_ahead_and_within_the_rhythm(timing, zone, after):
    due = next_due(timing, zone, after)

    longest = {"daily": 1, "weekly": 7, "monthly": 31}[timing.rhythm]
    assert after < due <= after + timedelta(days=longest + 1, hours=2)


@given(timings, zones, moments)
def test_moments_follow_each_other_without_a_gap_or_a_repeat(timing, zone, after):
    first = next_due(timing, zone, after)
    second = next_due(timing, zone, first)

    assert first < second
    assert next_due(timing, zone, first + (second - first) / 2) == second


@given(timings, zones, moments)
def test_the_moment_is_the_local_day_and_hour_of_the_rhythm(timing, zone, after):
    local = next_due(timing, zone, after).astimezone(zone)

    naive = datetime.combine(local.date(), timing.at)
    exists = naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
    if exists:
        assert local.time() == timing.at
        if timing.rhythm == "weekly":
            assert local.weekday() == timing.weekday
        if timing.rhythm == "monthly":
            assert local.day == timing.day or (local + timedelta(days=1)).day == 1


def test_a_local_moment_is_stored_in_utc():
    assert local_moment(date(2026, 7, 1), SEVEN, BERLIN) == utc("2026-07-01 05:00")
