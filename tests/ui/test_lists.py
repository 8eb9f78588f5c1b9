"""The list machinery, on a list of the tests' own."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory
from openpyxl import load_workbook

from partners.models import Partner
from prm.accounts.models import Membership
from prm.ui.lists.columns import Column, ordered, text_of
from prm.ui.lists.export import safe_text
from prm.ui.models import SavedView
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.ui.urls import ShopList

pytestmark = pytest.mark.urls("tests.ui.urls")
ADDRESS = "/t/acme/shops/"


@pytest.fixture
def shops(two_tenants: tuple[World, World]) -> Iterator[World]:
    """Four partners in acme, one of them in no city; one in the other tenant."""
    acme, beta = two_tenants
    with acme.scope():
        Partner.objects.update(name="Velo Kantine", city="Basel", country="CH")
        PartnerFactory(name="Radhaus Lindner", city="Munich", country="DE", status="active")
        PartnerFactory(name="Kettenreaktion", city="Cologne", country="DE", status="active")
        PartnerFactory(name="=HYPERLINK(1)", city="", country="FR", status="active")
    with beta.scope():
        PartnerFactory(name="Somebody else's shop", country="DE")
    return acme


def names_in(html: str) -> list[str]:
    """First cells in order."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"<tr>.*?</td><td>(.*?)</td>", body)


def test_rows_come_sorted_and_only_from_the_own_tenant(shops: World, manager_client: Client) -> None:
    html = manager_client.get(ADDRESS).content.decode()

    assert names_in(html) == ["=HYPERLINK(1)", "Kettenreaktion", "Radhaus Lindner", "Velo Kantine"]
    assert "4 shops" in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=-name", ["Velo Kantine", "Radhaus Lindner", "Kettenreaktion", "=HYPERLINK(1)"]),
        ("sort=country", ["Velo Kantine", "Kettenreaktion", "Radhaus Lindner", "=HYPERLINK(1)"]),
        ("sort=nonsense", ["=HYPERLINK(1)", "Kettenreaktion", "Radhaus Lindner", "Velo Kantine"]),
        ("country=DE", ["Kettenreaktion", "Radhaus Lindner"]),
        ("country=DE&q=munich", ["Radhaus Lindner"]),
        ("q=rad+mun", ["Radhaus Lindner"]),
        ("status=nonsense&country=DE", ["Kettenreaktion", "Radhaus Lindner"]),
    ],
)
def test_search_filter_and_order(shops: World, manager_client: Client, query: str, expected: list[str]) -> None:
    html = manager_client.get(f"{ADDRESS}?{query}").content.decode()

    assert names_in(html) == expected


def test_sorted_column_says_so_and_its_link_turns_it_round(shops: World, manager_client: Client) -> None:
    html = manager_client.get(f"{ADDRESS}?sort=city&country=DE").content.decode()

    head = html.partition("<thead>")[2].partition("</thead>")[0]
    assert head.count("aria-sort") == 1
    assert 'aria-sort="ascending"' in head
    assert "?sort=-city&amp;country=DE" in head or "?country=DE&amp;sort=-city" in head


def test_filters_read_as_words_and_can_be_taken_away_one_by_one(shops: World, manager_client: Client) -> None:
    html = manager_client.get(f"{ADDRESS}?status=active&country=DE&sort=-name").content.decode()

    chips = html.partition('id="list-chips"')[2].partition('id="list-panels"')[0]
    assert "Status is</span>Active<a" in chips
    assert f'href="{ADDRESS}?country=DE&amp;sort=-name"' in chips
    assert f'href="{ADDRESS}?status=active&amp;sort=-name"' in chips


def test_filters_are_fetched_when_they_are_opened_and_the_search_keeps_those_that_are_set(
    shops: World, manager_client: Client
) -> None:
    page = manager_client.get(f"{ADDRESS}?country=DE&status=active").content.decode()

    assert 'name="status" value="active"' in page
    assert 'id="id_country"' not in page
    assert f'href="{ADDRESS}?country=DE&amp;status=active&amp;fields=1"' in page

    fetched = manager_client.get(
        f"{ADDRESS}?country=DE&status=active&fields=1", headers={"HX-Request": "true"}
    ).content.decode()

    assert re.search(r'<input[^>]*name="country"[^>]*value="DE"', fetched)
    assert '<option value="active" selected>' in fetched
    assert "<table" not in fetched
    assert 'name="status" value="active"' not in fetched


