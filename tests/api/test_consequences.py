"""Consequences of grades over the API: what a version has, whom it would concern, switching, what followed."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from performance.services.consequences import carry_out_outcomes, switch_consequences
from performance.services.periods import close_period
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from tests.performance_screens.conftest import build

CLOSED = datetime(2024, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quiet():
    cache.clear()
    with scoring_paused():
        yield


@pytest.fixture
def scored(acme):
    """The partner has a D and then a B, of which two others have two; the owner hears of a B, the partner of a D."""
    with acme.scope():
        scored = build(acme, others=2)
        scored.template.bands.get(key="B").consequences.create(kind="notify_owner", timing="crossing")
        scored.template.bands.get(key="D").consequences.create(kind="notify_partner", timing="every")
    return scored


def path(scored):
    return f"templates/{scored.template.public_id}/consequences/"


def test_a_template_says_what_follows_from_its_grades(api, scored):
    (row,) = api.get("templates/").json()["results"]

    assert (row["consequence_periods"], row["consequences_on_at"]) == (["quarter"], None)
    assert [band["grade"] for band in row["grades"]] == ["A", "B", "C", "D", "E"]
    assert row["grades"][3]["consequences"] == [{"kind": "notify_partner", "timing": "every"}]


def test_whom_it_would_concern(api, acme, scored):
    body = api.get(f"{path(scored)}?period=2024-Q1").json()

    assert (body["is_on"], body["period"], body["is_closed"], body["partner_count"]) == (False, "2024-Q1", False, 3)
    assert body["consequences"] == [
        {"kind": "notify_owner", "partners": 2, "text": "The owners of 2 partners would be told."},
        {"kind": "notify_partner", "partners": 1, "text": "The people of 1 partner would be told."},
    ]
    assert body["partners"][0] == {
        "partner": acme.partner.external_id,
        "partner_id": str(acme.partner.public_id),
        "total": "40.0000",
        "grade": "D",
        "former_grade": "",
        "kinds": ["notify_partner"],
    }
    rest = api.get(f"{path(scored)}?period=2024-Q1&offset=1").json()["partners"]
    assert [row["grade"] for row in rest] == ["B", "B"]


@pytest.mark.parametrize(
    ("query", "field"), [("period=2031-Q1", "period"), ("perod=2024-Q1", "perod"), ("offset=ten", "offset")]
)
def test_wrong_questions_are_refused(api, scored, query, field):
    answer = api.get(f"{path(scored)}?{query}")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_switching(api, acme, scored):
    on = api.patch(path(scored), {"is_on": True})
    again = api.patch(path(scored), {"is_on": True})
    wrong = api.patch(path(scored), {"on": True})

    assert (on.status_code, on.json()["is_on"]) == (200, True)
    assert (again.status_code, again.json()["code"]) == (409, "consequences_not_ready")
    assert wrong.status_code == 422
    with acme.scope():
        entry = AuditEntry.objects.get(action="template.consequences_switched_on")
        assert entry.actor_kind == "api_key"


def test_what_has_followed(api, acme, scored):
    with acme.scope():
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=CLOSED)
    carry_out_outcomes(tenant=acme.tenant, at=CLOSED)

    listed = api.get("consequences/?period=2024-Q1&kind=notify_partner").json()["results"]
    card = api.get(f"scorecards/main/2024-Q1/{acme.partner.public_id}/consequences/").json()

    assert listed == card
    (row,) = card
    assert (row["partner"], row["grade"], row["former_grade"], row["timing"]) == (
        acme.partner.external_id,
        "D",
        "",
        "every",
    )
    assert (row["state"], row["people_told"], row["text"]) == ("done", 1, "1 person at the partner was told.")
    assert len(api.get("consequences/").json()["results"]) == 3


def test_another_workspaces_card_is_not_there(api, two_tenants, scored):
    other = two_tenants[1]

    answer = api.get(f"scorecards/main/2024-Q1/{other.partner.public_id}/consequences/")

    assert answer.status_code == 404


def test_its_alert_is_read_over_the_api(api, acme, scored):
    with acme.scope():
        scored.template.bands.get(key="D").consequences.create(kind="raise_alert", timing="every")
        switch_consequences(template=scored.template, actor=SYSTEM, is_on=True)
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=CLOSED)
    carry_out_outcomes(tenant=acme.tenant, at=CLOSED)

    (row,) = api.get("alerts/?kind=outcome").json()["results"]

    assert (row["kind"], row["grade"], row["rule"], row["period"]) == ("outcome", "D", None, "2024-Q1")
