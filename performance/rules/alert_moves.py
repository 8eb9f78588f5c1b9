"""How an alert may move. People make these moves; the rules make two of them by themselves.

    open <-> snoozed        wakes up by itself on its day
    open, snoozed -> resolved -> open

A look at the scores (`performance/engine/alerts.py`) resolves what has gone and opens what has come back.
"""

from django.utils.translation import gettext_lazy as _

from performance.choices import AlertStatus as S
from performance.permissions import ALERT_SETTLE
from prm.lifecycle import Lifecycle, Move

ALERT_LIFECYCLE = Lifecycle(
    _("alert"),
    S,
    [
        Move(S.OPEN, S.SNOOZED, ALERT_SETTLE, _("Snooze")),
        Move(S.OPEN, S.RESOLVED, ALERT_SETTLE, _("Resolve"), needs_reason=True),
        Move(S.SNOOZED, S.SNOOZED, ALERT_SETTLE, _("Snooze to another day")),
        Move(S.SNOOZED, S.OPEN, ALERT_SETTLE, _("Wake up")),
        Move(S.SNOOZED, S.RESOLVED, ALERT_SETTLE, _("Resolve"), needs_reason=True),
        Move(S.RESOLVED, S.OPEN, ALERT_SETTLE, _("Reopen")),
    ],
)
