"""How lists draw files and schedules."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from prm.ui import formats, pieces
from prm.ui.markup import fill


def produced_title(row: Any, value: str) -> SafeString:
    """The report, leading to the file, over what was chosen."""
    chosen = ", ".join(said for _name, said in row.filter_words)
    return fill('<a class="w5" href="{}">{}</a><span class="small">{}</span>', row.url, value, chosen)


def file_format(_row: Any, value: str) -> SafeString:
    """The format as a badge."""
    return pieces.badge(value)


def made_for(row: Any, _value: Any) -> SafeString | str:
    """The partner, the schedule or the person that the file was made for."""
    if row.partner is not None:
        return str(row.partner.name)
    if row.dispatch is not None:
        return fill('{} <span class="mut">{}</span>', row.dispatch.schedule.name, _("schedule"))
    return str(row.asked_by) if row.asked_by else formats.NONE
