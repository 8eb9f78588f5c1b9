"""Agreeing on a plan: it is offered, both sides sign the same version, and it starts."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.plans.choices import CommitmentState, PlanStatus, Side
from performance.plans.models import Objective, Plan, Signature
from performance.plans.queries.results import Figure, figures_of
from performance.plans.rules.progress import reached
from performance.plans.services.moving import check_status, checked_reason, locked, move, note, today_of
from performance.plans.services.news import tell_offered, tell_partner_signed, tell_started
from performance.plans.services.running import check_offered
from performance.plans.services.suspension import check_not_suspended
from prm.access.actor import Actor
from prm.errors import Conflict, InvalidInput

REMARKS_LENGTH = 1000
LATEST_START = timedelta(days=90)


def offer_to_partner(*, plan: Plan, actor: Actor, at: datetime | None = None) -> Plan:
    """Show a draft to the partner and ask for its signature. Later versions are seen at once.

    Raises:
        Conflict: it is no draft, it was offered before, or an objective has no value to reach.
    """
    plan = locked(plan)
    check_status(plan, [PlanStatus.DRAFT], _("A draft is offered to the partner. This plan is “%(status)s”."))
    if plan.offered_at is not None:
        raise Conflict(_("The partner sees this plan already."), code="offered_before")
    check_complete(plan)
    _offer(plan, actor, at or timezone.now())
    return plan


def _offer(plan: Plan, actor: Actor, at: datetime) -> None:
    plan.offered_at = at
    plan.save(update_fields=["offered_at"])
    note(plan, actor=actor, action="plan.offered", changes={"offered_at": [None, at]})
    tell_offered(plan)


def check_complete(plan: Plan) -> None:
    """Refuse to agree on a plan that could not be judged.

    Raises:
        Conflict: it has no objective, or one has no value to reach.
    """
    objectives = list(plan.objectives.select_related("kpi"))
    if not objectives:
        raise Conflict(_("The plan has no objective yet."), code="incomplete", field="objectives")
    for objective in objectives:
        if objective.exit_value is None:
            raise Conflict(
                _("Say first which value %(kpi)s has to reach.") % {"kpi": objective.kpi},
                code="incomplete",
                field="objectives",
            )


def sign(
    *, plan: Plan, side: str, version: int, actor: Actor, remarks: str = "", at: datetime | None = None
) -> Signature:
    """Sign the version of a draft that one has read. With the second signature the plan is agreed.

    The vendor's signature offers the plan to the partner if nobody has yet.

    Raises:
        Conflict: it is no draft, has changed meanwhile, was signed by this side before, or was not offered to it.
        InvalidInput: the remarks are too long.
    """
    at = at or timezone.now()
    plan = locked(plan)
    check_status(plan, [PlanStatus.DRAFT], _("A draft is signed. This plan is “%(status)s”."))
    if version != plan.version:
        raise Conflict(
            _("The plan has changed since you read it. Read the new version before you sign."), code="version_changed"
        )
    if side == Side.PARTNER:
        check_offered(plan)
    check_complete(plan)
    if plan.signatures.filter(side=side, version=plan.version).exists():
        raise Conflict(_("Your side has signed this version already."), code="signed_before")
    remarks = remarks.strip()
    if len(remarks) > REMARKS_LENGTH:
        raise InvalidInput(_("Remarks have up to %(count)d characters.") % {"count": REMARKS_LENGTH}, field="remarks")
    row = Signature.objects.create(
        plan=plan, side=side, version=version, user_id=actor.user_id, signed_by=actor.label[:160], signed_at=at,
        remarks=remarks,
    )  # fmt: skip
    note(plan, actor=actor, action="plan.signed", reason=remarks, changes={"side": [None, side]})
    if side == Side.VENDOR and plan.offered_at is None:
        _offer(plan, actor, at)
    sides = set(plan.signatures.filter(version=plan.version).values_list("side", flat=True))
    if sides == {Side.VENDOR, Side.PARTNER}:
        move(plan, PlanStatus.AGREED, actor=actor, action="plan.agreed")
    if side == Side.PARTNER:
        tell_partner_signed(plan, remarks)
    return row


def back_to_draft(*, plan: Plan, actor: Actor, reason: str) -> Plan:
    """Open an agreed plan for changes. Both sides sign anew.

    Raises:
        InvalidInput: there is no reason.
        Conflict: it is not agreed, or runs already.
    """
    plan = locked(plan)
    check_status(plan, [PlanStatus.AGREED], _("An agreed plan is opened for changes. This plan is “%(status)s”."))
    reason = checked_reason(reason, _("Say what has to change. The partner has signed the plan as it is."))
    values = {"version": plan.version + 1}
    move(plan, PlanStatus.DRAFT, actor=actor, action="plan.opened_again", reason=reason, **values)
    tell_offered(plan)
    return plan


# --- Starting --------------------------------------------------------------------------------------------------------


def start_plan(*, plan: Plan, actor: Actor, starts_on: date | None = None, at: datetime | None = None) -> Plan:
    """Start an agreed plan, today unless an earlier day is given. Baselines are fixed; what was promised moves along.

    Raises:
        InvalidInput: the day is in the future, or too long ago.
        Conflict: it is not agreed, an objective has no result to begin from, all are reached already, or the partner
            is suspended for a serious breach.
    """
    at = at or timezone.now()
    plan = locked(plan)
    check_status(plan, [PlanStatus.AGREED], _("A plan starts once both sides have signed. This plan is “%(status)s”."))
    check_complete(plan)
    check_not_suspended(plan)
    today = today_of(at)
    first = starts_on or today
    if first > today or first < today - LATEST_START:
        raise InvalidInput(
            _("A plan starts today, or on one of the last %(count)d days.") % {"count": LATEST_START.days},
            field="starts_on",
        )
    _fix_baselines(plan, first)
    _move_commitments(plan, first)
    values: dict[str, Any] = {
        "starts_on": first,
        "ends_on": first + timedelta(days=plan.length_days - 1),
        "activated_at": at,
    }
    move(plan, PlanStatus.ACTIVE, actor=actor, action="plan.started", **values)
    tell_started(plan)
    return plan


def _fix_baselines(plan: Plan, first: date) -> None:
    """The newest closed result is the baseline; where it is at the exit already, the one that set the plan off is."""
    found = figures_of([plan.partner_id], programme_id=plan.programme_id, period_kind=plan.period_kind)
    newest: dict[int, Figure] = {
        figure.kpi_id: figure for figure in found.get(plan.partner_id, []) if figure.value is not None
    }
    objectives = list(plan.objectives.select_related("kpi"))
    for objective in objectives:
        _fix_baseline(objective, newest.get(objective.kpi_id))
        objective.reached = 0
    if all(_is_reached(objective, objective.last_value) for objective in objectives):
        raise Conflict(
            _("Every value to reach is reached already. Cancel the plan, or ask for more."), code="reached_already"
        )
    Objective.objects.bulk_update(objectives, ["baseline", "baseline_period", "last_value", "last_period", "reached"])


def _fix_baseline(objective: Objective, newest: Figure | None) -> None:
    value, period = (newest.value, newest.period) if newest else (objective.trigger_value, objective.trigger_period)
    if value is None:
        raise Conflict(
            _("%(kpi)s has no closed result yet, so there is nothing to begin from.") % {"kpi": objective.kpi},
            code="no_baseline",
            field="objectives",
        )
    objective.last_value, objective.last_period = value, period
    objective.baseline, objective.baseline_period = value, period
    if _is_reached(objective, value) and not _is_reached(objective, objective.trigger_value):
        objective.baseline = objective.trigger_value if objective.trigger_value is not None else value


def _is_reached(objective: Objective, value: Any) -> bool:
    if value is None or objective.exit_value is None:
        return False
    lines = {"floor": objective.floor, "target": objective.target, "ceiling": objective.ceiling}
    return reached(objective.direction, value, objective.exit_value, **lines)


def _move_commitments(plan: Plan, first: date) -> None:
    shift = first - (plan.starts_on or first)
    rows = list(plan.commitments.filter(state=CommitmentState.OPEN))
    for row in rows:
        row.due_on = max(row.due_on + shift, first)
    plan.commitments.model.objects.bulk_update(rows, ["due_on"])
