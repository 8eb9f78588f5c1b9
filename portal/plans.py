"""What a partner's menu says about its improvement plans."""

from django.utils import timezone

from performance.plans.choices import PlanStatus
from performance.plans.models import Plan
from performance.plans.queries.counts import PLAN_COUNTS
from performance.plans.queries.plans import count_waiting_for_partner
from prm.access.requests import AppRequest


def has_plans(request: AppRequest) -> bool:
    """Whether any plan was shown to the partner of this request."""
    access = request.partner_access
    if access is None:
        return False
    rows = Plan.objects.filter(partner_id=access.partner_id, offered_at__isnull=False)
    return PLAN_COUNTS.get(f"shown:{access.partner_id}", rows.exclude(status=PlanStatus.SUGGESTED).count) > 0


def plans_to_do(request: AppRequest) -> int | None:
    """How many plans need the partner; nothing where there is none."""
    access = request.partner_access
    if access is None:
        return None
    partner_id, today = access.partner_id, timezone.localdate()
    return PLAN_COUNTS.get(f"own:{partner_id}", lambda: count_waiting_for_partner(partner_id, today)) or None
