"""The workspace's own people: roles, portfolio, switching off and on. It takes effect with their next request."""

from django.db import transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.roles import ALL_STAFF, Role
from prm.accounts.errors import LastAdmin, WrongRole
from prm.accounts.models import Membership
from prm.audit.services import changes_between, record
from prm.tenancy.scope import require_scope


def change_member(
    *,
    membership: Membership,
    actor: Actor,
    role: str,
    own_portfolio_only: bool = False,
    job_title: str | None = None,
) -> Membership:
    """Change somebody's role and what they see.

    Raises:
        WrongRole; LastAdmin when nobody else would be left to manage the workspace.
    """
    if role not in ALL_STAFF:
        raise WrongRole(_("Choose a role of the workspace."), field="role")
    with transaction.atomic():
        admins = _locked_admins()
        membership = _locked(membership)
        if membership.role == Role.TENANT_ADMIN and role != Role.TENANT_ADMIN:
            _refuse_last_admin(membership, admins)
        before = _state(membership)
        membership.role = role
        membership.own_portfolio_only = own_portfolio_only and role == Role.CHANNEL_MANAGER
        if job_title is not None:
            membership.job_title = job_title.strip()
        changes = changes_between(before, _state(membership))
        if changes:
            membership.save(update_fields=["role", "own_portfolio_only", "job_title"])
            record(actor=actor, action="membership.updated", target=membership, changes=changes)
    return membership


def deactivate_member(*, membership: Membership, actor: Actor, reason: str = "") -> Membership:
    """Close the workspace to somebody. What they made stays.

    Raises:
        LastAdmin.
    """
    with transaction.atomic():
        admins = _locked_admins()
        membership = _locked(membership)
        if membership.is_active:
            _refuse_last_admin(membership, admins)
            membership.is_active = False
            membership.save(update_fields=["is_active"])
            record(
                actor=actor,
                action="membership.deactivated",
                target=membership,
                changes={"is_active": [True, False]},
                reason=reason,
            )
    return membership


def reactivate_member(*, membership: Membership, actor: Actor) -> Membership:
    """Open the workspace to somebody again, in their former role."""
    with transaction.atomic():
        membership = _locked(membership)
        if not membership.is_active:
            membership.is_active = True
            membership.save(update_fields=["is_active"])
            record(
                actor=actor,
                action="membership.reactivated",
                target=membership,
                changes={"is_active": [False, True]},
            )
    return membership


def _locked_admins() -> set[int]:
    """The active admins, locked in key order: two admins who remove each other at once must not both succeed."""
    return set(
        Membership.objects.select_for_update()
        .filter(tenant_id=require_scope().tenant_id, role=Role.TENANT_ADMIN, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _locked(membership: Membership) -> Membership:
    return (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(pk=membership.pk, tenant_id=require_scope().tenant_id)
    )


def _refuse_last_admin(membership: Membership, admins: set[int]) -> None:
    if admins == {membership.pk}:
        raise LastAdmin(
            _("%(person)s is the only workspace admin. Make somebody else an admin first.")
            % {"person": membership.user}
        )


def _state(membership: Membership) -> dict[str, object]:
    return {
        "role": membership.role,
        "own_portfolio_only": membership.own_portfolio_only,
        "job_title": membership.job_title,
    }
