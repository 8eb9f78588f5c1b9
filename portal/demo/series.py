"""Plausible measurements: every partner has a lasting skill, a trend and a season, every KPI its own chance.

A level of 0 means the pack's floor, 1 its target, about 1.5 its stretch; levels become values by the thresholds, so
that the same code serves higher-is-better, lower-is-better and band KPIs of any unit.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Fact:
    """One measurement to be. `value` and `weight` follow the KPI's aggregation (domain rule R3)."""

    kpi: str
    occurred_on: date
    value: Decimal
    weight: Decimal | None
    number: int


@dataclass(frozen=True, slots=True)
class Character:
    """What makes a partner's numbers its own: skill around 0, yearly trend, size factor, share of months with gaps."""

    skill: float
    trend: float
    size: float
    gaps: float
    odd_kpi: str | None


def character(random: Random, kpis: list[dict[str, Any]]) -> Character:
    """A partner drawn by chance: most are near target, some excel, some slip, a few report badly."""
    return Character(
        skill=random.gauss(0.0, 0.24),
        trend=random.gauss(0.06, 0.14),
        size=math.exp(random.gauss(0, 0.7)),
        gaps=random.choice([0.0, 0.0, 0.0, 0.03, 0.08, 0.5]),
        odd_kpi=random.choice(kpis)["code"] if random.random() < 0.35 else None,
    )


def level_of(random: Random, who: Character, kpi: dict[str, Any], months_ago: int, month: int) -> float:
    """How good a partner is at a KPI in a month, on the scale of this module."""
    season = 0.06 * math.sin((month - 3) / 12 * 2 * math.pi) if kpi["source_kind"] == "sales" else 0.0
    odd = -0.55 if kpi["code"] == who.odd_kpi else 0.0
    return 0.98 + who.skill - who.trend * months_ago / 12 + season + odd + random.gauss(0, 0.16)


def actual_for(level: float, kpi: dict[str, Any], above: bool) -> float:
    """The KPI's value at a level; for a band `above` says on which side a miss lies."""
    limits = kpi["thresholds"]
    if kpi["direction"] == "band":
        low, high = limits["low"], limits["high"]
        if level >= 1:
            return low + (high - low) * min(1.0, (level - 1) * 1.4 + 0.15)
        if above:
            return limits["ceiling"] + level * (high - limits["ceiling"])
        return limits["floor"] + level * (low - limits["floor"])
    floor, target, stretch = limits["floor"], limits["target"], limits["stretch"]
    value = floor + level * (target - floor) if level < 1 else target + (level - 1) * 2 * (stretch - target)
    if kpi["direction"] == "lower":
        # Nothing that is counted or timed falls under a fifth of the best figure asked for.
        value = max(value, stretch * 0.2)
    if kpi["unit"] == "percent" and not _may_exceed_hundred(kpi):
        value = min(value, 100.0)
    return max(value, 0.0) if limits["floor"] >= 0 and target >= 0 else value


def facts_of_month(
    random: Random,
    who: Character,
    kpi: dict[str, Any],
    first_day: date,
    last_day: date,
    months_ago: int,
) -> Iterator[Fact]:
    """The measurements of one partner and KPI in one month, up to `last_day`; none where the partner did not report."""
    if random.random() < who.gaps:
        return
    above = random.random() < 0.5
    actual = actual_for(level_of(random, who, kpi, months_ago, first_day.month), kpi, above)
    code, aggregation = kpi["code"], kpi["aggregation"]
    share = ((last_day - first_day).days + 1) / 30
    method = aggregation["method"]
    per_month = 1 if kpi["period"] == "month" else 1 / 3

    def day() -> date:
        return first_day + timedelta(days=random.randrange((last_day - first_day).days + 1))

    if method == "ratio":
        weight = _denominator(random, who, kpi, share)
        value = Decimal(str(actual)) * weight / Decimal(aggregation["multiplier"])
        yield Fact(code, day(), _part(value, weight, kpi), weight, 0)
    elif method == "average":
        for number in range(random.randint(1, 3)):
            answer = max(actual * random.gauss(1, 0.06), 0)
            yield Fact(
                code,
                day(),
                Decimal(str(answer)).quantize(CENT),
                Decimal(random.randint(1, 12)),
                number,
            )
    elif method == "sum":
        value = Decimal(str(max(actual, 0) * per_month * share)).quantize(CENT)
        yield Fact(code, day(), value, None, 0)
    elif method == "last":
        yield Fact(code, last_day, Decimal(str(actual)).quantize(CENT), None, 0)
    else:
        expected = actual * per_month * share
        for number in range(int(expected) + (random.random() < expected % 1)):
            yield Fact(code, day(), Decimal(1), None, number)


def _may_exceed_hundred(kpi: dict[str, Any]) -> bool:
    return kpi["thresholds"]["stretch"] > 100 or "growth" in kpi["name"].lower()


def _denominator(random: Random, who: Character, kpi: dict[str, Any], share: float) -> Decimal:
    if kpi["source_kind"] == "sales" and kpi["unit"] == "percent":
        return Decimal(str(40_000 * who.size * share * random.gauss(1, 0.08))).quantize(Decimal(1)).max(Decimal(100))
    if Decimal(kpi["aggregation"]["multiplier"]) > 100:
        return Decimal(random.randint(2_000, 9_000) * max(1, int(Decimal(kpi["aggregation"]["multiplier"]) / 10_000)))
    return Decimal(max(5, int(60 * who.size * share * random.uniform(0.7, 1.3))))


def _part(value: Decimal, weight: Decimal, kpi: dict[str, Any]) -> Decimal:
    """Money keeps cents; counted things are whole."""
    money = kpi["source_kind"] == "sales" and kpi["unit"] == "percent"
    return value.quantize(CENT) if money else value.quantize(Decimal(1))
