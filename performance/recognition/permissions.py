"""What may be done with badges, awards and league tables."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ALL_PARTNER, ALL_STAFF, MANAGERS, PARTNER_ADMINS, PROGRAMME_LEADS

RECOGNITION_VIEW = define("recognition:view", _("See badges, awards and league tables"), roles=ALL_STAFF)
BADGE_EDIT = define("badge:edit", _("Write badges, switch them on and off"), roles=PROGRAMME_LEADS)
AWARD_GRANT = define("award:grant", _("Award badges by hand"), roles=MANAGERS)
AWARD_WITHDRAW = define("award:withdraw", _("Withdraw awards"), roles=PROGRAMME_LEADS)
LEAGUE_EDIT = define("league:edit", _("Choose which league tables partners see"), roles=PROGRAMME_LEADS)
OWN_RECOGNITION_VIEW = define(
    "own_recognition:view", _("See the own company's badges, the hall of fame and league tables"), roles=ALL_PARTNER
)
OWN_RECOGNITION_SHARE = define(
    "own_recognition:share",
    _("Share the own company's badges, and choose whether others see its name"),
    roles=PARTNER_ADMINS,
)
