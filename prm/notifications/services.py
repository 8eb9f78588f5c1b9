"""Telling people what happened."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from prm.notifications.choices import Reach
from prm.notifications.kinds import known_kinds
from prm.notifications.models import Notification
from prm.notifications.queries import INBOX_COUNTS
from prm.notifications.reach import reaches

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one person. `partner_id` is set for a portal, `amount` is how many things it stands for."""

    user_id: int
    kind: str
    title: str
    body: str = ""
    url: str = ""
    partner_id: int | None = None
    amount: int = 1


def deliver(messages: Iterable[Message]) -> None:
    """Put messages in the inboxes of those who want news of the kind, in the current transaction."""
    found = list(messages)
    kinds = known_kinds(one.kind for one in found)
    reach = reaches(kinds, (one.user_id for one in found)) if kinds else {}
    put(one for one in found if reach.get((one.kind, one.user_id)) != Reach.NOTHING)


def put(messages: Iterable[Message]) -> None:
    """Put messages in people's inboxes, whatever they chose: the caller has asked."""
    Notification.objects.bulk_create(
        (
            Notification(
                user_id=one.user_id,
                kind=one.kind,
                title=one.title[:200],
                body=one.body[:500],
                url=one.url,
                partner_id=one.partner_id,
                amount=one.amount,
            )
            for one in messages
        ),
        batch_size=AT_ONCE,
    )
    INBOX_COUNTS.forget()


def notify(
    *,
    user_ids: Iterable[int],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    partner_id: int | None = None,
    amount: int = 1,
) -> None:
    """Put one message in each person's inbox, in the current transaction. `amount` is how many things it stands for."""
    deliver(Message(user_id, kind, title, body, url, partner_id, amount) for user_id in dict.fromkeys(user_ids))


def take_back_unread(*, user_ids: Iterable[int], kind: str) -> dict[int, int]:
    """Remove people's unread messages of a kind from the workspace's inbox, because a new one is to stand for all.

    Returns for how many things the removed ones stood, by person.
    """
    rows = Notification.objects.filter(user_id__in=list(user_ids), partner_id=None, kind=kind, read_at__isnull=True)
    found: dict[int, int] = {}
    for pk, user_id, amount in rows.select_for_update().values_list("pk", "user_id", "amount"):
        found[user_id] = found.get(user_id, 0) + amount
        Notification.objects.filter(pk=pk).delete()
    INBOX_COUNTS.forget()
    return found


def mark_read(*, user_id: int | None, partner_id: int | None = None, notification_id: int | None = None) -> int:
    """Mark one or all of a person's messages read; returns how many changed."""
    rows = Notification.objects.filter(user_id=user_id, partner_id=partner_id, read_at__isnull=True)
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    INBOX_COUNTS.forget()
    return rows.update(read_at=timezone.now())
