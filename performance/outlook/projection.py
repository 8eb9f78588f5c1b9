"""Where a card would end if the rest of its period went like the part so far.

One method, for every KPI by how its actual comes about:

    sum, number of measurements   actual * days of the period / days that are over, 6 places
    derived from other KPIs       computed again from its projected inputs; a base of an earlier period stays
    everything else               carried on as it is: averages, ratios, latest values, medians, distinct counts

Days that are over are complete days before the day of the projection. Under a tenth of the period nothing is
projected: two days of a quarter say little. What has no data stays without. The result is scored by the ordinary rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from performance.choices import Aggregation
from performance.outlook.card import CardRules
from performance.rules.scoring import (
    ACTUAL_PLACES,
    ONE,
    CardScore,
    LineInput,
    formula_of,
    growth_of,
    quotient_of,
    rounded,
)
from prm.imports.expressions import parse

LEAST_SHARE = Decimal("0.1")
ADDS_UP = (Aggregation.SUM, Aggregation.COUNT)


class Way(StrEnum):
    """How a KPI's actual was projected."""

    RUN_RATE = "run_rate"
    COMPUTED = "computed"
    CARRIED_ON = "carried_on"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class Elapsed:
    """How much of a period is over, in complete days."""

    days: int
    of: int

    @property
    def share(self) -> Decimal:
        """From 0 to 1."""
        return Decimal(self.days) / Decimal(self.of)


def elapsed_of(start: date, end: date, as_of: date) -> Elapsed | None:
    """How much of `[start, end)` is over on a day; None when that is too little, or the period is not running."""
    if not start <= as_of < end:
        return None
    elapsed = Elapsed((as_of - start).days, (end - start).days)
    return elapsed if elapsed.share >= LEAST_SHARE else None


@dataclass(frozen=True)
class Ingredient:
    """A KPI that a derived one is made from. `back` is how many months before the period it was taken."""

    kpi: str
    aggregation: str
    back: int
    actual: Decimal | None


@dataclass(frozen=True)
class Recipe:
    """How an actual comes about; the rest only matters to a derived KPI."""

    aggregation: str
    multiplier: Decimal = ONE
    formula: str = ""
    inputs: tuple[Ingredient, ...] = ()


@dataclass(frozen=True)
class ProjectedLine:
    """One KPI now and at the end of the period."""

    kpi: str
    actual: Decimal | None
    projected: Decimal | None
    way: Way


@dataclass(frozen=True)
class Projection:
    """A card at the end of its period, if the rest goes like the part so far."""

    elapsed: Elapsed
    lines: tuple[ProjectedLine, ...]
    score: CardScore


def project(
    lines: Sequence[LineInput], recipes: Mapping[str, Recipe], rules: CardRules, elapsed: Elapsed
) -> Projection:
    """The projection of a card; `recipes` has one for each line's KPI."""
    ended: dict[str, Decimal | None] = {}

    def at_end(kpi: str, aggregation: str, actual: Decimal | None) -> Decimal | None:
        """A KPI's figure at the end. A derived one that has no line on the card is carried on."""
        if actual is None:
            return None
        if aggregation in ADDS_UP:
            return rounded(actual * elapsed.of / elapsed.days, ACTUAL_PLACES)
        if not Aggregation(aggregation).is_derived or kpi not in recipes:
            return actual
        if kpi not in ended:
            recipe = recipes[kpi]
            inputs = [row.actual if row.back else at_end(row.kpi, row.aggregation, row.actual) for row in recipe.inputs]
            ended[kpi] = _derived(recipe, inputs)
        return ended[kpi]

    projected = [
        ProjectedLine(
            line.kpi,
            line.actual,
            at_end(line.kpi, recipes[line.kpi].aggregation, line.actual),
            _way(line.actual, recipes[line.kpi]),
        )
        for line in lines
    ]
    finished = [replace(line, actual=row.projected) for line, row in zip(lines, projected, strict=True)]
    return Projection(elapsed, tuple(projected), rules.score(finished))


def _way(actual: Decimal | None, recipe: Recipe) -> Way:
    if actual is None:
        return Way.NO_DATA
    if recipe.aggregation in ADDS_UP:
        return Way.RUN_RATE
    return Way.COMPUTED if Aggregation(recipe.aggregation).is_derived else Way.CARRIED_ON


def _derived(recipe: Recipe, values: Sequence[Decimal | None]) -> Decimal | None:
    """R3 over the projected inputs."""
    match recipe.aggregation:
        case Aggregation.GROWTH:
            return growth_of(values[0], values[1], multiplier=recipe.multiplier)
        case Aggregation.QUOTIENT:
            return quotient_of(values[0], values[1], multiplier=recipe.multiplier)
    codes = [row.kpi for row in recipe.inputs]
    return formula_of(parse(recipe.formula, codes), dict(zip(codes, values, strict=True)))