def test_filters_are_on_the_page_for_those_without_script(shops: World, manager_client: Client) -> None:
    page = manager_client.get(f"{ADDRESS}?country=DE&fields=1").content.decode()

    assert names_in(page) == ["Kettenreaktion", "Radhaus Lindner"]
    assert re.search(r'<input[^>]*name="country"[^>]*value="DE"', page)
    assert "Show the filters" not in page


def test_nothing_found_says_which_filter_to_drop(shops: World, manager_client: Client) -> None:
    html = manager_client.get(f"{ADDRESS}?country=DE&status=active&q=basel").content.decode()

    assert "Nothing matches" in html
    assert "2 shops without “basel”." in html
    assert f'href="{ADDRESS}?country=DE&amp;status=active"' in html


def test_chosen_columns_stand_in_the_address(shops: World, manager_client: Client) -> None:
    html = manager_client.get(f"{ADDRESS}?cols=letters&cols=city").content.decode()

    head = html.partition("<thead>")[2].partition("</thead>")[0]
    assert [name for name in ("Name", "City", "Country", "Since", "Letters") if name in head] == [
        "Name",
        "City",
        "Letters",
    ]


def test_htmx_gets_the_rows_and_a_clean_address(shops: World, manager_client: Client) -> None:
    response = manager_client.get(f"{ADDRESS}?q=&status=&country=DE&sort=", headers={"HX-Request": "true"})

    html = response.content.decode()
    assert "<html" not in html
    assert names_in(html) == ["Kettenreaktion", "Radhaus Lindner"]
    assert response.headers["HX-Push-Url"] == f"{ADDRESS}?country=DE"
    assert "HX-Request" in response.headers["Vary"]
    assert 'id="list-chips" hx-swap-oob="true"' in html


def test_pages_keep_the_filters(shops: World, manager_client: Client) -> None:
    with shops.scope():
        for number in range(30):
            PartnerFactory(name=f"Shop {number:02}", country="IT")

    html = manager_client.get(f"{ADDRESS}?country=IT&page=2").content.decode()

    assert "26–30 of 30" in html
    assert names_in(html)[0] == "Shop 25"
    assert 'href="?country=IT&amp;page=1"' in html


def test_csv_holds_what_is_filtered_with_the_chosen_columns(shops: World, manager_client: Client) -> None:
    response = manager_client.get(f"{ADDRESS}?country=DE&cols=name,letters&sort=-name&export=csv")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Name", "Letters"],
        ["Radhaus Lindner", "15"],
        ["Kettenreaktion", "14"],
    ]
    assert response.headers["Content-Disposition"].startswith('attachment; filename="test_shops-')


def test_no_exported_text_is_a_formula(shops: World, manager_client: Client) -> None:
    as_csv = b"".join(manager_client.get(f"{ADDRESS}?country=FR&export=csv").streaming_content).decode("utf-8-sig")
    as_xlsx = b"".join(manager_client.get(f"{ADDRESS}?country=FR&export=xlsx").streaming_content)

    sheet = load_workbook(io.BytesIO(as_xlsx)).active
    assert list(csv.reader(io.StringIO(as_csv)))[1][0] == "'=HYPERLINK(1)"
    assert sheet["A2"].value == "=HYPERLINK(1)"
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("-3.5", "-3.5"),
        ("+49 89 1234", "+49 89 1234"),
        ("Radhaus", "Radhaus"),
        ("", ""),
    ],
)
def test_formula_beginnings_are_quoted(text: str, written: str) -> None:
    assert safe_text(text) == written


