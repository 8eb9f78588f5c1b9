"""What a suspension for a serious breach does to improvement plans, and how it ends by the partner's status."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import StatusChange
from partners.registries import FactChange
from performance.plans.choices import BreachStatus, CommitmentState, Side, StopReason
from performance.plans.lifecycle import BREACH_LIFECYCLE
from performance.plans.models import Breach, Plan
from performance.plans.queries.breaches import running_plans_concerned, standing_breaches, suspended_since
from performance.plans.services import breach_news as news
from performance.plans.services.evaluation import evaluate_plan
from performance.plans.services.moving import locked, today_of
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict


def hold_plans(breach: Breach, at: datetime) -> None:
    """Stop the clocks of the running plans that a suspension concerns; each tells why itself."""
    for plan in running_plans_concerned(breach):
        evaluate_plan(plan, at=at)


def check_not_suspended(plan: Plan) -> None:
    """Refuse to start a plan while its partner is suspended for a breach that concerns it.

    Raises:
        Conflict: it is.
    """
    if suspended_since(plan.partner_id, plan.programme_id) is not None:
        raise Conflict(
            _("%(partner)s is suspended for a serious breach. The plan can start once that is lifted.")
            % {"partner": plan.partner},
            code="suspended",
        )


@transaction.atomic
def hear_of_status(change: FactChange) -> None:
    """A partner that was suspended for a breach is so no more: record it on the breach, and let its plans go on."""
    if "status" not in change.facts:
        return
    rows = standing_breaches(change.partner_ids).exclude(partner__status=PartnerStatus.SUSPENDED)
    for number in list(rows.values_list("pk", flat=True)):
        breach = Breach.objects.select_for_update(of=("self",)).select_related("partner").get(pk=number)
        step = StatusChange.objects.filter(partner_id=breach.partner_id).first()
        if step is not None and breach.status == BreachStatus.SUSPENDED:
            _end(breach, step, timezone.now())


def _end(breach: Breach, step: StatusChange, at: datetime) -> None:
    is_over = step.target == PartnerStatus.TERMINATED
    target = BreachStatus.ENDED if is_over else BreachStatus.LIFTED
    BREACH_LIFECYCLE.check(breach.status, target)
    changes = {"status": [breach.status, str(target)]}
    breach.status, breach.lifted_at = target, at
    breach.lifted_by, breach.lifted_reason = step.actor_label, step.reason
    breach.save(update_fields=["status", "lifted_at", "lifted_by", "lifted_reason"])
    # Who did it stands beside the partner's step, in the same transaction; this entry follows from it.
    actor = Actor(kind="system", label=step.actor_label)
    action = "breach.ended" if is_over else "breach.lifted"
    record(actor=actor, action=action, target=breach, partner_id=breach.partner_id, changes=changes)
    if not is_over:
        _let_plans_go_on(breach, at)
        news.tell_lifted(breach)


def _let_plans_go_on(breach: Breach, at: datetime) -> None:
    """The days of the suspension are given back, for what we promised as well: we could not do it meanwhile."""
    today = today_of(at)
    assert breach.suspended_on is not None, "It stood."
    stood = today - breach.suspended_on
    for row in running_plans_concerned(breach).filter(stop_reason=StopReason.SUSPENDED):
        plan = locked(row)
        if suspended_since(plan.partner_id, plan.programme_id) is None:
            _move_ours(plan, breach, stood)
        evaluate_plan(plan, at=at)


def _move_ours(plan: Plan, breach: Breach, stood: timedelta) -> None:
    own = plan.commitments.filter(state=CommitmentState.OPEN, side=Side.VENDOR, due_on__gte=breach.suspended_on)
    rows = list(own)
    for row in rows:
        row.due_on += stood
    plan.commitments.model.objects.bulk_update(rows, ["due_on"])
