"""Demo measurements are plausible for every KPI of every pack."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from portal.demo.series import Character, actual_for, character, facts_of_month
from portal.packs.reading import pack_slugs, read_pack

STEADY = Character(skill=0.0, trend=0.0, size=1.0, gaps=0.0, odd_kpi=None)
KPIS = [pytest.param(kpi, id=f"{slug}-{kpi['code']}") for slug in pack_slugs() for kpi in read_pack(slug)["kpis"]]


@pytest.mark.parametrize("kpi", KPIS)
def test_level_zero_is_the_floor_and_level_one_meets_the_target(kpi):
    limits = kpi["thresholds"]

    floor, target = actual_for(0.0, kpi, above=False), actual_for(1.0, kpi, above=False)

    assert floor == limits["floor"]
    assert (limits["low"] <= target <= limits["high"]) if kpi["direction"] == "band" else target == limits["target"]


@pytest.mark.parametrize("kpi", KPIS)
def test_facts_fit_their_kpi(kpi):
    random = Random(7)
    month = (date(2026, 3, 1), date(2026, 3, 31))

    facts = [fact for ago in range(24) for fact in facts_of_month(random, STEADY, kpi, *month, ago)]

    assert all(month[0] <= fact.occurred_on <= month[1] for fact in facts)
    assert all((fact.weight is not None) == (kpi["aggregation"]["method"] in ("ratio", "average")) for fact in facts)
    assert all(fact.value >= 0 or kpi["thresholds"]["floor"] <= 0 for fact in facts)
    if kpi["unit"] == "percent" and kpi["aggregation"]["method"] == "ratio" and kpi["thresholds"]["stretch"] <= 100:
        assert all(fact.value <= fact.weight for fact in facts)


def test_the_same_seed_draws_the_same_partner():
    kpis = read_pack("retail")["kpis"]

    assert character(Random(5), kpis) == character(Random(5), kpis)


def test_a_partner_that_does_not_report_leaves_gaps():
    kpi = read_pack("retail")["kpis"][0]
    silent = Character(skill=0.0, trend=0.0, size=1.0, gaps=1.0, odd_kpi=None)

    assert list(facts_of_month(Random(1), silent, kpi, date(2026, 3, 1), date(2026, 3, 31), 0)) == []


def test_money_keeps_cents_and_counted_things_are_whole():
    kpis = {kpi["code"]: kpi for kpi in read_pack("consumer-electronics")["kpis"]}
    month = (date(2026, 3, 1), date(2026, 3, 31))

    sales = next(facts_of_month(Random(3), STEADY, kpis["SALES_ATT"], *month, 0))
    returns = next(facts_of_month(Random(3), STEADY, kpis["RETURN_RATE"], *month, 0))

    assert sales.value == sales.value.quantize(Decimal("0.01"))
    assert returns.value == returns.value.to_integral_value()
