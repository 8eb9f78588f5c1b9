"""The pages of figures in a real browser: accessible, within the window, true to the content policy, alive."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from performance.models import MeasurementSource, Run
from tests.browser import DESKTOP, PHONE, accessibility_violations, browser, scrolls_sideways, sign_in, visit
from tests.conftest import make_world
from tests.performance_screens.conftest import Scored, build

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAIN = 10
MODES = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")]


@pytest.fixture
def shown(transactional_db: None) -> Iterator[Scored]:
    """A programme of six partners, committed for the server's own connection."""
    world = make_world("acme")
    with world.scope():
        return build(world, others=5)


def addresses(scored: Scored, *, only_main: bool) -> list[str]:
    """The pages of the manager's side; in further themes and sizes the main ones."""
    with scored.world.scope():
        run = Run.objects.first()
        source = MeasurementSource.objects.get(code="erp")
    card = f"scorecards/{scored.programme.key}/2024-Q1/{scored.partners[0].public_id}/"
    pages = [
        "",
        "scorecards/?kpi=REVENUE",
        "scorecards/map/",
        "sources/",
        f"sources/{source.public_id}/",
        "scorecards/comparison/?grade=B",
        f"partners/{scored.partners[0].public_id}/scorecard/",
        card,
        f"kpis/{scored.revenue.public_id}/?try_partner={scored.partners[0].external_id}&try_period=2024-Q2",
        "templates/new/",
        f"{card}measurements/",
        "kpis/",
        "kpis/new/",
        "benchmarks/",
        "benchmarks/new/",
        "templates/",
        f"templates/{scored.template.public_id}/",
        "measurements/",
        "sources/new/",
        "sources/rules/",
        "runs/",
        f"runs/{run.public_id}/",
        "periods/",
        "periods/2024-Q1/close/",
    ]
    return [f"/t/{scored.world.tenant.slug}/{page}" for page in (pages[:MAIN] if only_main else pages)]


def portal_addresses(scored: Scored) -> list[str]:
    base = f"/portal/{scored.world.tenant.slug}/{scored.partners[0].public_id}/"
    card = f"scorecard/{scored.programme.key}/2024-Q1/"
    return [base, f"{base}scorecard/", f"{base}{card}", f"{base}{card}measurements/"]


@pytest.mark.parametrize(("viewport", "theme"), MODES, ids=["light", "dark", "phone"])
@pytest.mark.parametrize("side", ["manager", "partner"])
def test_pages_are_accessible_and_fit(
    live_server: LiveServer,
    visit: Any,
    shown: Scored,
    client: Client,
    viewport: dict[str, int],
    theme: str,
    side: str,
) -> None:
    client.force_login(shown.world.admin if side == "manager" else shown.world.partner_user)
    opened = visit(viewport=viewport, theme=theme)
    sign_in(opened.page, live_server.url, client)

    found = {}
    only_main = (viewport, theme) != MODES[0]
    pages = addresses(shown, only_main=only_main) if side == "manager" else portal_addresses(shown)
    for address in pages:
        opened.page.goto(live_server.url + address)
        for button in opened.page.locator("[data-expand]").all()[:1]:
            button.click()
        wrong = accessibility_violations(opened.page) + (["scrolls sideways"] if scrolls_sideways(opened.page) else [])
        if wrong or opened.problems:
            found[address] = [*wrong, *opened.problems]
            opened.problems.clear()

    assert found == {}


def test_weights_are_added_up_while_they_are_typed(
    live_server: LiveServer, visit: Any, shown: Scored, client: Client
) -> None:
    client.force_login(shown.world.admin)
    page = visit().page
    sign_in(page, live_server.url, client)
    page.goto(f"{live_server.url}/t/{shown.world.tenant.slug}/templates/new/")
    total, weights = page.locator("[data-weight-total]"), page.locator("[name$=-weight]")

    for index, weight in enumerate(("16.1", "67.2", "16.6")):
        weights.nth(index).fill(weight)
    expect(total).to_have_text("99.9")
    expect(page.get_by_text("Must be exactly 100")).to_be_visible()
    weights.nth(2).fill("16.7")
    expect(total).to_have_text("100")
    expect(page.get_by_text("Adds up")).to_be_visible()

    page.get_by_role("button", name="Add KPI").click()
    expect(weights).to_have_count(4)
    page.get_by_role("button", name="Remove this KPI").nth(0).click()
    expect(total).to_have_text("83.9")


def test_a_scorecard_is_complete_without_script(
    live_server: LiveServer, browser: Any, shown: Scored, client: Client
) -> None:
    client.force_login(shown.world.admin)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, client)

    page.goto(f"{live_server.url}/t/{shown.world.tenant.slug}/partners/{shown.partners[0].public_id}/scorecard/")

    expect(page.locator(".why").first).to_be_visible()
    expect(page.get_by_role("button", name="Show")).to_be_visible()
    context.close()
