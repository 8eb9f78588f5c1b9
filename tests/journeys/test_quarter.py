"""A whole quarter in a real browser: it is closed and a plan is proposed, the partner reviews itself, contests a figure
and wins, both sign, the plan succeeds after two measured quarters, and the partner gets its report by mail."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from performance.plans.choices import PlanStatus, TriggerKind
from performance.plans.models import Plan
from performance.plans.services.rules import save_rule
from performance.reports.services.dispatching import send_due_reports
from performance.reviews.models import Review
from performance.services.recompute import score_changes
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.tenancy.scope import tenant_scope
from tests.browser import accessibility_violations
from tests.conftest import make_world
from tests.factories.accounts import MembershipFactory
from tests.factories.reviews import make_review_template
from tests.journeys.test_main_job import sign_in
from tests.performance_screens.conftest import Scored, build, measure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUARTER = "2026-Q4"
SUPPORT = "support@acme.example"
JANUARY, APRIL, JULY = (datetime(2027, month, 12, 9, tzinfo=UTC) for month in (1, 4, 7))


@pytest.fixture
def clock() -> Iterator[Any]:
    """The twelfth of January 2027, nine in the morning, from which the test moves on."""
    with time_machine.travel(JANUARY, tick=True) as traveller:
        yield traveller


@pytest.fixture
def scored(transactional_db: None, clock: Any) -> Iterator[Scored]:
    """The partner sold 50 of 100 in the fourth quarter with 3 % defects: 40 points, grade D. A low grade proposes a
    plan, and the programme has a review template with a rater for sales and one for support."""
    world = make_world("acme")
    with world.scope():
        made = build(world, others=2)
        quarter(made, "2026-11", revenue="50", defects="3")
        support = MembershipFactory(tenant=world.tenant, role=Role.CHANNEL_MANAGER, user__email=SUPPORT).user
        make_review_template(made.programme, [world.admin, support])
        save_rule(
            actor=SYSTEM,
            name="Low grade",
            programme=made.programme,
            period_kind="quarter",
            kind=TriggerKind.GRADE,
            grade="D",
        )
        return made


def quarter(scored: Scored, month: str, *, revenue: str, defects: str) -> None:
    """What the partner sold in a month, and how many of a hundred deliveries had defects; scored."""
    partner = scored.partners[0]
    measure(
        [
            (partner, scored.revenue, f"{month}-10", revenue, None),
            (partner, scored.defects, f"{month}-11", defects, "100"),
        ]
    )
    score_changes(tenant=scored.world.tenant)


def close(page: Page, workspace: str, label: str) -> None:
    """Close a period on its page, with its name typed in."""
    page.goto(f"{workspace}/periods/{label}/close/")
    page.locator("input[name=confirmation]").fill(label)
    page.get_by_role("button", name=f"Close {label}").click()
    expect(page.locator("main")).to_contain_text(label)


def choose(page: Page, label: str, containing: str) -> None:
    """The option that has these words."""
    box = page.get_by_label(re.compile(label, re.IGNORECASE))
    box.select_option(box.locator("option", has_text=containing).first.get_attribute("value"))


def rate_everything(page: Page, level: int, submit: str) -> None:
    """The same level on every question, with a word each."""
    for choice in page.locator(f"input[type=radio][value='{level}']").all():
        choice.check(force=True)
    for box in page.locator("main textarea").all():
        box.fill("As agreed.")
    page.get_by_role("button", name=submit).click()


def test_a_quarter_from_its_closing_to_the_report(
    live_server: LiveServer, visit: Any, scored: Scored, clock: Any
) -> None:
    server, world, partner = live_server.url, scored.world, scored.partners[0]
    workspace = f"{server}/t/{world.tenant.slug}"
    portal = f"{server}/portal/{world.tenant.slug}/{partner.public_id}"
    manager, contact = visit(), visit()
    ours, theirs = manager.page, contact.page
    sign_in(ours, server, world, world.admin.email)
    sign_in(theirs, server, world, world.partner_user.email)

    # A report that goes to each partner after every closing.
    ours.goto(f"{workspace}/reports/scorecard-summary/schedule/")
    ours.get_by_label("Name").fill("Quarterly score")
    ours.get_by_label("Send", exact=True).select_option("closing")
    ours.get_by_label("Each partner chosen above gets its own").check()
    ours.get_by_role("button", name="Save and switch on").click()
    expect(ours.locator("h1")).to_contain_text("Quarterly score")

    # The quarter is closed with 40 points. A plan is proposed.
    close(ours, workspace, QUARTER)
    with world.scope():
        plan = Plan.objects.get(partner=partner)
    assert plan.status == PlanStatus.SUGGESTED

    # The review: created, with the score frozen; the partner is asked for its side.
    ours.goto(f"{workspace}/partners/{partner.public_id}/reviews/create/")
    choose(ours, "Period", QUARTER)
    ours.get_by_role("button", name="Create review").click()
    with world.scope():
        review = Review.objects.get(partner=partner)
    page_of_review = f"{workspace}/reviews/{review.public_id}/"
    own_page = f"{portal}/reviews/{review.public_id}/"
    expect(ours.locator("main")).to_contain_text("40.0")

    # The partner sees itself at 4, our two raters at 3.
    theirs.goto(own_page)
    assert accessibility_violations(theirs) == []
    rate_everything(theirs, 4, "Submit our view")
    ours.goto(page_of_review)
    rate_everything(ours, 3, "Submit my rating")
    expect(ours.locator("main")).to_contain_text("1 of 2 have submitted")
    other = visit().page
    sign_in(other, server, world, SUPPORT)
    other.goto(page_of_review)
    rate_everything(other, 3, "Submit my rating")
    step(ours, page_of_review, "Share with partner", "Share with partner")

    # The partner contests one figure: two defects of a hundred, not three.
    theirs.goto(own_page)
    theirs.get_by_role("link", name="Contest a figure").click()
    choose(theirs, "figure", "Defects")
    theirs.locator("textarea").fill("The November count has one return that was not ours.")
    theirs.locator("input[type=file]").set_input_files(
        {"name": "returns.txt", "mimeType": "text/plain", "buffer": b"Return 4711 was sent back unopened."}
    )
    theirs.get_by_role("button", name="Contest").click()
    expect(theirs.locator("main")).to_contain_text("returns.txt")

    # The source sends it again with two; the closed card is restated on its page, and the review frozen anew.
    with world.scope():
        quarter(scored, "2026-11", revenue="50", defects="2")
    ours.goto(f"{workspace}/restatements/")
    ours.get_by_role("link", name=str(partner)).first.click()
    ours.get_by_label("Reason").fill("One return was not the partner's.")
    ours.get_by_role("button", name=re.compile("Restate")).click()
    step(ours, page_of_review, "Corrected at the source", "Freeze the corrected score")
    expect(ours.locator("main")).to_contain_text("0.7 × 48.0 + 0.3 × 50.0")
    expect(ours.locator("main")).to_contain_text("48.6")

    # The meeting, and both signatures.
    ours.get_by_role("link", name="Record meeting").click()
    ours.get_by_label("Held on").fill("2027-01-12")
    ours.get_by_label(re.compile("Notes")).fill("Six more displays by March.")
    ours.get_by_role("button", name="Record meeting").click()
    for page, address in ((theirs, own_page), (ours, page_of_review)):
        step(page, address, "Sign review", "Sign review")
    expect(ours.locator("h1 + .badge, .row .badge").first).to_contain_text("Signed")
    assert accessibility_violations(ours) == []

    # The plan: taken up, shown, signed by both, started.
    page_of_plan = f"{workspace}/plans/{plan.public_id}/"
    ours.goto(page_of_plan)
    ours.get_by_role("button", name="Take up").click()
    ours.get_by_role("button", name="Save draft").click()
    ours.get_by_role("button", name="Show to partner").click()
    for page, address in ((theirs, f"{portal}/plans/{plan.public_id}/"), (ours, page_of_plan)):
        page.goto(address)
        page.get_by_role("link", name="Sign", exact=True).click()
        page.get_by_label(re.compile("agree to it")).check()
        page.get_by_role("button", name="Sign", exact=True).click()
    step(ours, page_of_plan, "Start", "Start the plan")
    assert status_of(plan) == PlanStatus.ACTIVE
    assert accessibility_violations(ours) == []

    # Two good quarters. Nobody ticks anything: the second closing ends the plan.
    for day, month, label, status in (
        (APRIL, "2027-02", "2027-Q1", PlanStatus.ACTIVE),
        (JULY, "2027-05", "2027-Q2", PlanStatus.SUCCEEDED),
    ):
        clock.move_to(day)
        with world.scope():
            quarter(scored, month, revenue="100", defects="1")
        sign_in(ours, server, world, world.admin.email)  # three months later
        close(ours, workspace, label)
        assert status_of(plan) == status
    sign_in(theirs, server, world, world.partner_user.email)
    theirs.goto(f"{portal}/plans/{plan.public_id}/")
    expect(theirs.locator("main")).to_contain_text("Reached 12 Jul")

    # Two days after the closing the report comes by mail, with the partner's own row alone.
    clock.move_to(JULY + timedelta(days=3))
    mail.outbox.clear()
    send_due_reports(tenant=world.tenant)
    letters = [one for one in mail.outbox if one.to == [world.partner_user.email] and one.attachments]
    assert any("2027-Q2" in one.body for one in letters), [(one.to, one.subject) for one in mail.outbox]
    theirs.goto(f"{portal}/reports/")
    expect(theirs.locator("main")).to_contain_text("2027-Q2")
    assert manager.problems == contact.problems == []


def status_of(plan: Plan) -> str:
    """What the plan's row says now."""
    with tenant_scope(plan.tenant):
        return str(Plan.objects.get(pk=plan.pk).status)


def step(page: Page, address: str, name: str, confirm: str) -> None:
    """A step of ours: its button on the page, then the button that does it."""
    page.goto(address)
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name=confirm).click()
