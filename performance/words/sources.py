"""Sources of measurements in words: how one stands, how often it is expected, what was done with it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.choices import SourceState
from performance.rules.sources import Standing
from prm.ui import formats

TONES = {
    SourceState.LATE: "neg",
    SourceState.DUE: "warn",
    SourceState.NEVER: "",
    SourceState.ON_TIME: "pos",
    SourceState.FREE: "",
    SourceState.RETIRED: "",
}
ICONS = {
    SourceState.LATE: "circle-alert",
    SourceState.DUE: "clock",
    SourceState.NEVER: "inbox",
    SourceState.ON_TIME: "check",
    SourceState.FREE: "",
    SourceState.RETIRED: "",
}


def rhythm_words(source: Any) -> str:
    """How often it is expected, and how long nobody is told."""
    every, grace = source.expected_every, source.grace_days
    if every is None:
        return _("Comes when it comes")
    words = ngettext("Every day", "Every %(count)d days", every) % {"count": every}
    if grace:
        words += ngettext(", %(count)d day of grace", ", %(count)d days of grace", grace) % {"count": grace}
    return words


def standing_words(now: Standing, *, has_received: bool) -> str:
    """The state with its days, as a status reads."""
    if now.state == SourceState.LATE:
        words = ngettext("Late by %(count)d day", "Late by %(count)d days", now.days) % {"count": now.days}
        return words if has_received else _("%(late)s, nothing received yet") % {"late": words}
    if now.state == SourceState.DUE:
        if not now.days:
            return _("Due today")
        return ngettext("Due since %(count)d day", "Due since %(count)d days", now.days) % {"count": now.days}
    return str(now.state.label)


def due_words(now: Standing) -> str:
    """When the next delivery is or was due; empty without a rhythm."""
    return "" if now.due_on is None else formats.day(now.due_on)


def history_words(action: str) -> str:
    """What was done with a source."""
    return {
        "measurement_source.found": _("Added by its first delivery"),
        "measurement_source.created": _("Added"),
        "measurement_source.updated": _("Changed"),
        "measurement_source.retired": _("Retired"),
        "measurement_source.resumed": _("Taken back into use"),
        "measurement_source.late": _("Became late"),
        "measurement_source.delivers_again": _("Delivered again"),
    }.get(action, action)
