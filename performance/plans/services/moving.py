"""Moving a plan along its lifecycle: locked, checked, recorded. The other services stand on it."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.plans.choices import OPEN, PlanStatus
from performance.plans.lifecycle import PLAN_LIFECYCLE
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_JUDGE
from performance.plans.queries.counts import PLAN_COUNTS
from prm.access.actor import SYSTEM, Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

REASON_LENGTH = 1000


def locked(plan: Plan) -> Plan:
    """The plan as it stands now, nobody else changing it until the transaction ends."""
    rows = Plan.objects.select_for_update(of=("self",)).select_related("partner", "programme")
    return rows.get(pk=plan.pk)


def locked_partner(partner_id: int) -> Partner:
    """The partner, locked. Whatever takes a lock on a plan and on its partner takes the partner's first, as the steps
    of a partner's status do; two of them then wait for each other instead of ending in a deadlock."""
    return Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)


def today_of(at: datetime | None = None) -> date:
    """The day in the tenant's time zone."""
    return require_scope().tenant.local_date(at or timezone.now())


def check_status(plan: Plan, allowed: Collection[str], sentence: str) -> None:
    """Refuse what the plan's status does not allow.

    Raises:
        Conflict: with this sentence.
    """
    if plan.status not in allowed:
        raise Conflict(sentence % {"status": PlanStatus(plan.status).label}, code="wrong_status", field="status")


def checked_reason(reason: str, sentence: str) -> str:
    """The reason without spaces around it.

    Raises:
        InvalidInput: there is none (with this sentence), or it is too long.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput(sentence, field="reason", code="required")
    if len(reason) > REASON_LENGTH:
        raise InvalidInput(_("A reason has up to %(count)d characters.") % {"count": REASON_LENGTH}, field="reason")
    return reason


def move(plan: Plan, target: str, *, actor: Actor, action: str, reason: str = "", **values: Any) -> None:
    """Give a locked plan another status and other values, and record it.

    Raises:
        Conflict: the table has no such move, or has it for measured results and a person is to take it.
    """
    step = PLAN_LIFECYCLE.check(plan.status, target)
    if step.permission == PLAN_JUDGE and actor != SYSTEM:
        raise Conflict(
            _("Measured results alone take a plan from “%(source)s” to “%(target)s”.")
            % {"source": PlanStatus(plan.status).label, "target": PlanStatus(target).label},
            code="illegal_move",
            field="status",
        )
    changes: dict[str, list[Any]] = {"status": [plan.status, str(target)]}
    for name, value in values.items():
        if getattr(plan, name) != value:
            changes[name] = [getattr(plan, name), value]
        setattr(plan, name, value)
    was_open, plan.status = plan.status in OPEN, target
    plan.save(update_fields=["status", *values])
    if was_open != (target in OPEN):
        plan.objectives.update(is_open=target in OPEN)
    note(plan, actor=actor, action=action, reason=reason, changes=changes)


def end(
    plan: Plan, target: str, *, actor: Actor, action: str, reason: str = "", at: datetime, period: str = ""
) -> None:
    """End a locked plan; its KPIs are free for another one."""
    values = {"ended_at": at, "ended_by_period": period, "end_reason": reason, "stopped_on": None, "stop_reason": ""}
    move(plan, target, actor=actor, action=action, reason=reason, **values)


def note(plan: Plan, *, actor: Actor, action: str, changes: dict[str, Any] | None = None, reason: str = "") -> None:
    """Record a step of a plan on its partner's timeline; menus count anew."""
    record(actor=actor, action=action, target=plan, partner_id=plan.partner_id, changes=changes, reason=reason)
    PLAN_COUNTS.forget()
