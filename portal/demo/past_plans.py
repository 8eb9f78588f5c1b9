"""Improvement plans of a demo tenant's past, over for good, with what both sides did in them and when.

Like the reviews of the past they are written as they would stand there now; plans that run are played in `plans.py`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from partners.models import Partner
from performance.models import PeriodRow, Scorecard
from performance.plans.choices import CommitmentState, PlanStatus, Side
from performance.plans.models import Commitment, Objective, Plan, Signature
from performance.plans.rules.progress import exit_value, reached
from performance.queries.lines import Line, lines_of_cards
from portal.demo.people import speaker_of

BEGINS_AFTER = timedelta(days=20)
MARGIN = Decimal(5)
SPANS = ((7, 4), (3, 0))
"""From which quarter to which plans ran, counted back from the last one that is over."""

OURS = (
    "Go through the last twenty cases",
    "Train two of their people",
    "Visit their largest outlet",
    "Send the product sheets",
    "Lend a demonstration set",
    "Answer their open questions",
)
THEIRS = ("Name one person who looks after it", "Report the figure every two weeks")


def add_past_plans(past: Any, quarters: Sequence[PeriodRow], partner_ids: Sequence[int]) -> None:
    """Plans of these partners over the spans above; `past` is what the demo's past shares. Newest quarter first."""
    for first, last in SPANS:
        if len(quarters) <= first:
            continue
        for number, partner_id in enumerate(partner_ids):
            _plan(past, quarters[first], quarters[last], partner_id, number + first)


def _plan(past: Any, began: PeriodRow, ended: PeriodRow, partner_id: int, number: int) -> None:
    start, end = began.end + BEGINS_AFTER, ended.end + BEGINS_AFTER
    pair = _most_improved(past, began, ended, partner_id)
    if pair is None or end >= past.today:
        return
    before, after, goal = pair
    is_there = after.actual is not None and reached(before.direction, after.actual, goal)
    partner = Partner.objects.get(pk=partner_id)
    plan = Plan.objects.create(
        partner=partner, programme=past.programme, title=f"{before.name} back on track", period_kind=began.kind,
        status=PlanStatus.SUCCEEDED if is_there else PlanStatus.CANCELLED, owner=past.manager,
        length_days=(end - start).days + 1, checkpoint_days=[], vendor_support="A day on site each month.",
        created_at=past.at(start - timedelta(days=9)), created_by=str(past.manager),
        offered_at=past.at(start - timedelta(days=8)), starts_on=start, ends_on=end, activated_at=past.at(start),
        ended_at=past.at(end), ended_by_period=ended.label if is_there else "",
        end_reason="" if is_there else "Their market has changed. We agreed on other figures.",
    )  # fmt: skip
    _objective(past, plan, before, after, goal, (began, ended))
    theirs = speaker_of(partner).label
    for side, name in ((Side.PARTNER, theirs), (Side.VENDOR, str(past.manager))):
        at = past.at(start - timedelta(days=5))
        Signature.objects.create(plan=plan, side=side, version=1, signed_by=name[:160], signed_at=at)
    _commitments(past, plan, start, end, theirs, number)


def _most_improved(past: Any, began: PeriodRow, ended: PeriodRow, partner_id: int) -> tuple[Line, Line, Decimal] | None:
    """The KPI that gained most points between two quarters, with the value it had to reach."""
    cards = Scorecard.objects.filter(programme=past.programme, partner_id=partner_id, period__in=(began, ended))
    by_period = dict(cards.values_list("period_id", "pk"))
    if len(by_period) < 2:
        return None
    lines = lines_of_cards(list(by_period.values()))
    later = {line.kpi_id: line for line in lines[by_period[ended.pk]] if line.points is not None}
    pairs = [
        (line, later[line.kpi_id])
        for line in lines[by_period[began.pk]]
        if line.points is not None and line.kpi_id in later and line.direction != "band" and line.actual is not None
    ]
    for before, after in sorted(pairs, key=lambda pair: (pair[0].points - pair[1].points, pair[0].position)):  # type: ignore[operator]  # both have points
        goal = exit_value(before.direction, before.actual, before.floor, before.target, before.ceiling, MARGIN)
        if goal is not None and goal != before.actual:
            return before, after, goal
    return None


def _objective(
    past: Any, plan: Plan, before: Line, after: Line, goal: Decimal, span: tuple[PeriodRow, PeriodRow]
) -> None:
    began, ended = span
    Objective.objects.create(
        plan=plan, partner_id=plan.partner_id, programme=past.programme, kpi_id=before.kpi_id, is_open=False,
        direction=before.direction, weight=before.weight, floor=before.floor, target=before.target,
        stretch=before.stretch, ceiling=before.ceiling, trigger_value=before.actual, trigger_period=began.label,
        exit_value=goal, baseline=before.actual, baseline_period=began.label, last_value=after.actual,
        last_period=ended.label, reached=2 if plan.status == PlanStatus.SUCCEEDED else 0,
    )  # fmt: skip


def _commitments(past: Any, plan: Plan, start: date, end: date, theirs: str, number: int) -> None:
    days = (end - start).days
    for place, title in enumerate(OURS):
        due = start + timedelta(days=(place + 1) * days // len(OURS) - 2 * (number % 5) - 1)
        is_late = (number + place) % (4 + place) == 0
        done = due + timedelta(days=6 if is_late else -2)
        _promise(past, plan, Side.VENDOR, title, due, min(done, end), str(past.manager))
    for place, title in enumerate(THEIRS):
        due = start + timedelta(days=14 + 31 * place)
        _promise(past, plan, Side.PARTNER, title, due, due - timedelta(days=1), theirs)


def _promise(past: Any, plan: Plan, side: Side, title: str, due: date, done: date, by: str) -> None:
    Commitment.objects.create(
        plan=plan, side=side, title=title, due_on=due, owner=past.manager if side == Side.VENDOR else None,
        state=CommitmentState.DONE, settled_at=past.at(done), settled_by=by[:160],
    )  # fmt: skip
