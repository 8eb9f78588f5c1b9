"""Changes in the admin go through the services: their rules, their refusals, their entries in the tenant's trail."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.utils import timezone

from partners.models import Contact, Partner, PartnerType, Region, Tier, TierAssignment
from performance.models import KPI, Benchmark, Run
from performance.services.asking import JOB_KIND
from performance.services.recompute import recompute_scorecards
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Invitation, Membership
from prm.accounts.services.invitations import invite_member
from prm.api.models import ApiKey
from prm.api.services import create_api_key
from prm.audit.models import AuditEntry
from prm.jobs.models import Job
from prm.jobs.services import create_job
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory, UserFactory
from tests.factories.partners import PartnerFactory, PartnerTypeFactory, TierFactory
from tests.factories.performance import BenchmarkFactory, KPIFactory, ScorecardTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_waits():
    cache.clear()


def save(client, path, **values):
    """Open a form, change some of its values, save it."""
    form = client.get(path).context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else value for name, value in data.items() if value is not False}
    inlines = {}
    for formset in client.get(path).context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        inlines |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return client.post(path, {**data, **inlines, **values})


def act(client, path, action, *rows):
    """Choose rows of a list and an action; the messages that come of it."""
    client.get(path)  # shows what earlier pages had to say
    response = client.post(path, {"action": action, "_selected_action": [row.pk for row in rows], "index": 0})
    assert response.status_code == 302
    return [str(message) for message in get_messages(response.wsgi_request)]


def trail(world, action):
    """The tenant's entries of one kind, oldest first."""
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def errors(response):
    """The errors that a form shows."""
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def test_a_partner_is_changed_by_the_service(inside, acme, operator):
    response = save(inside, f"/admin/partners/partner/{acme.partner.pk}/change/", name="New name", city="Wien")

    assert response.status_code == 302
    with acme.scope():
        entry = trail(acme, "partner.updated")[0]
        assert entry.changes == {"name": ["Partner of acme", "New name"], "city": ["", "Wien"]}
        assert (entry.actor_kind, entry.actor_label) == ("operator", str(operator))
        assert acme.partner_user.partner_accesses.get().partner_name == "New name"


def test_a_partner_is_added_and_its_owner_is_one_of_the_tenant(inside, acme, two_tenants):
    _acme, beta = two_tenants
    with acme.scope():
        type_id = PartnerType.objects.first().pk
    body = {"name": "Fresh", "external_id": "F-1", "partner_type": type_id}

    refused = save(inside, "/admin/partners/partner/add/", **body, owner=beta.admin.pk)
    added = save(inside, "/admin/partners/partner/add/", **body, owner=acme.admin.pk)

    assert list(errors(refused)) == ["owner"]
    assert added.status_code == 302
    with acme.scope():
        assert Partner.objects.get(external_id="F-1").owner == acme.admin
        assert len(trail(acme, "partner.created")) == 1


def test_a_refusal_of_the_service_stands_at_its_field_and_keeps_the_input(inside, acme):
    with acme.scope():
        PartnerFactory(external_id="TAKEN")

    response = save(
        inside, f"/admin/partners/partner/{acme.partner.pk}/change/", external_id="TAKEN", name="Half written"
    )

    assert list(errors(response)) == ["external_id"]
    assert 'value="Half written"' in response.content.decode()
    with acme.scope():
        assert Partner.objects.get(pk=acme.partner.pk).name == "Partner of acme"
        assert trail(acme, "partner.updated") == []


def test_partners_are_suspended_for_the_reason_of_the_stay(inside, acme):
    with acme.scope():
        ended = PartnerFactory(status="terminated", name="Gone")
    path = "/admin/partners/partner/"

    messages = act(inside, path, "suspend", acme.partner, ended)
    again = act(inside, path, "lift_suspension", acme.partner, ended)

    assert messages == [
        "Gone: This partner is at “Terminated” and cannot go to “Suspended”. Possible: Onboarding.",
        "1 record was changed.",
    ]
    assert again == ["1 record was changed."]
    with acme.scope():
        moves = trail(acme, "partner.status_changed")
        assert [entry.reason for entry in moves] == ["Case 4711, imports fail"] * 2
        assert Partner.objects.get(pk=ended.pk).status == "terminated"


