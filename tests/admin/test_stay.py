"""An operator works in one tenant at a time, with a reason, for a limited time, seen by the tenant."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.utils import timezone

from prm.audit.models import AuditEntry
from prm.operators.sessions import STAY
from prm.tenancy.registry import is_tenant_model
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

TENANT_MODELS = sorted(
    (model for model in admin.site._registry if is_tenant_model(model)), key=lambda model: model._meta.label
)
PLATFORM_MODELS = sorted(
    (model for model in admin.site._registry if not is_tenant_model(model)), key=lambda model: model._meta.label
)


def address(model, page="changelist"):
    """The address of a model's page in the admin."""
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/" + {"changelist": "", "add": "add/"}[page]


def test_sign_in_is_allauths_and_keeps_the_way_back(client):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=%2Fadmin%2F")


def test_a_signed_in_stranger_is_refused(client):
    client.force_login(UserFactory())

    assert client.get("/admin/", follow=True).status_code == 403
    assert client.post("/admin/tenant/", {"tenant": "1"}, follow=True).status_code == 403


def test_entering_is_written_in_that_tenants_trail_alone(inside, two_tenants, operator):
    acme, beta = two_tenants

    with acme.scope():
        entry = AuditEntry.objects.get(action="operator.entered")
        assert (entry.actor_kind, entry.actor_user_id) == ("operator", operator.pk)
        assert entry.reason == "Case 4711, imports fail"
    with beta.scope():
        assert not AuditEntry.objects.filter(action="operator.entered").exists()


def test_the_stay_is_in_sight_on_every_page(inside, acme):
    page = inside.get("/admin/accounts/user/").content.decode()

    assert f"You work in <strong>{acme.tenant.name}</strong> until" in page
    assert "Case 4711, imports fail" in page
    assert 'action="/admin/tenant/leave/"' in page


@pytest.mark.parametrize("reason", ["", "short", "   a      b   "])
def test_a_stay_needs_a_reason(operator_client, acme, reason):
    response = operator_client.post("/admin/tenant/", {"tenant": acme.tenant.pk, "reason": reason})

    assert response.status_code == 422
    assert "operator_stay" not in operator_client.session
    with acme.scope():
        assert not AuditEntry.objects.exists()


def test_leaving_ends_it_and_is_written(inside, acme):
    inside.post("/admin/tenant/leave/")

    assert "You work outside every tenant." in inside.get("/admin/").content.decode()
    with acme.scope():
        assert AuditEntry.objects.filter(action="operator.left").count() == 1


def test_leaving_by_a_link_is_not_possible(inside):
    assert inside.get("/admin/tenant/leave/").status_code == 404
    assert "operator_stay" in inside.session


def test_choosing_another_tenant_leaves_the_first(inside, two_tenants):
    acme, beta = two_tenants

    inside.post("/admin/tenant/", {"tenant": beta.tenant.pk, "reason": "Case 4712, other tenant"})

    with acme.scope():
        assert AuditEntry.objects.filter(action="operator.left").count() == 1
    assert inside.session["operator_stay"]["tenant_id"] == beta.tenant.pk


def test_the_stay_ends_by_itself(inside):
    page = "/admin/partners/partner/"
    assert inside.get(page).status_code == 200

    with time_machine.travel(timezone.now() + STAY + timedelta(seconds=1)):
        response = inside.get(page)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/tenant/")


@pytest.mark.parametrize("page", ["changelist", "add"])
@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_records_of_tenants_lead_to_the_choice_outside(operator_client, model, page):
    response = operator_client.get(address(model, page))

    assert response.status_code == 302
    assert response.headers["Location"] == f"/admin/tenant/?next={address(model, page).replace('/', '%2F')}"


def test_the_way_back_after_the_choice_stays_on_the_platform(operator_client, acme):
    form = {"tenant": acme.tenant.pk, "reason": "Case 4711, imports fail"}

    inside_page = operator_client.post("/admin/tenant/", {**form, "next": "/admin/partners/partner/?q=x"})
    elsewhere = operator_client.post("/admin/tenant/", {**form, "next": "https://evil.example/admin/"})

    assert inside_page.headers["Location"] == "/admin/partners/partner/?q=x"
    assert elsewhere.headers["Location"] == "/admin/"


@pytest.mark.parametrize("model", PLATFORM_MODELS, ids=lambda model: model._meta.label)
def test_platform_records_open_outside(operator_client, two_tenants, model):
    assert operator_client.get(address(model)).status_code == 200


def test_outside_the_index_lists_no_tenant_records(operator_client):
    listed = {
        model["object_name"] for app in operator_client.get("/admin/").context["app_list"] for model in app["models"]
    }

    assert listed == {model._meta.object_name for model in PLATFORM_MODELS}


def test_autocompletion_outside_is_refused(operator_client):
    query = {"app_label": "performance", "model_name": "benchmark", "field_name": "partner", "term": "a"}

    assert operator_client.get("/admin/autocomplete/", query).status_code == 403
