"""Consequences of grades over HTTP: chosen in the draft, looked at, switched on, shown before closing and after."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import Alert, BandConsequence, Outcome, ScorecardTemplate
from performance.services.consequences import carry_out_outcomes, switch_consequences
from performance.services.periods import close_period
from performance.services.scheduling import scoring_paused
from performance.services.templates import revise_template
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.accounts.models import Membership
from prm.audit.models import AuditEntry
from prm.notifications.models import Notification
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build

CLOSED = datetime(2024, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with scoring_paused():
        yield


@pytest.fixture
def scored(acme: World) -> Scored:
    """D for the partner and B for two others in the first quarter; the owner and the partner would hear of a D."""
    with acme.scope():
        scored = build(acme, others=2)
        band = scored.template.bands.get(key="D")
        band.consequences.create(kind="notify_owner", timing="crossing")
        band.consequences.create(kind="notify_partner", timing="every")
    return scored


def address(world: World, name: str, **kwargs: object) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def of_template(world: World, scored: Scored, name: str) -> str:
    return address(world, name, template=scored.template.public_id)


def partners_of(response: Any) -> list[str]:
    return [line.object.partner.name for line in response.context["list"].lines]


def test_whom_it_would_concern_stands_there_before_it_is_switched_on(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    page = manager_client.get(of_template(acme, scored, "template_consequences"), {"period": "2024-Q1"})

    html = page.content.decode()
    assert "Nothing follows until somebody switches it on." in html
    assert "The owner of 1 partner would be told." in html
    assert "The people of 1 partner would be told." in html
    assert partners_of(page) == [acme.partner.name]
    assert "Tell the owner" in html
    with acme.scope():
        assert not Outcome.objects.exists()
        assert not Notification.objects.exists()


def test_the_list_is_filtered_exported_and_empty_where_nobody_is_concerned(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    url = of_template(acme, scored, "template_consequences")

    alerts = manager_client.get(url, {"period": "2024-Q1", "kind": "raise_alert"})
    second = manager_client.get(url, {"period": "2024-Q2"})
    exported = manager_client.get(url, {"period": "2024-Q1", "export": "csv"})

    assert partners_of(alerts) == []
    assert partners_of(second) == []
    assert "Nobody would be concerned" in second.content.decode()
    body = b"".join(exported.streaming_content if exported.streaming else [exported.content]).decode()
    assert acme.partner.name in body
    assert "Tell the owner, Tell the partner" in body


def test_switching_on_and_off(acme: World, manager_client: Client, scored: Scored) -> None:
    url = of_template(acme, scored, "template_consequences_switch")

    on = manager_client.post(url, {"on": "yes"}, follow=True)
    again = manager_client.post(url, {"on": "yes"}, follow=True)
    off = manager_client.post(url, follow=True)

    assert "The consequences are on." in on.content.decode()
    assert "Switch off" in on.content.decode()
    assert "are on already" in again.content.decode()
    assert "The consequences are off." in off.content.decode()
    with acme.scope():
        actions = AuditEntry.objects.filter(action__startswith="template.consequences").order_by("pk")
        assert [entry.action.rpartition("_")[2] for entry in actions] == ["on", "off"]


def test_a_reader_sees_it_but_cannot_switch(acme: World, client: Client, scored: Scored) -> None:
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)

    page = client.get(of_template(acme, scored, "template_consequences"), {"period": "2024-Q1"})
    refused = client.post(of_template(acme, scored, "template_consequences_switch"), {"on": "yes"})

    assert partners_of(page) == [acme.partner.name]
    assert "Switch on" not in page.content.decode()
    assert refused.status_code == 403


def test_with_own_partners_only_nobody_elses_is_listed(acme: World, client: Client, scored: Scored) -> None:
    member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER)
    Membership.objects.filter(pk=member.pk).update(own_portfolio_only=True)
    client.force_login(member.user)

    stranger = client.get(of_template(acme, scored, "template_consequences"), {"period": "2024-Q1"})
    with acme.scope():
        acme.partner.owner = member.user
        acme.partner.save()
    own = client.get(of_template(acme, scored, "template_consequences"), {"period": "2024-Q1"})

    assert partners_of(stranger) == []
    assert "The owner of" not in stranger.content.decode()
    assert partners_of(own) == [acme.partner.name]


def editor_data(page: Any, **changes: str) -> dict[str, str]:
    """What the editor's form holds, with changes."""
    data: dict[str, Any] = {}
    context = page.context
    for formset in (context["lines"], context["bands"]):
        for field in formset.management_form:
            data[field.html_name] = field.value()
        for form in formset.forms:
            for field in form:
                data[field.html_name] = field.value()
    for field in context["form"]:
        data[field.html_name] = field.value()
    data |= changes
    return {name: value for name, value in data.items() if value not in (None, False)}