def test_contacts_sites_and_lists_are_written_by_their_services(inside, acme):
    partner = acme.partner.pk

    answers = [
        save(inside, "/admin/partners/contact/add/", partner=partner, full_name="Ann", email="ANN@x.example"),
        save(inside, "/admin/partners/partnersite/add/", partner=partner, name="Depot"),
        save(inside, "/admin/partners/region/add/", key="dach", name="DACH"),
        save(inside, "/admin/partners/region/add/", key="dach", name="Twice"),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    with acme.scope():
        assert Contact.objects.get().email == "ann@x.example"
        assert Region.objects.get().name == "DACH"
        kinds = ["contact.created", "site.created", "region.created"]
        assert [len(trail(acme, kind)) for kind in kinds] == [1, 1, 1]


def test_what_is_in_use_is_not_removed(inside, acme):
    with acme.scope():
        unused = PartnerTypeFactory(name="Unused")
        used = acme.partner.partner_type

    messages = act(inside, "/admin/partners/partnertype/", "remove_unused", used, unused)

    assert messages[-1] == "1 record was changed."
    assert messages[0].startswith(f"{used}: ")
    with acme.scope():
        assert list(PartnerType.objects.all()) == [used]


def test_a_tier_is_assigned_and_not_edited(inside, acme):
    with acme.scope():
        tier = TierFactory(programme=_programme())
    path = "/admin/partners/tierassignment/"

    response = save(inside, f"{path}add/", partner=acme.partner.pk, tier=tier.pk, valid_from="2024-01-01", reason="")

    assert response.status_code == 302
    with acme.scope():
        row = TierAssignment.objects.get()
        assert (row.valid_from, row.programme) == (date(2024, 1, 1), tier.programme)
        assert Tier.objects.count() == 1
    assert inside.post(f"{path}{row.pk}/change/", {"reason": "x"}).status_code == 403


def _programme():
    from partners.models import Programme

    return Programme.objects.get(is_default=True)


def test_kpis_and_benchmarks_obey_their_rules(inside, acme):
    with acme.scope():
        kpi = BenchmarkFactory(kpi=KPIFactory(code="REVENUE")).kpi
    limits = {"floor": "0", "target": "100", "stretch": "90"}

    direction = save(inside, f"/admin/performance/kpi/{kpi.pk}/change/", direction="lower")
    name = save(inside, f"/admin/performance/kpi/{kpi.pk}/change/", name="Turnover")
    add = "/admin/performance/benchmark/add/"
    wrong = save(inside, add, kpi=kpi.pk, period_kind="month", valid_from="2025-01-01", **limits)
    right = save(inside, add, kpi=kpi.pk, period_kind="month", valid_from="2025-01-01", **{**limits, "stretch": "110"})

    assert list(errors(direction)) == ["direction"]
    assert list(errors(wrong)) == ["stretch"]
    assert (name.status_code, right.status_code) == (302, 302)
    with acme.scope():
        assert KPI.objects.get().name == "Turnover"
        former, new = Benchmark.objects.order_by("valid_from")
        assert former.valid_to == new.valid_from == date(2025, 1, 1)
    assert act(inside, "/admin/performance/benchmark/", "withdraw", new) == ["1 record was changed."]
    with acme.scope():
        assert trail(acme, "benchmark.withdrawn")[0].reason == "Case 4711, imports fail"


def test_templates_are_revised_and_only_drafts_thrown_away(inside, acme):
    with acme.scope():
        published = ScorecardTemplateFactory(programme=_programme())
    path = "/admin/performance/scorecardtemplate/"

    revised = act(inside, path, "revise", published)
    with acme.scope():
        draft = published.programme.scorecard_templates.get(status="draft")
    thrown = act(inside, path, "throw_away", published, draft)

    assert revised == ["1 record was changed."]
    assert thrown[-1] == "1 record was changed."
    with acme.scope():
        assert list(published.programme.scorecard_templates.all()) == [published]


def test_a_recompute_is_asked_for_once(inside, acme):
    recompute_scorecards(tenant=acme.tenant)
    with acme.scope():
        run = Run.objects.get()

    first = act(inside, "/admin/performance/run/", "recompute_now", run)
    second = act(inside, "/admin/performance/run/", "recompute_now", run)

    assert first == ["The open periods are being recomputed. The new run appears in this list."]
    assert second == ["A recompute is already under way. Wait until it has finished."]


def test_a_failed_job_starts_again_and_others_do_not(inside, acme, django_capture_on_commit_callbacks):
    with acme.scope():
        failed = create_job(actor=SYSTEM, kind=JOB_KIND, title="Recompute", params={"period": "", "from_facts": False})
        unknown = create_job(actor=SYSTEM, kind="other", title="Other")
        Job.objects.update(status="failed", error="boom", finished_at=timezone.now())
        queued = create_job(actor=SYSTEM, kind=JOB_KIND, title="Waiting")

    with django_capture_on_commit_callbacks(execute=True):
        messages = act(inside, "/admin/jobs/job/", "retry", failed, unknown, queued)

    assert messages == [
        "Other: Start this again on the page where it was started.",
        "Waiting: Only a job that failed can be started again.",
        "1 record was changed.",
    ]
    with acme.scope():
        assert Job.objects.get(pk=failed.pk).status == "succeeded"
        assert len(trail(acme, "job.retried")) == 1


# --- People ---


def test_members_change_by_their_services_and_the_last_admin_stays(inside, acme):
    member = MembershipFactory(tenant=acme.tenant, role=Role.ANALYST)
    last = Membership.objects.get(tenant=acme.tenant, role=Role.TENANT_ADMIN)
    path = "/admin/accounts/membership/"

    changed = save(inside, f"{path}{member.pk}/change/", role=Role.FINANCE)
    refused = save(inside, f"{path}{last.pk}/change/", role=Role.ANALYST)
    closed = act(inside, path, "deactivate", member, last)

    assert changed.status_code == 302
    assert errors(refused)
    assert closed[-1] == "1 record was changed."
    assert act(inside, path, "reactivate", member) == ["1 record was changed."]
    with acme.scope():
        assert trail(acme, "membership.deactivated")[0].reason == "Case 4711, imports fail"
        assert Membership.objects.get(pk=member.pk).role == Role.FINANCE


def test_outside_a_tenant_people_are_for_reading(operator_client, acme):
    member = MembershipFactory(tenant=acme.tenant, role=Role.ANALYST)
    path = f"/admin/accounts/membership/{member.pk}/change/"

    assert 'name="_save"' not in operator_client.get(path).content.decode()
    assert operator_client.post(path, {"role": Role.TENANT_ADMIN}).status_code == 403
    operator_client.post(
        "/admin/accounts/membership/", {"action": "deactivate", "_selected_action": [member.pk], "index": 0}
    )
    member.refresh_from_db()
    assert (member.role, member.is_active) == (Role.ANALYST, True)


def test_inside_a_tenant_only_its_people_are_listed(inside, two_tenants):
    acme, beta = two_tenants
    MembershipFactory(tenant=beta.tenant)

    rows = inside.get("/admin/accounts/membership/").context["cl"].result_list

    assert {row.tenant_id for row in rows} == {acme.tenant.pk}


def test_invitations_are_sent_again_and_revoked(inside, acme, django_capture_on_commit_callbacks, mailoutbox):
    with acme.scope():
        invite_member(actor=Actor.of_user(acme.admin), email="new@acme.example", role=Role.ANALYST)
    invitation = Invitation.objects.get()
    path = "/admin/accounts/invitation/"

    at_once = act(inside, path, "resend", invitation)
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=3))
    with django_capture_on_commit_callbacks(execute=True):
        later = act(inside, path, "resend", invitation)
    revoked = act(inside, path, "revoke", invitation)

    assert at_once == ["new@acme.example: It was sent a moment ago. Wait two minutes before sending it again."]
    assert later == revoked == ["1 record was changed."]
    assert [mail.to for mail in mailoutbox] == [["new@acme.example"]]
    assert Invitation.objects.get().revoked_at is not None


