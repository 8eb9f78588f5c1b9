"""Setting many benchmarks at once: the plan says what comes, and all of it is written or nothing."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.choices import BenchmarkScope, Direction
from performance.errors import BenchmarksMoved
from performance.models import Benchmark
from performance.services.benchmark_bulk import (
    EVERYBODY,
    MOST_AT_ONCE,
    Factor,
    Group,
    Wanted,
    carried_over,
    plan_benchmarks,
    set_benchmarks,
)
from performance.services.benchmarks import set_benchmark
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from tests.factories.partners import PartnerFactory, TierFactory
from tests.factories.performance import KPIFactory

JANUARY, APRIL, JULY = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)
D = Decimal
NUMBERS = {"floor": D(0), "target": D(100), "stretch": D(120)}


def expect(kpi, valid_from=JANUARY, numbers=NUMBERS, **more):
    return set_benchmark(
        actor=SYSTEM, kpi=kpi, period_kind="quarter", valid_from=valid_from, **numbers, **more
    ).benchmark


def live(**filters):
    rows = Benchmark.objects.filter(withdrawn_at=None, **filters).order_by("kpi__code", "scope", "valid_from")
    return [(row.scope, row.valid_from, row.valid_to, row.target) for row in rows]


@pytest.mark.parametrize(
    ("percent", "step", "value", "expected"),
    [
        ("5", None, "100", "105.000000"),
        ("-5", None, "0.333333", "0.316666"),
        ("5", "1", "81.3", "85.000000"),
        ("10", "1000", "1234500", "1358000.000000"),
        ("0", "10", "-15", "-20.000000"),
        ("0", "10", "14.9", "10.000000"),
    ],
)
def test_a_factor_changes_by_percent_and_rounds_half_away_from_zero(percent, step, value, expected):
    assert Factor(D(percent), D(step) if step else None).apply(D(value)) == D(expected)


thresholds = st.lists(st.decimals(-(10**6), 10**6, places=3), min_size=3, max_size=3).map(sorted)


@given(
    marks=thresholds,
    percent=st.decimals(-99, 300, places=2),
    step=st.sampled_from([None, D("0.01"), D(1), D(10), D(1000)]),
)
def test_a_factor_never_breaks_the_order_of_thresholds(marks, percent, step):
    changed = [Factor(percent, step).apply(mark) for mark in marks]

    assert changed == sorted(changed)


def test_several_kpis_for_several_groups(in_scope):
    sales, visits, gold = KPIFactory(code="A"), KPIFactory(code="B"), TierFactory(name="Gold")
    expect(sales)
    wanted = [
        Wanted(kpi, "quarter", group, {**NUMBERS, "target": D(110)})
        for kpi in (sales, visits)
        for group in (EVERYBODY, Group(BenchmarkScope.TIER, gold))
    ]

    plan = set_benchmarks(wanted, valid_from=APRIL, note="Plan 2024", actor=SYSTEM)

    assert [row.outcome for row in plan.rows] == ["updated", "created", "created", "created"]
    assert live(kpi=sales) == [
        ("all", JANUARY, APRIL, D(100)),
        ("all", APRIL, None, D(110)),
        ("tier", APRIL, None, D(110)),
    ]
    assert live(kpi=visits) == [("all", APRIL, None, D(110)), ("tier", APRIL, None, D(110))]
    entries = AuditEntry.objects.filter(action="benchmark.set", reason="Plan 2024")
    assert entries.count() == 4
    assert entries.get(target_id=plan.rows[0].new.pk).changes["target"] == ["100.000000", "110"]


def test_a_plan_does_the_same_as_setting_one_by_one(in_scope):
    """Once in bulk and once one by one, on two KPIs with the same past: ends, gaps, continuations, corrections."""
    twins = [KPIFactory(code="A"), KPIFactory(code="B")]
    gold = TierFactory()
    for kpi in twins:
        expect(kpi, JANUARY)
        expect(kpi, APRIL, tier=gold)
        expect(kpi, date(2025, 1, 1), tier=gold)
    one_by_one, in_bulk = twins
    changed = {**NUMBERS, "target": D(111)}

    for group in ({}, {"tier": gold}):
        expect(one_by_one, APRIL, changed, valid_to=JULY, **group)
    wanted = [Wanted(in_bulk, "quarter", group, changed) for group in (EVERYBODY, Group(BenchmarkScope.TIER, gold))]
    set_benchmarks(wanted, valid_from=APRIL, valid_to=JULY, actor=SYSTEM)

    assert live(kpi=in_bulk) == live(kpi=one_by_one)
    assert len(live(kpi=in_bulk)) == 5
    withdrawn = Benchmark.objects.exclude(withdrawn_at=None)
    assert withdrawn.filter(kpi=in_bulk).count() == withdrawn.filter(kpi=one_by_one).count() == 1


def test_a_change_by_percent_takes_what_holds(in_scope):
    kpi, partner = KPIFactory(), PartnerFactory()
    expect(kpi, partner=partner)

    plan = set_benchmarks(
        [Wanted(kpi, "quarter", Group(BenchmarkScope.PARTNER, partner), factor=Factor(D(7), D(1)))],
        valid_from=APRIL,
        actor=SYSTEM,
    )

    assert (plan.rows[0].new.floor, plan.rows[0].new.target, plan.rows[0].new.stretch) == (D(0), D(107), D(128))


def test_a_refused_row_is_named_and_stops_all_or_is_left_out(in_scope):
    kpi, other = KPIFactory(name="Sell-out"), KPIFactory(direction=Direction.LOWER, name="Complaints")
    wanted = [Wanted(row, "quarter", EVERYBODY, NUMBERS) for row in (kpi, other)]

    plan = plan_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM)
    with pytest.raises(InvalidInput, match="Complaints, Everyone: Lower is better here"):
        set_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM)

    assert [row.wanted.kpi for row in plan.refused] == [other]
    assert live() == []
    set_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM, leave_out_refused=True)
    assert live() == [("all", APRIL, None, D(100))]


def test_percent_without_a_benchmark_is_refused(in_scope):
    wanted = [Wanted(KPIFactory(), "quarter", EVERYBODY, factor=Factor(D(5)))]

    (row,) = plan_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM).rows

    assert row.refusal == "No benchmark holds on that day that could be changed by percent."


def test_a_period_is_carried_forward_and_what_holds_already_stays(in_scope):
    kpi, open_ended = KPIFactory(code="A"), KPIFactory(code="B")
    ending = expect(kpi, JANUARY, valid_to=APRIL)
    lasting = expect(open_ended, JANUARY)

    plan = set_benchmarks(
        carried_over([ending, lasting], factor=Factor(D(0))), valid_from=APRIL, valid_to=None, actor=SYSTEM
    )

    assert [row.outcome for row in plan.rows] == ["created", "unchanged"]
    assert live(kpi=kpi) == [("all", JANUARY, APRIL, D(100)), ("all", APRIL, None, D(100))]
    assert live(kpi=open_ended) == [("all", JANUARY, None, D(100))]


def test_what_was_not_looked_at_is_not_written(in_scope):
    kpi = KPIFactory()
    wanted = [Wanted(kpi, "quarter", EVERYBODY, factor=Factor(D(10)))]
    expect(kpi)
    seen = plan_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM).digest
    expect(kpi, JANUARY, {**NUMBERS, "target": D(110)})

    with pytest.raises(BenchmarksMoved):
        set_benchmarks(wanted, valid_from=APRIL, actor=SYSTEM, seen=seen)

    assert live() == [("all", JANUARY, None, D(110))]


def test_too_many_and_nothing_are_refused(in_scope):
    one = Wanted(KPIFactory(), "quarter", EVERYBODY, NUMBERS)

    with pytest.raises(InvalidInput, match="up to 2000 can be set at once"):
        plan_benchmarks([one] * (MOST_AT_ONCE + 1), valid_from=APRIL, actor=SYSTEM)
    with pytest.raises(InvalidInput, match="at least one KPI"):
        plan_benchmarks([], valid_from=APRIL, actor=SYSTEM)


def test_more_rows_ask_no_more_queries_to_plan(in_scope, django_assert_num_queries):
    kpi = KPIFactory()
    groups = [Group(BenchmarkScope.PARTNER, partner) for partner in PartnerFactory.create_batch(8)]
    for group in groups:
        expect(kpi, partner=group.target)

    with django_assert_num_queries(1):
        plan_benchmarks(
            [Wanted(kpi, "quarter", group, factor=Factor(D(5))) for group in groups], valid_from=APRIL, actor=SYSTEM
        )
