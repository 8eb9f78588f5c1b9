"""The admin and the API's documentation in a real browser: the strict policy holds, both themes, a phone."""

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import DESKTOP, PHONE, browser, scrolls_sideways, sign_in, visit
from tests.conftest import World, make_world
from tests.factories.accounts import UserFactory
from tests.factories.performance import BenchmarkFactory, KPIFactory

__all__ = ["browser", "visit"]

MOST_SCREENS = 60

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None, client: Client) -> World:
    """A tenant, committed, and an operator signed in to the test client."""
    world = make_world("acme")
    with world.scope():
        BenchmarkFactory(kpi=KPIFactory(code="REVENUE"))
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return world


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def test_an_operator_enters_works_and_leaves(
    live_server: LiveServer, visit: Any, shop: World, client: Client, theme: str, viewport: dict[str, int]
) -> None:
    window = visit(viewport=viewport, theme=theme)
    page, server = window.page, live_server.url
    sign_in(page, server, client)

    page.goto(f"{server}/admin/partners/partner/")
    page.get_by_label("Tenant").select_option(label="Acme")
    page.get_by_label("Reason").fill("Case 4711, imports fail")
    page.get_by_role("button", name="Work in this tenant").click()
    expect(page).to_have_url(f"{server}/admin/partners/partner/")
    expect(page.get_by_text("You work in Acme until")).to_be_visible()
    page.get_by_role("link", name="Partner of acme").click()
    page.get_by_label("City").fill("Wien")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(f"{server}/admin/performance/benchmark/add/")
    page.locator(".field-partner .select2-selection").click()
    expect(page.get_by_role("option", name="Partner of acme")).to_be_visible()
    page.goto(f"{server}/admin/audit/auditentry/")
    expect(page.get_by_role("cell", name="operator.entered")).to_be_visible()
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Leave tenant").click()

    expect(page.get_by_text("You work outside every tenant.")).to_be_visible()
    assert window.problems == []


def test_the_admin_takes_the_products_colours(live_server: LiveServer, visit: Any, shop: World, client: Client) -> None:
    def colours(theme: str) -> list[str]:
        page = visit(theme=theme).page
        sign_in(page, live_server.url, client)
        page.goto(f"{live_server.url}/admin/")
        names = ("--body-bg", "--accent")
        return [page.evaluate(f"getComputedStyle(document.body).getPropertyValue('{name}')") for name in names] + [
            page.evaluate("getComputedStyle(document.body).backgroundColor")
        ]

    light, dark = colours("light"), colours("dark")

    assert light[2] == "rgb(255, 255, 255)"
    assert dark[2] == "rgb(19, 22, 26)"
    assert re.search(r"2450cc|36, 80, 204", light[1])


def test_the_documentation_draws_every_group_without_breaking_the_policy(live_server: LiveServer, visit: Any) -> None:
    window = visit()

    window.page.goto(f"{live_server.url}/api/v1/docs/")

    expect(window.page.get_by_role("heading", name=f"{django_settings.PRODUCT_NAME} API")).to_be_visible()
    window.page.locator("#operations-partners-create_partner .opblock-summary").click()
    expect(window.page.get_by_text("Scope:").first).to_be_visible()
    groups = [tag["name"].replace(" ", "_") for tag in django_settings.SPECTACULAR_SETTINGS["TAGS"]]
    assert {"partners", "scorecards", "runs"} < set(groups)
    for group in groups:  # a long list is drawn where one looks
        tag = window.page.locator(f"#operations-tag-{group}")
        for _ in range(MOST_SCREENS):
            if tag.count():
                break
            window.page.mouse.wheel(0, 700)
            window.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        expect(tag).to_be_visible()
    assert window.problems == []
