"""A version tried on a partner, and what the linter says, on the pages and over the API."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import Scorecard
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from tests.api.conftest import api, make_client
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import build

__all__ = ["api", "make_client"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(acme: World):
    """Revenue 30, defects 70 instead of 60 and 40; the partner had 80 and 80 points in the second quarter."""
    with acme.scope():
        scored = build(acme, others=3)
        spec = TemplateSpec(
            sections=[
                SectionSpec(
                    "all", "All", [LineSpec(scored.revenue, Decimal(30)), LineSpec(scored.defects, Decimal(70))]
                )
            ],
            settings={"period_kinds": ["month", "quarter"]},
        )
        template = draft_template(programme=scored.programme, actor=SYSTEM, name="Next", spec=spec)
    template.scored = scored
    return template


def address(acme, name, template, query=""):
    url = reverse(f"performance:{name}", kwargs={"tenant": acme.tenant.slug, "template": template.public_id})
    return f"{url}{query}"


def test_the_draft_stands_beside_the_stored_card(acme: World, manager_client: Client, draft) -> None:
    query = f"?partner={acme.partner.external_id}&period=2024-Q1"

    response = manager_client.get(address(acme, "template_preview", draft, query))

    preview = response.context["preview"]
    # 50 of 100 revenue = 40 points, 3 % of 5 to 1 = 40 points: no weight can change that.
    assert (preview.score.total, preview.stored.total, preview.change) == (40, 40, 0)
    assert [row.change for row in preview.rows] == [Decimal("-12.0000"), Decimal("12.0000")]
    html = response.content.decode()
    assert "Scored with version 1." in html
    assert "Benchmark for everyone, from 1 Jan 2020." in html


def test_without_a_choice_the_last_complete_quarter_and_the_busiest_partner(
    acme: World, manager_client: Client, draft
) -> None:
    response = manager_client.get(address(acme, "template_preview", draft))

    preview = response.context["preview"]
    assert (response.status_code, preview.period.label) == (200, "2024-Q2")
    assert preview.partner == acme.partner  # three measurements, the others two
    assert preview.score.total == 80


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("?partner=NOBODY", "No partner that this scorecard could score fits “NOBODY”."),
        ("?partner=%00NOBODY", "No partner that this scorecard could score fits “NOBODY”."),
        ("?period=2024-W1", "2024-W1 is no period that this version scores and that has data."),
        ("?period=2024", "2024 is no period that this version scores"),
    ],
)
def test_what_cannot_be_tried_is_said(acme: World, manager_client: Client, draft, query: str, problem: str) -> None:
    response = manager_client.get(address(acme, "template_preview", draft, query))

    assert response.status_code == 422
    assert problem in response.context["choice"].problem


def test_several_partners_that_fit_are_offered(acme: World, manager_client: Client, draft) -> None:
    with acme.scope():
        for number, partner in enumerate(draft.scored.partners[1:3]):
            partner.name = f"Alpine {number}"
            partner.save()

    response = manager_client.get(address(acme, "template_preview", draft, "?partner=alpine"))

    html = response.content.decode()
    assert "Several partners fit “alpine”. Choose one." in html
    assert "Alpine 0" in html
    assert "Alpine 1" in html


def test_a_manager_of_a_portfolio_tries_it_on_nobody_else(acme: World, client: Client, draft) -> None:
    with acme.scope():
        member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    client.force_login(member.user)

    response = client.get(address(acme, "template_preview", draft, f"?partner={acme.partner.external_id}"))

    assert response.status_code == 422
    assert response.context["preview"] is None


def test_findings_stand_on_the_draft_and_before_publishing(acme: World, manager_client: Client, draft) -> None:
    detail = manager_client.get(address(acme, "template_detail", draft))
    publish = manager_client.get(address(acme, "template_publish", draft))

    codes = [finding.code for finding in detail.context["report"].findings]
    assert codes == ["weight_over_half", "coverage_fails_nobody"]
    assert "decides the card alone" in detail.content.decode()
    assert "Publish in spite of 1 warning" in publish.content.decode()


def test_the_api_previews_and_lints(acme: World, api, draft) -> None:
    listed = api.get("templates/?status=draft").json()["results"]
    lint = api.get(f"templates/{draft.public_id}/lint/").json()
    found = api.get(f"templates/{draft.public_id}/preview/?partner={acme.partner.external_id}&period=2024-Q1").json()

    assert [(row["id"], row["version"], row["valid_from"]) for row in listed] == [(str(draft.public_id), 2, None)]
    assert (lint["errors"], lint["warnings"], lint["periods"]) == (0, 1, ["2024-Q2", "2024-Q1"])
    assert next((row["code"], row["kpi"]) for row in lint["findings"]) == ("weight_over_half", "DEFECTS")
    assert (found["total"], found["grade"], found["change"], found["stored"]["total"]) == (
        "40.0000",
        "D",
        "0.0000",
        "40.0000",
    )
    assert [(row["kpi"], row["points"], row["contribution"]) for row in found["lines"]] == [
        ("REVENUE", "40.0000", "12.0000"),
        ("DEFECTS", "40.0000", "28.0000"),
    ]


@pytest.mark.parametrize(
    ("query", "field"), [("?partner=NOBODY", "partner"), ("?period=2024-W1", "period"), ("?partners=1", "partners")]
)
def test_the_api_refuses_what_is_not_there(api, draft, query: str, field: str) -> None:
    answer = api.get(f"templates/{draft.public_id}/preview/{query}")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_preview_writes_no_card(acme: World, manager_client: Client, draft) -> None:
    with acme.scope():
        before = list(Scorecard.objects.order_by("pk").values())

    manager_client.get(address(acme, "template_preview", draft))

    with acme.scope():
        assert list(Scorecard.objects.order_by("pk").values()) == before
