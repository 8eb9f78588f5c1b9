"""What follows from a failed plan: chosen with a reason, approved by as many people as its weight asks for, then done.

Nothing here happens without a documented failed plan; the end of a partnership takes two people.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import Tier
from partners.services.status import change_status
from partners.services.tiers import assign_tier, tier_on
from performance.plans.addresses import plan_address
from performance.plans.choices import APPROVERS, ConsequenceKind, ConsequenceState, PlanOrigin, PlanStatus
from performance.plans.models import Plan, PlanConsequence
from performance.plans.services.approvals import agree, person_of
from performance.plans.services.drafting import draft_plan
from performance.plans.services.moving import checked_reason, locked, locked_partner, note, today_of
from performance.plans.services.news import tell_to_approve
from prm.access.actor import Actor
from prm.errors import Conflict, InvalidInput


def choose_consequence(
    *, plan: Plan, kind: str, reason: str, actor: Actor, at: datetime | None = None
) -> PlanConsequence:
    """Choose what follows from a failed plan. Whoever chooses is the first to agree; alone enough for most kinds.

    Raises:
        InvalidInput: there is no reason, or no such kind.
        Conflict: the plan has not failed, something was chosen already, or it cannot be done.
    """
    at = at or timezone.now()
    person_of(actor)
    locked_partner(plan.partner_id)
    plan = locked(plan)
    if kind not in ConsequenceKind.values:
        raise InvalidInput(_("Choose what follows."), field="kind", code="required")
    reason = checked_reason(reason, _("Say why this follows. The reason is kept with the failed plan."))
    if plan.status != PlanStatus.FAILED:
        raise Conflict(
            _("Something follows from a plan that has failed. This one is “%(status)s”.")
            % {"status": PlanStatus(plan.status).label},
            code="not_failed",
            field="status",
        )
    settled = [ConsequenceState.WAITING, ConsequenceState.TAKEN]
    if plan.consequences.filter(state__in=settled).exists():
        raise Conflict(_("Somebody has chosen what follows already. Look at the plan again."), code="chosen_before")
    row = PlanConsequence.objects.create(plan=plan, kind=kind, reason=reason, chosen_at=at)
    note(plan, actor=actor, action="plan.consequence_chosen", reason=reason, changes={"kind": [None, kind]})
    _agree(row, actor, at)
    if row.state == ConsequenceState.WAITING:
        tell_to_approve(row, but=[actor.user_id])
    return row


def approve(*, consequence: PlanConsequence, actor: Actor, at: datetime | None = None) -> PlanConsequence:
    """Agree to a consequence that waits. With the last approval it is taken at once.

    Raises:
        Conflict: it does not wait any more, the person has agreed before, or it cannot be done.
    """
    row = _locked(consequence)
    person_of(actor)
    note(row.plan, actor=actor, action="plan.consequence_approved", changes={"kind": [None, row.kind]})
    _agree(row, actor, at or timezone.now())
    return row


def reject(*, consequence: PlanConsequence, actor: Actor, reason: str, at: datetime | None = None) -> PlanConsequence:
    """Refuse a consequence that waits; another one can be chosen then.

    Raises:
        InvalidInput: there is no reason.
        Conflict: it does not wait any more.
    """
    row = _locked(consequence)
    reason = checked_reason(reason, _("Say why it is not to follow. The reason is kept with the failed plan."))
    row.state, row.settled_at, row.settled_reason = ConsequenceState.REJECTED, at or timezone.now(), reason
    row.save(update_fields=["state", "settled_at", "settled_reason"])
    changes = {"kind": [None, row.kind]}
    note(row.plan, actor=actor, action="plan.consequence_rejected", reason=reason, changes=changes)
    return row


def _locked(consequence: PlanConsequence) -> PlanConsequence:
    locked_partner(consequence.plan.partner_id)
    plan = locked(Plan(pk=consequence.plan_id))
    row = PlanConsequence.objects.select_for_update(of=("self",)).get(pk=consequence.pk)
    row.plan = plan
    if row.state != ConsequenceState.WAITING:
        raise Conflict(
            _("This was settled already: “%(state)s”.") % {"state": ConsequenceState(row.state).label},
            code="settled_before",
        )
    return row


def _agree(row: PlanConsequence, actor: Actor, at: datetime) -> None:
    """One person's agreement; with enough of them the consequence is taken."""
    if agree(row.approvals, actor, at) < APPROVERS[ConsequenceKind(row.kind)]:
        return
    row.state, row.settled_at = ConsequenceState.TAKEN, at
    row.save(update_fields=["state", "settled_at"])
    note(row.plan, actor=actor, action="plan.consequence_taken", reason=row.reason, changes={"kind": [None, row.kind]})
    _TAKE[ConsequenceKind(row.kind)](row, actor, at)


# --- Taking them -----------------------------------------------------------------------------------------------------


def _new_plan(row: PlanConsequence, actor: Actor, at: datetime) -> None:
    plan = row.plan
    kpis = [objective.kpi for objective in plan.objectives.select_related("kpi").order_by("place", "pk")]
    draft_plan(
        partner=plan.partner, programme=plan.programme, kpis=kpis, actor=actor, origin=PlanOrigin.PLAN,
        origin_label=plan.title, origin_url=plan_address(plan), template=plan.template, former=plan,
        period_kind=plan.period_kind, at=at,
    )  # fmt: skip


def _tier(row: PlanConsequence, actor: Actor, at: datetime) -> None:
    plan, today = row.plan, today_of(at)
    held = tier_on(partner=plan.partner, programme=plan.programme, day=today)
    lower = None
    if held is not None:
        lower = Tier.objects.filter(programme=plan.programme, rank__lt=held.rank).order_by("-rank").first()
    if lower is None:
        raise Conflict(
            _("%(partner)s has no tier to lose in %(programme)s. Choose something else.")
            % {"partner": plan.partner, "programme": plan.programme},
            code="no_lower_tier",
        )
    assign_tier(partner=plan.partner, tier=lower, actor=actor, effective_on=today, reason=_reason(row))


def _suspend(row: PlanConsequence, actor: Actor, _at: datetime) -> None:
    change_status(partner=row.plan.partner, target=PartnerStatus.SUSPENDED, actor=actor, reason=_reason(row))


def _exit(row: PlanConsequence, actor: Actor, _at: datetime) -> None:
    change_status(partner=row.plan.partner, target=PartnerStatus.TERMINATED, actor=actor, reason=_reason(row))


def _reason(row: PlanConsequence) -> str:
    return _("After the failed plan “%(plan)s”: %(reason)s") % {"plan": row.plan, "reason": row.reason}


_TAKE: dict[str, Callable[[PlanConsequence, Actor, datetime], None]] = {
    ConsequenceKind.NEW_PLAN: _new_plan,
    ConsequenceKind.TIER: _tier,
    ConsequenceKind.SUSPEND: _suspend,
    ConsequenceKind.EXIT: _exit,
}
