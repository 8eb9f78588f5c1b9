"""Reading people and their invitations. Platform tables carry no policy, so every query names the tenant."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from prm.access.permissions import all_permissions
from prm.access.roles import ALL_PARTNER, ALL_STAFF, Role
from prm.accounts.models import Invitation, Membership, PartnerAccess
from prm.tenancy.scope import require_scope


def members() -> QuerySet[Membership]:
    """Everybody who works or worked in the open scope's workspace."""
    return (
        Membership.objects.filter(tenant_id=require_scope().tenant_id)
        .select_related("user")
        .order_by("-is_active", "user__full_name", "user__email")
    )


def open_invitations(*, partner_id: int | None = None) -> QuerySet[Invitation]:
    """Invitations that wait: to the workspace, or to one partner's portal. Expired ones too, so they can be resent."""
    return Invitation.objects.filter(
        tenant_id=require_scope().tenant_id,
        partner_id=partner_id,
        accepted_at=None,
        revoked_at=None,
    ).select_related("invited_by")


def team_of(partner_id: int) -> QuerySet[PartnerAccess]:
    """The people who can open a partner's portal."""
    return (
        PartnerAccess.objects.filter(tenant_id=require_scope().tenant_id, partner_id=partner_id, is_active=True)
        .select_related("user")
        .order_by("role", "user__full_name", "user__email")
    )


def is_expired(invitation: Invitation) -> bool:
    """Whether its link no longer works."""
    return timezone.now() >= invitation.expires_at


@dataclass(frozen=True, slots=True)
class RoleTable:
    """Who may do what: one row per permission, grouped by what it is about."""

    roles: tuple[Role, ...]
    groups: tuple[tuple[str, tuple[tuple[Any, tuple[bool, ...]], ...]], ...]


def role_table(*, staff: bool) -> RoleTable:
    """The registry as a table, for the workspace's roles or for the partner's."""
    roles = tuple(role for role in Role if role in (ALL_STAFF if staff else ALL_PARTNER))
    groups: dict[str, list[tuple[Any, tuple[bool, ...]]]] = defaultdict(list)
    for permission in all_permissions():
        cells = tuple(role in permission.roles for role in roles)
        if any(cells):
            groups[permission.code.partition(":")[0]].append((permission, cells))
    return RoleTable(
        roles=roles,
        groups=tuple((name.replace("_", " ").capitalize(), tuple(rows)) for name, rows in groups.items()),
    )
