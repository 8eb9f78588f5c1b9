"""Telling people what happened."""

from collections.abc import Iterable

from django.utils import timezone

from prm.notifications.models import Notification


def notify(
    *,
    user_ids: Iterable[int],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    partner_id: int | None = None,
) -> None:
    """Put one message in each person's inbox, in the current transaction."""
    Notification.objects.bulk_create(
        Notification(
            user_id=user_id,
            kind=kind,
            title=title[:200],
            body=body[:500],
            url=url,
            partner_id=partner_id,
        )
        for user_id in dict.fromkeys(user_ids)
    )


def mark_read(*, user_id: int | None, partner_id: int | None = None, notification_id: int | None = None) -> int:
    """Mark one or all of a person's messages read; returns how many changed."""
    rows = Notification.objects.filter(user_id=user_id, partner_id=partner_id, read_at__isnull=True)
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    return rows.update(read_at=timezone.now())
