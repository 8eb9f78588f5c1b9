"""How the partner list draws its cells."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from partners.choices import STATUS_TONES
from prm.tenancy.scope import require_scope
from prm.ui import pieces
from prm.ui.addresses import record_url
from prm.ui.markup import fill


def name(partner: Any, _value: Any) -> SafeString:
    """Avatar, name and town, leading to the record."""
    slug = require_scope().tenant.slug
    address = record_url("partners:partner_detail", "partner", partner.public_id, tenant=slug)
    return pieces.who(partner.name, partner.town, address)


def tier(partner: Any, _value: Any) -> SafeString:
    """The tier held today."""
    return pieces.tier(partner.tier_name, partner.tier_place) or pieces.NONE


def status(partner: Any, value: Any) -> SafeString:
    """The status as a badge."""
    return pieces.badge(value, STATUS_TONES.get(partner.status, ""))


def owner(_partner: Any, value: Any) -> SafeString:
    """Who looks after the partner."""
    if value is None:
        return fill('<span class="dim">{}</span>', _("Nobody"))
    return fill('<span class="row"><span class="av r s" aria-hidden="true">{}</span>{}</span>', value.initials, value)
