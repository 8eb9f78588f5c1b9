"""What only platform operators do: switch people and whole tenants off and on, help somebody who lost a device."""

from collections.abc import Iterable

import structlog
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.accounts.models import Membership, User
from prm.audit.services import changes_between, record
from prm.errors import Conflict
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

logger = structlog.get_logger(__name__)


@transaction.atomic
def switch_user(*, actor: Actor, user: User, on: bool) -> User:
    """Let somebody sign in again, or not any more. Switching off ends all their sessions.

    Raises:
        Conflict: when operators would switch themselves off.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not on and user.pk == actor.user_id:
        raise Conflict(_("You cannot switch yourself off. Ask another operator."), code="own_account")
    if user.is_active == on:
        return user
    user.is_active = on
    user.save(update_fields=["is_active"])
    if not on:
        for session in UserSession.objects.filter(user=user):
            session.end()
    _tell_tenants(actor, user, "user.switched_on" if on else "user.switched_off", {"is_active": [not on, on]})
    return user


@transaction.atomic
def change_operator(
    *, actor: Actor, user: User, is_staff: bool, is_superuser: bool, groups: Iterable[Group] | None = None
) -> User:
    """Make somebody an operator, change what they may do in the Django admin, or end it.

    Raises:
        Conflict: when operators would change their own rights.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.pk == actor.user_id:
        raise Conflict(_("You cannot change your own rights. Ask another operator."), code="own_account")
    wanted = {"is_staff": is_staff, "is_superuser": is_superuser}
    changes = changes_between({name: getattr(user, name) for name in wanted}, wanted)
    for name, value in wanted.items():
        setattr(user, name, value)
    user.save(update_fields=list(wanted))
    if groups is not None:
        before = sorted(group.name for group in user.groups.all())
        user.groups.set(groups)
        after = sorted(group.name for group in user.groups.all())
        changes |= changes_between({"groups": before}, {"groups": after})
    if changes:
        logger.info("user.operator_changed", target_user_id=user.pk, actor_user_id=actor.user_id, changes=changes)
    return user


@transaction.atomic
def remove_second_factors(*, actor: Actor, user: User) -> int:
    """Remove authenticator, passkeys and recovery codes of somebody who lost them; returns how many there were.

    Raises:
        Conflict: when operators would remove their own.
    """
    if user.pk == actor.user_id:
        raise Conflict(_("You cannot remove your own second factor here. Use your account page."), code="own_account")
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    if removed:
        _tell_tenants(actor, user, "user.second_factors_removed", {})
    return removed


@transaction.atomic
def switch_tenant(*, actor: Actor, tenant: Tenant, on: bool, reason: str = "") -> Tenant:
    """Close a whole workspace, its portals and its API, or open them again. Nothing is deleted."""
    tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if tenant.is_active != on:
        tenant.is_active = on
        tenant.save(update_fields=["is_active"])
        with tenant_scope(tenant):
            record(
                actor=actor,
                action="tenant.switched_on" if on else "tenant.switched_off",
                target=tenant,
                changes={"is_active": [not on, on]},
                reason=reason,
            )
    return tenant


def _tell_tenants(actor: Actor, user: User, action: str, changes: dict[str, list[bool]]) -> None:
    """Write it in the trail of every workspace the person belongs to; with none, the log alone has it."""
    logger.info(action, target_user_id=user.pk, actor_user_id=actor.user_id)
    for membership in Membership.objects.filter(user=user).select_related("tenant").order_by("tenant_id"):
        with tenant_scope(membership.tenant):
            record(actor=actor, action=action, target=user, changes=changes)
