"""Who is granted a badge, as pure functions: the reference of `performance/recognition/statements.py`.

Cards that are not rated, or whose coverage is under the badge's own minimum, count nowhere: they are not ranked and
they break a row of periods. Ties share a place, 1, 2, 2, 4, so two partners at the top are both first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from performance.choices import ConsequenceTiming, Direction
from performance.recognition.choices import BadgeKind, Cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a badge is granted for. `coverage` is a share, `points` are points of the score. `is_band`: the KPI is best
    within a range."""

    kind: str
    period_kind: str = "quarter"
    grade: str = ""
    kpi_id: int | None = None
    kpi_name: str = ""
    is_band: bool = False
    periods: int = 1
    timing: str = ConsequenceTiming.CROSSING.value
    cohort: str = Cohort.PROGRAMME.value
    top: int = 1
    minimum_rated: int = 5
    points: Decimal | None = None
    coverage: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """The rule as it is kept with an award."""
        found = asdict(self)
        for name in ("points", "coverage"):
            found[name] = None if found[name] is None else f"{found[name].normalize():f}"
        return found

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Rule":
        """The rule that was kept."""
        values = dict(kept)
        for name in ("points", "coverage"):
            values[name] = None if values.get(name) is None else Decimal(values[name])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Card:
    """What the rules read of a scorecard. `group` is whom it is ranked with, `holds` whether it has the grade or its
    KPI is at stretch."""

    partner: int
    seq: int
    rated: bool = True
    coverage: Decimal = Decimal(1)
    total: Decimal = Decimal(0)
    delta: Decimal | None = None
    group: object = None
    holds: bool = False


def counts(card: Card, rule: Rule) -> bool:
    """Whether a card counts at all."""
    return card.rated and (rule.coverage is None or card.coverage >= rule.coverage)


def granted(cards: Iterable[Card], rule: Rule, seq: int) -> set[int]:
    """The partners that a badge is granted to for the period with this number."""
    counted = [card for card in cards if counts(card, rule)]
    if rule.kind == BadgeKind.RANK:
        return _first([card for card in counted if card.seq == seq], rule, lambda card: card.total)
    if rule.kind == BadgeKind.RISE:
        enough = Decimal(0) if rule.points is None else rule.points
        deltas = {card.partner: card.delta for card in counted if card.seq == seq and card.delta is not None}
        risen = [card for card in counted if card.seq == seq and card.partner in deltas]
        first = _first(risen, rule, lambda card: deltas[card.partner])
        return {partner for partner in first if deltas[partner] > 0 and deltas[partner] >= enough}
    if rule.kind == BadgeKind.HAND:
        return set()
    held = {(card.partner, card.seq) for card in counted if card.holds}
    return {partner for partner, at in held if at == seq and is_reached(held, partner, seq, rule)}


def is_reached(held: set[tuple[int, int]], partner: int, seq: int, rule: Rule) -> bool:
    """Whether a row of periods is long enough; once in a row, unless the badge is for every period."""
    if any((partner, seq - back) not in held for back in range(rule.periods)):
        return False
    return rule.timing == ConsequenceTiming.EVERY or (partner, seq - rule.periods) not in held


def _first(cards: Sequence[Card], rule: Rule, figure: Any) -> set[int]:
    found: set[int] = set()
    for group in {card.group for card in cards}:
        members = [card for card in cards if card.group == group]
        if len(members) < rule.minimum_rated:
            continue
        places = ranks([figure(card) for card in members])
        found |= {card.partner for card, place in zip(members, places, strict=True) if place <= rule.top}
    return found


def ranks(figures: Sequence[Decimal]) -> list[int]:
    """Places, the highest figure first; ties share one and the next follows after all of them: 1, 2, 2, 4."""
    return [1 + sum(other > figure for other in figures) for figure in figures]


def has_grade(grade: str, wanted: str, minimums: Mapping[str, Decimal]) -> bool:
    """Whether a grade is the wanted one or a better one in the limits that it was given by."""
    return wanted in minimums and grade in minimums and minimums[grade] >= minimums[wanted]


def is_at_stretch(
    direction: str, actual: Decimal | None, stretch: Decimal | None, *, state: str, points: Decimal | None
) -> bool:
    """Whether a result of the period itself reaches the stretch of its benchmark; a band has none, there full points
    count. Results that were carried over or set to nothing do not."""
    if state != "scored" or actual is None:
        return False
    if direction == Direction.BAND:
        return points is not None and points >= 100
    if stretch is None:
        return False
    return actual >= stretch if direction == Direction.HIGHER else actual <= stretch