def test_portal_access_is_closed(inside, acme):
    with acme.scope():
        access = PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_MEMBER)

    assert act(inside, "/admin/accounts/partneraccess/", "remove", access) == ["1 record was changed."]
    access.refresh_from_db()
    assert access.is_active is False


def test_keys_are_revoked(inside, acme):
    with acme.scope():
        key, _text = create_api_key(actor=Actor.of_user(acme.admin), name="ERP", scopes=["partner:view"])

    assert act(inside, "/admin/api/apikey/", "revoke", key) == ["1 record was changed."]
    assert ApiKey.objects.get().revoked_at is not None


def test_people_are_switched_off_and_their_tenants_can_read_it(operator_client, operator, acme):
    path = "/admin/accounts/user/"

    messages = act(operator_client, path, "switch_off", acme.admin, operator)

    assert messages == [
        f"{operator}: You cannot switch yourself off. Ask another operator.",
        "1 record was changed.",
    ]
    acme.admin.refresh_from_db()
    assert acme.admin.is_active is False
    with acme.scope():
        assert len(trail(acme, "user.switched_off")) == 1
    assert act(operator_client, path, "switch_on", acme.admin) == ["1 record was changed."]


def test_superusers_make_operators_and_nobody_changes_their_own_rights(operator_client, operator, acme):
    support = Group.objects.create(name="Support")
    path = "/admin/accounts/user/{}/change/"

    made = save(operator_client, path.format(acme.admin.pk), is_staff="on", groups=[support.pk])
    own = save(operator_client, path.format(operator.pk), full_name="Olga", groups=[support.pk])

    assert made.status_code == 302
    acme.admin.refresh_from_db()
    assert (acme.admin.is_staff, acme.admin.is_superuser) == (True, False)
    assert list(acme.admin.groups.all()) == [support]
    assert errors(own)["__all__"] == ["You cannot change your own rights. Ask another operator."]
    operator.refresh_from_db()
    assert operator.full_name == "Olga Operator"


