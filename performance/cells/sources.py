"""How lists draw sources of measurements. `SourceList.prepare` sets what they read."""

from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance.words.sources import TONES, rhythm_words, standing_words
from prm.ui import formats, pieces
from prm.ui.markup import fill

KPIS_SHOWN = 2


def name(row: Any, _value: Any) -> SafeString:
    """The name, leading to the source, over its code."""
    return fill(
        '<a class="w5" href="{}">{}</a>{}<span class="small mono">{}</span>',
        row.url,
        row.name,
        SafeString("") if row.is_described else fill(" {}", pieces.badge(_("New"), "acc")),
        row.code,
    )


def state(row: Any, _value: Any) -> SafeString:
    """The state in words, over the rhythm."""
    words = standing_words(row.standing, has_received=row.received_at is not None)
    return fill('{}<span class="small">{}</span>', pieces.badge(words, TONES[row.standing.state]), rhythm_words(row))


def received(row: Any, value: Any) -> SafeString | str:
    """When something was last taken in."""
    if value is None:
        return fill('<span class="mut">{}</span>', _("never"))
    return fill('<span title="{}">{}</span>', formats.moment(value), formats.since(value))


def rows_recent(row: Any, value: Any) -> SafeString | str:
    """New and changed rows, and how many were wrong."""
    if not row.bad_recent:
        return formats.number(value)
    wrong = _("%(count)s wrong") % {"count": formats.number(row.bad_recent)}
    return fill('{}<span class="small tx-neg">{}</span>', formats.number(value), wrong)


def kpis(row: Any, _value: Any) -> SafeString | str:
    """The first KPIs, and how many more there are."""
    if not row.feeds_shown:
        return formats.NONE
    shown = format_html_join(", ", "{}", ((feed.kpi.name,) for feed in row.feeds_shown[:KPIS_SHOWN]))
    more = len(row.feeds_shown) - KPIS_SHOWN
    if more <= 0:
        return shown
    return fill('{} <span class="mut">{}</span>', shown, _("and %(count)d more") % {"count": more})
