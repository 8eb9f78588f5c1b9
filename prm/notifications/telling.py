"""Telling people what happened: a line in the inbox, and a mail with it where the person wants one.

    tell(
        kind="review.shared",
        about=f"review:{review.pk}",
        people=people_at(review.partner_id),
        write=lambda: Notice(_("Your review is ready"), _("Answer until %(day)s.") % …, url),
    )

`write` is called once for each language, in that language and in the tenant's time zone. Both the line and the mail
are rows of the current transaction; the mail leaves after it has committed, and nobody gets two mails about the same
thing. What is told again on purpose, such as a reminder, says so in `about`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from prm.access.permissions import Permission, permissions_of
from prm.accounts.models import Membership, PartnerAccess, User
from prm.files.models import StoredFile
from prm.languages import screen_language
from prm.notifications.choices import Reach
from prm.notifications.kinds import Area, get_kind
from prm.notifications.letters import Draft, post
from prm.notifications.reach import reaches
from prm.notifications.services import Message, put
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to tell. `partner_id` and `partner_public_id` are set for news in a partner's portal."""

    user_id: int
    partner_id: int | None = None
    partner_public_id: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said. `title` and `body` stand in the inbox; the mail has them, then `more`, then the way to `url`.

    `url` is an address within the site, beginning with a slash. `file` goes with the mail alone.
    """

    title: str
    body: str = ""
    url: str = ""
    more: tuple[str, ...] = ()
    file: StoredFile | None = None


def tell(*, kind: str, about: str, people: Iterable[Person], write: Callable[[], Notice]) -> int:
    """Tell people in the current transaction; how many it reached. Nobody who left, and each person once.

    `about` names the thing, at most 80 characters; with the kind it is what a person gets no second mail about.

    Raises:
        KeyError: no app registered this kind of news.
    """
    news = get_kind(kind)
    tenant = require_scope().tenant
    reached = 0
    messages, drafts = [], []
    by_language = _by_language(people, tenant.language)
    reach = reaches([news], (person.user_id for persons in by_language.values() for person in persons))
    with timezone.override(tenant.zone):
        for language, persons in by_language.items():
            with translation.override(language):
                notice = write()
                for person in persons:
                    far = reach[kind, person.user_id]
                    if far == Reach.NOTHING:
                        continue
                    reached += 1
                    messages.append(_message(person, kind, notice))
                    if far == Reach.MAIL:
                        drafts.append(_draft(person, kind, about, notice, tenant.slug))
    put(messages)
    post(drafts)
    return reached


def people_at(partner_id: int, permission: Permission | None = None) -> list[Person]:
    """Everybody who may open a partner's portal, or those of them who hold a permission there."""
    accesses = PartnerAccess.objects.filter(
        tenant_id=require_scope().tenant_id, partner_id=partner_id, is_active=True, user__is_active=True
    ).order_by("pk")
    return [
        Person(access.user_id, partner_id, str(access.partner_public_id))
        for access in accesses
        if permission is None or str(permission) in permissions_of(access.role)
    ]


def staff(user_ids: Iterable[int | None]) -> list[Person]:
    """Members of the workspace. Numbers that are None, or belong to somebody who is no active member, are left out."""
    wanted = [user_id for user_id in dict.fromkeys(user_ids) if user_id is not None]
    active = set(
        Membership.objects.filter(
            tenant_id=require_scope().tenant_id, user_id__in=wanted, is_active=True, user__is_active=True
        ).values_list("user_id", flat=True)
    )
    return [Person(user_id) for user_id in wanted if user_id in active]


def _by_language(people: Iterable[Person], own: str) -> dict[str, list[Person]]:
    persons = list(dict.fromkeys(people))
    users = User.objects.filter(pk__in=[person.user_id for person in persons], is_active=True)
    languages = dict(users.values_list("pk", "language"))
    found = defaultdict(list)
    for person in persons:
        if person.user_id in languages:
            found[screen_language(languages[person.user_id], own)].append(person)
    return found


def _message(person: Person, kind: str, notice: Notice) -> Message:
    return Message(person.user_id, kind, notice.title, notice.body, notice.url, person.partner_id)


def _draft(person: Person, kind: str, about: str, notice: Notice, slug: str) -> Draft:
    origin = settings.PUBLIC_URL.rstrip("/")
    area = Area.WORKSPACE if person.partner_id is None else Area.PORTAL
    paragraphs = [_("Hello,"), notice.title, notice.body, *notice.more]
    if notice.url:
        paragraphs.append(origin + notice.url)
    choose = origin + preferences_url(area, slug, person.partner_public_id)
    paragraphs.append(_("You choose which mails you get here: %(address)s") % {"address": choose})
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Draft(person.user_id, kind, about, notice.title, text, notice.file, person.partner_id)


def preferences_url(area: Area, tenant: str, partner: str = "") -> str:
    """Where a person chooses what to hear about, in the workspace or in a portal."""
    if area == Area.PORTAL:
        return reverse("notifications:portal_preferences", args=[tenant, partner])
    return reverse("notifications:preferences", args=[tenant])
