"""Holding running plans against what was measured: nobody but this ends a plan by its results.

Looked at behind each closing and each morning. Every plan is a transaction of its own with its row locked, and what was
found is kept under unique keys, so a worker that dies and one that comes twice change nothing twice.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from partners.choices import PartnerStatus
from performance.models import PeriodRow
from performance.plans.choices import OPEN, RUNNING, CommitmentState, Level, PlanStatus, Side, StopReason, Verdict
from performance.plans.models import CheckIn, Commitment, Objective, Plan
from performance.plans.queries.breaches import suspended_since
from performance.plans.queries.plans import goal_of, running_of
from performance.plans.queries.results import ClosedPeriod, as_results, closed_periods, figures_of
from performance.plans.rules.judging import (
    RELAPSE_PERIODS,
    Decision,
    Ending,
    Result,
    Running,
    checkpoint,
    has_relapsed,
    judge,
    streak,
    within,
)
from performance.plans.rules.progress import ONE, SHARE_PLACES, Goal, days_over
from performance.plans.services.moving import end, locked, move, note
from performance.plans.services.news import tell_behind, tell_checked, tell_clock_stopped, tell_ended
from performance.queries.reference import periods_by_id
from prm.access.actor import SYSTEM
from prm.periods import FiscalCalendar, PeriodKind
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)


def evaluate_plans(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Judge every running plan of a tenant, and those that succeeded a short while ago; how many changed."""
    at = at or timezone.now()
    with tenant_scope(tenant):
        numbers = _due()
    changed = 0
    for number in numbers:
        with tenant_scope(tenant):
            changed += _evaluate_safely(number, at)
    if changed:
        logger.info("plans.evaluated", plans=len(numbers), changed=changed)
    return changed


def _due() -> list[int]:
    running = Plan.objects.filter(status__in=RUNNING).order_by("pk").values_list("pk", flat=True)
    return sorted([*running, *_may_relapse()])


def _may_relapse() -> list[int]:
    """Plans that have succeeded, of whose next two periods at least one is closed by now."""
    seqs = {row.label: (row.kind, row.seq) for row in periods_by_id().values()}
    closed = {(row.kind, row.seq) for row in periods_by_id().values() if row.closed_at is not None}
    watched = [
        label
        for label, (kind, seq) in seqs.items()
        if any((kind, seq + ahead) in closed for ahead in range(1, RELAPSE_PERIODS + 1))
    ]
    rows = Plan.objects.filter(Q(status=PlanStatus.SUCCEEDED) & Q(ended_by_period__in=watched))
    return list(rows.values_list("pk", flat=True))


def _evaluate_safely(number: int, at: datetime) -> bool:
    """Judge one plan in a savepoint. One that fails is logged and looked at again; the others must not wait for it."""
    try:
        with transaction.atomic():
            return evaluate_plan(Plan(pk=number), at=at)
    except Exception:
        logger.exception("plans.evaluation_failed", plan=number)
        return False


def evaluate_plan(plan: Plan, *, at: datetime) -> bool:
    """Judge one plan as of a moment; whether anything changed. Inside the tenant's scope."""
    plan = locked(plan)
    if plan.status == PlanStatus.SUCCEEDED:
        return _look_for_relapse(plan, at)
    time = running_of(plan)
    if plan.status not in RUNNING or time is None:
        return False
    look = _Look(plan, time, require_scope().tenant.local_date(at), at)
    since = suspended_since(plan.partner_id, plan.programme_id)
    return look.judge() if since is None else look.hold(since)


