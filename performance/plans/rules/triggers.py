"""When a rule proposes a plan. Looked at on closed periods alone; a card that is not rated proposes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from performance.plans.choices import TriggerKind


@dataclass(frozen=True, slots=True)
class ClosedCard:
    """What a rule needs to know of one partner's closed card: `red` are the KPIs under their floors, worst first.

    `rated` is False where too little was measured. `seq` counts periods without gaps.
    """

    seq: int
    rated: bool
    grade: str = ""
    red: Sequence[int] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A rule as it is judged. `grades` are the tenant's grades from the best to the worst."""

    kind: str
    periods: int = 2
    kpi_id: int | None = None
    grade: str = ""
    count: int = 2
    grades: Sequence[str] = ()


def needed_periods(trigger: Trigger) -> int:
    """How many closed periods a rule looks at."""
    return trigger.periods if trigger.kind == TriggerKind.FLOOR else 1


def failing_kpis(trigger: Trigger, cards: Iterable[ClosedCard], seq: int) -> list[int]:
    """The KPIs that a plan is proposed for, the worst first; none where the rule proposes nothing.

    `cards` are one partner's closed cards, `seq` is the period that was just closed.
    """
    by_seq: Mapping[int, ClosedCard] = {card.seq: card for card in cards if card.rated}
    now = by_seq.get(seq)
    if now is None:
        return []
    if trigger.kind == TriggerKind.FLOOR:
        return _under_floor(trigger, by_seq, now)
    if trigger.kind == TriggerKind.RED:
        return list(now.red) if len(now.red) >= trigger.count else []
    return list(now.red) if is_grade_or_worse(now.grade, trigger.grade, trigger.grades) else []


def fires(trigger: Trigger, cards: Iterable[ClosedCard], seq: int) -> bool:
    """Whether a rule proposes a plan. A low grade does so even where no KPI is under its floor."""
    own = list(cards)
    if trigger.kind == TriggerKind.GRADE:
        now = next((card for card in own if card.seq == seq and card.rated), None)
        return now is not None and is_grade_or_worse(now.grade, trigger.grade, trigger.grades)
    return bool(failing_kpis(trigger, own, seq))


def is_grade_or_worse(grade: str, limit: str, grades: Sequence[str]) -> bool:
    """Whether a grade is the limit or worse; a grade that the version does not have never is."""
    return grade in grades and limit in grades and list(grades).index(grade) >= list(grades).index(limit)


def _under_floor(trigger: Trigger, by_seq: Mapping[int, ClosedCard], now: ClosedCard) -> list[int]:
    wanted = range(now.seq - trigger.periods + 1, now.seq + 1)
    rows = [by_seq.get(seq) for seq in wanted]
    if any(row is None for row in rows):
        return []
    return [
        kpi
        for kpi in now.red
        if trigger.kpi_id in (None, kpi) and all(row is not None and kpi in row.red for row in rows)
    ]
