"""The review template's editor in a real browser: rows are added in place, and the page stays within the policy."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from performance.reviews.models import RaterRole, ReviewSection, ReviewTemplate
from tests.browser import PHONE, accessibility_violations, browser, scrolls_sideways, sign_in, visit
from tests.conftest import make_world
from tests.reviews.conftest import prepare

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_roles_and_sections_are_added_without_reloading(live_server, visit, client):
    world = make_world("acme")
    with world.scope():
        prepare(world)
    client.force_login(world.admin)
    opened = visit(viewport=PHONE)
    page = opened.page
    sign_in(page, live_server.url, client)
    page.goto(live_server.url + reverse("reviews:template_write", kwargs={"tenant": "acme", "programme": "main"}))
    roles = page.locator('[data-rows-of="roles"] > :visible')
    expect(roles).to_have_count(2)

    for name in ("Finance", "Logistics", "Marketing"):
        page.get_by_role("button", name="Add role").click()
        page.keyboard.type(name)
    page.get_by_role("button", name="Add section").click()
    page.keyboard.type("Delivery")
    section = page.locator('[data-rows-of="sections"] > :visible').last
    section.get_by_label("Questions").fill("Finance: Do they pay in time?\nMarketing: Do they show the brand?")
    roles.nth(3).get_by_label("Remove").check()
    assert accessibility_violations(page) == []
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Publish version 2").click()
    page.wait_for_url("**/templates/**")

    with world.scope():
        newest = ReviewTemplate.objects.get(version=2)
        assert list(RaterRole.objects.filter(template=newest).order_by("position").values_list("name", flat=True)) == [
            "Sales",
            "Support",
            "Finance",
            "Marketing",
        ]
        assert ReviewSection.objects.filter(template=newest, name="Delivery").exists()
    assert opened.problems == []
