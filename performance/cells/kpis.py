"""How the KPI library draws its cells. `KPIList.prepare` sets `library`."""

from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import Direction
from prm.tenancy.scope import require_scope
from prm.ui import formats, pieces
from prm.ui.addresses import record_url
from prm.ui.markup import fill


def name(row: Any, value: Any) -> SafeString:
    """The name, leading to the KPI, over its code."""
    address = record_url("performance:kpi_detail", "kpi", row.public_id, tenant=require_scope().tenant.slug)
    unused = "" if row.is_active else fill(" {}", pieces.badge(_("Not in use")))
    return fill('<a class="w5" href="{}">{}</a>{}<span class="small mono">{}</span>', address, value, unused, row.code)


def direction(row: Any, _value: Any) -> SafeString:
    """Which way is better."""
    symbol, word = {
        Direction.HIGHER: ("arrow-up", _("Higher")),
        Direction.LOWER: ("arrow-down", _("Lower")),
        Direction.BAND: ("move-horizontal", _("Band")),
    }[Direction(row.direction)]
    return fill('<span class="row t2">{}{}</span>', pieces.icon(symbol, "s"), word)


def weight(_row: Any, value: Decimal | None) -> SafeString:
    """Its weight on the default scorecard."""
    return pieces.NONE if value is None else fill("<b>{}&#8239;%</b>", formats.number(value))


def threshold(row: Any, value: Decimal | None) -> SafeString:
    """A threshold of the general benchmark."""
    return fill('<span class="dim">{}</span>', display.benchmark_number(row.library.general, value))


def target(row: Any, value: Decimal | None) -> SafeString:
    """The target of the general benchmark, over how many special ones there are or its period."""
    library = row.library
    below = ""
    if library.special:
        words = ngettext("%(count)s special", "%(count)s special", library.special) % {"count": library.special}
        below = fill('<span class="small">{}</span>', words)
    elif library.general:
        below = fill('<span class="small">{}</span>', library.general.get_period_kind_display())
    return fill("<b>{}</b>{}", display.benchmark_number(library.general, value), below)
