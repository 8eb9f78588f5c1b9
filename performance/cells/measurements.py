"""How the list of measurements draws its cells. `MeasurementList.prepare` sets `source_row` and `was_corrected`."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance import display
from prm.tenancy.scope import require_scope
from prm.ui import formats, pieces
from prm.ui.addresses import record_url
from prm.ui.markup import escaped, fill


def day(row: Any, value: Any) -> SafeString:
    """The day it is about, leading to the measurement."""
    address = reverse("performance:measurement_detail", args=[require_scope().tenant.slug, row.pk])
    return fill('<a class="w5" href="{}">{}</a>', address, formats.day(value))


def partner(row: Any, value: Any) -> SafeString:
    """The partner, leading to its page."""
    slug = require_scope().tenant.slug
    address = record_url("partners:partner_detail", "partner", row.partner.public_id, tenant=slug)
    return fill('<a href="{}">{}</a>', address, value)


def number(_row: Any, value: Decimal | None) -> str:
    """A value as it came, with all its decimals."""
    return display.exactly(value)


def source(row: Any, value: str) -> SafeString:
    """Where it came from, and whether a person typed it in or corrected it."""
    found = row.source_row
    if row.is_manual:
        said = pieces.badge(_("Manual"), "acc", symbol="hand")
        if value != "manual":
            said = fill('{}<span class="small">{}</span>', said, found.name if found else value)
    elif found:
        slug = require_scope().tenant.slug
        address = record_url("performance:source_detail", "measurement_source", found.public_id, tenant=slug)
        said = fill('<a href="{}">{}</a>', address, found.name)
    else:
        said = SafeString(escaped(value))
    return fill("{} {}", said, pieces.badge(_("Corrected"))) if row.was_corrected else said
