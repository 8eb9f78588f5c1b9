"""The main job in a real browser: a file with errors is corrected and imported, the score changes before one's eyes,
the receipt explains it, and the partner signs in and reads the same."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import accessibility_violations
from tests.conftest import World, make_world
from tests.factories.accounts import PASSWORD
from tests.performance_screens.conftest import Scored, build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scored(transactional_db: None) -> Iterator[Scored]:
    """A programme of six partners, committed: the server reads it through a connection of its own."""
    world = make_world("acme")
    with world.scope():
        return build(world, others=5)


def sign_in(page: Page, server: str, world: World, email: str) -> None:
    """The ordinary way in: address, password, button."""
    page.goto(f"{server}/accounts/login/")
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).not_to_have_url(re.compile("/accounts/login/"))


def sales_file(scored: Scored) -> bytes:
    """Three measurements: the first is fine, the second names no partner, the third a day that does not exist."""
    own, other = scored.partners[0].external_id, scored.partners[1].external_id
    rows = [
        "partner,kpi,occurred_on,value,weight,external_id",
        f"{own},REVENUE,2024-06-05,20,,INV-1",
        "NOBODY,REVENUE,2024-06-06,5,,INV-2",
        f"{other},DEFECTS,2024-06-31,1,100,INV-3",
    ]
    return "\n".join(rows).encode()


def test_from_a_faulty_file_to_the_partners_receipt(live_server: LiveServer, visit: Any, scored: Scored) -> None:
    server, world, partner = live_server.url, scored.world, scored.partners[0]
    workspace = f"{server}/t/{world.tenant.slug}"
    manager = visit()
    page = manager.page
    sign_in(page, server, world, world.admin.email)

    # The score before: 80.0, grade B. A second window stays open on the overview.
    page.goto(f"{workspace}/partners/{partner.public_id}/scorecard/?period=2024-Q2")
    expect(page.locator(".big").first).to_contain_text("80.0")
    overview = page.context.new_page()
    overview.goto(f"{workspace}/?period=2024-Q2")
    average = overview.locator(".kpi", has_text="Average score").locator(".v")
    expect(average).to_contain_text("85.0")

    # A file with two errors is uploaded, read, matched and checked; nothing is written.
    page.goto(f"{workspace}/imports/new/?kind=measurements")
    page.locator("input[type=file]").set_input_files(
        {"name": "june.csv", "mimeType": "text/csv", "buffer": sales_file(scored)}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="It reads right").click()
    page.get_by_role("button", name="Check 3 rows").click()
    page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}/(\?.*)?$"))
    expect(page.locator(".kpi", has_text="Rows with errors").locator(".v")).to_have_text("2")

    # The errors are corrected where they stand, checked again, and all three rows imported.
    page.get_by_role("link", name=re.compile("Errors")).click()
    page.get_by_label(re.compile("partner, row 3")).fill(scored.partners[1].external_id)
    page.get_by_label(re.compile("occurred_on, row 4")).fill("2024-06-30")
    page.get_by_role("button", name="Save corrections and check again").click()
    page.get_by_role("button", name="Import 3 records").click()
    expect(page.locator("main")).to_contain_text("3")

    # The open overview learns of it by itself, without anybody reloading it.
    expect(average).not_to_contain_text("85.0", timeout=15_000)
    overview.close()

    # The partner sold 120 now: 100 points times 60, 80 points times 40, 92 in all and grade A.
    page.goto(f"{workspace}/partners/{partner.public_id}/scorecard/?period=2024-Q2")
    expect(page.locator(".big").first).to_contain_text("92.0")
    page.get_by_role("button", name="Sell-out revenue").click()
    expect(page.locator(".why").first).to_contain_text("100 × 60 ÷ 100")
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".sum-line").first).to_contain_text("( 100 × 60 + 80 × 40 )")
    expect(page.locator("main")).to_contain_text("INV-1")
    expect(page.get_by_role("link", name="june.csv").first).to_be_visible()
    assert accessibility_violations(page) == []

    # A step opens where one stands, and its form goes to the step's own address.
    page.goto(f"{workspace}/partners/{partner.public_id}/scorecard/?period=2024-Q2")
    page.get_by_role("button", name="Change status").click()
    page.get_by_role("link", name=re.compile("Suspend")).click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Contract under review")
    assert accessibility_violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Suspend")).click()
    expect(page.locator("header", has=page.get_by_role("heading", level=1))).to_contain_text("Suspended")

    page.goto(f"{workspace}/partners/{partner.public_id}/scorecard/?period=2024-Q2")
    page.get_by_role("link", name="Receipt").click()
    theirs = page.locator(".sum-line").first.inner_text()
    assert manager.problems == []

    # The partner signs in with its own account and reads the same.
    contact = visit()
    page = contact.page
    sign_in(page, server, world, world.partner_user.email)
    portal = f"{server}/portal/{world.tenant.slug}/{partner.public_id}"
    page.goto(f"{portal}/?period=2024-Q2")
    expect(page.locator(".big").first).to_contain_text("92.0")
    page.get_by_role("link", name="See how it is computed").click()
    assert page.locator(".sum-line").first.inner_text() == theirs
    expect(page.locator("main")).to_contain_text("INV-1")
    expect(page.locator("main")).to_contain_text("june.csv")
    assert accessibility_violations(page) == []
    assert contact.problems == []

    # And nobody else's.
    answer = page.goto(f"{server}/portal/{world.tenant.slug}/{scored.partners[1].public_id}/")
    assert answer.status == 404
