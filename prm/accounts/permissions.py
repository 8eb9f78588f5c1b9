"""What may be done with people and the workspace itself."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ADMINS, ALL_PARTNER, ALL_STAFF, PARTNER_ADMINS

WORKSPACE_USE = define(
    "workspace:use",
    _("Work in the workspace: inbox, own settings"),
    roles=ALL_STAFF | ALL_PARTNER,
)
WORKSPACE_EDIT = define("workspace:edit", _("Change the workspace's settings"), roles=ADMINS)
MEMBER_VIEW = define("member:view", _("See who works in the workspace"), roles=ALL_STAFF)
MEMBER_MANAGE = define("member:manage", _("Invite people and change their roles"), roles=ADMINS)
APIKEY_MANAGE = define("apikey:manage", _("Create and revoke API keys"), roles=ADMINS)
AUDIT_VIEW = define("audit:view", _("Read the audit trail"), roles=ALL_STAFF)
JOB_VIEW = define("job:view", _("See background work"), roles=ALL_STAFF)
TEAM_VIEW = define("team:view", _("See who can open the partner's portal"), roles=ALL_PARTNER)
TEAM_MANAGE = define("team:manage", _("Invite and remove colleagues in the portal"), roles=PARTNER_ADMINS)
