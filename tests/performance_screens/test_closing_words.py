"""What partners and managers are told when a period is closed: how it ended, in words and in their language."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.notifications.models import Notification
from prm.notifications.morning import send_morning_mails
from prm.notifications.preferences import set_muted, wanted_parts
from tests.conftest import World
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import PartnerFactory
from tests.performance_screens.conftest import Scored, build, measure, recompute

MORNING = datetime(2024, 7, 10, 8, tzinfo=UTC)


@pytest.fixture
def world(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=5)


def close(world: Scored, label: str, at: datetime = MORNING - timedelta(hours=12)) -> None:
    close_period(period=world.period(label), actor=SYSTEM, at=at)


def told(world: Scored) -> dict[str, str]:
    """What each person of the partner was told, by language."""
    rows = Notification.objects.filter(kind="scorecard.final").select_related("user")
    return {row.user.language: row.body for row in rows}


def test_a_partner_is_told_how_the_period_ended_in_its_language(world: Scored) -> None:
    with world.world.scope():
        other = PartnerAccessFactory(partner=world.partners[0]).user
        other.language = "de"
        other.save()

        close(world, "2024-Q2")

        assert told(world) == {
            "": "Your score of 2024-Q2 is 80.0, grade B. That is 40.0 points more than in 2024-Q1. That is place 6 of "
            "6 similar partners. It will change only by a correction that both sides can see.",
            "de": "Ihr Ergebnis für 2024-Q2 ist 80,0, Note B. Das sind 40,0 Punkte mehr als in 2024-Q1. Das ist Platz "
            "6 von 6 ähnlichen Partnern.",
        }


def test_a_place_among_fewer_than_five_is_not_told(acme: World) -> None:
    with acme.scope():
        scored = build(acme, others=3)
        close(scored, "2024-Q1")
        (body,) = told(scored).values()
    assert body.startswith("Your score of 2024-Q1 is 40.0, grade D.")
    assert "place" not in body


def test_a_card_without_a_grade_says_why(world: Scored) -> None:
    with world.world.scope():
        measure([(world.partners[0], world.defects, "2024-08-02", "1", "100")])
        recompute()
        close(world, "2024-Q3", at=MORNING + timedelta(days=100))
        (body,) = told(world).values()
    assert "40\u202f%" in body.replace(" %", "\u202f%")


def test_closing_asks_the_same_for_any_number_of_partners_up_to_their_messages(world: Scored) -> None:
    """Each message is written by itself, as before; cards, people and languages are read once."""
    with world.world.scope():
        for partner in world.partners[1:3]:
            PartnerAccessFactory(partner=partner)
        with CaptureQueriesContext(connection) as captured:
            close(world, "2024-Q2")
    reading = [row["sql"] for row in captured if 'FROM "accounts_partneraccess"' in row["sql"]]
    assert len(reading) == 1


def test_the_morning_mail_tells_the_closed_quarter(world: Scored) -> None:
    with world.world.scope():
        close(world, "2024-Q2")

    send_morning_mails(tenant=world.world.tenant, at=MORNING)

    letter = next(row for row in mail.outbox if row.to == [world.world.admin.email])
    assert letter.subject == "2024-Q2 is final"
    assert "6 of 6 partners are rated in 2024-Q2. The average score is 85.0" in " ".join(letter.body.split())
    assert "/?programme=main&period=2024-Q2" in letter.body
    with world.world.scope():
        close(world, "2024-Q1")
    mail.outbox.clear()
    assert send_morning_mails(tenant=world.world.tenant, at=MORNING + timedelta(hours=1)) == 0


def test_nothing_is_told_without_a_closing_or_to_who_does_not_want_it(world: Scored) -> None:
    assert send_morning_mails(tenant=world.world.tenant, at=MORNING) == 0
    member = world.world.admin.memberships.get()
    with world.world.scope():
        assert "closed_periods" in [part.key for part, _on in wanted_parts(user_id=member.user_id, role=member.role)]
        set_muted(user_id=member.user_id, role=member.role, wanted=["alerts"])
        close(world, "2024-Q2")
    send_morning_mails(tenant=world.world.tenant, at=MORNING)
    assert [row.to for row in mail.outbox if row.to == [world.world.admin.email]] == []


def test_a_channel_manager_is_told_of_own_partners_alone(world: Scored) -> None:
    member = MembershipFactory(tenant=world.world.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    idle = MembershipFactory(tenant=world.world.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with world.world.scope():
        world.partners[0].owner = member.user
        world.partners[0].save()
        PartnerFactory(owner=idle.user)
        close(world, "2024-Q2")

    send_morning_mails(tenant=world.world.tenant, at=MORNING)

    letters = {row.to[0]: " ".join(row.body.split()) for row in mail.outbox}
    assert "1 of 1 partner is rated in 2024-Q2. The average score is 80.0" in letters[member.user.email]
    assert idle.user.email not in letters
