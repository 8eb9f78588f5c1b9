"""The morning mail: at most one for each person, workspace and day, and none when there is nothing to say."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from prm.accounts.models import Membership
from prm.notifications.digests import DigestText
from prm.notifications.models import MorningMail
from prm.notifications.preferences import wanted_parts
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

logger = structlog.get_logger(__name__)

MORNING = range(7, 11)
"""The hours, in the tenant's zone, in which mails leave: the first of them, the others in case no worker was there."""


NEWS_FOR = timedelta(days=7)

SUBJECT_LENGTH = 200


def tenants_in_the_morning(at: datetime) -> list[Tenant]:
    """The active tenants whose local hour is one of the morning's."""
    return [tenant for tenant in Tenant.objects.filter(is_active=True) if at.astimezone(tenant.zone).hour in MORNING]


def send_morning_mails(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Write and send the mails of a day that have not been sent; how many left.

    Each mail is written and kept in one transaction and sent after it has committed, with a message id made of
    workspace, person and day: where a worker dies between sending and noting it, mail programs see one mail.
    """
    at = at or timezone.now()
    members = Membership.objects.filter(tenant=tenant, is_active=True, user__is_active=True)
    count = 0
    failure: Exception | None = None
    for member in members.select_related("user", "tenant").order_by("pk"):
        try:
            mail = write_mail(member, at)
            if mail is None or mail.sent_at is not None:
                continue
            _letter(mail, member).send()
        except Exception as error:  # of the mail server, or of one part for one person: the others get theirs first
            logger.exception("morning_mail.failed", user=member.user_id)
            failure = failure if isinstance(failure, OSError) else error  # those of the mail server are tried again
            continue
        with tenant_scope(tenant):
            MorningMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
        count += 1
    if count:
        logger.info("morning_mail.sent", count=count)
    if failure is not None:
        raise failure
    return count


def write_mail(member: Membership, at: datetime) -> MorningMail | None:
    """The person's mail of the day, written now unless it was already; None when there is nothing to say."""
    tenant = member.tenant
    day = tenant.local_date(at)
    language = member.user.language or tenant.language
    with tenant_scope(tenant), translation.override(language), timezone.override(tenant.zone):
        written = MorningMail.objects.filter(user_id=member.user_id, day=day).first()
        if written is not None:
            return written
        texts = _texts(member, _since(member, at))
        if not texts:
            return None
        mail, _made = MorningMail.objects.get_or_create(
            user_id=member.user_id,
            day=day,
            defaults={
                "subject": _subject(texts)[:SUBJECT_LENGTH],
                "parts": [asdict(text) for text in texts],
                "created_at": at,
            },
        )
        return mail


def _since(member: Membership, at: datetime) -> datetime:
    """When the person's last mail was written; what lies further back than a week is no news."""
    last = MorningMail.objects.filter(user_id=member.user_id, created_at__lt=at).order_by("-created_at").first()
    longest = at - NEWS_FOR
    return longest if last is None else max(last.created_at, longest)


def _texts(member: Membership, since: datetime) -> list[DigestText]:
    wanted = [part for part, on in wanted_parts(user_id=member.user_id, role=member.role) if on]
    written = [part.write(member, since) for part in wanted]
    return [text for text in written if text is not None]


def _subject(texts: list[DigestText]) -> str:
    first = texts[0].subject or texts[0].title
    if len(texts) == 1:
        return first
    rest = len(texts) - 1
    return ngettext("%(first)s and %(count)d more thing", "%(first)s and %(count)d more things", rest) % {
        "first": first,
        "count": rest,
    }


def _letter(mail: MorningMail, member: Membership) -> EmailMultiAlternatives:
    tenant = member.tenant
    origin = settings.PUBLIC_URL.rstrip("/")
    context: dict[str, Any] = {
        "mail": mail,
        "tenant": tenant,
        "person": member.user.get_short_name(),
        "product_name": settings.PRODUCT_NAME,
        "origin": origin,
        "settings_url": origin + reverse("notifications:preferences", args=[tenant.slug]),
    }
    with translation.override(member.user.language or tenant.language), timezone.override(tenant.zone):
        context["LANGUAGE_CODE"] = translation.get_language()
        letter = EmailMultiAlternatives(
            " ".join(mail.subject.split()),
            render_to_string("emails/morning.txt", context),
            settings.DEFAULT_FROM_EMAIL,
            [member.user.email],
            headers={
                "Message-ID": f"<morning-{tenant.slug}-{member.user_id}-{mail.day:%Y%m%d}@{urlsplit(origin).hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        letter.attach_alternative(render_to_string("emails/morning.html", context), "text/html")
    return letter
