"""Restatements and comparisons of runs over the API: the same services, the same refusals."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from performance.models import Measurement, Restatement, Run
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from prm.access.actor import SYSTEM
from tests.performance_screens.conftest import build, measure, recompute


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def proposal(acme):
    """The first quarter is closed with 40 points; then 30 of revenue arrive, which would make it 54.4."""
    with acme.scope():
        scored = build(acme)
        Measurement.objects.update(recorded_at=datetime(2024, 4, 2, tzinfo=UTC))
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=datetime(2024, 4, 10, tzinfo=UTC))
        measure([(acme.partner, scored.revenue, "2024-03-30", "30", None)])
        score_changes(tenant=acme.tenant)
        return f"restatements/{Restatement.objects.get().public_id}/"


def test_a_proposal_reads_with_both_versions_and_its_cause(api, acme, proposal):
    (row,) = api.get("restatements/?status=open&period=2024-Q1").json()["results"]
    body = api.get(proposal).json()

    assert (row["status"], row["old_total"], row["new_total"]) == ("open", "40.0000", "54.4000")
    assert row["partner"] == acme.partner.external_id
    assert (body["before"]["total"], body["after"]["total"]) == ("40.0000", "54.4000")
    assert [line["contribution"] for line in body["after"]["lines"]] == ["38.4000", "16.0000"]
    assert [(cause["kind"], cause["old_value"], cause["new_value"]) for cause in body["causes"]] == [
        ("added", None, "30.000000")
    ]


def test_applying_checks_what_was_seen_and_happens_once(api, acme, proposal):
    digest = api.get(proposal).json()["after"]["digest"]

    moved = api.post(f"{proposal}apply/", {"reason": "Late order", "digest": "old"})
    applied = api.post(f"{proposal}apply/", {"reason": "Late order", "digest": digest})
    again = api.post(f"{proposal}dismiss/", {"reason": "No"})

    assert (moved.status_code, moved.json()["code"]) == (409, "restatement_moved")
    assert (applied.status_code, applied.json()["status"], applied.json()["reason"]) == (200, "applied", "Late order")
    assert (again.status_code, again.json()["code"]) == (409, "restatement_settled")
    card = api.get(f"scorecards/main/2024-Q1/{acme.partner.public_id}/").json()
    assert (card["total"], card["is_closed"]) == ("54.4000", True)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1001}, {"reason": "x", "because": "y"}])
@pytest.mark.parametrize("decision", ["apply", "dismiss"])
def test_a_decision_without_a_proper_reason_is_422(api, proposal, decision, body):
    assert api.post(f"{proposal}{decision}/", body).status_code == 422
    assert api.get(proposal).json()["status"] == "open"


def test_dismissing_keeps_the_card(api, acme, proposal):
    answer = api.post(f"{proposal}dismiss/", {"reason": "Belongs to Q2"}).json()

    assert (answer["status"], answer["before"]["total"]) == ("dismissed", "40.0000")
    assert api.get(f"scorecards/main/2024-Q1/{acme.partner.public_id}/").json()["total"] == "40.0000"
    assert api.get("restatements/?status=open").json()["results"] == []


def test_scopes_and_tenants_hold(two_tenants, make_client, proposal):
    reader = make_client(two_tenants[0], scopes=["restatement:view"])
    stranger = make_client(two_tenants[1])

    assert reader.get(proposal).status_code == 200
    assert reader.post(f"{proposal}apply/", {"reason": "x"}).status_code == 403
    assert stranger.get(proposal).status_code == 404
    assert stranger.post(f"{proposal}apply/", {"reason": "x"}).status_code == 404
    assert stranger.get("restatements/").json()["results"] == []


def test_a_run_is_run_again_and_compared(api, acme, django_capture_on_commit_callbacks):
    with acme.scope():
        build(acme)
        first = Run.objects.get()
        second = recompute()

    missing = api.get(f"runs/{first.public_id}/replay/")
    with django_capture_on_commit_callbacks(execute=True):
        asked = api.post(f"runs/{first.public_id}/replay/")
    answer = api.get(f"runs/{first.public_id}/replay/").json()
    compared = api.get(f"runs/{second.public_id}/compare/?with={first.public_id}").json()

    assert (missing.json()["state"], asked.status_code) == ("none", 202)
    assert (answer["state"], answer["same_hash"], answer["cards_differing"]) == ("succeeded", True, 0)
    assert (compared["first"], compared["same_results"]) == (str(first.public_id), True)
    assert {row["key"]: row["is_same"] for row in compared["differences"]}["output_hash"]
    assert api.get(f"runs/{second.public_id}/compare/?with=nonsense").status_code == 422
    assert api.get(f"runs/{first.public_id}/compare/").status_code == 204
    assert api.get(f"runs/{second.public_id}/compare/?with={second.public_id}").status_code == 409
