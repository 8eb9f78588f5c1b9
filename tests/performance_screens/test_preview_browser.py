"""A draft's findings and its preview in a real browser: accessible and within the window in every mode."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from performance.services.kpis import create_kpi
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template
from prm.access.actor import SYSTEM
from tests.browser import DESKTOP, PHONE, accessibility_violations, browser, scrolls_sideways, sign_in, visit
from tests.conftest import make_world
from tests.performance_screens.conftest import build

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

D = Decimal
MODES = {"light": (DESKTOP, "light"), "dark": (DESKTOP, "dark"), "phone": (PHONE, "light"), "night": (PHONE, "dark")}


def test_findings_and_preview_are_accessible_and_fit(live_server: LiveServer, visit: Any, client: Client) -> None:
    world = make_world("acme")
    with world.scope():
        scored = build(world, others=12)
        csat = create_kpi(actor=SYSTEM, code="CSAT", name="Customer satisfaction", unit="%", decimals=1)
        lines = [
            LineSpec(scored.revenue, D(25), gate_minimum=D(60), gate_grade="E"),
            LineSpec(scored.defects, D("55.5")),
            LineSpec(csat, D("19.5")),
        ]
        spec = TemplateSpec(
            sections=[SectionSpec("all", "All", lines)], settings={"period_kinds": ["month", "quarter"]}
        )
        draft = draft_template(programme=scored.programme, actor=SYSTEM, name="Dealer scorecard", spec=spec)
    client.force_login(world.admin)
    base = f"/t/{world.tenant.slug}/templates/{draft.public_id}/"
    pages = {
        "draft": base,
        "preview": f"{base}preview/?partner={world.partner.external_id}&period=2024-Q1",
        "several": f"{base}preview/?partner=partner",
        "publish": f"{base}publish/",
    }

    found = {}
    for mode, (viewport, theme) in MODES.items():
        opened = visit(viewport=viewport, theme=theme)
        sign_in(opened.page, live_server.url, client)
        for name, page in pages.items():
            opened.page.goto(live_server.url + page)
            wrong = accessibility_violations(opened.page)
            if scrolls_sideways(opened.page):
                wrong.append("scrolls sideways")
            if wrong:
                found[name, mode] = wrong

    assert found == {}
