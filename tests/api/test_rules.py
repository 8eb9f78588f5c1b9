"""What every call of the API obeys: keys, scopes, refusals, pages, limits."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone

from partners.models import Partner
from prm.access.checks import walk_urls
from prm.api.models import ApiKey
from prm.api.parsers import DEFAULT_LIMIT
from prm.api.scopes import api_scopes
from prm.api.views import ApiView
from prm.audit.models import AuditEntry
from tests.factories.partners import PartnerFactory, PartnerTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


def test_a_call_without_a_key_is_401():
    response = Client().get("/api/v1/partners/")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"key_hash": "0" * 64},
    ],
)
def test_a_key_that_is_no_longer_good_is_401(api, change):
    ApiKey.objects.filter(pk=api.key.pk).update(**change)

    assert api.get("partners/").status_code == 401


def test_a_session_does_not_open_the_api(manager_client):
    assert manager_client.get("/api/v1/partners/").status_code == 401


def test_a_key_opens_no_screens(api, acme):
    client = Client(headers={"authorization": f"Bearer {api.text}"})

    response = client.get(f"/t/{acme.tenant.slug}/settings/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_the_key_of_a_tenant_that_is_switched_off_is_401(api, acme):
    acme.tenant.is_active = False
    acme.tenant.save(update_fields=["is_active"])

    assert api.get("partners/").status_code == 401


def test_a_key_without_the_scope_is_403_and_told_which(acme, make_client):
    reader = make_client(acme, ["partner:view"])

    assert reader.get("partners/").status_code == 200
    response = reader.post("partners/", {"name": "New", "type": "x"})

    assert response.status_code == 403
    assert response.json() == {
        "detail": "This key lacks the scope “partner:edit”. Make a key that has it.",
        "code": "missing_scope",
        "errors": [],
    }


def api_views():
    """Every view of the API that asks for a key, with its route."""
    return [
        (route, callback.cls)
        for route, _name, callback in walk_urls()
        if issubclass(getattr(callback, "cls", object), ApiView)
    ]


METHODS = ("get", "post", "put", "patch", "delete")
CALLS = [(route, view, method) for route, view in api_views() for method in METHODS if hasattr(view, method)]
ARGUMENTS = {
    "<uuid:partner>": "01890000-0000-7000-8000-000000000000",
    "<uuid:contact>": "01890000-0000-7000-8000-000000000000",
    "<uuid:benchmark>": "01890000-0000-7000-8000-000000000000",
    "<uuid:template>": "01890000-0000-7000-8000-000000000000",
    "<uuid:restatement>": "01890000-0000-7000-8000-000000000000",
    "<uuid:run>": "01890000-0000-7000-8000-000000000000",
    "<uuid:job>": "01890000-0000-7000-8000-000000000000",
    "<uuid:alert>": "01890000-0000-7000-8000-000000000000",
    "<uuid:award>": "01890000-0000-7000-8000-000000000000",
    "<uuid:badge>": "01890000-0000-7000-8000-000000000000",
    "<slug:vendor_measure>": "no-such-measure",
    "<slug:cohort>": "tier",
    "<uuid:rule>": "01890000-0000-7000-8000-000000000000",
    "<uuid:review>": "01890000-0000-7000-8000-000000000000",
    "<uuid:action>": "01890000-0000-7000-8000-000000000000",
    "<uuid:plan>": "01890000-0000-7000-8000-000000000000",
    "<uuid:breach>": "01890000-0000-7000-8000-000000000000",
    "<uuid:commitment>": "01890000-0000-7000-8000-000000000000",
    "<uuid:what_if>": "01890000-0000-7000-8000-000000000000",
    "<uuid:produced>": "01890000-0000-7000-8000-000000000000",
    "<uuid:schedule>": "01890000-0000-7000-8000-000000000000",
    "<slug:report_key>": "nothing",
    "<path:external_id>": "nobody",
    "<slug:code>": "NOTHING",
    "<str:source>": "nowhere",
    "<slug:programme>": "none",
    "<str:period>": "2026-Q1",
}


def address_of(route):
    """The route with an argument of nobody's in every place."""
    for name, value in ARGUMENTS.items():
        route = route.replace(name, value)
    return route.removeprefix("api/v1/")


@pytest.mark.parametrize(("route", "view", "method"), CALLS, ids=[f"{m} {r}" for r, _v, m in CALLS])
def test_every_call_needs_its_declared_scope(acme, make_client, route, view, method):
    needed = view().permission_for(RequestFactory().generic(method.upper(), "/")).code
    others = [permission.code for permission in api_scopes() if permission.code != needed]

    response = make_client(acme, others).call(method.upper(), address_of(route), {})

    assert response.status_code == 403
    assert needed in response.json()["detail"]
    with acme.scope():
        assert not AuditEntry.objects.exclude(action="api_key.created").exists()