def test_the_editor_offers_the_kinds_and_keeps_what_was_chosen(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    with acme.scope():
        draft = revise_template(template=scored.template, actor=SYSTEM)
    url = address(acme, "template_update", template=draft.public_id)

    page = manager_client.get(url)
    saved = manager_client.post(
        url, editor_data(page, **{"bands-4-then_raise_alert": "every", "bands-3-then_notify_partner": ""})
    )

    assert "Tell the partner" in page.content.decode()
    assert saved.status_code == 302
    with acme.scope():
        rows = BandConsequence.objects.filter(band__template=draft).order_by("band__minimum", "kind")
        assert list(rows.values_list("band__key", "kind", "timing")) == [
            ("E", "raise_alert", "every"),
            ("D", "notify_owner", "crossing"),
        ]


def test_the_editor_refuses_an_unknown_moment(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        draft = revise_template(template=scored.template, actor=SYSTEM)
    url = address(acme, "template_update", template=draft.public_id)

    refused = manager_client.post(url, editor_data(manager_client.get(url), **{"bands-0-then_raise_alert": "often"}))

    assert refused.status_code == 422
    assert "not one of the available choices" in refused.content.decode()


@pytest.mark.parametrize(("ticked", "is_on"), [({"consequences": "on"}, True), ({}, False)])
def test_publishing_shows_what_would_follow_and_asks_whether_to_switch_on(
    acme: World, manager_client: Client, scored: Scored, ticked: dict[str, str], is_on: bool
) -> None:
    with acme.scope():
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=CLOSED)
        draft = revise_template(template=scored.template, actor=SYSTEM)
    url = address(acme, "template_publish", template=draft.public_id)

    page = manager_client.get(url)
    form = page.context["form"]
    seen = {"seen": form["seen"].value(), "in_spite_of": "on", "valid_from": "2027-01-01"}
    manager_client.post(url, {**seen, **ticked})

    assert "Tried on 2024-Q1, closed" in page.content.decode()
    assert "The owner of 1 partner would be told." in page.content.decode()
    assert form["consequences"].value() is False
    with acme.scope():
        row = ScorecardTemplate.objects.get(pk=draft.pk)
        assert (row.status, row.consequences_on_at is not None) == ("published", is_on)


def test_the_tick_is_set_where_the_version_before_has_the_same_on(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    with acme.scope():
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
        draft = revise_template(template=scored.template, actor=SYSTEM)

    page = manager_client.get(address(acme, "template_publish", template=draft.public_id))

    assert page.context["form"]["consequences"].value() is True


def test_closing_says_what_it_will_do_and_to_whom(acme: World, manager_client: Client, scored: Scored) -> None:
    url = address(acme, "period_close", period="2024-Q1")

    off = manager_client.get(url).content.decode()
    with acme.scope():
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
    on = manager_client.get(url).content.decode()
    whom = manager_client.get(address(acme, "period_consequences", period="2024-Q1"))
    month = manager_client.get(address(acme, "period_close", period="2024-02")).content.decode()

    assert "The consequences of Dealer scorecard, version 1, are off" in off
    assert "would be told" not in off
    assert "The owner of 1 partner would be told." in on
    assert partners_of(whom) == [acme.partner.name]
    assert "What closing 2024-Q1 would bring" in whom.content.decode()
    assert "consequences follow from scorecards of a quarter" in month


def test_what_followed_is_shown_on_both_sides(acme: World, manager_client: Client, scored: Scored) -> None:
    portal_client = Client()
    portal_client.force_login(acme.partner_user)
    with acme.scope():
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=CLOSED)
    carry_out_outcomes(tenant=acme.tenant, at=CLOSED)

    listed = manager_client.get(address(acme, "outcome_list"), {"period": "2024-Q1"})
    periods = manager_client.get(address(acme, "period_list")).content.decode()
    moved = manager_client.get(address(acme, "period_consequences", period="2024-Q1"))
    tab = {"tenant": acme.tenant.slug, "partner": acme.partner.public_id, "tab": "scorecard"}
    mine = manager_client.get(reverse("partners:partner_tab", kwargs=tab), {"period": "2024-Q1"}).content.decode()
    tab["tab"] = "timeline"
    stream = manager_client.get(reverse("partners:partner_tab", kwargs=tab)).content.decode()
    portal = {"tenant": acme.tenant.slug, "partner": acme.partner.public_id}
    theirs = portal_client.get(reverse("portal:scorecard", kwargs=portal), {"period": "2024-Q1"}).content.decode()

    assert {line.object.kind for line in listed.context["list"].lines} == {"notify_partner", "notify_owner"}
    assert "2 consequences" in periods
    assert moved.headers["Location"] == f"{address(acme, 'outcome_list')}?period=2024-Q1"
    assert "What followed from this grade" in mine
    assert "Tell the owner" in mine
    assert "1 person at the partner was told." in mine
    assert "2024-Q1: grade D, the first one" in stream
    assert "What you were told about this grade" in theirs
    assert "Your people were told of grade D" in theirs
    assert "Tell the owner" not in theirs


def test_a_card_that_is_open_says_nothing_about_consequences(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    tab = {"tenant": acme.tenant.slug, "partner": acme.partner.public_id, "tab": "scorecard"}

    html = manager_client.get(reverse("partners:partner_tab", kwargs=tab), {"period": "2024-Q1"}).content.decode()

    assert "What followed from this grade" not in html


def test_nothing_has_followed_yet(acme: World, manager_client: Client) -> None:
    html = manager_client.get(address(acme, "outcome_list")).content.decode()

    assert "Nothing has followed yet" in html
    assert address(acme, "template_list") in html


def test_its_alert_is_an_alert_like_any_other(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        scored.template.bands.get(key="D").consequences.all().delete()
        scored.template.bands.get(key="D").consequences.create(kind="raise_alert", timing="every")
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=CLOSED)
    carry_out_outcomes(tenant=acme.tenant, at=CLOSED)
    with acme.scope():
        alert = Alert.objects.get()

    listed = manager_client.get(address(acme, "alert_list"), {"kind": "outcome"})
    detail = manager_client.get(address(acme, "alert_detail", alert=alert.public_id)).content.decode()
    settled = manager_client.post(
        address(acme, "alert_detail", alert=alert.public_id), {"decision": "resolve", "note": "Talked to them."}
    )

    assert [line.object.pk for line in listed.context["list"].lines] == [alert.pk]
    assert "Grade D, score 40.0, without a grade before" in listed.content.decode()
    assert "Chosen on the scorecard as a consequence of the grade" in detail
    assert settled.status_code == 302
    with acme.scope():
        alert.refresh_from_db()
    assert (alert.status, alert.note) == ("resolved", "Talked to them.")
