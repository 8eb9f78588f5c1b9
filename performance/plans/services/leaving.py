"""What becomes of plans when a partnership ends."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.registries import FactChange
from performance.plans.choices import OPEN, PlanStatus
from performance.plans.models import Plan
from performance.plans.services.moving import end, locked
from prm.access.actor import SYSTEM


@transaction.atomic
def end_plans_of_leavers(change: FactChange) -> None:
    """Cancel the open plans of partners that have just left; they could only wait for results for ever."""
    if "status" not in change.facts:
        return
    rows = Plan.objects.filter(
        partner_id__in=change.partner_ids, partner__status=PartnerStatus.TERMINATED, status__in=OPEN
    )
    for row in rows.order_by("pk"):
        end(
            locked(row),
            PlanStatus.CANCELLED,
            actor=SYSTEM,
            action="plan.cancelled",
            reason=_("The partnership has ended."),
            at=timezone.now(),
        )
