"""Mails to single persons about one thing each, written with what caused them and sent after it has committed.

    post([Draft(user_id, "grade.closed:17", subject, text)])

The row is the key that keeps a second mail from being sent. A mail that cannot be sent is tried again every few
minutes, some times. Whether the person may still get it is asked again when it leaves (prm/notifications/standing.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from prm.accounts.mail import letter as mail_of
from prm.files.models import StoredFile
from prm.files.services import open_file
from prm.languages import screen_language
from prm.notifications.kinds import get_kind
from prm.notifications.models import Letter
from prm.notifications.standing import why_not
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

AT_ONCE = 100
MOST_TRIES = 12
STALE = timedelta(days=3)
"""What could not be sent for so long is no news any more."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to write, of a registered kind: nobody gets two of one kind about the same thing."""

    user_id: int
    kind: str
    about: str
    subject: str
    text: str
    file: StoredFile | None = None
    partner_id: int | None = None


def post(drafts: Iterable[Draft]) -> None:
    """Keep mails in the current transaction; they leave once it has committed.

    Raises:
        KeyError: no app registered a kind; nothing could say who may get its mails.
    """
    rows = [
        Letter(
            user_id=one.user_id,
            key=f"{get_kind(one.kind).key}:{one.about}",
            partner_id=one.partner_id,
            subject=" ".join(one.subject.split())[:200],
            text=one.text,
            file=one.file,
        )
        for one in drafts
    ]
    if rows:
        Letter.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        transaction.on_commit(partial(_send_soon, require_scope().tenant_id), robust=True)


def letters_about(kind: str, abouts: Iterable[str]) -> dict[str, list[Letter]]:
    """The mails that `tell` wrote of a kind, by what they are about."""
    keys = {f"{kind}:{about}": about for about in abouts}
    found: dict[str, list[Letter]] = {}
    for row in Letter.objects.filter(key__in=list(keys)).order_by("pk"):
        found.setdefault(keys[row.key], []).append(row)
    return found


def let_go(file_ids: Iterable[int]) -> None:
    """Take files off the mails that carried them, so that they can be deleted."""
    Letter.objects.filter(file_id__in=list(file_ids)).update(file=None)


def _send_soon(tenant_id: int) -> None:
    from prm.notifications.tasks import send_letters as task

    task.delay(tenant_id)


def has_unsent_letters(tenant: Tenant) -> bool:
    """Whether mails of a tenant wait to be sent."""
    with tenant_scope(tenant):
        return _unsent(timezone.now()).exists()


def _unsent(at: datetime) -> QuerySet[Letter]:
    return Letter.objects.filter(sent_at=None, stopped_at=None, tries__lt=MOST_TRIES, created_at__gt=at - STALE)


def send_letters(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Send what has not left; how many did. One that fails does not hold up the others.

    Each is locked while it is sent, so that two workers never send the same. Where a worker dies between sending and
    noting it, the message id lets mail programs see one mail.
    """
    at = at or timezone.now()
    sent, after = 0, 0
    while True:
        with tenant_scope(tenant):
            numbers = list(_unsent(at).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        for number in numbers:
            sent += _send(tenant, number)
        if len(numbers) < AT_ONCE:
            break
        after = numbers[-1]
    if sent:
        logger.info("letters.sent", count=sent)
    return sent


def _send(tenant: Tenant, number: int) -> bool:
    with tenant_scope(tenant):
        rows = Letter.objects.filter(pk=number, sent_at=None, stopped_at=None).select_related("user", "file")
        row = rows.select_for_update(of=("self",), skip_locked=True).first()
        if row is None:
            return False
        with translation.override(screen_language(tenant.language)):
            held_back = why_not(row)
        if held_back:
            row.stopped_at, row.error = timezone.now(), held_back
            row.save(update_fields=["stopped_at", "error"])
            return False
        row.tries += 1
        host = urlsplit(settings.PUBLIC_URL).hostname
        headers = {
            "Message-ID": f"<letter-{tenant.slug}-{row.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        }
        try:
            origin = f"{settings.PUBLIC_URL.rstrip('/')}/"
            mail = mail_of(to=row.user.email, subject=row.subject, text=row.text, headers=headers, origin=origin)
            if row.file is not None:
                with open_file(row.file) as content:
                    mail.attach(row.file.name, content.read(), row.file.content_type)
            mail.send()
        except Exception as error:  # of the mail server, or of a letter that no mail can be made of
            logger.exception("letter.failed", letter=row.pk)
            row.error = str(error)[:300] or type(error).__name__
        else:
            row.sent_at, row.error = timezone.now(), ""
        row.save(update_fields=["tries", "sent_at", "error"])
        return row.sent_at is not None
