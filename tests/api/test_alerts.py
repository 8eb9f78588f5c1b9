"""Alerts and their rules over the API."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from performance.models import AlertRule
from performance.services.alert_rules import save_rule
from performance.services.alerts import look_for_alerts
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from tests.performance_screens.conftest import build


@pytest.fixture(autouse=True)
def _one_alert(acme):
    """One alert about the first tenant's partner: 80 points, under 85."""
    with scoring_paused():
        with acme.scope():
            build(acme)
            save_rule(actor=SYSTEM, name="Low", kind="total", figure=Decimal(85))
        look_for_alerts(tenant=acme.tenant)
        yield


def test_an_alert_is_read_snoozed_resolved_and_reopened(api):
    (alert,) = api.get("alerts/?status=open").json()["results"]
    address = f"alerts/{alert['id']}/"
    until = (timezone.localdate() + timedelta(days=5)).isoformat()

    snoozed = api.post(f"{address}snooze/", {"until": until}).json()
    without_note = api.post(f"{address}resolve/", {})
    resolved = api.post(f"{address}resolve/", {"note": "Done."}).json()
    twice = api.post(f"{address}resolve/", {"note": "Done."})
    reopened = api.post(f"{address}reopen/").json()

    assert (alert["text"], alert["value"], alert["limit"], alert["period"]) == (
        "Score is 80.0, under 85",
        "80.000000",
        "85.000000",
        "2024-Q2",
    )
    assert (snoozed["status"], snoozed["snoozed_until"]) == ("snoozed", until)
    assert without_note.status_code == 422
    assert (resolved["status"], resolved["resolution"], resolved["note"]) == ("resolved", "hand", "Done.")
    assert (twice.status_code, twice.json()["code"]) == (409, "alert_settled")
    assert (reopened["status"], reopened["note"]) == ("open", "")


def test_a_rule_is_tried_made_changed_paused_and_kept(api, acme):
    body = {"name": "Fell", "kind": "total", "figure": "81", "period_kind": "quarter"}

    tried = api.post("alert-rules/preview/", body).json()
    wrong = api.post("alert-rules/", {**body, "figure": "101"})
    made = api.post("alert-rules/", body)
    changed = api.patch(f"alert-rules/{made.json()['id']}/", {"severity": "critical"}).json()
    paused = api.patch(f"alert-rules/{made.json()['id']}/", {"is_active": False}).json()
    gone = api.delete(f"alert-rules/{made.json()['id']}/")
    with acme.scope():
        used = AlertRule.objects.get(name="Low").public_id
    in_use = api.delete(f"alert-rules/{used}/")

    assert (tried["period"], tried["count"]) == ("2024-Q2", 1)
    assert [row["text"] for row in tried["alerts"]] == ["Score is 80.0, under 81"]
    assert wrong.status_code == 422
    assert made.status_code == 201
    assert made.json()["text"] == "Score of a quarter is under 81"
    assert (changed["severity"], changed["figure"]) == ("critical", "81.000000")
    assert paused["is_active"] is False
    assert gone.status_code == 204
    assert (in_use.status_code, in_use.json()["code"]) == (409, "alert_rule_in_use")


def test_another_tenants_key_finds_none(two_tenants, make_client):
    stranger = make_client(two_tenants[1])

    assert stranger.get("alerts/").json()["results"] == []
    assert stranger.get("alert-rules/").json()["results"] == []