def test_a_saved_view_becomes_a_tab_with_its_count(shops: World, manager_client: Client) -> None:
    posted = {
        "list": "test_shops",
        "path": ADDRESS,
        "query": "country=DE&cols=name,city&page=3",
        "name": "  German  shops ",
    }

    response = manager_client.post("/t/acme/_views/", posted, follow=True)

    html = response.content.decode()
    with shops.scope():
        view = SavedView.objects.get()
    assert (view.name, view.query, view.columns) == ("German shops", "country=DE", ["name", "city"])
    assert response.redirect_chain == [(f"{ADDRESS}?country=DE&cols=name,city", 302)]
    assert 'aria-current="page">German shops<span class="cnt">2</span>' in html
    assert "The view “German shops” is saved." in html


def test_a_private_view_is_nobody_elses_tab_and_a_shared_one_cannot_be_deleted_by_others(
    shops: World, client: Client
) -> None:
    colleague: Membership = MembershipFactory(tenant=shops.tenant, user__email="other@acme.example")
    with shops.scope():
        private = SavedView.objects.create(
            user=shops.admin, list_key="test_shops", name="Private one", query="country=DE"
        )
        shared = SavedView.objects.create(
            user=shops.admin, list_key="test_shops", name="Shared one", query="country=CH", is_shared=True
        )
    client.force_login(colleague.user)

    html = client.get(ADDRESS).content.decode()
    client.post(f"/t/acme/_views/{shared.pk}/delete/", {"path": ADDRESS})

    assert "Private one" not in html
    assert "Shared one" in html
    with shops.scope():
        assert set(SavedView.objects.values_list("pk", flat=True)) == {private.pk, shared.pk}


def test_own_view_can_be_deleted(shops: World, manager_client: Client) -> None:
    with shops.scope():
        view = SavedView.objects.create(user=shops.admin, list_key="test_shops", name="Mine", query="country=DE")

    response = manager_client.post(f"/t/acme/_views/{view.pk}/delete/", {"path": ADDRESS})

    assert response.headers["Location"] == ADDRESS
    with shops.scope():
        assert not SavedView.objects.exists()


def test_a_view_is_not_saved_without_a_name_and_never_leads_elsewhere(shops: World, manager_client: Client) -> None:
    posted = {"list": "test_shops", "path": "//evil.example/", "query": "", "name": "  "}

    response = manager_client.post("/t/acme/_views/", posted)

    assert response.headers["Location"] == "/"
    with shops.scope():
        assert not SavedView.objects.exists()


def test_bulk_selection_takes_only_rows_within_reach(
    shops: World, two_tenants: tuple[World, World], rf: RequestFactory
) -> None:
    acme, beta = two_tenants
    with beta.scope():
        foreign = Partner.objects.get(country="DE").public_id
    with acme.scope():
        own = Partner.objects.get(name="Radhaus Lindner").public_id
        page = ShopList()
        page.kwargs = {}

        page.request = rf.post(ADDRESS, {"row": [str(own), str(foreign), "rubbish"]})
        ticked = [one.name for one in page.selection()]
        page.request = rf.post(ADDRESS, {"all": "1", "query": "country=DE&page=2"})
        everyone = sorted(one.name for one in page.selection())

    assert ticked == ["Radhaus Lindner"]
    assert everyone == ["Kettenreaktion", "Radhaus Lindner"]


def test_values_without_a_template_read_by_their_type() -> None:
    column = Column("x", "X", value=lambda row: row)

    assert [text_of(column.value_of(value)) for value in (None, True, 1234.5, "text")] == [
        "–",
        "Yes",
        "1,234.5",
        "text",
    ]


def test_a_long_list_is_counted_up_to_its_limit(
    shops: World, manager_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShopList, "count_limit", 2)

    page = manager_client.get(ADDRESS).content.decode()

    assert "2+ shops" in page
    assert '<span class="cnt">2+</span>' in page


def test_a_column_that_is_never_empty_is_sorted_as_an_index_is(two_tenants: tuple[World, World]) -> None:
    columns = (Column("number", "Number", sort="pk"), Column("since", "Since", sort="partner_since"))

    with two_tenants[0].scope():
        by_number = str(ordered(Partner.objects.all(), columns, "-number").query)
        by_day = str(ordered(Partner.objects.all(), columns, "-since").query)

    assert "NULLS" not in by_number
    assert '"partner_since" DESC NULLS LAST' in by_day
