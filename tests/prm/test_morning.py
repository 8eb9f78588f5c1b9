"""The morning mail: one that cannot be written keeps nobody else waiting."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from prm.access.roles import Role
from prm.accounts.permissions import WORKSPACE_USE
from prm.notifications import digests
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part
from prm.notifications.models import MorningMail
from prm.notifications.morning import send_morning_mails
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 20, 7, tzinfo=UTC)


@pytest.fixture
def two(acme, in_scope, monkeypatch):
    """Two members who get a mail of one part, written by the returned list of functions, one for each."""
    writers = {}
    monkeypatch.setattr(digests, "_parts", {})
    register_part(DigestPart("test", "Test", WORKSPACE_USE, write=lambda member, _since: writers[member.user_id]()))
    people = [acme.admin.pk, MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user_id]
    return acme.tenant, people, writers


def said(subject="News"):
    return DigestText(title="News", lines=[DigestLine("One", ["Two"])], subject=subject)


def test_a_mail_that_cannot_be_written_does_not_keep_the_others_from_theirs(two):
    tenant, (first, second), writers = two
    writers.update({first: lambda: 1 / 0, second: said})

    with pytest.raises(ZeroDivisionError):
        send_morning_mails(tenant=tenant, at=AT)

    assert [row.user_id for row in MorningMail.objects.all()] == [second]
    assert len(mail.outbox) == 1
    writers[first] = said
    assert send_morning_mails(tenant=tenant, at=AT) == 1


def test_a_subject_of_any_length_fits(two):
    tenant, (first, second), writers = two
    writers.update({first: lambda: said("A very long name " * 20), second: said})

    assert send_morning_mails(tenant=tenant, at=AT) == 2
    assert len(mail.outbox[0].subject) <= 200
