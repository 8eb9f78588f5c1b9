"""The heat map: its cells are those of the receipts, it sorts by any KPI, and every cell leads on."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Programme
from performance.models import Scorecard, TemplateLine
from performance.queries.heat import attained
from performance.queries.lines import lines_of_cards
from prm.access.roles import Role
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory, RegionFactory, TierFactory
from tests.performance_screens.conftest import Scored, build, measure, recompute


def address(world: World, **kwargs: str) -> str:
    return reverse("performance:heat_map", kwargs={"tenant": world.tenant.slug, **kwargs})


@pytest.fixture
def scored(acme: World) -> Scored:
    """The second quarter: the first partner 100 % and 1 %, two others 110 % and 1 %, and Zeta with revenue of 30 %."""
    with acme.scope():
        found = build(acme, others=2)
        poor = PartnerFactory(
            partner_type=found.partners[0].partner_type, name="Zeta", region=RegionFactory(key="south")
        )
        found.partners.append(poor)
        measure([(poor, found.revenue, "2024-05-05", "30", None)], source="poor")
        recompute()
        return found


def names(client: Client, world: World, **query: str) -> list[str]:
    shown = client.get(address(world), {"period": "2024-Q2", **query}).context["list"]
    return [row.object.partner.name for row in shown.lines]


def test_cells_are_percent_of_target_and_lead_to_the_line_of_the_receipt(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    html = manager_client.get(address(acme), {"period": "2024-Q2", "q": scored.partners[0].name}).content.decode()

    # Revenue 100 of 100; defects 1 % with a target of 1 %, where lower is better.
    cells = re.findall(r'<a class="(hm[-\d]+)" href="([^"]+)" title="([^"]+)"><span>([^<]+)<', html)
    receipt = f"/t/acme/scorecards/{scored.programme.key}/2024-Q2/{scored.partners[0].public_id}/"
    assert [(tone, url, text) for tone, url, _title, text in cells] == [
        ("hm0", f"{receipt}#why-{scored.revenue.pk}", "100"),
        ("hm0", f"{receipt}#why-{scored.defects.pk}", "100"),
    ]
    assert cells[0][2] == "€100, target €100, 80.0 points"
    assert f'id="why-{scored.revenue.pk}"' in manager_client.get(receipt).content.decode()


def test_columns_stand_below_their_sections_and_lead_to_their_kpi(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    html = manager_client.get(address(acme), {"period": "2024-Q2"}).content.decode()

    assert re.findall(r'<th scope="colgroup" colspan="(\d)">(\w+)<', html) == [("1", "Sales"), ("1", "Quality")]
    assert f'href="/t/acme/kpis/{scored.revenue.public_id}/?period=2024-Q2"' in html


def test_it_sorts_by_total_and_by_any_kpi_with_the_unmeasured_last(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    with acme.scope():
        measure([(scored.partners[1], scored.revenue, "2024-06-01", "7", None)], source="more")
        recompute()
    first, second, third, poor = (partner.name for partner in scored.partners)

    assert names(manager_client, acme, sort="-kpi.REVENUE") == [second, third, first, poor]
    assert names(manager_client, acme, sort="kpi.REVENUE") == [poor, first, third, second]
    assert names(manager_client, acme, sort="kpi.DEFECTS")[-1] == poor
    assert names(manager_client, acme, sort="-kpi.DEFECTS")[-1] == poor
    assert set(names(manager_client, acme)[:2]) == {second, third}
    assert names(manager_client, acme, sort="-kpi.NOBODY") == names(manager_client, acme)


def test_what_it_sorts_by_is_what_the_lines_say(acme: World, scored: Scored) -> None:
    with acme.scope():
        cards = Scorecard.objects.filter(period__label="2024-Q2")
        lines = lines_of_cards(cards.values_list("pk", flat=True))

        for line in TemplateLine.objects.select_related("kpi"):
            said = {
                pk: found.attainment
                for pk, of_card in lines.items()
                for found in of_card
                if found.kpi_id == line.kpi_id and found.attainment is not None
            }
            assert attained(cards, line) == said


def test_a_value_carried_forward_is_sorted_with_the_others(acme: World, scored: Scored) -> None:
    with acme.scope():
        line = TemplateLine.objects.get(kpi=scored.revenue)
        line.policy, line.carry_periods = "carry", 2
        line.save()
        measure([(scored.partners[0], scored.defects, "2024-08-01", "1", "100")], source="later")
        recompute()
        cards = Scorecard.objects.filter(period__label="2024-Q3")
        by_partner = dict(cards.values_list("pk", "partner_id"))

        found = {by_partner[pk]: attainment for pk, attainment in attained(cards, line).items()}

    expected = ("1.0000", "1.1000", "1.1000", "0.3000")
    assert found == {one.pk: Decimal(text) for one, text in zip(scored.partners, expected, strict=True)}


def test_it_narrows_like_the_list(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        gold = TierFactory(programme=Programme.objects.get(is_default=True), key="gold")
        Scorecard.objects.filter(partner=scored.partners[2], period__label="2024-Q2").update(tier=gold)

    assert names(manager_client, acme, region="south") == ["Zeta"]
    assert names(manager_client, acme, tier="gold") == [scored.partners[2].name]
    assert len(names(manager_client, acme, tier="none")) == 3
    assert names(manager_client, acme, gaps="yes") == ["Zeta"]
    assert names(manager_client, acme, q="zet", sort="-kpi.REVENUE") == ["Zeta"]


def test_a_region_can_stand_without_those_below_it(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        south = RegionFactory(key="deep", parent=scored.region)
        Scorecard.objects.filter(partner=scored.partners[1], period__label="2024-Q2").update(region=south)

    assert len(names(manager_client, acme, region="north")) == 3
    assert len(names(manager_client, acme, region="north", below="no")) == 2


def test_the_whole_filtered_map_can_be_taken_along(acme: World, manager_client: Client, scored: Scored) -> None:
    response = manager_client.get(
        address(acme), {"period": "2024-Q2", "region": "south", "sort": "-kpi.REVENUE", "export": "csv"}
    )

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head == ["Partner", "Number", "Score", "Sell-out revenue", "Defects"]
    number = scored.partners[3].external_id
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [("Zeta", number, "30.00", "")]


def test_a_portfolio_narrows_it(acme: World, client: Client, scored: Scored) -> None:
    own = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    client.force_login(own.user)

    assert names(client, acme) == []


def test_an_empty_workspace_says_so(acme: World, manager_client: Client) -> None:
    page = manager_client.get(address(acme)).content.decode()

    assert "No scorecards in this period" in page


def test_an_open_map_asks_whether_a_recompute_has_landed(acme: World, manager_client: Client, scored: Scored) -> None:
    response = manager_client.get(address(acme))

    assert f"/overview/version/?seen={response.context['run'].pk}" in response.content.decode()