class _Look:
    """One look at a running plan: its objectives, the closed results, and the day."""

    def __init__(self, plan: Plan, time: Running, today: date, at: datetime) -> None:
        self.plan, self.time, self.today, self.at = plan, time, today, at
        self.objectives = list(plan.objectives.select_related("kpi").order_by("place", "pk"))
        self.goals = [goal for one in self.objectives if (goal := goal_of(one)) is not None]
        self.results = _results(plan, time.starts_on)

    def judge(self) -> bool:
        """Results first, then checkpoints, then what follows: the end, or the clock."""
        changed = self._keep_results()
        decision = judge(
            self.time,
            self.goals,
            self.results,
            period_ends=_period_ends(self.plan, self.time.starts_on, self.today),
            vendor_overdue_since=_vendor_overdue(self.plan, self.today),
            today=self.today,
        )
        if decision.ending != Ending.SUCCEED:
            changed = self._judge_checkpoints(decision) or changed
        return self._follow(decision) or changed

    def hold(self, since: date) -> bool:
        """Stop the clock while the partner is suspended for a breach. Nothing is judged: figures may be in doubt."""
        return self._stop(Decision(Ending.WAIT, reason=StopReason.SUSPENDED, since=since))

    def _keep_results(self) -> bool:
        counted = within(self.time, self.results, self.today)
        changed = [one for one in self.objectives if _keep_result(one, counted)]
        Objective.objects.bulk_update(changed, ["last_value", "last_period", "reached"])
        return bool(changed)

    def _judge_checkpoints(self, decision: Decision) -> bool:
        """Each checkpoint whose day has come, once. While the clock stands its days do not come."""
        if self.plan.stopped_on is None and decision.ending == Ending.WAIT and decision.since is not None:
            as_of = min(decision.since, self.today)
        else:
            as_of = self.today
        over = days_over(self.time.starts_on, as_of, self.time.stopped_until(as_of))
        judged = set(self.plan.check_ins.filter(round=self.plan.relapses).values_list("day", flat=True))
        due = [day for day in self.plan.checkpoint_days if day <= over and day not in judged]
        for day in sorted(due):
            self._judge_checkpoint(day)
        return bool(due)

    def _judge_checkpoint(self, day: int) -> None:
        plan = self.plan
        total = (self.time.ends_on - self.time.starts_on).days + 1 - self.time.stopped_days
        expected = min(Decimal(day) / max(total, 1), ONE).quantize(SHARE_PLACES, ROUND_HALF_UP)
        verdict, findings = checkpoint(self.goals, within(self.time, self.results, self.today), expected)
        shares = [one.progress for one in findings if one.progress is not None]
        level = min(plan.escalated_to + 1, Level.HEAD) if verdict == Verdict.MISSED else Level.NONE
        codes = {one.kpi_id: one.kpi.code for one in self.objectives}
        row = CheckIn.objects.create(
            plan=plan,
            day=day,
            round=plan.relapses,
            due_on=self.time.starts_on + timedelta(days=day + self.time.stopped_days),
            judged_at=self.at,
            verdict=verdict,
            expected=expected,
            progress=min(shares, default=None),
            found=[
                {
                    "kpi": codes[one.kpi_id],
                    "value": None if one.value is None else f"{one.value:f}",
                    "period": one.period,
                    "progress": None if one.progress is None else f"{one.progress:f}",
                    "verdict": one.verdict.value,
                }
                for one in findings
            ],
            escalated_to=level,
        )
        changes: dict[str, Any] = {"day": [None, day], "verdict": [None, verdict.value]}
        if verdict != Verdict.NO_DATA and plan.escalated_to != level:
            changes["escalated_to"] = [plan.escalated_to, int(level)]
            plan.escalated_to = level
            plan.save(update_fields=["escalated_to"])
        note(plan, actor=SYSTEM, action="plan.checked", changes=changes)
        if verdict == Verdict.MISSED:
            tell_behind(plan, row)
        if verdict != Verdict.NO_DATA:
            tell_checked(plan, row)

    def _follow(self, decision: Decision) -> bool:
        plan = self.plan
        if decision.ending == Ending.SUCCEED:
            self._end(PlanStatus.SUCCEEDED, "plan.succeeded", decision.period)
        elif decision.ending == Ending.FAIL:
            if plan.stopped_on is not None:
                self._go_on()
            self._end(PlanStatus.FAILED, "plan.failed", decision.period)
        elif decision.ending == Ending.WAIT:
            return self._stop(decision)
        elif plan.stopped_on is not None:
            self._go_on()
        else:
            return False
        return True

    def _end(self, status: PlanStatus, action: str, period: str) -> None:
        if self.plan.stopped_on is not None:
            self._count_stop()
        end(self.plan, status, actor=SYSTEM, action=action, at=self.at, period=period)
        tell_ended(self.plan)

    def _stop(self, decision: Decision) -> bool:
        plan = self.plan
        since = max(decision.since or self.today, self.time.starts_on)
        if plan.stopped_on is None:
            values: dict[str, Any] = {"stopped_on": min(since, self.today), "stop_reason": decision.reason}
            move(plan, PlanStatus.AWAITING_DATA, actor=SYSTEM, action="plan.clock_stopped", **values)
            tell_clock_stopped(plan)
            return True
        if plan.stop_reason == decision.reason:
            return False
        before, plan.stop_reason = plan.stop_reason, decision.reason
        plan.save(update_fields=["stop_reason"])
        changes = {"stop_reason": [before, decision.reason]}
        note(plan, actor=SYSTEM, action="plan.clock_stopped", changes=changes)
        tell_clock_stopped(plan)
        return True

    def _go_on(self) -> None:
        """The clock goes again: the last day and what the partner still has to do move by the days that it stood."""
        self._count_stop()
        target = PlanStatus.EXTENDED if self.plan.extended_by else PlanStatus.ACTIVE
        values: dict[str, Any] = {"stopped_on": None, "stop_reason": ""}
        move(self.plan, target, actor=SYSTEM, action="plan.clock_goes_on", **values)

    def _count_stop(self) -> None:
        plan, stopped_on = self.plan, self.plan.stopped_on
        if stopped_on is None or plan.ends_on is None:
            return
        stood = max((self.today - stopped_on).days, 0)
        plan.ends_on += timedelta(days=stood)
        plan.stopped_days += stood
        plan.save(update_fields=["ends_on", "stopped_days"])
        rows = list(plan.commitments.filter(state=CommitmentState.OPEN, side=Side.PARTNER, due_on__gte=stopped_on))
        for row in rows:
            row.due_on += timedelta(days=stood)
        Commitment.objects.bulk_update(rows, ["due_on"])


