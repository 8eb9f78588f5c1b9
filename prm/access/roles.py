"""Roles. A role is a set of permissions; the sets stand with the permissions (`define(..., roles=...)`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in a workspace (staff) or at a partner."""

    TENANT_ADMIN = "tenant_admin", _("Workspace admin")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    CHANNEL_MANAGER = "channel_manager", _("Channel manager")
    FINANCE = "finance", _("Finance")
    ANALYST = "analyst", _("Analyst, read only")
    PARTNER_ADMIN = "partner_admin", _("Partner admin")
    PARTNER_MEMBER = "partner_member", _("Partner member")


ALL_STAFF = frozenset(
    {
        Role.TENANT_ADMIN,
        Role.PROGRAMME_MANAGER,
        Role.CHANNEL_MANAGER,
        Role.FINANCE,
        Role.ANALYST,
    }
)
MANAGERS = frozenset({Role.TENANT_ADMIN, Role.PROGRAMME_MANAGER, Role.CHANNEL_MANAGER})
PROGRAMME_LEADS = frozenset({Role.TENANT_ADMIN, Role.PROGRAMME_MANAGER})
ADMINS = frozenset({Role.TENANT_ADMIN})
ALL_PARTNER = frozenset({Role.PARTNER_ADMIN, Role.PARTNER_MEMBER})
PARTNER_ADMINS = frozenset({Role.PARTNER_ADMIN})

STAFF_ROLE_CHOICES = [(role.value, role.label) for role in Role if role in ALL_STAFF]
PARTNER_ROLE_CHOICES = [(role.value, role.label) for role in Role if role in ALL_PARTNER]
