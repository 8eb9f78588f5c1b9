"""Reminding both sides of what they promised, some business days before its day."""

from datetime import date, datetime

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.plans import notices
from performance.plans.addresses import plan_address, portal_address
from performance.plans.choices import CommitmentState, PlanStatus, Side, StopReason
from performance.plans.models import Commitment
from performance.plans.permissions import OWN_PLAN_WORK
from performance.plans.services.news import leaders_of
from prm.notifications.telling import Notice, Person, people_at, staff, tell
from prm.reminders import STAGES, stage_to_send
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope
from prm.ui import formats
from prm.workdays import add_workdays

logger = structlog.get_logger(__name__)

AT_ONCE = 200


def remind_of_commitments(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Tell whoever promised something what is due 5 and 1 business days from now; how many reminders were sent.

    Once each: what was sent is noted with the commitment in the same transaction, so a second look, or another worker,
    sends nothing. While a plan's clock stands the partner's days move along, so only the vendor hears of its own.
    """
    today = tenant.local_date(at or timezone.now())
    sent, after = 0, 0
    while True:
        with tenant_scope(tenant):
            rows = _due_soon(today).filter(pk__gt=after).order_by("pk")
            found = list(rows.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
            sent += sum(_remind(row, today) for row in found)
        if len(found) < AT_ONCE:
            break
        after = found[-1].pk
    if sent:
        logger.info("plans.reminded", count=sent)
    return sent


def _due_soon(today: date) -> QuerySet[Commitment]:
    runs = Q(plan__status__in=[PlanStatus.ACTIVE, PlanStatus.EXTENDED])
    stands = Q(plan__status=PlanStatus.AWAITING_DATA, side=Side.VENDOR) & ~Q(plan__stop_reason=StopReason.SUSPENDED)
    rows = Commitment.objects.filter(
        runs | stands, state=CommitmentState.OPEN, due_on__gte=today, due_on__lte=add_workdays(today, max(STAGES) + 1)
    )
    return rows.select_related("plan__partner")


def _remind(row: Commitment, today: date) -> bool:
    stage = stage_to_send(today, row.due_on, reminded_on=row.reminded_on)
    if stage is None:
        return False
    row.reminded_on = today
    row.save(update_fields=["reminded_on"])
    is_ours = row.side == Side.VENDOR
    tell(
        kind=notices.DUE if is_ours else notices.OWN_DUE,
        about=f"{row.pk}:{row.due_on:%Y%m%d}:{stage}",
        people=_ours(row) if is_ours else _theirs(row),
        write=lambda: Notice(
            _("Due on %(day)s: %(what)s") % {"day": formats.day(row.due_on), "what": row.title},
            _("Promised in “%(plan)s” with %(partner)s. What is overdue stops the plan's clock.")
            % {"plan": row.plan, "partner": row.plan.partner}
            if is_ours
            else _("You promised it in “%(plan)s”. Say so there once it is done.") % {"plan": row.plan},
            plan_address(row.plan) if is_ours else portal_address(row.plan),
        ),
    )
    return True


def _ours(row: Commitment) -> list[Person]:
    """Who does it, else who leads the plan here."""
    return staff([row.owner_id]) or leaders_of(row.plan)


def _theirs(row: Commitment) -> list[Person]:
    """Who does it or leads the plan at the partner, else everybody there who may report it done."""
    people = people_at(row.plan.partner_id, OWN_PLAN_WORK)
    for wanted in (row.owner_id, row.plan.partner_lead_id):
        found = [person for person in people if person.user_id == wanted]
        if found:
            return found
    return people
