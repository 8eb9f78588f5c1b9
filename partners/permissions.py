"""What may be done with partner records."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ADMINS, ALL_PARTNER, ALL_STAFF, MANAGERS, PARTNER_ADMINS, PROGRAMME_LEADS

PARTNER_VIEW = define("partner:view", _("See partners, their contacts and history"), roles=ALL_STAFF)
PARTNER_EDIT = define("partner:edit", _("Create and edit partners, contacts and sites"), roles=MANAGERS)
PARTNER_STATUS = define("partner:status", _("Move a partner to another status"), roles=MANAGERS)
PARTNER_TERMINATE = define("partner:terminate", _("Terminate a partner"), roles=PROGRAMME_LEADS)
PARTNER_TIER = define("partner:tier", _("Assign tiers"), roles=PROGRAMME_LEADS)
PARTNER_EXPORT = define("partner:export", _("Export partner lists"), roles=ALL_STAFF)
CATALOGUE_EDIT = define(
    "catalogue:edit",
    _("Edit types, regions, specialisations, programmes and tiers"),
    roles=ADMINS,
)
PORTAL_HOME = define("portal:home", _("Open the partner portal"), roles=ALL_PARTNER)
COMPANY_VIEW = define("company:view", _("See the own company's facts, contacts and sites"), roles=ALL_PARTNER)
COMPANY_EDIT = define("company:edit", _("Keep the own company's contacts and sites up to date"), roles=PARTNER_ADMINS)
