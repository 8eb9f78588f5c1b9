"""The rules of plans, with the numbers of domain-rules 4.9 and on random figures."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.plans.choices import StopReason, TriggerKind, Verdict
from performance.plans.rules.judging import (
    Ending,
    Result,
    Running,
    checkpoint,
    has_relapsed,
    judge,
    least_days,
    streak,
)
from performance.plans.rules.progress import (
    Goal,
    elapsed_share,
    exit_value,
    is_on_track,
    is_under_floor,
    progress,
    reached,
)
from performance.plans.rules.triggers import ClosedCard, Trigger, failing_kpis, fires

FIGURES = st.decimals(min_value=-10_000, max_value=10_000, places=2)
KPI = 7
START = date(2025, 7, 15)
QUARTERS = [date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]


def goal(**values):
    return Goal(**{"kpi_id": KPI, "direction": "higher", "baseline": D(70), "exit": D(85), **values})


def result(last_day, value, *, closed_after=10):
    closed = last_day + timedelta(days=closed_after)
    seq = last_day.year * 4 + (last_day.month - 1) // 3
    return Result(f"{last_day:%Y-%m}", seq, last_day, closed, {KPI: None if value is None else D(value)})


def decide(results, today, *, plan=None, overdue=None, goals=None):
    return judge(
        plan or Running(starts_on=START, ends_on=START + timedelta(days=199)),
        goals or [goal()],
        results,
        period_ends=QUARTERS,
        vendor_overdue_since=overdue,
        today=today,
    )


# --- Progress --------------------------------------------------------------------------------------------------------


def test_the_example_of_the_domain_rules():
    assert progress(D(70), D(85), D(78)) == D("0.5333")


def test_the_same_mirrored_for_lower_is_better():
    assert progress(D(30), D(15), D(22)) == D("0.5333")


@given(FIGURES, FIGURES, FIGURES)
def test_progress_is_never_outside_0_and_1_and_the_same_mirrored(baseline, exit_at, now):
    done = progress(baseline, exit_at, now)

    assert 0 <= done <= 1
    assert done == progress(-baseline, -exit_at, -now)


def test_the_exit_is_the_floor_bettered_by_the_margin():
    assert exit_value("higher", D(55), D(60), D(90), None, D(5)) == D("61.5")
    assert exit_value("lower", D(6), D(5), D(1), None, D(5)) == D("4.8")


def test_the_exit_of_a_kpi_over_its_floor_is_better_than_what_it_was():
    assert exit_value("higher", D(70), D(60), D(90), None, D(5)) == D("71.5")


def test_a_band_is_left_on_either_side():
    low = exit_value("band", D(5), D(10), D(20), D(40), D(5))
    high = exit_value("band", D(50), D(10), D(20), D(40), D(5))

    assert (low, high) == (D("10.5"), D("39.5"))
    band = {"floor": D(10), "target": D(20), "ceiling": D(40)}
    assert [reached("band", D(value), low, **band) for value in (10, 11, 40, 41)] == [False, True, True, False]
    assert [reached("band", D(value), high, **band) for value in (40, 39, 10, 9)] == [False, True, True, False]


def test_above_a_band_the_margin_is_one_of_stretch_to_ceiling():
    """Band 20 to 30 inside 10 to 40: a value of 50 has to come 5 % of 40 - 30 below the ceiling."""
    assert exit_value("band", D(50), D(10), D(20), D(40), D(5), stretch=D(30)) == D("39.5")
    assert exit_value("band", D(5), D(10), D(20), D(40), D(5), stretch=D(30)) == D("10.5")


def test_a_band_left_on_the_other_side_counts_nothing():
    own = goal(direction="band", floor=D(10), target=D(20), ceiling=D(40), baseline=D(5), exit=D("10.5"))

    assert [own.progress(D(value)) for value in (5, 20, 41)] == [0, 1, 0]


@pytest.mark.parametrize("baseline", [85, 90])
def test_who_begins_at_the_exit_or_beyond_has_come_all_the_way_until_the_result_falls_back(baseline):
    own = goal(baseline=D(baseline), exit=D(85))

    assert [own.progress(D(value)) for value in (84, 85, 87, 90, 95)] == [0, 1, 1, 1, 1]


def test_the_exit_is_in_the_places_that_are_read_and_rounded_to_the_better_side():
    assert exit_value("higher", D("4.2"), D("4.4"), D("7.857932"), None, D(5), decimals=1) == D("4.6")
    assert exit_value("lower", D(6), D(5), D(1), None, D(6), decimals=0) == D(4)
    assert exit_value("higher", D(55), D(60), D(90), None, D(0), decimals=0) == D(61)


def test_nothing_is_known_to_reach_without_a_value_and_a_floor():
    assert exit_value("higher", None, None, None, None, D(5)) is None


@given(
    FIGURES,
    FIGURES,
    FIGURES,
    st.decimals(min_value=0, max_value=100, places=2),
    st.none() | st.integers(min_value=0, max_value=6),
)
def test_a_value_at_the_trigger_never_counts_as_reached(trigger, one, other, margin, decimals):
    low, high = min(one, other), max(one, other)
    for direction, floor, target in (("higher", low, high), ("lower", high, low)):
        exit_at = exit_value(direction, trigger, floor, target, None, margin, decimals=decimals)

        assert not reached(direction, trigger, exit_at)
        assert not reached(direction, floor, exit_at)
        assert reached(direction, exit_at, exit_at)


@given(FIGURES, FIGURES, FIGURES, st.decimals(min_value=0, max_value=100, places=2))
def test_the_exit_is_the_same_mirrored(trigger, one, other, margin):
    floor, target = min(one, other), max(one, other)

    higher = exit_value("higher", trigger, floor, target, None, margin)

    assert exit_value("lower", -trigger, -floor, -target, None, margin) == -higher


def test_the_floor_itself_is_not_red():
    assert [is_under_floor("higher", D(value), D(60), None) for value in (59, 60, 61)] == [True, False, False]
    assert [is_under_floor("lower", D(value), D(5), None) for value in (4, 5, 6)] == [False, False, True]
    assert [is_under_floor("band", D(value), D(10), D(40)) for value in (9, 10, 40, 41)] == [True, False, False, True]


# --- Time ------------------------------------------------------------------------------------------------------------


def test_time_runs_from_the_first_day_to_after_the_last():
    last = START + timedelta(days=89)

    assert elapsed_share(START, last, START) == 0
    assert elapsed_share(START, last, START + timedelta(days=30)) == D("0.3333")
    assert elapsed_share(START, last, last + timedelta(days=1)) == 1


def test_days_on_which_the_clock_stood_do_not_count():
    moved = START + timedelta(days=89 + 10)

    assert elapsed_share(START, moved, START + timedelta(days=40), 10) == D("0.3333")


@given(st.integers(1, 700), st.integers(-30, 900), st.integers(0, 200))
def test_the_share_of_the_time_is_never_outside_0_and_1(length, today, stopped):
    ends = START + timedelta(days=length - 1 + stopped)

    assert 0 <= elapsed_share(START, ends, START + timedelta(days=today), stopped) <= 1


def test_a_tenth_behind_is_still_on_track():
    assert is_on_track(D("0.2333"), D("0.3333"))
    assert not is_on_track(D("0.2332"), D("0.3333"))


@given(st.integers(0, 3650), st.integers(1, 4), st.sampled_from(["month", "quarter", "half"]))
def test_so_many_periods_end_within_the_least_days(offset, count, kind):
    from prm.periods import FiscalCalendar, PeriodKind

    start = date(2020, 1, 1) + timedelta(days=offset)
    last = start + timedelta(days=least_days(kind, count) - 1)
    periods = FiscalCalendar().between(PeriodKind(kind), start, last)

    assert sum(start <= period.last_day <= last for period in periods) >= count


# --- Judging ---------------------------------------------------------------------------------------------------------


def test_it_succeeds_after_two_closed_periods_in_a_row():
    one, two = result(QUARTERS[0], 85), result(QUARTERS[1], 90)

    assert decide([one], date(2025, 10, 12)).ending == Ending.GO_ON
    done = decide([one, two], date(2026, 1, 12))
    assert (done.ending, done.period) == (Ending.SUCCEED, "2025-12")


def test_a_period_that_ended_before_the_plan_does_not_count():
    before = result(date(2025, 6, 30), 95)

    assert decide([before, result(QUARTERS[0], 90)], date(2025, 10, 12)).ending == Ending.GO_ON


def test_a_bad_period_between_begins_the_row_anew():
    rows = [result(QUARTERS[0], 85), result(QUARTERS[1], 84)]

    assert streak(goal(), rows) == 0
    assert streak(goal(), [*rows, result(QUARTERS[2], 85)]) == 1
    assert streak(goal(), [rows[0], result(QUARTERS[1], None), result(QUARTERS[2], 85)]) == 1


def test_a_period_between_that_is_not_closed_begins_the_row_anew():
    assert streak(goal(), [result(QUARTERS[0], 85), result(QUARTERS[2], 85)]) == 1
    assert streak(goal(), [result(QUARTERS[0], 85), result(QUARTERS[2], 85), result(QUARTERS[3], 85)]) == 2


def test_every_objective_has_to_be_reached():
    other = goal(kpi_id=8)
    rows = [
        Result("a", 1, QUARTERS[0], QUARTERS[0], {KPI: D(90), 8: D(90)}),
        Result("b", 2, QUARTERS[1], QUARTERS[1], {KPI: D(90), 8: D(80)}),
    ]

    assert decide(rows, date(2026, 1, 12), goals=[goal(), other]).ending == Ending.GO_ON


def test_it_fails_when_its_last_day_is_over():
    rows = [result(QUARTERS[0], 85), result(QUARTERS[1], 80)]
    last = START + timedelta(days=199)

    assert decide(rows, last).ending == Ending.GO_ON
    assert decide(rows, last + timedelta(days=1)).ending == Ending.FAIL


def test_at_the_end_it_waits_for_a_period_that_is_not_closed_yet():
    last = START + timedelta(days=199)

    waiting = decide([result(QUARTERS[0], 85)], last + timedelta(days=3))

    assert (waiting.ending, waiting.reason, waiting.since) == (
        Ending.WAIT,
        StopReason.DATA,
        last + timedelta(days=1),
    )


@pytest.mark.parametrize(("value", "ending"), [(90, Ending.SUCCEED), (70, Ending.FAIL)])
def test_it_is_judged_at_once_when_what_it_waited_for_comes(value, ending):
    last = START + timedelta(days=199)
    plan = Running(starts_on=START, ends_on=last, stopped_on=last + timedelta(days=1))

    decision = decide([result(QUARTERS[0], 85), result(QUARTERS[1], value)], last + timedelta(days=20), plan=plan)

    assert decision.ending == ending


def test_it_waits_while_a_closed_period_lacks_the_result():
    waiting = decide([result(QUARTERS[0], None)], date(2025, 10, 12))

    assert (waiting.ending, waiting.reason, waiting.since) == (Ending.WAIT, StopReason.DATA, date(2025, 10, 12))


def test_it_waits_while_the_vendor_owes_something_and_never_fails_meanwhile():
    rows = [result(QUARTERS[0], 70), result(QUARTERS[1], 70)]
    overdue = date(2025, 10, 2)

    waiting = decide(rows, START + timedelta(days=400), overdue=overdue)

    assert (waiting.ending, waiting.reason, waiting.since) == (Ending.WAIT, StopReason.VENDOR, overdue)


def test_it_succeeds_even_while_the_vendor_owes_something():
    rows = [result(QUARTERS[0], 90), result(QUARTERS[1], 90)]

    assert decide(rows, date(2026, 1, 12), overdue=date(2025, 10, 2)).ending == Ending.SUCCEED


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 120)), max_size=4),
    st.integers(0, 500),
    st.booleans(),
    st.integers(1, 3),
)
def test_whatever_is_measured_it_succeeds_only_after_its_periods_in_a_row(values, days, owes, periods):
    plan = Running(starts_on=START, ends_on=START + timedelta(days=280), periods_to_succeed=periods)
    rows = [result(day, value) for day, value in zip(QUARTERS, values, strict=False)]
    today = START + timedelta(days=days)

    decision = decide(rows, today, plan=plan, overdue=START if owes else None)

    inside = [value for day, value in zip(QUARTERS, values, strict=False) if day <= plan.ends_on]
    recovered = len(inside) >= periods and all(value is not None and value >= 85 for value in inside[-periods:])
    assert (decision.ending == Ending.SUCCEED) == recovered
    if decision.ending == Ending.FAIL:
        assert today > plan.ends_on
        assert not owes


@pytest.mark.parametrize(
    ("value", "verdict"), [(None, Verdict.NO_DATA), (74, Verdict.ON_TRACK), (73, Verdict.MISSED), (60, Verdict.MISSED)]
)
def test_a_checkpoint_judges_itself(value, verdict):
    found, findings = checkpoint([goal()], [result(QUARTERS[0], value)], D("0.3333"))

    assert found == verdict
    assert findings[0].verdict == verdict


def test_a_checkpoint_is_behind_if_one_objective_is():
    rows = [Result("a", 1, QUARTERS[0], QUARTERS[0], {KPI: D(85), 8: D(70)})]

    verdict, findings = checkpoint([goal(), goal(kpi_id=8)], rows, D("0.5"))

    assert verdict == Verdict.MISSED
    assert [finding.verdict for finding in findings] == [Verdict.ON_TRACK, Verdict.MISSED]


def test_a_relapse_falls_behind_the_line_that_set_the_plan_off_within_two_periods():
    own = goal(trigger=D(55), floor=D(60), target=D(90))

    assert has_relapsed([own], [result(QUARTERS[2], 61), result(QUARTERS[3], 59)]) == "2026-06"
    assert has_relapsed([own], [result(QUARTERS[2], 60)]) == ""
    third = result(date(2026, 9, 30), 10)
    assert has_relapsed([own], [result(QUARTERS[2], 61), result(QUARTERS[3], 61), third]) == ""


# --- Triggers --------------------------------------------------------------------------------------------------------

FLOOR = Trigger(kind=TriggerKind.FLOOR, periods=2)


def test_two_periods_under_the_floor_propose_a_plan():
    cards = [ClosedCard(4, True, "D", [KPI, 8]), ClosedCard(5, True, "D", [KPI])]

    assert failing_kpis(FLOOR, cards, 5) == [KPI]
    assert failing_kpis(FLOOR, cards[1:], 5) == []
    assert failing_kpis(Trigger(kind=TriggerKind.FLOOR, periods=2, kpi_id=8), cards, 5) == []


def test_a_card_below_its_minimum_coverage_proposes_nothing():
    cards = [ClosedCard(4, True, "D", [KPI]), ClosedCard(5, False, "", [KPI])]

    for trigger in (FLOOR, Trigger(kind=TriggerKind.RED, count=1), Trigger(kind=TriggerKind.GRADE, grade="D")):
        assert not fires(trigger, cards, 5)
    assert not fires(FLOOR, [ClosedCard(4, False, "", [KPI]), ClosedCard(5, True, "D", [KPI])], 5)


def test_a_period_that_is_missing_between_begins_the_row_anew():
    assert not fires(FLOOR, [ClosedCard(3, True, "D", [KPI]), ClosedCard(5, True, "D", [KPI])], 5)


def test_several_kpis_red_at_once():
    trigger = Trigger(kind=TriggerKind.RED, count=2)

    assert failing_kpis(trigger, [ClosedCard(5, True, "C", [8, KPI])], 5) == [8, KPI]
    assert failing_kpis(trigger, [ClosedCard(5, True, "C", [8])], 5) == []


@pytest.mark.parametrize(("grade", "expected"), [("A", False), ("C", False), ("D", True), ("E", True), ("Z", False)])
def test_the_grade_or_a_worse_one(grade, expected):
    trigger = Trigger(kind=TriggerKind.GRADE, grade="D", grades=["A", "B", "C", "D", "E"])

    assert fires(trigger, [ClosedCard(5, True, grade)], 5) == expected
