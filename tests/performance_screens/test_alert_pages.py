"""Alerts by user story: find one, see why, settle it alone or with others; write a rule after trying it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from performance.models import Alert, AlertRule
from performance.services.alert_rules import save_rule
from performance.services.alerts import look_for_alerts
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.accounts.models import Membership
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import build


@pytest.fixture(autouse=True)
def _quiet():
    """Nothing looks by itself."""
    with scoring_paused():
        yield


@pytest.fixture
def alerts(acme):
    """Three partners under 90 points, found by one rule: 80 and twice 86."""
    with acme.scope():
        build(acme, others=2)
        save_rule(actor=SYSTEM, name="Low", kind="total", figure=Decimal(90))
        look_for_alerts(tenant=acme.tenant)
        return list(Alert.objects.select_related("partner").order_by("value", "pk"))


def _url(name, **kwargs):
    return reverse(f"performance:{name}", kwargs={"tenant": "acme", **kwargs})


def test_the_list_says_what_was_found_and_the_menu_counts(manager_client, alerts):
    page = manager_client.get(_url("alert_list"), {"status": "open"}).content.decode()
    none = manager_client.get(_url("alert_list"), {"status": "resolved"}).content.decode()

    assert page.count("Score is 86.0, under 90") == 2
    assert "Score is 80.0, under 90" in page
    assert "Score is" not in none


def test_an_alert_leads_to_the_receipt_and_is_resolved_with_a_note(manager_client, acme, alerts):
    address = _url("alert_detail", alert=alerts[0].public_id)

    shown = manager_client.get(address).content.decode()
    refused = manager_client.post(address, {"decision": "resolve", "note": ""})
    done = manager_client.post(address, {"decision": "resolve", "note": "Talked to them."})

    receipt = _url("receipt", programme="main", period="2024-Q2", partner=alerts[0].partner.public_id)
    assert receipt in shown
    assert refused.status_code == 422
    assert "Say what was done" in refused.content.decode()
    assert done.status_code == 302
    with acme.scope():
        row = Alert.objects.get(pk=alerts[0].pk)
        assert (row.status, row.note, row.settled_by) == ("resolved", "Talked to them.", str(acme.admin))


def test_several_are_snoozed_together(manager_client, acme, alerts):
    rows = [str(row.public_id) for row in alerts[:2]]
    until = (timezone.localdate() + timedelta(days=3)).isoformat()

    asked = manager_client.post(_url("alert_settle"), {"row": rows})
    done = manager_client.post(_url("alert_settle"), {"row": rows, "decision": "snooze", "until": until})

    assert "Snooze 2 alerts" in asked.content.decode()
    assert done.status_code == 302
    with acme.scope():
        assert list(Alert.objects.order_by("value", "pk").values_list("status", flat=True)) == [
            "snoozed",
            "snoozed",
            "open",
        ]


def test_a_rule_is_tried_before_it_is_saved(manager_client, acme, alerts):
    values = {
        "name": "Very low",
        "kind": "total",
        "figure": "85",
        "period_kind": "quarter",
        "timing": "ended",
        "wait_days": "3",
        "severity": "critical",
    }

    tried = manager_client.post(_url("alert_rule_create"), {**values, "preview": "1"}).content.decode()
    with acme.scope():
        saved_by_trying = AlertRule.objects.filter(name="Very low").exists()
    wrong = manager_client.post(_url("alert_rule_create"), {**values, "figure": "101", "save": "1"})
    saved = manager_client.post(_url("alert_rule_create"), {**values, "save": "1"})

    assert "Would have raised 1 alert in 2024-Q2" in tried
    assert "Score is 80.0, under 85" in tried
    assert not saved_by_trying
    assert wrong.status_code == 422
    assert "A score lies between 0 and 100." in wrong.content.decode()
    assert saved.status_code == 302
    with acme.scope():
        assert AlertRule.objects.get(name="Very low").severity == "critical"


def test_a_paused_rule_resolves_its_alerts(manager_client, acme, alerts):
    rule = alerts[0].rule_id

    with acme.scope():
        address = _url("alert_rule_switch", rule=AlertRule.objects.get(pk=rule).public_id)
    manager_client.post(address)

    with acme.scope():
        assert set(Alert.objects.values_list("status", "resolution")) == {("resolved", "rule_off")}


def test_somebody_elses_partner_is_not_there(client, acme, alerts):
    member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER)
    Membership.objects.filter(pk=member.pk).update(own_portfolio_only=True)
    client.force_login(member.user)

    shown = client.get(_url("alert_list")).content.decode()
    detail = client.get(_url("alert_detail", alert=alerts[0].public_id))

    assert "Score is" not in shown
    assert detail.status_code == 404


def test_who_wants_no_mail_says_so(manager_client, acme):
    address = reverse("notifications:preferences", kwargs={"tenant": "acme"})

    before = manager_client.get(address).content.decode()
    manager_client.post(address, {})
    after = manager_client.get(address).content.decode()

    assert 'value="alerts"' in before
    assert before.count(" checked") > after.count(" checked")
