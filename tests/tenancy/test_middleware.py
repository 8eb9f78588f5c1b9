"""The middleware: who gets which scope, and that it is gone afterwards."""

import uuid

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from partners.models import Partner
from prm.access.roles import Role
from prm.access.views import PortalView, PublicView, SignedInView, TenantView
from prm.accounts.permissions import WORKSPACE_EDIT, WORKSPACE_USE
from prm.tenancy.scope import TenantScopeError, current_scope
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def _answer(request):
    scope = current_scope()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        setting = cursor.fetchone()[0]
    return HttpResponse(
        "|".join(
            (
                "none" if scope is None else scope.tenant.slug,
                "none" if scope is None else str(scope.partner_id),
                setting or "",
                request.actor.kind,
                str(request.actor.user_id),
                "yes" if WORKSPACE_EDIT in request.can else "no",
            )
        )
    )


class Manager(TenantView):
    permission = WORKSPACE_USE

    def get(self, request, **_kwargs):
        return _answer(request)


class Portal(PortalView):
    permission = WORKSPACE_USE

    def get(self, request, **_kwargs):
        return _answer(request)


class Plain(SignedInView):
    def get(self, request, **_kwargs):
        return _answer(request)


class Leaky(PublicView):
    """Touches a tenant's table where no tenant is proven."""

    def get(self, request, **_kwargs):
        return HttpResponse(str(Partner.objects.count()))


class Streams(TenantView):
    permission = WORKSPACE_USE

    def get(self, request, **_kwargs):
        from django.http import StreamingHttpResponse

        return StreamingHttpResponse(str(Partner.objects.count()) for _ in range(1))


urlpatterns = [
    path("t/<slug:tenant>/", Manager.as_view()),
    path("t/<slug:tenant>/streams/", Streams.as_view()),
    path("portal/<slug:tenant>/<uuid:partner>/", Portal.as_view()),
    path("plain/", Plain.as_view()),
    path("leaky/", Leaky.as_view()),
    path("accounts/login/", Leaky.as_view(), name="account_login"),
]


def test_a_member_works_inside_their_tenants_scope(acme, manager_client):
    seen = manager_client.get("/t/acme/").content.decode().split("|")

    assert seen == ["acme", "None", str(acme.tenant.pk), "user", str(acme.admin.pk), "yes"]


def test_the_scope_is_gone_after_the_response(acme, manager_client):
    manager_client.get("/t/acme/")

    assert current_scope() is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        assert not cursor.fetchone()[0]


def test_a_portal_request_is_narrowed_to_its_partner(acme, portal_client):
    seen = portal_client.get(f"/portal/acme/{acme.partner.public_id}/").content.decode().split("|")

    assert seen[:3] == ["acme", str(acme.partner.pk), str(acme.tenant.pk)]


def test_pages_outside_a_tenant_have_no_scope(acme, manager_client):
    assert manager_client.get("/plain/").content.decode().split("|")[:3] == ["none", "none", ""]


def test_a_tenants_table_cannot_be_read_where_no_tenant_is_proven(acme, manager_client):
    with pytest.raises(TenantScopeError):
        manager_client.get("/leaky/")


def test_a_generator_that_outlives_the_scope_reads_nothing(acme, manager_client):
    response = manager_client.get("/t/acme/streams/")

    with pytest.raises(TenantScopeError):
        b"".join(response.streaming_content)


@pytest.mark.parametrize("address", ["/t/beta/", "/t/no-such-tenant/", "/t/BETA/"])
def test_a_foreign_tenant_looks_like_none(two_tenants, manager_client, address):
    assert manager_client.get(address).status_code == 404


def test_a_foreign_or_unknown_partner_looks_like_none(two_tenants, portal_client):
    acme, beta = two_tenants

    for tenant, partner in (
        ("acme", beta.partner.public_id),
        ("beta", beta.partner.public_id),
        ("beta", acme.partner.public_id),
        ("acme", uuid.uuid4()),
    ):
        assert portal_client.get(f"/portal/{tenant}/{partner}/").status_code == 404


def test_signed_out_is_sent_to_sign_in_whether_the_tenant_exists_or_not(acme, client):
    there, nowhere = client.get("/t/acme/"), client.get("/t/no-such-tenant/")

    assert (there.status_code, there.url) == (302, "/accounts/login/?next=/t/acme/")
    assert (nowhere.status_code, nowhere.url) == (302, "/accounts/login/?next=/t/no-such-tenant/")


@pytest.mark.parametrize("switched_off", ["membership", "tenant", "user"])
def test_what_is_switched_off_is_closed_with_the_next_request(acme, client, switched_off):
    membership = MembershipFactory(tenant=acme.tenant, role=Role.ANALYST)
    client.force_login(membership.user)
    before = client.get("/t/acme/").status_code
    target = {"membership": membership, "tenant": acme.tenant, "user": membership.user}[switched_off]
    target.is_active = False
    target.save()

    after = client.get("/t/acme/").status_code

    assert (before, after) == (200, 302 if switched_off == "user" else 404)


def test_each_request_asks_for_the_role_anew(acme, client):
    membership = MembershipFactory(tenant=acme.tenant, role=Role.TENANT_ADMIN)
    client.force_login(membership.user)
    before = client.get("/t/acme/").content.decode().split("|")[-1]
    membership.role = Role.ANALYST
    membership.save()

    after = client.get("/t/acme/").content.decode().split("|")[-1]

    assert (before, after) == ("yes", "no")


def test_a_portal_role_opens_no_workspace_and_a_workspace_role_no_portal(acme, client):
    client.force_login(acme.partner_user)
    assert client.get("/t/acme/").status_code == 404
    other = Client()
    other.force_login(acme.admin)
    assert other.get(f"/portal/acme/{acme.partner.public_id}/").status_code == 404


def test_an_operator_is_nobody_in_a_workspace(acme, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.get("/t/acme/").status_code == 404


def test_a_visit_is_remembered_at_most_every_five_minutes(acme, client):
    with acme.scope():
        access = PartnerAccessFactory(partner=acme.partner, last_seen_at=None)
    client.force_login(access.user)
    client.get(f"/portal/acme/{acme.partner.public_id}/")
    access.refresh_from_db()
    first = access.last_seen_at

    client.get(f"/portal/acme/{acme.partner.public_id}/")

    access.refresh_from_db()
    assert first is not None
    assert access.last_seen_at == first
