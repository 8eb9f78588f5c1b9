"""Telling people: who hears what, where, in which language, and never twice by mail."""

from io import BytesIO

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.accounts.permissions import TEAM_MANAGE, WORKSPACE_USE
from prm.files.services import store_file
from prm.notifications import kinds, letters
from prm.notifications.choices import Reach
from prm.notifications.kinds import Area, NoticeKind, register_kind
from prm.notifications.letters import send_letters
from prm.notifications.models import Letter, Notification
from prm.notifications.preferences import chosen_reaches, set_reaches
from prm.notifications.telling import Notice, people_at, staff, tell
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import PartnerFactory

pytestmark = pytest.mark.django_db

NEWS = NoticeKind("test.news", "News of a test", Area.WORKSPACE, WORKSPACE_USE)
LOUD = NoticeKind("test.loud", "Something to answer", Area.WORKSPACE, WORKSPACE_USE, may_be_silenced=False)
QUIET = NoticeKind("test.quiet", "Something small", Area.WORKSPACE, WORKSPACE_USE, mails=False)


@pytest.fixture(autouse=True)
def news(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    for kind in (NEWS, LOUD, QUIET):
        register_kind(kind)


@pytest.fixture
def member(acme, in_scope):
    return MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER)


def say(member, kind=NEWS, about="thing:1", **texts):
    return tell(
        kind=kind.key,
        about=about,
        people=staff([member.user_id]),
        write=lambda: Notice(**{"title": "It happened", "body": "Look at it.", "url": "/t/acme/", **texts}),
    )


def test_one_line_in_the_inbox_and_one_mail(acme, member):
    assert say(member) == 1

    line = Notification.objects.get(user_id=member.user_id)
    letter = Letter.objects.get(user_id=member.user_id)
    assert (line.title, line.body, line.url) == ("It happened", "Look at it.", "/t/acme/")
    assert letter.subject == "It happened"
    assert "/t/acme/" in letter.text
    assert reverse("notifications:preferences", args=["acme"]) in letter.text


def test_no_second_mail_about_the_same(acme, member):
    say(member)
    say(member)

    assert Letter.objects.count() == 1
    say(member, about="thing:2")
    assert Letter.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "chosen", "lines", "letters"),
    [
        (NEWS, None, 1, 1),
        (NEWS, Reach.MAIL, 1, 1),
        (NEWS, Reach.INBOX, 1, 0),
        (NEWS, Reach.NOTHING, 0, 0),
        (LOUD, Reach.NOTHING, 1, 0),
        (QUIET, None, 1, 0),
        (QUIET, Reach.MAIL, 1, 1),
    ],
)
def test_each_person_decides_how_far_news_goes(acme, member, kind, chosen, lines, letters):
    if chosen is not None:
        set_reaches(user_id=member.user_id, reaches={kind.key: chosen})

    assert say(member, kind) == lines
    assert (Notification.objects.count(), Letter.objects.count()) == (lines, letters)


def test_a_choice_for_one_kind_leaves_the_others(acme, member):
    set_reaches(user_id=member.user_id, reaches={NEWS.key: Reach.NOTHING})
    set_reaches(user_id=member.user_id, reaches={QUIET.key: Reach.MAIL})

    chosen = chosen_reaches(user_id=member.user_id, role=member.role, area=Area.WORKSPACE)
    by_key = {kind.key: reach for kind, reach in chosen}
    assert (by_key[NEWS.key], by_key[QUIET.key], by_key[LOUD.key]) == (Reach.NOTHING, Reach.MAIL, Reach.MAIL)


def test_it_is_written_once_for_each_language(acme, member):
    others = [MembershipFactory(tenant=acme.tenant, role=Role.ANALYST) for _nth in range(2)]
    written = []

    def write():
        written.append(get_language())
        return Notice(_("Inbox"))

    tell(kind=NEWS.key, about="x", people=staff([member.user_id, *(one.user_id for one in others)]), write=write)

    assert written == ["en"]
    assert Notification.objects.count() == 3


def test_who_left_hears_nothing(acme, member):
    member.is_active = False
    member.save()

    assert say(member) == 0
    assert staff([None, member.user_id]) == []


def test_people_at_a_partner_by_what_they_may(acme, in_scope):
    partner = PartnerFactory()
    admin = PartnerAccessFactory(partner=partner, role=Role.PARTNER_ADMIN)
    other = PartnerAccessFactory(partner=partner, role=Role.PARTNER_MEMBER)
    PartnerAccessFactory(partner=PartnerFactory(), role=Role.PARTNER_ADMIN)

    assert {one.user_id for one in people_at(partner.pk)} == {admin.user_id, other.user_id}
    assert [one.user_id for one in people_at(partner.pk, TEAM_MANAGE)] == [admin.user_id]


def test_news_nobody_registered_is_refused(acme, member):
    with pytest.raises(KeyError):
        tell(kind="test.unknown", about="x", people=staff([member.user_id]), write=lambda: Notice("x"))


def test_a_file_goes_with_the_mail(acme, member):
    stored = store_file(
        actor=SYSTEM, content=BytesIO(b"a;b\n"), name="figures.csv", purpose="test", content_type="text/csv"
    )
    say(member, file=stored)

    assert send_letters(tenant=acme.tenant) == 1
    assert mail.outbox[0].attachments[0].filename == "figures.csv"
    assert send_letters(tenant=acme.tenant) == 0


def test_a_file_named_after_somebody_with_a_line_break_in_their_name_is_mailed_in_one_line(acme, member):
    named = "Pack Acme\nBcc: thief@example.org.pdf"
    stored = store_file(actor=SYSTEM, content=BytesIO(b"%PDF"), name=named, purpose="test")
    say(member, file=stored)

    assert send_letters(tenant=acme.tenant) == 1
    assert b"\nBcc:" not in mail.outbox[0].message().as_bytes()


def test_a_person_chooses_on_a_page(acme, member, client):
    client.force_login(member.user)
    address = reverse("notifications:preferences", args=["acme"])

    assert "News of a test" in client.get(address).content.decode()
    client.post(address, {NEWS.key: Reach.NOTHING, QUIET.key: Reach.INBOX})
    refused = client.post(address, {LOUD.key: Reach.NOTHING})

    assert say(member) == 0
    assert refused.status_code == 422


def test_a_letter_that_no_mail_can_be_made_of_does_not_hold_up_the_others(acme, member, monkeypatch):
    say(member, about="thing:1", title="First")
    say(member, about="thing:2", title="Second")
    make = letters.mail_of

    def stumble(*, subject, **values):
        if subject == "First":
            raise ValueError("Header values may not contain linefeed characters")
        return make(subject=subject, **values)

    monkeypatch.setattr(letters, "mail_of", stumble)

    assert send_letters(tenant=acme.tenant) == 1
    assert [message.subject for message in mail.outbox] == ["Second"]
    assert "linefeed" in Letter.objects.get(subject="First").error
    assert Letter.objects.get(subject="First").tries == 1


def test_who_has_left_meanwhile_gets_no_letter_that_was_written_before(acme, member):
    say(member)
    member.is_active = False
    member.save()

    assert send_letters(tenant=acme.tenant) == 0
    assert mail.outbox == []
    member.is_active = True
    member.save()
    assert send_letters(tenant=acme.tenant) == 0, "it is no news any more"


def test_an_address_that_somebody_wrote_does_not_become_the_button(acme, member):
    say(member, body="https://thief.example/sign-in")

    send_letters(tenant=acme.tenant)

    html = mail.outbox[0].alternatives[0].content
    assert html.count("Open the link") == 1
    assert 'href="https://thief.example/sign-in" style' not in html
