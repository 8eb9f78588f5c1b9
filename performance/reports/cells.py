"""How lists draw files and schedules."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from prm.tenancy.scope import require_scope
from prm.ui import formats, pieces
from prm.ui.addresses import record_url
from prm.ui.markup import fill


def partner_link(row: Any, value: Any) -> SafeString:
    """The partner of a row, leading to its page. The row has `partner`, or a scorecard that has."""
    holder = row if hasattr(row, "partner") else getattr(row, "card", None) or row.scorecard
    partner = holder.partner
    slug = require_scope().tenant.slug
    url = record_url("partners:partner_detail", "partner", partner.public_id, tenant=slug)
    return fill('<a class="w5" href="{}">{}</a>', url, value)


def produced_title(row: Any, value: str) -> SafeString:
    """The report, leading to the file, over what was chosen. A period's days are on the file's page."""
    chosen = ", ".join(said.partition(" (")[0] for _name, said in row.filter_words)
    return fill('<a class="w5" href="{}">{}</a><span class="small">{}</span>', row.url, value, chosen)


def file_format(row: Any, _value: Any) -> SafeString:
    """The format as a badge."""
    return pieces.badge(row.format.upper())


def download(row: Any, _value: Any) -> SafeString | str:
    """The way to the file itself."""
    if row.file is None:
        return formats.NONE
    return fill(
        '<a class="btn sm" href="{}file/" download>{}<span class="sr">: {}</span></a>',
        row.url,
        _("Download"),
        row.title,
    )


def made_for(row: Any, _value: Any) -> SafeString | str:
    """The partner, the schedule or the person that the file was made for."""
    if row.partner is not None:
        return str(row.partner.name)
    if row.dispatch is not None:
        return fill('{}<span class="small">{}</span>', row.dispatch.schedule.name, _("Schedule"))
    return str(row.asked_by) if row.asked_by else formats.NONE
