"""Plans as a person may see them, with how each stands: what lists, pages and the API show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DecimalField,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, Greatest, NullIf
from django.db.models.lookups import GreaterThanOrEqual

from performance.choices import Direction
from performance.plans.choices import (
    RUNNING,
    CommitmentState,
    PlanStatus,
    Side,
    Verdict,
)
from performance.plans.models import CheckIn, Commitment, CommitmentFile, Objective, Plan, PlanConsequence, Signature
from performance.plans.rules.judging import Running
from performance.plans.rules.progress import Goal, days_over, elapsed_share, is_on_track, plan_days
from performance.queries.reference import periods_by_id

SHARE: DecimalField = DecimalField(max_digits=7, decimal_places=4)


def plans(portfolio: Any | None = None) -> QuerySet[Plan]:
    """All plans about the partners a person may see, with what a line of a list shows, without a query per row.

    Each has `worst_progress` (0 to 1, of the objective that is furthest behind), `next_due` (the first day of an open
    commitment), `objectives` with their KPIs and `open_commitments`; `standing_of` reads the rest from them.
    """
    still_open = Commitment.objects.filter(state=CommitmentState.OPEN).order_by("due_on", "place", "pk")
    return _with_objectives(portfolio).prefetch_related(Prefetch("commitments", still_open, to_attr="open_commitments"))


def _with_objectives(portfolio: Any | None) -> QuerySet[Plan]:
    rows = Plan.objects.select_related("partner", "programme", "owner").annotate(
        worst_progress=Subquery(_worst()), next_due=Subquery(_next_due())
    )
    rows = rows.prefetch_related(
        Prefetch("objectives", Objective.objects.select_related("kpi").order_by("place", "pk"))
    )
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def _worst() -> QuerySet[Objective]:
    own = Objective.objects.filter(plan=OuterRef("pk"), baseline__isnull=False).order_by().values("plan")
    return own.annotate(worst=Min(progress_of_objective())).values("worst")


def progress_of_objective() -> Case:
    """How far an objective has come, from 0 to 1, in the database: `rules/progress.Goal.progress`. None without a
    result. Objectives without a baseline are to be left out.
    """
    rises = ~Q(direction=Direction.LOWER) & (
        ~Q(direction=Direction.BAND) | Q(target=None) | Q(exit_value__lte=F("target"))
    )
    above = Q(last_value__gte=F("exit_value")) & ~Q(direction=Direction.BAND, last_value__gt=F("ceiling"))
    below = Q(last_value__lte=F("exit_value")) & ~Q(direction=Direction.BAND, last_value__lt=F("floor"))
    way = NullIf(F("exit_value") - F("baseline"), Value(Decimal(0)))
    share = Coalesce((F("last_value") - F("baseline")) / way, Value(Decimal(1)), output_field=SHARE)
    return Case(
        When(last_value=None, then=None),
        When(rises & above | ~rises & below, then=Value(Decimal(1))),
        default=Case(
            When(GreaterThanOrEqual(share, Value(Decimal(1))), then=Value(Decimal(0))),  # a band, or fallen back
            default=Greatest(share, Value(Decimal(0)), output_field=SHARE),
            output_field=SHARE,
        ),
        output_field=SHARE,
    )


def _next_due() -> QuerySet[Commitment]:
    own = Commitment.objects.filter(plan=OuterRef("pk"), state=CommitmentState.OPEN).order_by().values("plan")
    return own.annotate(first=Min("due_on")).values("first")


def one_plan(public_id: UUID | str, portfolio: Any | None = None) -> Plan:
    """One plan with everything that its page shows.

    Beside what `plans` gives: `all_commitments` with their `files`, `check_ins`, `notes`, `signatures`, `consequences`
    with their approvals.

    Raises:
        Plan.DoesNotExist: there is none, or this person may not see it.
    """
    files = CommitmentFile.objects.select_related("file").order_by("added_at", "pk")
    rows = _with_objectives(portfolio).select_related("partner__owner", "rule", "template", "former", "partner_lead")
    plan = rows.prefetch_related(
        Prefetch(
            "commitments",
            Commitment.objects.select_related("owner", "objective__kpi")
            .prefetch_related(Prefetch("files", files))
            .order_by("due_on", "place", "pk"),
            to_attr="all_commitments",
        ),
        Prefetch("check_ins", CheckIn.objects.order_by("round", "day")),
        "notes",
        "signatures",
    ).get(public_id=public_id)
    every: Sequence[Commitment] = plan.all_commitments
    plan.open_commitments = [row for row in every if row.state == CommitmentState.OPEN]  # type: ignore[attr-defined]  # for the page
    if plan.status == PlanStatus.FAILED:  # nothing follows from any other
        prefetch_related_objects(
            [plan], Prefetch("consequences", PlanConsequence.objects.prefetch_related("approvals"))
        )
    return plan


def shown_to_partner(partner_id: int) -> QuerySet[Plan]:
    """The plans that a partner's people may see: those that were offered to it. Internal notes are none of theirs."""
    return plans().filter(partner_id=partner_id, offered_at__isnull=False).exclude(status=PlanStatus.SUGGESTED)


