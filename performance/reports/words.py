"""Schedules in words: when they are due and who gets what."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.models import PERIOD_KINDS
from performance.reports.choices import DeliveryStatus, DispatchStatus, Rhythm, ScheduleStatus, Weekday, Withheld
from performance.reports.models import Delivery, Schedule
from prm.access.roles import Role
from prm.tenancy.scope import require_scope
from prm.ui import formats

SCHEDULE_TONES = {ScheduleStatus.ACTIVE: "pos", ScheduleStatus.PAUSED: "warn", ScheduleStatus.ENDED: ""}
DISPATCH_TONES = {
    DispatchStatus.WAITING: "",
    DispatchStatus.RUNNING: "acc",
    DispatchStatus.DONE: "pos",
    DispatchStatus.FAILED: "neg",
}
DELIVERY_TONES = {
    DeliveryStatus.WAITING: "",
    DeliveryStatus.SENT: "pos",
    DeliveryStatus.WITHHELD: "warn",
    DeliveryStatus.FAILED: "neg",
}


def rhythm_words(row: Schedule) -> str:
    """When a schedule is due, for example: every Monday at 07:00, or at 07:00 (Asia/Tokyo) where the workspace's own
    time zone is another."""
    at = f"{row.at:%H:%M}"
    if row.timezone and row.timezone != require_scope().tenant.timezone:
        at += f" ({row.timezone.replace('_', ' ')})"
    if row.rhythm == Rhythm.DAILY:
        return _("Every day at %(at)s") % {"at": at}
    if row.rhythm == Rhythm.WEEKLY:
        return _("Every %(day)s at %(at)s") % {"day": Weekday(row.weekday).label, "at": at}
    if row.rhythm == Rhythm.MONTHLY:
        return _("Every month on day %(day)d at %(at)s") % {"day": row.day, "at": at}
    kind = str(dict(PERIOD_KINDS)[row.period_kind]).lower()
    if not row.days_after:
        return _("When a %(kind)s is closed, from %(at)s") % {"kind": kind, "at": at}
    words = ngettext(
        "%(days)d day after a %(kind)s is closed, at %(at)s",
        "%(days)d days after a %(kind)s is closed, at %(at)s",
        row.days_after,
    )
    return words % {"days": row.days_after, "kind": kind, "at": at}


def next_words(row: Schedule) -> str:
    """When it is due next."""
    if row.status != ScheduleStatus.ACTIVE:
        return str(ScheduleStatus(row.status).label)
    if row.next_due_at is None:
        return _("After the next closing")
    return formats.moment(row.next_due_at)


def recipients_words(row: Any) -> str:
    """Who gets it. The row has `member_count`."""
    parts = []
    if row.member_count:
        parts.append(ngettext("%(count)d person", "%(count)d people", row.member_count) % {"count": row.member_count})
    parts += [_("every %(role)s") % {"role": str(Role(role).label)} for role in row.roles]
    if row.to_partners:
        parts.append(_("each partner its own"))
    return ", ".join(parts)


def outcome_words(row: Delivery) -> str:
    """What became of a delivery."""
    if row.status == DeliveryStatus.WITHHELD:
        return str(Withheld(row.reason).label)
    if row.status == DeliveryStatus.SENT and not row.people:
        return _("kept for the workspace")
    if row.status == DeliveryStatus.SENT and row.partner_id is not None:
        return ngettext("for %(count)d person", "for %(count)d people", row.people) % {"count": row.people}
    if row.status == DeliveryStatus.SENT:
        return ""
    return row.error