def _keep_result(objective: Objective, counted: Sequence[Result]) -> bool:
    """Write the newest result and the row of good periods on the objective; whether they are news."""
    before = (objective.last_value, objective.last_period, objective.reached)
    goal = goal_of(objective)
    for result in reversed(counted):
        value = result.values.get(objective.kpi_id)
        if value is not None:
            objective.last_value, objective.last_period = value, result.label
            break
    objective.reached = 0 if goal is None else streak(goal, counted)
    return before != (objective.last_value, objective.last_period, objective.reached)


def _results(plan: Plan, since: date) -> list[Result]:
    """The partner's results in the closed periods whose last day is not before a day."""
    periods: list[ClosedPeriod] = [row for row in closed_periods(plan.period_kind) if row.last_day >= since]
    if not periods:
        return []
    figures = figures_of(
        [plan.partner_id], programme_id=plan.programme_id, period_kind=plan.period_kind, since=periods[0].seq
    )
    return as_results(figures.get(plan.partner_id, []), periods)


def _period_ends(plan: Plan, first: date, today: date) -> list[date]:
    calendar = FiscalCalendar(require_scope().tenant.fiscal_year_start)
    return [period.last_day for period in calendar.between(PeriodKind(plan.period_kind), first, today)]


def _vendor_overdue(plan: Plan, today: date) -> date | None:
    """The first day on which something that the vendor still owes was overdue."""
    owed = plan.commitments.filter(side=Side.VENDOR, state=CommitmentState.OPEN, due_on__lt=today)
    first = owed.order_by("due_on").values_list("due_on", flat=True).first()
    return None if first is None else first + timedelta(days=1)


def _look_for_relapse(plan: Plan, at: datetime) -> bool:
    """Open a plan again that had succeeded, when results of the next two closed periods fall back."""
    last = next((row for row in closed_periods(plan.period_kind) if row.label == plan.ended_by_period), None)
    if last is None or plan.partner.status == PartnerStatus.TERMINATED:
        return False
    after = _results(plan, last.last_day + timedelta(days=1))[:RELAPSE_PERIODS]
    objectives = list(plan.objectives.all())
    goals: list[Goal] = [goal for one in objectives if (goal := goal_of(one)) is not None]
    period = has_relapsed(goals, [row for row in after if _is_next(plan, last.seq, row.label)])
    if not period or _is_taken(plan, objectives):
        return False
    today = require_scope().tenant.local_date(at)
    values: dict[str, Any] = {
        "relapses": plan.relapses + 1,
        "starts_on": today,
        "ends_on": today + timedelta(days=plan.length_days - 1),
        "stopped_days": 0,
        "escalated_to": Level.NONE,
        "ended_at": None,
        "ended_by_period": period,
        "activated_at": at,
    }
    move(plan, PlanStatus.ACTIVE, actor=SYSTEM, action="plan.reopened", **values)
    newest = next(row for row in after if row.label == period)
    for one in objectives:
        one.reached = 0
        if newest.values.get(one.kpi_id) is not None:
            one.last_value, one.last_period = newest.values[one.kpi_id], period
    Objective.objects.bulk_update(objectives, ["reached", "last_value", "last_period"])
    tell_ended(plan)
    return True


def _is_next(plan: Plan, seq: int, label: str) -> bool:
    row = next(row for row in periods_by_id().values() if row.label == label and row.kind == plan.period_kind)
    return 0 < row.seq - seq <= RELAPSE_PERIODS


def _is_taken(plan: Plan, objectives: Sequence[Objective]) -> bool:
    """Whether a newer open plan is about one of the KPIs; then that one goes on."""
    ids = [one.kpi_id for one in objectives]
    others = Objective.objects.filter(
        partner_id=plan.partner_id, programme_id=plan.programme_id, kpi_id__in=ids, is_open=True
    )
    return others.exclude(plan=plan).filter(plan__status__in=OPEN).exists()


def hear_of_closing(period: PeriodRow, at: datetime) -> None:
    """Behind a closing and behind restatements: plans that are judged by such periods are looked at."""
    for number in _due():
        _evaluate_safely(number, at)
    logger.info("plans.heard_of_closing", period=period.label)