# --- How one stands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ObjectiveStanding:
    """How one objective stands. `progress` is None until there is a baseline and a result."""

    objective: Objective
    progress: Decimal | None
    verdict: Verdict
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan stands on a day. `expected` is the share of its time that is over; None before it starts.

    `day` of `days` counts from 1 on the first day. `worst` is the progress of the objective furthest behind.
    """

    day: int | None
    days: int
    expected: Decimal | None
    objectives: tuple[ObjectiveStanding, ...]
    worst: Decimal | None
    verdict: Verdict
    next_due: Commitment | None
    overdue: tuple[Commitment, ...]
    stopped_days: int

    @property
    def on_track_count(self) -> int:
        """How many objectives are as far as the time asks for."""
        return sum(one.verdict == Verdict.ON_TRACK for one in self.objectives)


def running_of(plan: Plan) -> Running | None:
    """The plan's time as the rules see it; None before it starts."""
    if plan.starts_on is None or plan.ends_on is None:
        return None
    return Running(
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        stopped_on=plan.stopped_on,
        stopped_days=plan.stopped_days,
        periods_to_succeed=plan.periods_to_succeed,
    )


def goal_of(objective: Objective) -> Goal | None:
    """The objective as the rules see it; None before its baseline is fixed."""
    if objective.exit_value is None or objective.baseline is None:
        return None
    return Goal(
        kpi_id=objective.kpi_id,
        direction=objective.direction,
        exit=objective.exit_value,
        baseline=objective.baseline,
        trigger=objective.trigger_value,
        floor=objective.floor,
        target=objective.target,
        ceiling=objective.ceiling,
    )


def standing_of(plan: Plan, today: date) -> Standing:
    """How a plan stands: of what `plans` or `one_plan` has loaded, without a query."""
    time = running_of(plan) if plan.activated_at is not None else None
    day, days, expected, stopped = None, plan.length_days, None, 0
    if time is not None:
        as_of = min(today, time.ends_on + timedelta(days=1)) if plan.ended_at is not None else today
        stopped = time.stopped_until(as_of)
        ends_on = time.ends_on_as_of(as_of)
        days = plan_days(time.starts_on, ends_on, stopped)
        day = min(days_over(time.starts_on, as_of, stopped) + 1, days)
        expected = elapsed_share(time.starts_on, ends_on, as_of, stopped)
    objectives = tuple(_standing_of_objective(plan, one, expected) for one in plan.objectives.all())
    shares = [one.progress for one in objectives if one.progress is not None]
    due = open_commitments_of(plan)
    runs = plan.status in RUNNING
    return Standing(
        day=day,
        days=days,
        expected=expected,
        objectives=objectives,
        worst=min(shares, default=None),
        verdict=_verdict(objectives),
        next_due=due[0] if due else None,
        overdue=tuple(row for row in due if runs and row.due_on < today),
        stopped_days=stopped,
    )