@pytest.mark.parametrize(
    ("route", "method"),
    [(route, method) for route, _view, method in CALLS if "<" in route and (method != "put")],
    ids=[f"{m} {r}" for r, _v, m in CALLS if "<" in r and m != "put"],
)
def test_a_record_that_is_not_there_is_404(api, route, method):
    response = api.call(method.upper(), address_of(route), {})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_foreign_record_is_404_and_untouched(api, two_tenants):
    _acme, beta = two_tenants
    path = f"partners/{beta.partner.public_id}/"

    answers = [
        api.get(path),
        api.patch(path, {"name": "Stolen"}),
        api.post(f"{path}status/", {"status": "suspended", "reason": "x"}),
        api.get(f"partners/by-number/{beta.partner.external_id}/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    with beta.scope():
        assert Partner.objects.get(pk=beta.partner.pk).name == "Partner of beta"


def test_a_reference_to_a_foreign_record_is_as_unknown_as_none(api, two_tenants):
    _acme, beta = two_tenants
    with beta.scope():
        PartnerTypeFactory(key="only-beta")

    foreign = api.post("partners/", {"name": "New", "type": "only-beta"})
    nobody = api.post("partners/", {"name": "New", "type": "nobodys"})

    assert foreign.status_code == nobody.status_code == 422
    assert foreign.content.replace(b"only-beta", b"nobodys") == nobody.content


def test_an_unknown_address_is_404_in_the_same_shape(api):
    response = api.get("nothing/here/")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_method_that_is_not_offered_is_405(api):
    response = api.delete("partners/")

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": "a\\u0000b"}', 400, "malformed"),
        (b'{"name": "\\ud800"}', 400, "malformed"),
        (b'{"name": "\xed\xa0\x80"}', 400, "malformed"),
        ('{"name": "a"}'.encode("utf-16"), 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b'{"name": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b'"' + b"x" * DEFAULT_LIMIT + b'"', 413, "too_large"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"", 422, "invalid"),
        (b'{"name": {"a": 1}, "type": ["x"]}', 422, "invalid"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bodies_that_cannot_be_are_refused_in_one_shape(api, acme, raw, status, code):
    response = api.call("POST", "partners/", raw=raw)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert set(response.json()) == {"detail", "code", "errors"}
    with acme.scope():
        assert Partner.objects.count() == 1


def test_a_body_that_is_not_json_is_415(api):
    response = Client().post("/api/v1/partners/", {"name": "x"}, headers={"authorization": f"Bearer {api.text}"})

    assert (response.status_code, response.json()["code"]) == (415, "not_json")


def test_unknown_fields_and_parameters_are_refused(api):
    body = api.post("partners/", {"name": "New", "type": "x", "nmae": "typo"})
    query = api.get("partners/?staus=active")

    assert (body.status_code, query.status_code) == (422, 422)
    assert body.json()["errors"][0] == {
        "field": "nmae",
        "code": "unknown_field",
        "message": "There is no such field.",
    }
    assert query.json()["errors"][0]["field"] == "staus"


def test_all_wrong_fields_are_named_at_once(api):
    errors = api.post("partners/", {"country": "Germany", "email": "no", "roles": 1}).json()["errors"]
    assert [error["field"] for error in errors] == ["roles"]

    errors = api.post("partners/", {"country": "Germany", "email": "no"}).json()["errors"]

    assert [(error["field"], error["code"]) for error in errors] == [
        ("name", "required"),
        ("type", "required"),
        ("country", "invalid"),
        ("email", "invalid"),
    ]


def test_pages_are_complete_and_without_doubles(api, acme):
    with acme.scope():
        PartnerFactory.create_batch(6)
    names, path = [], "partners/?limit=3"

    while path:
        page = api.get(path.split("/api/v1/")[-1]).json()
        names += [row["external_id"] for row in page["results"]]
        path = page["next"]

    assert len(names) == len(set(names)) == 7


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=٣", "cursor=nonsense", "cursor=%00", "cursor=cD14"]
)
def test_impossible_pages_are_422(api, query):
    assert api.get(f"partners/?{query}").status_code == 422


def test_too_many_calls_are_429_for_this_key_alone(acme, make_client, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/min"}
    first, second = make_client(acme), make_client(acme)

    answers = [first.get("tiers/").status_code for _ in range(3)]
    refused = first.get("tiers/")

    assert answers == [200, 200, 429]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"
    assert second.get("tiers/").status_code == 200


def test_every_answer_names_its_request(api):
    assert len(api.get("tiers/").headers["X-Request-ID"]) == 36
    assert len(Client().get("/api/v1/tiers/").headers["X-Request-ID"]) == 36


def test_a_fault_of_ours_is_500_without_its_cause(api, acme, monkeypatch):
    def fail(**_kwargs):
        Partner.objects.update(city="half")
        raise RuntimeError("secret detail")

    monkeypatch.setattr("partners.api.views.create_partner", fail)
    with acme.scope():
        key = PartnerTypeFactory().key
    client = Client(raise_request_exception=False, headers={"authorization": f"Bearer {api.text}"})

    response = client.post("/api/v1/partners/", {"name": "New", "type": key}, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert response.headers["X-Request-ID"] in response.json()["detail"]
    assert b"secret" not in response.content
    with acme.scope():
        assert not Partner.objects.filter(city="half").exists()
