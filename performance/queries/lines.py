"""A card's lines: what each KPI came to and what it did to the total."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from performance.choices import LineState
from performance.engine import lines as statements
from performance.rules.scoring import LineScore
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Input:
    """A KPI that a derived one was computed from. `back` is how many months before the period it was taken.

    Lines that were frozen early do not say the aggregation.
    """

    code: str
    name: str
    unit: str
    decimals: int
    back: int
    actual: Decimal | None
    aggregation: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a derived actual came about: its rule and the actuals that went in, as they are or were when frozen."""

    multiplier: Decimal
    compare_with: str
    formula: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Relative:
    """A benchmark that follows from an earlier result: percent or percentiles, and what they are taken from.

    `base` is the partner's own result of `back` months before the period; `members` is the size of the cohort in the
    closed period `period`. The line has a benchmark only if there is a base.
    """

    basis: str
    benchmark_id: int
    scope: str
    valid_from: str
    floor: Decimal
    target: Decimal
    stretch: Decimal
    ceiling: Decimal | None
    base: Decimal | None
    back: int | None
    period: str | None
    members: int


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI on a card, as `performance/engine/lines.py` derives it. `facts` is how many measurements it has."""

    card_id: int
    position: int
    section: str
    kpi_id: int
    code: str
    name: str
    unit: str
    decimals: int
    aggregation: str
    direction: str
    policy: str
    state: str
    weight: Decimal
    actual: Decimal | None
    carried_periods: int
    facts: int
    benchmark_id: int | None
    benchmark_scope: str | None
    benchmark_from: date | None
    floor: Decimal | None
    target: Decimal | None
    stretch: Decimal | None
    ceiling: Decimal | None
    points: Decimal | None
    attainment: Decimal | None
    contribution: Decimal | None
    points_lost: Decimal | None
    gate_minimum: Decimal | None
    gate_grade: str
    gate_failed: bool
    derivation_json: str | None
    relative_json: str | None = None

    @property
    def derivation(self) -> Derivation | None:
        """What a derived actual was computed from; None for a KPI with measurements of its own."""
        return _derivation(self.derivation_json)

    @property
    def relative(self) -> Relative | None:
        """What its thresholds follow from; None for an absolute benchmark and without one."""
        return _relative(self.relative_json)

    @property
    def is_scored(self) -> bool:
        """Whether it counts toward total and coverage."""
        return self.points is not None

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(LineState(self.state).label)

    @property
    def as_score(self) -> LineScore:
        """The line as the rules see it."""
        return LineScore(
            self.code,
            LineState(self.state),
            self.weight,
            self.actual,
            self.points,
            self.attainment,
            self.contribution,
            self.points_lost,
            self.carried_periods,
            self.gate_failed,
        )


def lines_of_cards(card_ids: Iterable[int]) -> dict[int, tuple[Line, ...]]:
    """The lines of any number of cards in template order, in one query; a card without lines has an empty tuple."""
    card_ids = list(card_ids)
    found: dict[int, list[Line]] = {card_id: [] for card_id in card_ids}
    if card_ids:
        for line in _read("cards", {"cards": card_ids}):
            found[line.card_id].append(line)
    return {card_id: tuple(lines) for card_id, lines in found.items()}


def lines_of_period(*, programme_id: int, period_id: int) -> Iterator[Line]:
    """The lines of all cards of a period, card by card."""
    return _read("period", {"programme": programme_id, "period": period_id})


def _read(cards: str, params: dict[str, Any]) -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute(
            statements.lines(cards) + " ORDER BY card_id, position", {"tenant": require_scope().tenant_id, **params}
        )
        while rows := cursor.fetchmany(2_000):
            for row in rows:
                yield Line(*row)


def _relative(text: str | None) -> Relative | None:
    """A relative benchmark from its JSON."""
    if text is None:
        return None
    found = json.loads(text, parse_float=Decimal, parse_int=int)
    for name in ("floor", "target", "stretch", "ceiling", "base"):
        found[name] = None if found[name] is None else Decimal(found[name])
    return Relative(**found)


def _derivation(text: str | None) -> Derivation | None:
    """A derivation from its JSON, whose numbers must not become binary fractions."""
    if text is None:
        return None
    found = json.loads(text, parse_float=Decimal, parse_int=int)
    inputs = tuple(
        Input(**{**row, "actual": None if row["actual"] is None else Decimal(row["actual"])})
        for row in found["inputs"] or ()
    )
    return Derivation(Decimal(found["multiplier"]), found["compare_with"], found["formula"], inputs)
