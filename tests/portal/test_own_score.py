"""The portal: the partner sees its own score, the same figures in the same words, and nobody else's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import World
from tests.performance_screens.conftest import Scored, build, measure, recompute


def address(world: World, name: str = "home", partner: object = None, **kwargs: str) -> str:
    public_id = (partner or world.partner).public_id
    return reverse(f"portal:{name}", kwargs={"tenant": world.tenant.slug, "partner": public_id, **kwargs})


CARD = {"programme": "main", "period": "2024-Q2"}


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=1)


def test_home_before_the_first_score(acme: World, portal_client: Client) -> None:
    assert "Your score appears here" in portal_client.get(address(acme)).content.decode()


def test_home_begins_with_the_own_score(acme: World, portal_client: Client, scored: Scored) -> None:
    with acme.scope():
        scored.revenue.definition = "Net sales invoiced to end customers."
        scored.revenue.save()

    response = portal_client.get(address(acme), {"period": "2024-Q1"})

    html = response.content.decode()
    assert "40.0" in html
    assert "What helps most now" in html
    assert "+24.0" in html
    assert "Net sales invoiced to end customers." in html
    assert scored.partners[1].name not in html


def test_both_sides_read_the_same_receipt(acme: World, client: Client, scored: Scored) -> None:
    client.force_login(acme.admin)
    theirs = client.get(
        reverse(
            "performance:receipt",
            kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id, **CARD},
        )
    ).context["page"]
    client.force_login(acme.partner_user)
    ours = client.get(address(acme, "receipt", **CARD)).context["page"]

    assert ours.card.total == theirs.card.total == 80
    assert [row.steps for row in ours.rows] == [row.steps for row in theirs.rows]


def test_the_place_is_hidden_among_fewer_than_five(acme: World, portal_client: Client, scored: Scored) -> None:
    response = portal_client.get(address(acme, "scorecard"))

    assert response.context["page"].cohort is None
    assert response.context["page"].medians == [None, None]
    assert "Shown once at least five partners" in response.content.decode()


def test_the_place_is_shown_among_five(acme: World, portal_client: Client) -> None:
    with acme.scope():
        build(acme, others=4)

    cohort = portal_client.get(address(acme, "scorecard")).context["page"].cohort

    assert (cohort.rank, cohort.size) == (5, 5)


@pytest.mark.parametrize("name", ["home", "scorecard", "receipt", "receipt_facts", "card_version"])
def test_another_partners_pages_are_not_found(acme: World, portal_client: Client, scored: Scored, name: str) -> None:
    kwargs = {} if name in ("home", "scorecard") else CARD

    assert portal_client.get(address(acme, name, **kwargs)).status_code == 200
    assert portal_client.get(address(acme, name, partner=scored.partners[1], **kwargs)).status_code == 404


def test_a_partner_opens_no_manager_page(acme: World, portal_client: Client, scored: Scored) -> None:
    for name in ("overview", "scorecard_list", "kpi_list", "measurement_list", "run_list"):
        page = reverse(f"performance:{name}", kwargs={"tenant": acme.tenant.slug})
        assert portal_client.get(page).status_code == 404


def test_measurements_are_the_own_ones(acme: World, portal_client: Client, scored: Scored) -> None:
    response = portal_client.get(address(acme, "receipt_facts", **CARD))

    assert sorted(row.value for row in response.context["facts"].rows) == [1, 40, 60]
    assert "/measurements/1" not in response.content.decode()


def test_home_costs_the_same_with_more_data(acme: World, portal_client: Client, scored: Scored) -> None:
    portal_client.get(address(acme))

    with CaptureQueriesContext(connection) as few:
        portal_client.get(address(acme))
    with acme.scope():
        days = [f"2024-05-{day:02}" for day in range(1, 25)]
        measure([(scored.partners[0], scored.revenue, day, "1", None) for day in days], source="more")
        recompute()
    portal_client.get(address(acme))  # a source seen for the first time is reference data, which is read anew
    with CaptureQueriesContext(connection) as many:
        portal_client.get(address(acme))

    assert len(many) == len(few)
