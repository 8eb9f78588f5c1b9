"""The pages of people, settings, invitations, team and inbox by what somebody does on them."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Invitation, Membership, PartnerAccess, User
from prm.accounts.services.invitations import hash_token, invite_member
from prm.api.models import ApiKey
from prm.audit.services import record
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, report_progress
from prm.notifications.models import Notification
from prm.notifications.services import notify
from tests.factories.accounts import PASSWORD, MembershipFactory, PartnerAccessFactory, UserFactory

pytestmark = pytest.mark.django_db

SETTINGS = "/t/acme/settings/"


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- The invitation's page ------------------------------------------------------------------------------------------


@pytest.fixture
def link(acme, admin_actor):
    with acme.scope():
        invitation = invite_member(actor=admin_actor, email="nora@example.com", role=Role.FINANCE, full_name="Nora")
    Invitation.objects.filter(pk=invitation.pk).update(token_hash=hash_token("secret"))
    return "/invitation/secret/"


def test_a_stranger_reads_who_invites_and_joins(acme, client, link):
    page = client.get(link)
    joined = client.post(link, {"full_name": "Nora Lind", "password": "a-long-password"})

    assert "invites you to the workspace, as Finance." in text_of(page)
    assert "no-store" in page.headers["Cache-Control"]
    assert (joined.status_code, joined.url) == (302, "/t/acme/")
    assert client.get(SETTINGS).status_code == 200
    assert Membership.objects.get(user__email="nora@example.com").role == Role.FINANCE


def test_joining_renews_the_session(client, link):
    client.get("/accounts/login/")
    before = client.session.session_key

    client.post(link, {"full_name": "Nora Lind", "password": "a-long-password"})

    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"full_name": "", "password": "a-long-password"}, "This field is required."),
        ({"full_name": "Nora", "password": "short"}, "This password is too short."),
        ({"full_name": "Nora", "password": "nora@example.com"}, "too similar"),
    ],
)
def test_a_bad_answer_is_explained_and_makes_nobody(client, link, answer, sentence):
    page = client.post(link, answer)

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert not User.objects.filter(email="nora@example.com").exists()


def test_the_address_of_an_invitation_cannot_be_changed(client, link):
    client.post(link, {"full_name": "N", "password": "a-long-password", "email": "thief@example.com"})

    assert not User.objects.filter(email="thief@example.com").exists()
    assert User.objects.filter(email="nora@example.com").exists()


def test_a_known_person_signs_in_and_accepts(acme, client, link):
    UserFactory(email="nora@example.com")

    asked = client.get(link)
    signed_in = client.post("/accounts/login/", {"login": "nora@example.com", "password": PASSWORD, "next": link})
    ready = client.get(link)
    accepted = client.post(link)

    assert f"/accounts/login/?next={link}" in asked.content.decode()
    assert signed_in.url == link
    assert "Accept the invitation" in text_of(ready)
    assert accepted.url == "/t/acme/"


def test_somebody_else_is_asked_to_sign_out_and_cannot_accept(acme, client, link):
    client.force_login(UserFactory(email="other@example.com"))

    page = client.get(link)
    answer = client.post(link)

    assert "This invitation is for somebody else" in text_of(page)
    assert answer.status_code == 409
    assert not Membership.objects.filter(user__email="other@example.com").exists()


@pytest.mark.parametrize(
    ("path", "change", "status", "sentence"),
    [
        ("/invitation/unknown/", {}, 404, "does not exist"),
        ("/invitation/secret/", {"revoked_at": timezone.now()}, 410, "taken back"),
        ("/invitation/secret/", {"accepted_at": timezone.now()}, 410, "accepted already"),
        ("/invitation/secret/", {"expires_at": timezone.now() - timedelta(days=1)}, 410, "too old"),
    ],
)
def test_a_dead_link_says_why(client, link, path, change, status, sentence):
    Invitation.objects.update(**(change or {"role": Role.FINANCE}))

    for page in (client.get(path), client.post(path, {"full_name": "N", "password": "a-long-password"})):
        assert page.status_code == status
        assert sentence in text_of(page)
    assert not User.objects.filter(email="nora@example.com").exists()


# --- People ---------------------------------------------------------------------------------------------------------


def test_an_admin_invites_sends_again_and_takes_back(acme, manager_client):
    manager_client.post(
        f"{SETTINGS}people/invite/",
        {"email": "jens@example.com", "role": "channel_manager", "own_portfolio_only": "on"},
    )
    invitation = Invitation.objects.get()
    page = manager_client.get(f"{SETTINGS}people/")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    manager_client.post(f"{SETTINGS}people/invitations/{invitation.public_id}/resend/")
    invitation.refresh_from_db()
    again = invitation.is_open(timezone.now())
    manager_client.post(f"{SETTINGS}people/invitations/{invitation.public_id}/revoke/")

    assert "jens@example.com" in text_of(page)
    assert "own partners only" in text_of(page)
    assert again
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


def test_a_refusal_stands_beside_its_field(acme, manager_client):
    page = manager_client.post(f"{SETTINGS}people/invite/", {"email": acme.admin.email, "role": "analyst"})

    assert page.status_code == 422
    assert f"{acme.admin.email} works in this workspace already." in text_of(page)
    assert 'id="id_email-error"' in page.content.decode()


def test_the_last_admin_reads_why_they_cannot_be_closed_out(acme, manager_client, admin_membership):
    page = manager_client.post(f"{SETTINGS}people/{admin_membership.pk}/deactivate/", follow=True)

    assert "is the only workspace admin" in text_of(page)
    admin_membership.refresh_from_db()
    assert admin_membership.is_active


def test_a_member_is_changed_closed_out_and_let_in_again(acme, manager_client):
    member = MembershipFactory(tenant=acme.tenant, role=Role.ANALYST)
    page = f"{SETTINGS}people/{member.pk}/"

    manager_client.post(page, {"role": "finance", "job_title": "Controller"})
    manager_client.post(f"{page}deactivate/", {"reason": "On leave"})
    member.refresh_from_db()
    closed = member.is_active
    manager_client.post(f"{page}reactivate/")

    member.refresh_from_db()
    assert (member.role, member.job_title, closed, member.is_active) == (Role.FINANCE, "Controller", False, True)


def test_an_analyst_sees_people_and_settings_but_no_buttons(acme, client):
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)

    people, settings = client.get(f"{SETTINGS}people/"), client.get(SETTINGS)

    assert "Invite somebody" not in text_of(people)
    assert "Save settings" not in text_of(settings)
    assert client.post(SETTINGS, {"name": "Mine"}).status_code == 403


def test_the_roles_page_shows_every_permission(acme, manager_client):
    from prm.access.permissions import all_permissions

    page = text_of(manager_client.get(f"{SETTINGS}roles/"))

    labels = [str(permission.label) for permission in all_permissions()]
    assert [label for label in labels if label not in page.replace("&#x27;", "'").replace("&amp;", "&")] == []


# --- Workspace ------------------------------------------------------------------------------------------------------


def settings_form(**changes):
    return {
        "name": "Acme",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "fiscal_year_start": "1",
        "night_hour": "2",
        "accent": "blue",
        "vendor_term": "Company",
        "partner_term": "Partner",
        **changes,
    }


def test_settings_are_saved(acme, manager_client):
    response = manager_client.post(SETTINGS, settings_form(name="Acme Group", currency="chf", accent="plum"))

    assert response.status_code == 302
    acme.tenant.refresh_from_db()
    assert (acme.tenant.name, acme.tenant.currency, acme.tenant.accent) == ("Acme Group", "CHF", "plum")


def test_another_fiscal_year_asks_for_a_yes_first(acme, manager_client, monkeypatch):
    from prm.tenancy import changes

    monkeypatch.setattr(changes, "_period_providers", [lambda: True])

    asked = manager_client.post(SETTINGS, settings_form(fiscal_year_start="4"))
    said_yes = manager_client.post(SETTINGS, settings_form(fiscal_year_start="4", confirmed="on"))

    assert asked.status_code == 422
    assert "I understand that quarters and years move" in text_of(asked)
    assert said_yes.status_code == 302


def test_a_refused_change_leaves_the_pages_own_name_alone(acme, manager_client, monkeypatch):
    from prm.tenancy import changes

    monkeypatch.setattr(changes, "_amount_providers", [lambda: True])

    page = manager_client.post(SETTINGS, settings_form(name="Renamed", currency="USD"))

    assert page.status_code == 422
    assert "can no longer change" in text_of(page)
    assert "<title>Settings · Acme" in page.content.decode()


# --- API keys -------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works(acme, manager_client):
    created = manager_client.post(
        f"{SETTINGS}api-keys/create/", {"name": "ERP", "scopes": ["partner:view"], "expires_on": ""}
    )
    text = re.search(r"prm_[\w-]{40,}", created.content.decode()).group(0)
    listed = manager_client.get(f"{SETTINGS}api-keys/")
    use = {"headers": {"Authorization": f"Bearer {text}"}}
    works = Client().get("/api/v1/partners/", **use).status_code
    manager_client.post(f"{SETTINGS}api-keys/{ApiKey.objects.get().public_id}/revoke/")

    assert created.status_code == 200
    assert "no-store" in created.headers["Cache-Control"]
    assert text not in listed.content.decode()
    assert works == 200
    assert Client().get("/api/v1/partners/", **use).status_code == 401


def test_a_keys_last_day_is_the_tenants_day(acme, manager_client):
    last_day = acme.tenant.local_date(timezone.now()) + timedelta(days=3)

    manager_client.post(
        f"{SETTINGS}api-keys/create/", {"name": "ERP", "scopes": ["partner:view"], "expires_on": last_day.isoformat()}
    )

    ends = ApiKey.objects.get().expires_at.astimezone(acme.tenant.zone)
    assert (ends.date(), ends.hour, ends.minute) == (last_day + timedelta(days=1), 0, 0)


# --- Audit trail, jobs ----------------------------------------------------------------------------------------------


def test_the_trail_is_filtered_on_screen_and_in_the_file(acme, manager_client, admin_actor):
    with acme.scope():
        record(actor=admin_actor, action="partner.updated", target_label="Radhaus", changes={"city": ["Bonn", "Köln"]})
        record(actor=SYSTEM, action="tier.assigned", target_label="=HYPERLINK(1)")

    page = manager_client.get(f"{SETTINGS}audit/?q=radhaus")
    sent = manager_client.get(f"{SETTINGS}audit/export/")
    rows = list(csv.DictReader(io.StringIO(b"".join(sent.streaming_content).decode("utf-8-sig"))))

    assert "Partner: updated" in text_of(page)
    assert "Köln" in text_of(page)
    assert "HYPERLINK" not in text_of(page)
    assert [row["record"] for row in rows] == ["'=HYPERLINK(1)", "Radhaus"]
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="audit-acme-')


def test_a_wrong_filter_is_explained_and_does_not_fail(acme, manager_client):
    page = manager_client.get(f"{SETTINGS}audit/?first_day=2026-02-30&person=x&action=nope")
    swapped = manager_client.get(f"{SETTINGS}audit/?first_day=2026-02-02&last_day=2026-02-01")

    assert page.status_code == 200
    assert "The last day is before the first" in text_of(swapped)


def test_a_job_asks_again_until_it_is_done(acme, manager_client, admin_actor):
    with acme.scope():
        job = create_job(actor=admin_actor, kind="import", title="Import of q3.csv")
        Job.objects.update(status=JobStatus.RUNNING)
        report_progress(job, 30, 120, "Checking rows")
    page = f"{SETTINGS}jobs/{job.public_id}/"

    running = manager_client.get(f"{page}progress/").content.decode()
    with acme.scope():
        Job.objects.update(status=JobStatus.SUCCEEDED, finished_at=timezone.now(), result_url="/t/acme/")
    done = manager_client.get(f"{page}progress/").content.decode()

    assert "Checking rows" in running
    assert f'hx-get="{page}progress/"' in running
    assert "hx-get" not in done
    assert 'href="/t/acme/"' in done
    assert manager_client.get(page).status_code == 200
    assert "Import of q3.csv" in text_of(manager_client.get(f"{SETTINGS}jobs/?status=succeeded"))


# --- Portal ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def team_page(acme):
    return f"/portal/acme/{acme.partner.public_id}/team/"


def test_a_partner_admin_invites_changes_and_removes_a_colleague(acme, portal_client, team_page):
    with acme.scope():
        colleague = PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_MEMBER, user__full_name="Cole")

    portal_client.post(f"{team_page}invite/", {"email": "new@example.com", "role": "partner_member"})
    portal_client.post(f"{team_page}{colleague.pk}/", {"role": "partner_admin"})
    page = portal_client.get(team_page)
    portal_client.post(f"{team_page}{colleague.pk}/remove/")

    assert Invitation.objects.get().partner_id == acme.partner.pk
    assert "new@example.com" in text_of(page)
    colleague.refresh_from_db()
    assert (colleague.role, colleague.is_active) == (Role.PARTNER_ADMIN, False)
    with acme.scope():
        assert Notification.objects.filter(user=acme.admin).count() == 3


def test_the_last_partner_admin_reads_why_they_stay(acme, portal_client, team_page, partner_access):
    page = portal_client.post(f"{team_page}{partner_access.pk}/remove/", follow=True)

    assert "Make a colleague an admin first." in text_of(page)


def test_whoever_leaves_the_portal_is_led_out_of_it(acme, portal_client, team_page, partner_access):
    with acme.scope():
        PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_ADMIN)

    left = portal_client.post(f"{team_page}{partner_access.pk}/remove/")

    assert (left.status_code, left.url) == (302, "/workspaces/")
    assert portal_client.get(team_page).status_code == 404


def test_a_partner_member_sees_the_team_and_changes_nothing(acme, client, team_page):
    with acme.scope():
        access = PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_MEMBER)
    client.force_login(access.user)

    assert "Invite a colleague" not in text_of(client.get(team_page))
    assert client.post(f"{team_page}invite/", {"email": "x@example.com", "role": "partner_admin"}).status_code == 403
    assert client.post(f"{team_page}{access.pk}/", {"role": "partner_admin"}).status_code == 403
    assert PartnerAccess.objects.get(pk=access.pk).role == Role.PARTNER_MEMBER


# --- Inbox ----------------------------------------------------------------------------------------------------------


def test_a_message_is_opened_once_and_all_are_read_at_once(acme, manager_client):
    with acme.scope():
        notify(user_ids=[acme.admin.pk], kind="x", title="Go", url="/t/acme/settings/people/")
        notify(user_ids=[acme.admin.pk], kind="x", title="Only words")
        first = Notification.objects.get(title="Go")

    before = text_of(manager_client.get("/t/acme/inbox/"))
    opened = manager_client.post(f"/t/acme/inbox/{first.pk}/")
    between = text_of(manager_client.get("/t/acme/inbox/?show=unread"))
    manager_client.post("/t/acme/inbox/")

    assert "2 unread messages" in before
    assert opened.url == "/t/acme/settings/people/"
    assert "Only words" in between
    assert "Everything is read." in text_of(manager_client.get("/t/acme/inbox/"))


def test_portal_and_workspace_keep_their_messages_apart(acme, client):
    MembershipFactory(tenant=acme.tenant, user=acme.partner_user, role=Role.ANALYST)
    with acme.scope():
        notify(user_ids=[acme.partner_user.pk], kind="x", title="For the portal", partner_id=acme.partner.pk)
        notify(user_ids=[acme.partner_user.pk], kind="x", title="For the workspace")
    client.force_login(acme.partner_user)

    workspace = text_of(client.get("/t/acme/inbox/"))
    portal = text_of(client.get(f"/portal/acme/{acme.partner.public_id}/inbox/"))

    assert ("For the workspace" in workspace, "For the portal" in workspace) == (True, False)
    assert ("For the workspace" in portal, "For the portal" in portal) == (False, True)


def test_a_message_never_leads_to_another_site(acme, manager_client):
    with acme.scope():
        notify(user_ids=[acme.admin.pk], kind="x", title="Go", url="//evil.example/")
        message = Notification.objects.get()

    assert manager_client.post(f"/t/acme/inbox/{message.pk}/").url == "/t/acme/inbox/"


def test_an_actor_without_name_is_still_named(acme, manager_client):
    with acme.scope():
        record(actor=Actor(kind="api_key"), action="partner.created", target_label="X")

    assert "api_key" in text_of(manager_client.get(f"{SETTINGS}audit/"))


# --- The switcher of workspaces -------------------------------------------------------------------------------------


def test_the_switcher_is_fetched_when_it_opens_and_marks_the_present_workspace(two_tenants, manager_client):
    acme, beta = two_tenants
    MembershipFactory(tenant=beta.tenant, user=acme.admin, role=Role.ANALYST)

    page = manager_client.get("/t/acme/_palette/").content.decode()
    menu = manager_client.get("/workspaces/menu/?here=acme").content.decode()

    assert 'hx-get="/workspaces/menu/?here=acme" hx-trigger="toggle once from:#workspace-menu"' in page
    assert 'href="/workspaces/"' in page
    assert "<html" not in menu
    assert dict(re.findall(r'href="([^"]+)"( aria-current="true")?', menu)) == {
        "/t/acme/": ' aria-current="true"',
        "/t/beta/": "",
    }
