"""A tenant ready to work: the workspace, its set-up from a pack, its first admin."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.packs.install import create_default_programme, install_pack
from portal.packs.reading import read_pack
from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.models import Membership, User
from prm.accounts.services.invitations import invite_member
from prm.audit.services import record
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope
from prm.tenancy.services import create_tenant


def provision_tenant(
    *, actor: Actor, slug: str, name: str, pack: str = "", admin_email: str = "", **settings: Any
) -> Tenant:
    """Create a tenant, fill it from a pack (without one it gets a default programme only) and give it an admin.

    An admin who has an account becomes a member at once; anybody else is invited by mail.

    Raises:
        InvalidInput, Conflict: as the parts do; nothing is created then.
    """
    if pack:
        settings.setdefault("currency", read_pack(pack)["currency"])
    with transaction.atomic():
        tenant = create_tenant(slug=slug, name=name, **settings)
        with tenant_scope(tenant):
            record(actor=actor, action="tenant.created", target=tenant)
            if pack:
                install_pack(slug=pack, actor=actor)
            else:
                create_default_programme(name=_("Partner programme"))
            if admin_email:
                _give_admin(tenant, admin_email, actor)
    return tenant


def _give_admin(tenant: Tenant, email: str, actor: Actor) -> None:
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        invite_member(actor=actor, email=email, role=Role.TENANT_ADMIN)
        return
    membership = Membership.objects.create(tenant=tenant, user=user, role=Role.TENANT_ADMIN)
    record(actor=actor, action="member.added", target=membership)