def open_commitments_of(plan: Plan) -> Sequence[Commitment]:
    """What is still to do, the first day first."""
    kept = getattr(plan, "open_commitments", None)
    if kept is not None:
        return list(kept)
    return list(plan.commitments.filter(state=CommitmentState.OPEN).order_by("due_on", "place", "pk"))


def _standing_of_objective(plan: Plan, objective: Objective, expected: Decimal | None) -> ObjectiveStanding:
    goal = goal_of(objective)
    if goal is None or objective.last_value is None:
        return ObjectiveStanding(objective, None, Verdict.NO_DATA, is_reached=False)
    done = goal.progress(objective.last_value)
    reached = goal.is_reached(objective.last_value)
    if plan.status == PlanStatus.SUCCEEDED:
        return ObjectiveStanding(objective, done, Verdict.ON_TRACK, is_reached=reached)
    if expected is None or not _is_of_the_plan(plan, objective):
        return ObjectiveStanding(objective, done, Verdict.NO_DATA, is_reached=reached)
    verdict = Verdict.ON_TRACK if is_on_track(done, expected) else Verdict.MISSED
    return ObjectiveStanding(objective, done, verdict, is_reached=reached)


def _is_of_the_plan(plan: Plan, objective: Objective) -> bool:
    """Whether the newest result is of a period that ended while the plan ran."""
    row = next((row for row in periods_by_id().values() if row.label == objective.last_period), None)
    return row is not None and plan.starts_on is not None and row.value.last_day >= plan.starts_on


def _verdict(objectives: Sequence[ObjectiveStanding]) -> Verdict:
    found = {one.verdict for one in objectives}
    for verdict in (Verdict.MISSED, Verdict.NO_DATA):
        if verdict in found:
            return verdict
    return Verdict.ON_TRACK if found else Verdict.NO_DATA


# --- What waits for somebody -----------------------------------------------------------------------------------------


def waiting_for_us(today: date) -> Q:
    """Plans in which the next step is the vendor's: a suggestion to look at, a signature, a start, an overdue promise,
    a consequence to choose or to approve.
    """
    overdue = Commitment.objects.filter(
        state=CommitmentState.OPEN, side=Side.VENDOR, due_on__lt=today, plan__status__in=RUNNING
    )
    settled = PlanConsequence.objects.filter(state="taken")
    return (
        Q(status__in=[PlanStatus.SUGGESTED, PlanStatus.AGREED])
        | Q(status=PlanStatus.DRAFT) & ~Q(pk__in=signed_by(Side.VENDOR))
        | Q(pk__in=overdue.order_by().values("plan_id"))
        | Q(status=PlanStatus.FAILED) & ~Q(pk__in=settled.order_by().values("plan_id"))
    )


def waiting_for_partner(today: date) -> Q:
    """Plans in which the next step is the partner's: a signature, or something promised that is overdue."""
    overdue = Commitment.objects.filter(
        state=CommitmentState.OPEN, side=Side.PARTNER, due_on__lt=today, plan__status__in=RUNNING
    )
    unsigned = Q(status=PlanStatus.DRAFT, offered_at__isnull=False) & ~Q(pk__in=signed_by(Side.PARTNER))
    return unsigned | Q(pk__in=overdue.order_by().values("plan_id"))


def signed_by(side: str) -> QuerySet[Any]:
    """The ids of plans whose present version a side has signed."""
    own = Signature.objects.filter(side=side, version=F("plan__version"))
    return own.order_by().values("plan_id")


def count_waiting_for_partner(partner_id: int, today: date) -> int:
    """How many plans need a partner, for its menu."""
    return Plan.objects.filter(waiting_for_partner(today), partner_id=partner_id, offered_at__isnull=False).count()
