"""A partner's scorecard and its receipt over HTTP: what stands there can be redone by hand."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from performance import display
from performance.models import KPI, Scorecard
from performance.screens.arithmetic import thresholds_text
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from tests.conftest import World
from tests.documents import text_of
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build, measure, recompute


def tab(scored: Scored, partner: Any = None) -> str:
    partner = partner or scored.partners[0]
    kwargs = {"tenant": scored.world.tenant.slug, "partner": partner.public_id, "tab": "scorecard"}
    return reverse("partners:partner_tab", kwargs=kwargs)


def receipt(scored: Scored, period: str, name: str = "receipt", partner: Any = None) -> str:
    kwargs = {
        "tenant": scored.world.tenant.slug,
        "programme": scored.programme.key,
        "period": period,
        "partner": (partner or scored.partners[0]).public_id,
    }
    return reverse(f"performance:{name}", kwargs=kwargs)


@pytest.fixture
def world(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=5)


def test_the_answer_comes_first(world: Scored, manager_client: Client) -> None:
    page = manager_client.get(tab(world)).context["page"]

    assert page.period.label == "2024-Q2"
    assert (page.card.total, page.card.grade) == (Decimal("80.0000"), "B")
    assert page.next_grade == ("A", Decimal("10.0000"))
    assert (page.cohort.rank, page.cohort.size, page.cohort.median) == (6, 6, 86)
    assert page.totals[-2:] == [40, 80]


def test_each_line_explains_itself_in_four_steps(world: Scored, manager_client: Client) -> None:
    page = manager_client.get(tab(world), {"period": "2024-Q1"}).context["page"]

    revenue, defects = page.applicable
    assert [step.figure for step in revenue.steps] == ["€50", "50\u202f%", "40", "24.0"]
    assert revenue.steps[2].note == "80 at target × 50\u202f%"
    assert revenue.steps[3].note == "40 × 60 ÷ 100"
    assert [step.figure for step in defects.steps] == ["3.0\u202f%", "50\u202f%", "40", "16.0"]
    assert (revenue.zone, defects.zone) == ("warn", "warn")
    assert [(row.title, row.step.gain) for row in page.outlook.steps] == [
        ("Sell-out revenue to €100", Decimal("24.0000")),
        ("Defects to 1\u202f%", Decimal("16.0000")),
    ]


def test_an_unknown_period_shows_the_newest(world: Scored, manager_client: Client) -> None:
    assert manager_client.get(tab(world), {"period": "1999-Q1"}).context["page"].period.label == "2024-Q2"


def test_missing_data_is_said_and_not_scored(world: Scored, manager_client: Client) -> None:
    other = world.partners[1]
    with world.world.scope():
        measure([(other, world.revenue, "2024-08-01", "100", None)])
        recompute()

    response = manager_client.get(tab(world, other), {"period": "2024-Q3"})

    page = response.context["page"]
    assert [row.kpi.code for row in page.missing] == ["DEFECTS"]
    assert page.card.coverage == Decimal("0.6000")
    assert "60\u202f% of the weight measured" in response.content.decode()
    assert "No data, left out" in response.content.decode()


def test_too_little_coverage_is_not_rated_and_says_why(world: Scored, manager_client: Client) -> None:
    other = world.partners[1]
    with world.world.scope():
        measure([(other, world.defects, "2024-08-01", "1", "100")])
        recompute()

    html = manager_client.get(tab(world, other), {"period": "2024-Q3"}).content.decode()

    assert "Not rated in this period" in html
    assert "Data covers 40\u202f% of the scorecard and 60\u202f% is needed." in html


def test_a_partner_without_cards_has_an_empty_tab(acme: World, manager_client: Client) -> None:
    address = reverse(
        "partners:partner_tab",
        kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id, "tab": "scorecard"},
    )

    assert "No scorecard yet" in manager_client.get(address).content.decode()


def test_the_receipt_shows_the_arithmetic(world: Scored, manager_client: Client) -> None:
    html = manager_client.get(receipt(world, "2024-Q1")).content.decode()

    text = " ".join(html.replace("<span>", "").replace("</span>", "").replace("<b>", "").replace("</b>", "").split())
    assert "( 40 × 60 + 40 × 40 ) ÷ 100 = 40" in text
    assert "For everyone, valid from 1 Jan 2020" in text
    assert "2 counted, 0 left out" in text


def test_the_receipt_parts_the_change(world: Scored, manager_client: Client) -> None:
    page = manager_client.get(receipt(world, "2024-Q2")).context["page"]

    assert (page.receipt.like_for_like, page.receipt.reweighting) == (40, 0)


def test_measurements_counted_and_left_out(world: Scored, manager_client: Client) -> None:
    address = receipt(world, "2024-Q2", "receipt_facts")

    facts = manager_client.get(address).context["facts"]
    only = manager_client.get(address, {"kpi": "REVENUE"}).context["facts"]

    assert (facts.counted, facts.left_out) == (3, 0)
    assert [row.value for row in only.rows] == [40, 60]


def test_a_correction_stands_on_the_receipt(world: Scored, manager_client: Client) -> None:
    partner = world.partners[0]
    with world.world.scope():
        measure([(partner, world.defects, "2024-08-01", "9", "100")], source="late")
        measure([(partner, world.defects, "2024-08-01", "1", "100")], source="late")
        recompute()

    response = manager_client.get(receipt(world, "2024-Q3", "receipt_facts"))

    assert [row.value for row in response.context["facts"].rows] == [1]
    assert [row.value for row in response.context["replaced"]] == [9]
    assert "Replaced by a correction" in response.content.decode()


def test_a_closed_period_says_so(world: Scored, manager_client: Client) -> None:
    with world.world.scope():
        close_period(period=world.period("2024-Q1"), actor=SYSTEM)

    response = manager_client.get(receipt(world, "2024-Q1"))

    assert response.context["page"].card.total == 40
    assert "Final since" in response.content.decode()


def test_a_period_without_a_card_is_not_found(world: Scored, manager_client: Client) -> None:
    assert manager_client.get(receipt(world, "2031-Q1")).status_code == 404


def test_a_foreign_portfolio_is_not_found(world: Scored, client: Client) -> None:
    own = MembershipFactory(tenant=world.world.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    client.force_login(own.user)

    assert client.get(receipt(world, "2024-Q1")).status_code == 404
    assert client.get(tab(world)).status_code == 404


def test_an_open_scorecard_learns_that_it_changed(world: Scored, manager_client: Client) -> None:
    version = manager_client.get(receipt(world, "2024-Q2")).context["urls"]["version"]
    assert manager_client.get(version).status_code == 204

    with world.world.scope():
        measure([(world.partners[0], world.revenue, "2024-05-30", "5", None)], source="new")
        recompute()

    assert manager_client.get(version)["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ["tab", "receipt", "receipt_facts"])
def test_pages_cost_the_same_with_more_data(world: Scored, manager_client: Client, name: str) -> None:
    address = tab(world) if name == "tab" else receipt(world, "2024-Q2", name)
    manager_client.get(address)

    with CaptureQueriesContext(connection) as few:
        manager_client.get(address)
    with world.world.scope():
        partner = world.partners[0]
        measure([(partner, world.revenue, f"2024-05-{day:02}", "1", None) for day in range(1, 25)], source="more")
        measure([(partner, world.defects, f"2024-06-{day:02}", "0", "5") for day in range(1, 25)], source="more")
        recompute()
    manager_client.get(address)  # reads the new period once
    with CaptureQueriesContext(connection) as many:
        manager_client.get(address)

    assert len(many) == len(few)


def test_a_place_among_another_number_says_so(world: Scored, manager_client: Client, client: Client) -> None:
    """Rank 6 of 6 in both quarters; without one of the others in the second it is 5 of 5, and no place was gained."""
    page = manager_client.get(tab(world)).context["page"]
    assert (page.cohort.places, page.cohort.grown) == (0, "")
    with world.world.scope():
        Scorecard.objects.filter(partner=world.partners[1], period__label="2024-Q2").delete()
        Scorecard.objects.filter(partner=world.partners[0], period__label="2024-Q2").update(rank=5, cohort=5)

    response = manager_client.get(tab(world))

    said = "6 of 6 in 2024-Q1; fewer partners are ranked now, 5."
    assert response.context["page"].cohort.grown == said
    assert said in response.content.decode()
    with world.world.scope():
        Scorecard.objects.filter(partner=world.partners[0], period__label="2024-Q1").update(rank=2, cohort=4)
    said = "2 of 4 in 2024-Q1; more partners are ranked now, 5."
    assert said in manager_client.get(tab(world)).content.decode()
    assert said in text_of(manager_client.get(receipt(world, "2024-Q2", "receipt_pdf")).content)

    client.force_login(world.world.partner_user)
    kwargs = {"tenant": world.world.tenant.slug, "partner": world.partners[0].public_id}
    theirs = client.get(reverse("portal:scorecard", kwargs=kwargs))
    assert theirs.context["page"].cohort.size == 5
    assert theirs.context["page"].cohort.before is None
    assert "2 of 4 in" not in theirs.content.decode()


@pytest.mark.parametrize(
    ("decimals", "value", "shown"),
    [
        (1, "85.714286", "85.71"),
        (0, "10.5", "10.5"),
        (0, "88.125000", "88.1"),
        (1, "92.125", "92.125"),
        (2, "0.1", "0.1"),
    ],
)
def test_a_computed_target_is_shown_one_place_finer_than_its_kpi(decimals: int, value: str, shown: str) -> None:
    assert display.shown(KPI(decimals=decimals), Decimal(value)) == Decimal(shown)


def test_computed_thresholds_are_rounded_on_cards_and_exact_on_receipts() -> None:
    line = SimpleNamespace(
        direction="higher",
        floor=Decimal("80.434783"),
        target=Decimal("85.714286"),
        stretch=Decimal("89.94709"),
        ceiling=None,
    )
    kpi = KPI(decimals=1, unit="%")

    shown, exact = (thresholds_text(kpi, line, is_exact=is_exact).replace("\u202f", " ") for is_exact in (False, True))

    assert shown == "Floor 80.43 %, target 85.71 %, stretch 89.95 %."
    assert exact == "Floor 80.434783 %, target 85.714286 %, stretch 89.94709 %."
