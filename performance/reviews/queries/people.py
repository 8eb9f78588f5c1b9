"""People of both sides, by name: members of the workspace, those who sign in for a partner, its contacts."""

from partners.models import Contact
from performance.reviews.choices import Side
from prm.accounts.models import PartnerAccess
from prm.accounts.reference import members_at_work
from prm.tenancy.scope import require_scope


def member_names() -> dict[int, str]:
    """Everybody at work in the workspace, by user."""
    return {member.user_id: member.name for member in members_at_work()}


def partner_names(partner_id: int) -> dict[int, str]:
    """Everybody who signs in for a partner, by user."""
    rows = PartnerAccess.objects.filter(
        tenant_id=require_scope().tenant_id, partner_id=partner_id, is_active=True, user__is_active=True
    )
    return {row.user_id: str(row.user) for row in rows.select_related("user").order_by("user__full_name", "pk")}


def owner_choices(partner_id: int) -> list[tuple[str, str, Side]]:
    """Who can own an action, as (key, name, side): members, people of the portal, and contacts who do not sign in."""
    signed_in = partner_names(partner_id)
    found = [(f"u{user_id}", name, Side.PARTNER) for user_id, name in signed_in.items()]
    names = set(signed_in.values())
    contacts = Contact.objects.filter(partner_id=partner_id, is_active=True).order_by("full_name")
    found += [(f"c{row.pk}", row.full_name, Side.PARTNER) for row in contacts if row.full_name not in names]
    return found + [(f"u{user_id}", name, Side.VENDOR) for user_id, name in member_names().items()]
