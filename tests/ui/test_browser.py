"""The kit and the shell in a real browser: accessibility, policy, keyboard, phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import DESKTOP, PHONE, accessibility_violations, scrolls_sideways, sign_in
from tests.conftest import World, make_world
from tests.factories.partners import PartnerFactory

pytestmark = [pytest.mark.urls("tests.ui.urls"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop_world(transactional_db: None) -> Iterator[World]:
    """A tenant with thirty partners, committed, because the server reads them through its own connection."""
    world = make_world("acme")
    with world.scope():
        for number in range(30):
            PartnerFactory(name=f"Shop {number:02}", city="Munich" if number % 2 else "Basel", country="DE")
    return world


@pytest.mark.parametrize(
    ("viewport", "theme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")], ids=["light", "dark", "phone"]
)
def test_kit_is_accessible_fits_and_keeps_the_policy(
    live_server: LiveServer, visit: Any, settings: Any, viewport: dict[str, int], theme: str
) -> None:
    settings.DEBUG = True
    opened = visit(viewport=viewport, theme=theme)

    opened.page.goto(f"{live_server.url}/_kit/")

    assert accessibility_violations(opened.page) == []
    assert not scrolls_sideways(opened.page)
    assert opened.problems == []


@pytest.mark.parametrize(
    ("viewport", "theme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")], ids=["light", "dark", "phone"]
)
def test_list_is_accessible_and_fits(
    live_server: LiveServer, visit: Any, shop_world: World, client: Client, viewport: dict[str, int], theme: str
) -> None:
    client.force_login(shop_world.admin)
    opened = visit(viewport=viewport, theme=theme)
    sign_in(opened.page, live_server.url, client)

    opened.page.goto(f"{live_server.url}/t/acme/shops/?country=DE")

    assert opened.page.locator("h1").inner_text() == "Shops"
    assert accessibility_violations(opened.page) == []
    assert not scrolls_sideways(opened.page)
    assert opened.problems == []


def test_list_searches_sorts_and_selects_without_a_new_page(
    live_server: LiveServer, visit: Any, shop_world: World, client: Client
) -> None:
    client.force_login(shop_world.admin)
    opened = visit()
    page = opened.page
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/acme/shops/")
    page.evaluate("window.sameDocument = true")

    page.keyboard.press("/")
    page.keyboard.type("basel")
    page.wait_for_url("**/shops/?q=basel")
    page.get_by_role("link", name="Name").click()
    page.wait_for_url("**/shops/?q=basel&sort=-name")

    expect(page.locator("tbody tr").first.locator("td").nth(1)).to_have_text("Shop 28")
    expect(page.locator("[aria-sort]")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#announce")).to_have_text("15 shops")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk] [data-count]")).to_have_text("1 selected")
    page.get_by_label("Select all on this page").check()
    expect(page.locator("[data-count]")).to_have_text("15 selected")
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    page.wait_for_url("**/shops/?q=basel")
    assert opened.problems == []


def test_filters_become_chips_and_go_away_again(
    live_server: LiveServer, visit: Any, shop_world: World, client: Client
) -> None:
    client.force_login(shop_world.admin)
    opened = visit()
    page = opened.page
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/acme/shops/")

    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("textbox", name="Country").fill("DE")
    page.get_by_role("button", name="Show").first.click()
    page.wait_for_url("**/shops/?country=DE")
    expect(page.locator("#list-chips")).to_contain_text("Country is")
    page.get_by_role("link", name="Remove the filter Country").click()
    page.wait_for_url("**/shops/")

    expect(page.locator("#list-chips .chip")).to_have_count(0)
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("textbox", name="Country")).to_have_value("")
    expect(page.locator("#list-fields :focus")).to_have_count(1)
    assert opened.problems == []


def test_palette_finds_and_opens_by_keyboard(
    live_server: LiveServer, visit: Any, shop_world: World, client: Client
) -> None:
    client.force_login(shop_world.admin)
    opened = visit()
    page = opened.page
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/acme/shops/")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("Shop 07")
    page.get_by_role("option", name="Shop 07").wait_for()
    violations = accessibility_violations(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/partners/**")

    assert violations == []


def test_phone_menu_opens_without_script_too(
    live_server: LiveServer, browser: Any, shop_world: World, client: Client
) -> None:
    client.force_login(shop_world.admin)
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/acme/shops/")

    before = page.locator("#side").is_visible()
    page.get_by_role("button", name="Open menu").click()
    after = page.locator("#side").is_visible()
    context.close()

    assert (before, after) == (False, True)


def test_theme_is_kept_in_the_account(live_server: LiveServer, visit: Any, shop_world: World, client: Client) -> None:
    client.force_login(shop_world.admin)
    opened = visit()
    page = opened.page
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/acme/shops/")

    with page.expect_response("**/profile/theme/"):
        page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert opened.problems == []


def test_error_pages_stand_alone(live_server: LiveServer, visit: Any) -> None:
    opened = visit()

    opened.page.goto(f"{live_server.url}/nowhere/at/all/")

    assert opened.page.locator("h1").inner_text() == "There is nothing here"
    assert accessibility_violations(opened.page) == []
