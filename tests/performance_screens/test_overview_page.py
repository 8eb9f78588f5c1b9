"""The overview over HTTP: its figures are those of the queries, and every number opens the list behind it."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import Partner
from performance.models import Scorecard
from performance.services.kpis import create_kpi
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory, RegionFactory
from tests.performance_screens.conftest import build, measure, recompute


def address(world: World, name: str = "overview", **kwargs: str) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def test_a_new_tenant_is_led_to_its_first_score(acme: World, manager_client: Client) -> None:
    page = manager_client.get(address(acme)).content.decode()

    assert "Import your first data" in page
    assert "Publish a scorecard" in page
    assert "Average score" not in page


def test_the_steps_that_are_done_are_ticked(acme: World, manager_client: Client) -> None:
    with acme.scope():
        create_kpi(actor=SYSTEM, code="REVENUE", name="Revenue")

    response = manager_client.get(address(acme))

    assert [done for _title, _why, _url, done in response.context["steps"]] == [True, True, False, False, False]


def test_figures_are_those_of_the_cards(acme: World, manager_client: Client) -> None:
    with acme.scope():
        build(acme, others=3)

    response = manager_client.get(address(acme), {"period": "2024-Q2"})

    page = response.context["page"]
    tiles = {tile.label: (tile.value, tile.delta) for tile in page.tiles}
    assert tiles["Average score"] == ("84.5", 10)
    assert tiles["Partners rated"] == ("4", 0)
    assert tiles["Sell-out revenue"][0] == "€430"
    assert [(row.key, row.count) for row in page.grades.rows] == [("A", 0), ("B", 4), ("C", 0), ("D", 0), ("E", 0)]
    assert [[cell.text for cell in row.cells] for row in page.heat] == [["108", "100"]]
    html = response.content.decode()
    assert "84.5" in html
    assert "Programme health" in html


def test_a_big_loss_is_a_risk_with_its_driver(acme: World, manager_client: Client) -> None:
    with acme.scope():
        scored = build(acme, others=1)
        other = scored.partners[1]
        measure([(other, scored.defects, "2024-05-22", "60", "100")])
        recompute()

    response = manager_client.get(address(acme), {"period": "2024-Q2"})

    [row] = response.context["page"].at_risk
    assert row.card.partner == other
    assert (row.driver, row.driver_note) == ("Defects 30.5\u202f%", "floor 5\u202f%")
    assert f"/partners/{other.public_id}/scorecard/?period=2024-Q2" in row.url.replace("programme=main&", "")


def test_numbers_open_the_list_they_were_counted_from(acme: World, manager_client: Client) -> None:
    with acme.scope():
        build(acme, others=2)
    page = manager_client.get(address(acme), {"period": "2024-Q1"}).context["page"]

    for line in page.grade_lines:
        found = manager_client.get(line.url).context["list"]
        assert found.total == line.row.count
    rated = next(tile for tile in page.tiles if tile.label == "Partners rated")
    assert manager_client.get(rated.url).context["list"].total == int(rated.value) == 3


def test_a_cell_of_a_region_opens_just_its_own_partners(acme: World, manager_client: Client) -> None:
    """North has three partners and Oslo below it two: each row counts its own, and its cells open so many."""
    with acme.scope():
        scored = build(acme, others=4)
        oslo = RegionFactory(key="oslo", name="Oslo", parent=scored.region)
        Partner.objects.filter(pk__in=[row.pk for row in scored.partners[3:]]).update(region=oslo)
        recompute()

    page = manager_client.get(address(acme), {"period": "2024-Q1"}).context["page"]
    narrowed = manager_client.get(address(acme), {"period": "2024-Q1", "region": "north"}).context["page"]

    for shown in (page, narrowed):
        assert [(row.name, [cell.partners for cell in row.cells]) for row in shown.heat] == [
            ("North", [3, 3]),
            ("Oslo", [2, 2]),
        ]
        for row in shown.heat:
            for cell in row.cells:
                assert manager_client.get(cell.url).context["list"].total == cell.partners
    north, inner = (row.cells[0].url for row in page.heat)
    assert "below=no" in north
    assert "below" not in inner


@pytest.mark.parametrize("table", ["figures", "trend", "grades", "risk", "movers", "heat"])
def test_every_table_can_be_taken_along(acme: World, manager_client: Client, table: str) -> None:
    with acme.scope():
        build(acme, others=1)

    response = manager_client.get(address(acme, "overview_export", table=table), {"period": "2024-Q2"})

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Disposition"] == f'attachment; filename="{table}-2024-Q2.csv"'
    assert len(rows[0]) > 1


def test_the_exported_trend_holds_the_exact_figures(acme: World, manager_client: Client) -> None:
    with acme.scope():
        build(acme, others=1)

    response = manager_client.get(address(acme, "overview_export", table="grades"), {"period": "2024-Q2"})

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["grade", "partners", "share_percent", "change"]
    assert rows[1:3] == [["A", "0", "0.00", "0"], ["B", "2", "100.00", "1"]]


def test_an_unknown_table_is_not_found(acme: World, manager_client: Client) -> None:
    assert manager_client.get(address(acme, "overview_export", table="secrets")).status_code == 404


def test_an_open_page_learns_of_a_recompute(acme: World, manager_client: Client) -> None:
    with acme.scope():
        scored = build(acme)
        seen = manager_client.get(address(acme)).context["run"].pk
    version = address(acme, "overview_version")

    assert manager_client.get(version, {"seen": seen}).status_code == 204
    with acme.scope():
        recompute()  # changes nothing, so nobody needs to look
    assert manager_client.get(version, {"seen": seen}).status_code == 204
    with acme.scope():
        measure([(scored.partners[0], scored.revenue, "2024-05-30", "5", None)])
        recompute()
    assert manager_client.get(version, {"seen": seen})["HX-Refresh"] == "true"


def test_kept_figures_follow_the_next_run(acme: World, manager_client: Client) -> None:
    def revenue() -> str:
        page = manager_client.get(address(acme), {"period": "2024-Q2"}).context["page"]
        return next(tile.value for tile in page.tiles if tile.label == "Sell-out revenue")

    with acme.scope():
        scored = build(acme)
    assert revenue() == revenue() == "€100"

    with acme.scope():
        measure([(scored.partners[0], scored.revenue, "2024-06-30", "11", None)])
        recompute()
    assert revenue() == "€111"


def test_a_portfolio_narrows_every_figure(acme: World, client: Client) -> None:
    own = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with acme.scope():
        scored = build(acme, others=2)
        scored.partners[1].owner = own.user
        scored.partners[1].save()
    client.force_login(own.user)

    response = client.get(address(acme), {"period": "2024-Q1"})

    page = response.context["page"]
    assert (page.now.partners, page.now.average) == (1, 86)
    assert client.get(address(acme, "scorecard_list"), {"period": "2024-Q1"}).context["list"].total == 1


def test_another_tenants_cards_are_nowhere(two_tenants: tuple[World, World], client: Client) -> None:
    acme, beta = two_tenants
    for world in two_tenants:
        with world.scope():
            build(world)
    client.force_login(beta.admin)

    assert client.get(address(acme)).status_code == 404
    names = client.get(address(beta, "scorecard_list")).content.decode()
    assert "Partner of beta" in names
    assert "Partner of acme" not in names


LISTS = [
    "overview",
    "scorecard_list",
    "heat_map",
    "comparison",
    "kpi_list",
    "benchmark_list",
    "measurement_list",
    "run_list",
    "period_list",
]


@pytest.mark.parametrize("name", LISTS)
def test_pages_cost_the_same_with_more_partners(acme: World, manager_client: Client, name: str) -> None:
    with acme.scope():
        scored = build(acme, others=2)
    query = {
        "overview": {"period": "2024-Q1"},
        "scorecard_list": {"period": "2024-Q1", "kpi": "REVENUE"},
        "heat_map": {"period": "2024-Q1", "sort": "-kpi.REVENUE"},
        "comparison": {"period": "2024-Q1"},
    }.get(name, {})
    manager_client.get(address(acme, name), query)

    with CaptureQueriesContext(connection) as few:
        manager_client.get(address(acme, name), query)
    with acme.scope():
        more = PartnerFactory.create_batch(9, partner_type=scored.partners[0].partner_type, region=scored.region)
        measure([(one, scored.revenue, "2024-02-03", "10", None) for one in more], source="more")
        recompute()
        assert Scorecard.objects.filter(period__label="2024-Q1").count() == 12
    manager_client.get(address(acme, name), query)
    with CaptureQueriesContext(connection) as many:
        manager_client.get(address(acme, name), query)

    assert len(many) == len(few)
