"""Aggregates over the lines of many cards equal what can be worked out by hand."""

from decimal import Decimal

from performance.queries import aggregates as lines
from performance.queries.cards import CardFilter
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from tests.conftest import World
from tests.performance_screens.conftest import Scored, build


def test_the_small_programme_scores_as_by_hand(scored: Scored) -> None:
    [partner] = scored.partners

    assert scored.card(partner, "2024-Q1").total == Decimal("40.0000")
    assert scored.card(partner, "2024-Q2").total == Decimal("80.0000")


def test_attainment_by_region(in_scope: World) -> None:
    scored = build(in_scope, others=1)
    cards = CardFilter(scored.programme.pk)

    table = lines.by_region(cards, scored.period("2024-Q2"))

    row = table[scored.region.pk]
    assert (row[scored.revenue.pk].attainment, row[scored.revenue.pk].partners) == (Decimal("1.05"), 2)
    assert (row[scored.defects.pk].attainment, row[scored.defects.pk].partners) == (Decimal(1), 2)


def test_expectations_count_zones(in_scope: World) -> None:
    scored = build(in_scope, others=1)
    cards = CardFilter(scored.programme.pk)

    now = lines.over_all(lines.by_region(cards, scored.period("2024-Q1")))

    revenue, defects = now[scored.revenue.pk], now[scored.defects.pk]
    assert (revenue.target_sum, revenue.on, revenue.between, revenue.below) == (200, 1, 1, 0)
    assert (defects.mean_target, defects.on, defects.between, defects.below) == (1, 1, 1, 0)


def test_programme_totals_are_sums_and_ratios_of_sums(in_scope: World) -> None:
    scored = build(in_scope, others=1)
    periods = [scored.period("2024-Q1"), scored.period("2024-Q2")]

    totals = lines.programme_totals(CardFilter(scored.programme.pk), periods, [scored.revenue.pk, scored.defects.pk])

    assert totals == {scored.revenue.pk: [160, 210], scored.defects.pk: [2, 1]}


def test_a_closed_period_brings_its_frozen_lines(in_scope: World) -> None:
    scored = build(in_scope, others=1)
    cards, period = CardFilter(scored.programme.pk), scored.period("2024-Q1")
    before = lines.by_region(cards, period)

    close_period(period=period, actor=SYSTEM)

    assert lines.by_region(cards, period) == before


def test_the_spread_of_one_kpi(in_scope: World) -> None:
    scored = build(in_scope, others=2)

    spots = lines.spread(CardFilter(scored.programme.pk), scored.period("2024-Q1"), scored.revenue.pk)

    assert [(spot.actual, spot.zone) for spot in spots] == [(50, "between"), (110, "on"), (110, "on")]