def test_operators_who_are_no_superusers_make_none(client, acme):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(helper)
    path = f"/admin/accounts/user/{acme.admin.pk}/change/"

    response = save(client, path, full_name="Renamed", is_staff="on", is_superuser="on")

    assert response.status_code == 302
    acme.admin.refresh_from_db()
    assert (acme.admin.full_name, acme.admin.is_staff, acme.admin.is_superuser) == ("Renamed", False, False)


def test_second_factors_of_a_lost_device_are_removed(operator_client, acme):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=acme.admin, type="totp", data={})

    act(operator_client, "/admin/accounts/user/", "remove_factors", acme.admin)

    assert not Authenticator.objects.exists()
    with acme.scope():
        assert len(trail(acme, "user.second_factors_removed")) == 1


def test_a_tenant_is_switched_off_and_its_people_find_nothing(operator_client, acme, client):
    messages = act(operator_client, "/admin/tenancy/tenant/", "switch_off", acme.tenant)

    assert messages == ["1 record was changed."]
    with acme.scope():
        assert len(trail(acme, "tenant.switched_off")) == 1
    client.force_login(acme.admin)
    assert client.get(f"/t/{acme.tenant.slug}/settings/").status_code == 404


def test_settings_of_a_tenant_change_inside_it_alone(inside, two_tenants):
    acme, beta = two_tenants

    own = save(inside, f"/admin/tenancy/tenant/{acme.tenant.pk}/change/", night_hour=4)
    foreign = inside.post(f"/admin/tenancy/tenant/{beta.tenant.pk}/change/", {"night_hour": 4})

    assert (own.status_code, foreign.status_code) == (302, 403)
    acme.tenant.refresh_from_db()
    assert acme.tenant.night_hour == 4
    with acme.scope():
        assert trail(acme, "workspace.updated")[0].changes == {"night_hour": [2, 4]}


def test_an_operator_without_rights_sees_an_empty_platform(client, acme):
    client.force_login(UserFactory(is_staff=True))

    assert client.get("/admin/").context["app_list"] == []
    assert client.get("/admin/accounts/user/").status_code == 403
