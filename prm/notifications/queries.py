"""Reading a person's messages."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from prm.access.requests import ScopedRequest
from prm.notifications.models import Letter, MorningMail, Notification
from prm.ui.counts import KeptCount

INBOX_COUNTS = KeptCount("inbox", seconds=60)
"""How many messages wait for a person; services that write messages forget it."""


def messages_of(*, user_id: int | None, partner_id: int | None) -> QuerySet[Notification]:
    """A person's messages in the open scope, newest first. `partner_id` names the portal, None the workspace."""
    return Notification.objects.filter(user_id=user_id, partner_id=partner_id)


def unread_count(*, user_id: int | None, partner_id: int | None) -> int:
    """How many messages a person has not read."""
    return messages_of(user_id=user_id, partner_id=partner_id).filter(read_at__isnull=True).count()


def kept_unread_count(*, user_id: int | None, partner_id: int | None) -> int:
    """The same for the bell of every page."""
    return INBOX_COUNTS.get(
        f"{user_id}:{partner_id or ''}", lambda: unread_count(user_id=user_id, partner_id=partner_id)
    )


def inbox_url(request: ScopedRequest) -> str:
    """The inbox of the workspace or portal the request is in."""
    tenant = request.tenant
    access = request.partner_access
    if access is None:
        return reverse("notifications:inbox", args=[tenant.slug])
    return reverse("notifications:portal_inbox", args=[tenant.slug, access.partner_public_id])


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail to a person, as they look for it: what it was called, and whether it has left."""

    subject: str
    written_at: datetime
    sent_at: datetime | None
    error: str = ""
    is_held_back: bool = False


def last_mails(*, user_id: int | None, partner_id: int | None, count: int) -> list[SentMail]:
    """The newest mails to a person, of the workspace with its morning mails, or of one partner's portal."""
    letters = Letter.objects.filter(user_id=user_id, partner_id=partner_id).order_by("-created_at", "-pk")[:count]
    found = [
        SentMail(row.subject, row.created_at, row.sent_at, row.error, row.stopped_at is not None) for row in letters
    ]
    if partner_id is None:
        mornings = MorningMail.objects.filter(user_id=user_id)[:count]
        found += [SentMail(row.subject, row.created_at, row.sent_at) for row in mornings]
    return sorted(found, key=lambda mail: mail.written_at, reverse=True)[:count]
