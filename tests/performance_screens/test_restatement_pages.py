"""Deciding about late facts over HTTP: the list, one of them, several at once, and what the partner sees."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import Measurement, PeriodRow, Restatement
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from performance.services.restatements import apply_restatements
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Membership
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build, measure


@pytest.fixture
def closed(acme: World) -> Scored:
    """The first quarter is closed with 40 points; then 30 of revenue arrive for the partner, 10 for another."""
    with acme.scope():
        scored = build(acme, others=1)
        Measurement.objects.update(recorded_at=datetime(2024, 4, 2, tzinfo=UTC))
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=datetime(2024, 4, 10, tzinfo=UTC))
        measure(
            [
                (scored.partners[0], scored.revenue, "2024-03-30", "30", None),
                (scored.partners[1], scored.revenue, "2024-03-30", "10", None),
            ]
        )
        score_changes(tenant=acme.tenant)
    return scored


def address(world: World, name: str, **kwargs: object) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def proposal(world: World) -> Restatement:
    with world.scope():
        return Restatement.objects.select_related("scorecard").get(scorecard__partner=world.partner)


def detail(world: World) -> str:
    return address(world, "restatement_detail", restatement=proposal(world).public_id)


def seen(client: Client, url: str) -> str:
    return str(client.get(url).context["form"].initial["seen"])


def test_the_periods_page_leads_to_the_open_proposals(acme: World, manager_client: Client, closed: Scored) -> None:
    periods = manager_client.get(address(acme, "period_list")).content.decode()
    listed = manager_client.get(address(acme, "restatement_list") + "?status=open&period=2024-Q1")

    assert "2 late changes" in periods
    assert f"{address(acme, 'restatement_list')}?status=open&amp;period=2024-Q1" in periods
    assert {row.object.scorecard.partner for row in listed.context["list"].lines} == set(closed.partners)
    assert "54.4" in listed.content.decode()


def test_nothing_late_is_said_in_words(acme: World, manager_client: Client) -> None:
    html = manager_client.get(address(acme, "restatement_list")).content.decode()

    assert "No late changes" in html


def test_the_detail_shows_both_sides_and_the_cause(acme: World, manager_client: Client, closed: Scored) -> None:
    response = manager_client.get(detail(acme))

    html = response.content.decode()
    explained = response.context["explained"]
    assert (explained.before.total, explained.after.total) == (Decimal("40.0000"), Decimal("54.4000"))
    assert "Restate to 54.4" in html
    assert "Arrived" in html
    assert f"{acme.partner.external_id}-REVENUE-2024-03-30-2" in html


def test_applying_needs_a_reason_and_is_seen_by_manager_and_partner(
    acme: World, manager_client: Client, closed: Scored
) -> None:
    url = detail(acme)
    given = {"seen": seen(manager_client, url), "decision": "apply"}

    refused = manager_client.post(url, {**given, "reason": " "})
    applied = manager_client.post(url, {**given, "reason": "The March order was booked late."}, follow=True)

    assert refused.status_code == 422
    assert "1 scorecard was restated." in applied.content.decode()
    card = {"programme": "main", "period": "2024-Q1", "partner": acme.partner.public_id}
    receipt = manager_client.get(address(acme, "receipt", **card)).content.decode()
    assert "from 40.0 to 54.4" in receipt
    assert "The March order was booked late." in receipt
    manager_client.force_login(acme.partner_user)
    own = reverse("portal:receipt", kwargs={"tenant": acme.tenant.slug, **card})
    scorecard = reverse("portal:scorecard", kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id})
    for page in (own, f"{scorecard}?period=2024-Q1"):
        html = manager_client.get(page).content.decode()
        assert "from 40.0 to 54.4" in html
        assert "The March order was booked late." in html
    assert str(acme.admin) not in manager_client.get(own).content.decode()


def test_who_decides_second_is_told(acme: World, manager_client: Client, closed: Scored) -> None:
    url = detail(acme)
    given = {"seen": seen(manager_client, url), "decision": "apply", "reason": "Late order"}
    with acme.scope():
        jane = Actor(kind="user", label="Jane")
        apply_restatements(restatements=[Restatement.objects.get(pk=proposal(acme).pk)], actor=jane, reason="First")

    response = manager_client.post(url, given)

    assert response.status_code == 422
    assert "Jane has applied this restatement already." in response.content.decode()
    assert proposal(acme).reason == "First"


def test_figures_that_moved_are_shown_again_before_they_are_applied(
    acme: World, manager_client: Client, closed: Scored
) -> None:
    url = detail(acme)
    given = {"seen": seen(manager_client, url), "decision": "apply", "reason": "Late order"}
    with acme.scope():
        measure([(acme.partner, closed.revenue, "2024-03-31", "10", None)], source="crm")

    refused = manager_client.post(url, given)
    again = manager_client.post(url, {**given, "seen": refused.context["form"]["seen"].value()})

    assert refused.status_code == 422
    assert "the figures have changed since you saw them" in refused.content.decode()
    assert "Restate to 59.2" in refused.content.decode()
    assert again.status_code == 302
    assert proposal(acme).new_total == Decimal("59.2000")


def test_dismissing_keeps_the_card(acme: World, manager_client: Client, closed: Scored) -> None:
    html = manager_client.post(detail(acme), {"decision": "dismiss", "reason": "Belongs to Q2"}, follow=True)

    assert "1 proposal was dismissed." in html.content.decode()
    with acme.scope():
        assert closed.card(acme.partner, "2024-Q1").total == Decimal("40.0000")


def test_several_are_shown_then_applied_together(acme: World, manager_client: Client, closed: Scored) -> None:
    with acme.scope():
        rows = [str(row.public_id) for row in Restatement.objects.all()]
    decide = address(acme, "restatement_decide")

    shown = manager_client.post(decide, {"row": rows})
    given = {"row": rows, "decision": "apply", "reason": "Late file", "seen": shown.context["seen"]}
    stale = manager_client.post(decide, {**given, "seen": "old"})
    done = manager_client.post(decide, given, follow=True)

    assert "Restate 2 scorecards" in shown.content.decode()
    assert stale.status_code == 422
    assert "2 scorecards were restated." in done.content.decode()
    with acme.scope():
        assert Restatement.objects.filter(was_applied=True).count() == 2
        assert PeriodRow.objects.get(label="2024-Q1").is_closed


def test_a_selection_without_open_proposals_is_refused(acme: World, manager_client: Client, closed: Scored) -> None:
    response = manager_client.post(address(acme, "restatement_decide"), {"row": ["nonsense"]}, follow=True)

    assert "Select proposals that are still to be decided." in response.content.decode()
    assert manager_client.get(address(acme, "restatement_decide")).status_code == 302


def test_only_programme_leads_decide_and_portfolios_hold(acme: World, client: Client, closed: Scored) -> None:
    member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER)
    client.force_login(member.user)
    url = detail(acme)

    assert client.get(url).status_code == 200
    assert client.post(url, {"decision": "apply", "reason": "x"}).status_code == 403
    assert client.post(address(acme, "restatement_decide"), {}).status_code == 403
    Membership.objects.filter(pk=member.pk).update(own_portfolio_only=True)
    assert client.get(url).status_code == 404
    assert not client.get(address(acme, "restatement_list")).context["list"].lines


@pytest.mark.parametrize("decision", ["", "maybe"])
def test_a_decision_that_is_none_is_refused(acme: World, manager_client: Client, closed: Scored, decision: str) -> None:
    response = manager_client.post(detail(acme), {"decision": decision, "reason": "x"})

    assert response.status_code == 422
    assert proposal(acme).settled_at is None
