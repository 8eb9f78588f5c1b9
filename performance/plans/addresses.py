"""Where a plan is read, for news that is written while no request is there."""

from django.utils.http import urlencode

from performance.plans.models import Breach, Plan
from prm.accounts.places import portal_url
from prm.tenancy.scope import require_scope


def plan_address(plan: Plan) -> str:
    """The plan's page in the workspace."""
    return f"/t/{require_scope().tenant.slug}/plans/{plan.public_id}/"


def list_address(query: str = "") -> str:
    """The list of plans in the workspace, filtered as the list's own form would."""
    return f"/t/{require_scope().tenant.slug}/plans/{f'?{query}' if query else ''}"


def breach_address(breach: Breach) -> str:
    """The page of a serious breach in the workspace."""
    return f"/t/{require_scope().tenant.slug}/plans/breaches/{breach.public_id}/"


def breach_list_address(query: str = "") -> str:
    """The list of serious breaches, filtered as the list's own form would."""
    return f"/t/{require_scope().tenant.slug}/plans/breaches/{f'?{query}' if query else ''}"


def breach_report_address(number: str = "") -> str:
    """Where a breach is reported, of the partner with this external number if one is given."""
    query = f"?{urlencode({'partner': number})}" if number else ""
    return f"/t/{require_scope().tenant.slug}/plans/breaches/new/{query}"


def portal_address(plan: Plan) -> str:
    """The plan's page in the partner's portal."""
    return f"{portal_url(require_scope().tenant.slug, plan.partner.public_id)}plans/{plan.public_id}/"
