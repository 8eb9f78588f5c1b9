"""Groups of partners side by side: exact figures from cards written by hand, and the page over HTTP."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Programme
from performance.models import PeriodRow, Scorecard
from performance.queries import cohorts
from performance.queries.cards import CardFilter
from performance.screens.comparison import Comparison
from prm.access.roles import Role
from prm.periods import FiscalCalendar
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory, PartnerTypeFactory, RegionFactory
from tests.factories.performance import PeriodRowFactory, ScorecardTemplateFactory
from tests.performance_screens.test_overview_queries import card


def address(world: World, name: str = "comparison", **kwargs: str) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


NORTH = ("40", "50", "60", "70", "100")
SOUTH = ("95", "65")


@pytest.fixture
def spread_out(acme: World) -> dict[str, Any]:
    """Five rated in the north, two rated and one not in the south, one more below the south; two quarters for the
    north. Types: dealers in the north, agents elsewhere."""
    with acme.scope():
        template = ScorecardTemplateFactory(programme=Programme.objects.get(is_default=True))
        calendar = FiscalCalendar()
        before = PeriodRowFactory(period=calendar.parse("2024-Q1"))
        now = PeriodRowFactory(period=calendar.parse("2024-Q2"))
        north, south = RegionFactory(key="north", name="North"), RegionFactory(key="south", name="South")
        coast = RegionFactory(key="coast", name="Coast", parent=south)
        dealer, agent = PartnerTypeFactory(key="dealer", name="Dealer"), PartnerTypeFactory(key="agent", name="Agent")
        for total in NORTH:
            partner = PartnerFactory(partner_type=dealer, region=north)
            card(template, before, partner, str(Decimal(total) - 10))
            card(template, now, partner, total)
        for total in SOUTH:
            card(template, now, PartnerFactory(partner_type=agent, region=south), total)
        card(template, now, PartnerFactory(partner_type=agent, region=south), None, unrated_reason="no_data")
        card(template, now, PartnerFactory(partner_type=agent, region=coast), "80")
    return {"programme": template.programme, "before": before, "now": now, "north": north, "south": south}


def page_of(client: Client, world: World, **query: str) -> Comparison:
    return client.get(address(world), {"period": "2024-Q2", **query}).context["page"]


def counts(page: Comparison, panel: str) -> dict[str, int]:
    bars = next(one for one in page.panels if one.key == panel).bars
    return {bar.group.key: bar.size.partners for bar in bars}


def test_quartiles_are_exact_and_hidden_below_five(acme: World, spread_out: dict[str, Any]) -> None:
    with acme.scope():
        found = cohorts.spreads(CardFilter(spread_out["programme"].pk), spread_out["now"], "region", {})

    numbers = [Decimal(number) for number in (60, 40, 50, 70, 100)]
    assert found[spread_out["north"].pk] == cohorts.Spread(5, 5, *numbers)
    assert found[spread_out["south"].pk] == cohorts.Spread(3, 2, Decimal(80))
    assert found[spread_out["south"].pk].is_small


def test_every_group_is_counted_and_a_dimension_does_not_narrow_itself(
    acme: World, manager_client: Client, spread_out: dict[str, Any]
) -> None:
    page = page_of(manager_client, acme)
    assert counts(page, "region") == {"north": 5, "south": 3, "coast": 1}
    assert counts(page, "type") == {"dealer": 5, "agent": 4}
    assert counts(page, "grade") == {"A": 2, "B": 1, "C": 3, "D": 2, "none": 1}

    page = page_of(manager_client, acme, region="north", grade="A")
    assert counts(page, "region") == {"north": 1, "south": 1}
    assert counts(page, "grade") == {"A": 1, "C": 2, "D": 2}
    assert counts(page, "type") == {"dealer": 1}
    assert [(row.group.key, row.spread.partners) for row in page.rows] == [("north", 1)]
    assert page.partners == 1


def test_a_group_narrows_the_page_and_takes_it_back(
    acme: World, manager_client: Client, spread_out: dict[str, Any]
) -> None:
    bars = {bar.group.key: bar for bar in page_of(manager_client, acme).panels[2].bars}

    narrowed = manager_client.get(bars["south"].narrow_url)

    # The south alone, without the coast below it, as it was counted.
    assert narrowed.context["page"].partners == 3
    assert [chip.value for chip in narrowed.context["address"].chips] == ["South alone"]
    [chosen] = [bar for bar in narrowed.context["page"].panels[2].bars if bar.is_chosen]
    assert manager_client.get(chosen.narrow_url).context["page"].partners == 9
    with_coast = page_of(manager_client, acme, region="south")
    assert with_coast.partners == 4
    assert (
        manager_client.get(next(b for b in with_coast.panels[2].bars if b.group.key == "south").narrow_url)
        .context["page"]
        .partners
        == 3
    )


@pytest.mark.parametrize("by", ["grade", "tier", "region", "type"])
@pytest.mark.parametrize("query", [{}, {"grade": "none"}, {"region": "south"}, {"type": "dealer", "grade": "C"}])
def test_every_number_opens_the_list_it_was_counted_from(
    acme: World, manager_client: Client, spread_out: dict[str, Any], by: str, query: dict[str, str]
) -> None:
    page = page_of(manager_client, acme, by=by, **query)

    assert page.rows
    for row in page.rows:
        assert manager_client.get(row.list_url).context["list"].total == row.spread.partners
    for panel in page.panels:
        for bar in panel.every:
            assert manager_client.get(bar.list_url).context["list"].total == bar.size.partners


def test_the_range_goes_from_to_and_either_way_round(
    acme: World, manager_client: Client, spread_out: dict[str, Any]
) -> None:
    page = page_of(manager_client, acme, region="north")
    assert [row.label for row in page.periods] == ["2024-Q1", "2024-Q2"]
    assert [point.median for point in page.trend] == [50, 60]
    assert [point.p75 for point in page.trend] == [60, 70]
    assert page.grades == [{"A": 1, "C": 1, "D": 2, "E": 1}, {"A": 1, "C": 2, "D": 2}]

    page = page_of(manager_client, acme, **{"from": "2024-Q2", "to": "2024-Q1"})
    assert [row.label for row in page.periods] == ["2024-Q1", "2024-Q2"]
    page = page_of(manager_client, acme, **{"from": "2024-Q2", "to": "2024-Q2"})
    assert [row.label for row in page.periods] == ["2024-Q2"]
    page = page_of(manager_client, acme, **{"from": "nonsense", "to": "2024-05"})
    assert [row.label for row in page.periods] == ["2024-Q1", "2024-Q2"]


def test_what_makes_no_sense_is_left_out(acme: World, manager_client: Client, spread_out: dict[str, Any]) -> None:
    page = page_of(manager_client, acme, by="colour", grade="Z", region="nowhere", tier="x")

    assert (page.by, page.partners) == ("region", 9)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("region", [["region", "partners", "rated", "share_percent"], ["South", "3", "2", "75.00"]]),
        ("groups", [["region", "partners", "rated", "not_rated", "lowest", "p25", "median", "p75", "highest"]]),
        ("median", [["period", "partners", "rated", "p25", "median", "p75"], ["2024-Q1", "0", "0", "", "", ""]]),
        ("grades-over-time", [["period", "A", "B", "C", "D", "E"], ["2024-Q1", "0", "0", "0", "0", "0"]]),
    ],
)
def test_each_chart_can_be_taken_along_narrowed_as_it_is(
    acme: World, manager_client: Client, spread_out: dict[str, Any], table: str, expected: list[list[str]]
) -> None:
    response = manager_client.get(
        address(acme, "comparison_export", table=table), {"period": "2024-Q2", "type": "agent"}
    )

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[: len(expected)] == expected
    assert response["Content-Disposition"] == f'attachment; filename="{table}-2024-Q2.csv"'


def test_an_unknown_table_is_not_found(acme: World, manager_client: Client, spread_out: dict[str, Any]) -> None:
    assert manager_client.get(address(acme, "comparison_export", table="secrets")).status_code == 404


def test_htmx_gets_the_charts_alone(acme: World, manager_client: Client, spread_out: dict[str, Any]) -> None:
    part = manager_client.get(address(acme), {"grade": "A"}, headers={"HX-Request": "true"})
    whole = manager_client.get(address(acme), {"grade": "A"})

    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()
    assert part.content.decode().strip() in whole.content.decode()
    assert "HX-Request" in part["Vary"]


def test_a_portfolio_narrows_every_figure(acme: World, client: Client, spread_out: dict[str, Any]) -> None:
    own = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with acme.scope():
        mine = Scorecard.objects.filter(period=spread_out["now"], total=95).get().partner
        mine.owner = own.user
        mine.save()
    client.force_login(own.user)

    page = page_of(client, acme)

    assert counts(page, "region") == {"south": 1}
    assert [(row.spread.partners, row.spread.median) for row in page.rows] == [(1, 95)]
    assert page.trend[-1].partners == 1


def test_an_empty_workspace_says_so(acme: World, manager_client: Client) -> None:
    assert "Nothing to compare yet" in manager_client.get(address(acme)).content.decode()
    assert manager_client.get(address(acme, "comparison_export", table="groups")).status_code == 404


def test_a_period_without_cards_is_no_choice(acme: World, manager_client: Client, spread_out: dict[str, Any]) -> None:
    with acme.scope():
        PeriodRowFactory(period=FiscalCalendar().parse("2024-Q3"))
        assert PeriodRow.objects.count() == 3

    assert page_of(manager_client, acme, period="2024-Q3").period.label == "2024-Q2"
