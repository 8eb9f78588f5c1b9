"""Account pages in a real browser: passkeys under the strict policy, and every screen for everybody."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Invitation, Membership, PartnerAccess
from prm.accounts.services.invitations import hash_token, invite_member, invite_to_partner
from prm.api.services import create_api_key
from prm.audit.services import record
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, report_progress
from prm.notifications.services import notify
from tests.browser import DESKTOP, PHONE, accessibility_violations, browser, scrolls_sideways, sign_in, visit
from tests.conftest import World, make_world
from tests.factories.accounts import PASSWORD, MembershipFactory, PartnerAccessFactory

__all__ = ["browser", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_passkey_is_made_and_signs_in_alone(live_server: LiveServer, visit: Any, settings: Any) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    acme = make_world("acme")
    window = visit()
    page, server = window.page, live_server.url
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    page.goto(f"{server}/accounts/login/")
    page.get_by_label("Work e-mail").fill(acme.admin.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).not_to_have_url(re.compile("login"))
    page.goto(f"{server}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_label("Sign in with it alone, without a password").check()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page).not_to_have_url(re.compile("webauthn/add"))

    page.context.clear_cookies()
    page.goto(f"{server}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{server}/t/acme/")
    page.goto(f"{server}/accounts/2fa/webauthn/")
    expect(page.get_by_text("Work laptop")).to_be_visible()

    assert window.problems == []


def test_a_refused_passkey_leaves_a_sentence(live_server: LiveServer, visit: Any, settings: Any) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    page = visit().page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}},
    )

    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_have_text(re.compile("The passkey was not used"))


def world_with_everything() -> World:
    """One of each thing that the screens show."""
    acme = make_world("acme")
    MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    MembershipFactory(tenant=acme.tenant, role=Role.ANALYST, is_active=False)
    MembershipFactory(user=acme.admin)
    admin, partner = Actor.of_user(acme.admin), acme.partner
    with acme.scope():
        PartnerAccessFactory(partner=partner, role=Role.PARTNER_MEMBER)
        invite_member(actor=admin, email="a.rather.long.address@subsidiary.example.com", role=Role.FINANCE)
        invite_to_partner(
            actor=admin,
            partner_id=partner.pk,
            partner_public_id=partner.public_id,
            partner_name=partner.name,
            email="another.rather.long.address@subsidiary.example.com",
            role=Role.PARTNER_MEMBER,
        )
        changes = {"name": ["Before", "After"], "city": ["", "Berlin"]}
        record(actor=admin, action="partner.updated", target=partner, changes=changes, reason="Because")
        running = create_job(actor=admin, kind="import", title="Import of sell-out.csv")
        Job.objects.update(status=JobStatus.RUNNING)
        report_progress(running, 30, 100, "Checking rows")
        create_job(actor=SYSTEM, kind="recompute", title="Recompute")
        notify(user_ids=[acme.admin.pk], kind="x", title="Something happened", body="More about it", url="/t/acme/")
        notify(user_ids=[acme.partner_user.pk], kind="x", title="Your score is there", partner_id=partner.pk)
        create_api_key(actor=admin, name="ERP", scopes=["partner:view"])
    Invitation.objects.filter(partner_id=None).update(token_hash=hash_token("secret"))
    return acme


def pages_of(acme: World) -> list[tuple[Any, list[str]]]:
    """The addresses by who opens them; None is a stranger."""
    with acme.scope():
        job = Job.objects.get(status=JobStatus.RUNNING).public_id
    member = Membership.objects.filter(tenant=acme.tenant, role=Role.CHANNEL_MANAGER).get().pk
    colleague = PartnerAccess.objects.get(role=Role.PARTNER_MEMBER).pk
    settings, portal = "/t/acme/settings/", f"/portal/acme/{acme.partner.public_id}/"
    return [
        (None, ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/invitation/secret/"]),
        (
            acme.admin,
            [
                *("/workspaces/", "/profile/", "/accounts/password/change/", "/accounts/email/", "/accounts/2fa/"),
                *("/accounts/sessions/", "/accounts/logout/", "/invitation/secret/", "/t/acme/inbox/", settings),
                *(f"{settings}{page}/" for page in ("roles", "people", "people/invite", "api-keys", "api-keys/create")),
                *(f"{settings}people/{member}/", f"{settings}audit/", f"{settings}audit/?q=nothing"),
                *(f"{settings}jobs/", f"{settings}jobs/{job}/"),
            ],
        ),
        (
            acme.partner_user,
            [f"{portal}{page}" for page in ("team/", "team/invite/", f"team/{colleague}/", "inbox/")],
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("viewport", "theme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")])
def test_every_screen_is_for_everybody(live_server: LiveServer, visit: Any, viewport: Any, theme: str) -> None:
    acme = world_with_everything()
    wrong: list[str] = []

    for person, addresses in pages_of(acme):
        window = visit(viewport=viewport, theme=theme)
        if person is not None:
            client = Client()
            client.force_login(person)
            sign_in(window.page, live_server.url, client)
        for address in addresses:
            window.page.goto(live_server.url + address)
            wrong += [f"{address}: {problem}" for problem in accessibility_violations(window.page)]
            if scrolls_sideways(window.page):
                wrong.append(f"{address}: scrolls sideways")
        wrong += window.problems

    assert wrong == []
