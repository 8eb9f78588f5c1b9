"""A partner's people in the portal. The partner's own admin keeps the list; the vendor hears of every change."""

from django.db import transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.roles import ALL_PARTNER, Role
from prm.accounts.errors import LastAdmin, WrongRole
from prm.accounts.models import PartnerAccess
from prm.accounts.services.vendor_news import tell_vendor
from prm.audit.services import record
from prm.tenancy.scope import require_scope


def change_partner_access(*, access: PartnerAccess, role: str, actor: Actor, by_vendor: bool = False) -> PartnerAccess:
    """Change what a partner's person may do in the portal.

    Raises:
        WrongRole; LastAdmin, unless the vendor does it.
    """
    if role not in ALL_PARTNER:
        raise WrongRole(_("Choose a role of the partner's portal."), field="role")
    with transaction.atomic():
        admins = _locked_admins(access.partner_id)
        access = _locked(access)
        if access.role == role:
            return access
        if role != Role.PARTNER_ADMIN and not by_vendor:
            _refuse_last_admin(access, admins)
        before, access.role = access.role, role
        access.save(update_fields=["role"])
        record(
            actor=actor,
            action="partner_access.updated",
            target=access,
            partner_id=access.partner_id,
            changes={"role": [before, role]},
        )
        tell_vendor(
            actor,
            access.partner_id,
            _("%(actor)s made %(person)s %(role)s at %(partner)s")
            % {
                "actor": actor.label,
                "person": access.user,
                "role": access.get_role_display(),
                "partner": access.partner_name,
            },
        )
    return access


def remove_partner_access(
    *, access: PartnerAccess, actor: Actor, reason: str = "", by_vendor: bool = False
) -> PartnerAccess:
    """Close the portal to a partner's person, with their next request.

    Raises:
        LastAdmin, unless the vendor does it.
    """
    with transaction.atomic():
        admins = _locked_admins(access.partner_id)
        access = _locked(access)
        if not access.is_active:
            return access
        if not by_vendor:
            _refuse_last_admin(access, admins)
        access.is_active = False
        access.save(update_fields=["is_active"])
        record(
            actor=actor,
            action="partner_access.removed",
            target=access,
            partner_id=access.partner_id,
            changes={"is_active": [True, False]},
            reason=reason,
        )
        tell_vendor(
            actor,
            access.partner_id,
            _("%(actor)s removed %(person)s from the portal of %(partner)s")
            % {"actor": actor.label, "person": access.user, "partner": access.partner_name},
        )
    return access


def _locked_admins(partner_id: int) -> set[int]:
    return set(
        PartnerAccess.objects.select_for_update()
        .filter(
            tenant_id=require_scope().tenant_id,
            partner_id=partner_id,
            role=Role.PARTNER_ADMIN,
            is_active=True,
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _locked(access: PartnerAccess) -> PartnerAccess:
    return (
        PartnerAccess.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(pk=access.pk, tenant_id=require_scope().tenant_id)
    )


def _refuse_last_admin(access: PartnerAccess, admins: set[int]) -> None:
    if admins == {access.pk}:
        raise LastAdmin(
            _("%(person)s is the only admin of %(partner)s. Make a colleague an admin first.")
            % {"person": access.user, "partner": access.partner_name}
        )
