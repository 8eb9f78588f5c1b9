"""The portal's menu: at every width, with and without script, each page is in the bar or under More, never in both."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.browser import scrolls_sideways, sign_in
from tests.conftest import World, make_world


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """A tenant with a partner, committed, because the server reads it through its own connection."""
    return make_world("acme")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_every_page_is_in_the_bar_or_under_more(
    live_server: LiveServer, browser: Any, world: World, client: Client, has_script: bool
) -> None:
    client.force_login(world.partner_user)
    context = browser.new_context(java_script_enabled=has_script, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, live_server.url, client)
    everything = {"Home", "Scorecard", "Reviews", "Recognition", "Promises to you", "Reports", "Company", "Team"}
    in_bar, under_more, sideways, focused = {}, {}, {}, {}

    for width in (390, 861, 1001, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server.url}/portal/acme/{world.partner.public_id}/company/")
        in_bar[width] = _visible(page, ".ptop .nav li")
        page.locator("[popovertarget=portal-menu]:visible").click()
        under_more[width] = _visible(page, "#portal-menu a")
        sideways[width] = scrolls_sideways(page)
        focused[width] = page.evaluate("document.activeElement.closest('#portal-menu') !== null")
    context.close()

    assert {width: names | in_bar[width] for width, names in under_more.items()} == dict.fromkeys(in_bar, everything)
    assert [len(in_bar[width] & under_more[width]) for width in in_bar] == [0, 0, 0, 0]
    assert [len(in_bar[width]) for width in in_bar] == [0, 4, 5, 6]
    assert not any(sideways.values())
    assert set(focused.values()) == {has_script}


def _visible(page: Any, which: str) -> set[str]:
    """The names of visible entries, without their counts."""
    return {one.inner_text().split("\n")[0] for one in page.locator(which).all() if one.is_visible()}
