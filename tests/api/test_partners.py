"""Partners, contacts and their lists over the API, as another system uses them."""

from datetime import date

import pytest
from django.core.cache import cache

from partners.models import Contact, Partner, Programme, StatusChange, TierAssignment
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerTypeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def lists(acme):
    """The keys that partner bodies refer to."""
    with acme.scope():
        PartnerTypeFactory(key="reseller", name="Reseller")
        RegionFactory(key="dach", name="DACH")
        RegionFactory(key="nordics", name="Nordics")
        SpecialisationFactory(key="e-bikes", name="E-bikes")
        programme = Programme.objects.get(is_default=True)
        TierFactory(programme=programme, key="silver", name="Silver", rank=1)
        TierFactory(programme=programme, key="gold", name="Gold", rank=2)
    MembershipFactory(tenant=acme.tenant, user__email="marta@acme.example", role=Role.CHANNEL_MANAGER)


BODY = {
    "name": "Alpine Cycles GmbH",
    "type": "reseller",
    "region": "dach",
    "owner": "marta@acme.example",
    "country": "AT",
    "city": "Innsbruck",
    "specialisations": ["e-bikes"],
    "territories": ["nordics", "dach"],
    "partner_since": "2019-04-01",
}


def test_an_upsert_creates_updates_and_then_changes_nothing(api, acme, lists):
    first = api.put("partners/by-number/10042/", BODY)
    again = api.put("partners/by-number/10042/", BODY)
    changed = api.put("partners/by-number/10042/", {"city": "Wien", "territories": ["dach"]})

    assert [(answer.status_code, answer.json()["outcome"]) for answer in (first, again, changed)] == [
        (201, "created"),
        (200, "unchanged"),
        (200, "updated"),
    ]
    partner = changed.json()["partner"]
    assert partner == {
        **first.json()["partner"],
        "city": "Wien",
        "territories": ["dach"],
        "updated_at": partner["updated_at"],
    }
    with acme.scope():
        stored = Partner.objects.get(external_id="10042")
        entries = AuditEntry.objects.filter(target_type="partners.partner", target_id=stored.pk).order_by("pk")
        assert [entry.action for entry in entries] == ["partner.created", "partner.tier_assigned", "partner.updated"]
        assert {(entry.actor_kind, entry.actor_label) for entry in entries} == {("api_key", str(api.key))}
        assert entries.last().changes == {"city": ["Innsbruck", "Wien"], "territories": [["DACH", "Nordics"], ["DACH"]]}


def test_a_partner_reads_as_it_was_written(api, lists):
    created = api.post("partners/", {**BODY, "external_id": "AT/7 ü", "tier": "gold", "tier_from": "2020-01-01"})

    assert created.status_code == 201
    partner = created.json()
    assert {name: partner[name] for name in BODY} == {**BODY, "territories": ["dach", "nordics"]}
    assert partner["status"] == "prospect"
    assert partner["tiers"] == [{"programme": "main", "tier": "gold", "since": "2020-01-01"}]
    assert api.get(f"partners/{partner['id']}/").json() == partner
    assert api.get("partners/by-number/AT/7 ü/").json() == partner


def test_what_was_read_can_be_sent_back(api, lists):
    partner = api.put("partners/by-number/10042/", BODY).json()["partner"]
    writable = {name: partner[name] for name in BODY}

    response = api.patch(f"partners/{partner['id']}/", writable)

    assert response.json()["updated_at"] == partner["updated_at"]


def test_a_second_partner_with_the_number_is_409(api, acme, lists):
    body = {**BODY, "external_id": acme.partner.external_id}

    response = api.post("partners/", body)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (409, "external_id")
    with acme.scope():
        assert Partner.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"type": "nothing"}, "type", "does_not_exist"),
        ({"type": None}, "type", "null"),
        ({"type": 7}, "type", "invalid"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 201}, "name", "max_length"),
        ({"owner": "nobody@acme.example"}, "owner", "does_not_exist"),
        ({"owner": "partner@acme.example"}, "owner", "does_not_exist"),
        ({"parent": "no such"}, "parent", "does_not_exist"),
        ({"specialisations": ["e-bikes", "x"]}, "specialisations", "does_not_exist"),
        ({"specialisations": "e-bikes"}, "specialisations", "not_a_list"),
        ({"specialisations": [1, None]}, "specialisations.1", "null"),
        ({"partner_since": "01.04.2019"}, "partner_since", "invalid"),
        ({"website": "javascript:alert(1)"}, "website", "invalid"),
        ({"status": "gone"}, "status", "invalid_choice"),
        ({"tier": "platinum"}, "tier", "does_not_exist"),
        ({"id": "x", "tiers": [], "created_at": "x"}, "created_at", "unknown_field"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_value_is_422_at_its_field_and_writes_nothing(api, acme, lists, change, field, code):
    response = api.put("partners/by-number/10042/", {**BODY, **change})

    assert response.status_code == 422
    assert (response.json()["errors"][0]["field"], response.json()["errors"][0]["code"]) == (field, code)
    with acme.scope():
        assert not Partner.objects.filter(external_id="10042").exists()


def test_filters_and_search(api, acme, lists):
    api.put("partners/by-number/1/", {**BODY, "name": "Alpha", "country": "AT"})
    api.put("partners/by-number/2/", {**BODY, "name": "Beta", "country": "DE", "region": "nordics", "owner": None})
    api.put("partners/by-number/3/", {**BODY, "name": "Gamma", "status": "prospect"})

    def found(query):
        return [row["name"] for row in api.get(f"partners/?{query}").json()["results"]]

    assert found("q=alph") == ["Alpha"]
    assert found("country=DE") == ["Beta"]
    assert found("region=nordics") == ["Beta"]
    assert found("status=prospect") == ["Gamma"]
    assert found("status=prospect&status=active&type=reseller") == ["Alpha", "Beta", "Gamma"]
    assert found("owner=marta@acme.example") == ["Alpha", "Gamma"]
    assert found("external_id=2") == ["Beta"]
    assert found("updated_since=2999-01-01T00:00:00Z") == []
    assert api.get("partners/?updated_since=yesterday").status_code == 422
    assert api.get("partners/?status=gone").status_code == 422


def test_a_status_moves_with_reason_and_day(api, acme):
    path = f"partners/{acme.partner.public_id}/status/"

    without_reason = api.post(path, {"status": "suspended"})
    response = api.post(path, {"status": "suspended", "reason": "Invoices open", "effective_on": "2026-01-31"})
    impossible = api.post(path, {"status": "prospect", "reason": "x"})

    assert (without_reason.status_code, without_reason.json()["code"]) == (422, "required")
    assert (response.status_code, response.json()["status"]) == (200, "suspended")
    assert (impossible.status_code, impossible.json()["code"]) == (409, "illegal_move")
    with acme.scope():
        move = StatusChange.objects.get(partner=acme.partner)
        assert (move.target, move.reason, move.effective_on) == ("suspended", "Invoices open", date(2026, 1, 31))


def test_terminating_needs_its_own_scope_here_and_by_upsert(acme, make_client):
    mover = make_client(acme, ["partner:view", "partner:edit", "partner:status"])
    body = {"status": "terminated", "reason": "Closed shop"}

    answers = [
        mover.post(f"partners/{acme.partner.public_id}/status/", body),
        mover.put(f"partners/by-number/{acme.partner.external_id}/", body),
        mover.put(f"partners/by-number/{acme.partner.external_id}/", {"status": "suspended", "reason": "Wait"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert "partner:terminate" in answers[0].json()["detail"]


def test_a_tier_is_assigned_from_a_day(api, acme, lists):
    path = f"partners/{acme.partner.public_id}/tier/"

    first = api.post(path, {"programme": "main", "tier": "silver", "effective_on": "2025-01-01"})
    second = api.post(path, {"programme": "main", "tier": "gold", "effective_on": "2025-07-01", "reason": "Grew"})
    unknown = api.post(path, {"programme": "main", "tier": "platinum", "effective_on": "2025-07-01"})

    assert (first.status_code, second.status_code, unknown.status_code) == (200, 200, 422)
    assert second.json()["tiers"] == [{"programme": "main", "tier": "gold", "since": "2025-07-01"}]
    with acme.scope():
        assert TierAssignment.objects.filter(partner=acme.partner).count() == 2


def test_contacts_live_through_all_calls(api, acme):
    number = acme.partner.external_id
    body = {"partner": number, "full_name": "Jonas Berger", "email": "Jonas@Alpine.example", "roles": ["sales"]}

    created = api.put("contacts/by-number/C-77/", body)
    again = api.put("contacts/by-number/C-77/", body)
    changed = api.patch(f"contacts/{created.json()['contact']['id']}/", {"job_title": "Head of sales"})
    listed = api.get(f"contacts/?partner={number}&q=berger")
    removed = api.delete(f"contacts/{created.json()['contact']['id']}/")

    assert [answer.json()["outcome"] for answer in (created, again)] == ["created", "unchanged"]
    assert created.json()["contact"]["email"] == "jonas@alpine.example"
    assert created.json()["contact"]["is_primary"] is True
    assert changed.json()["job_title"] == "Head of sales"
    assert [row["external_id"] for row in listed.json()["results"]] == ["C-77"]
    assert (removed.status_code, removed.content) == (204, b"")
    with acme.scope():
        assert not Contact.objects.exists()


def test_a_contact_of_another_partner_is_409(api, acme):
    with acme.scope():
        ContactFactory(external_id="C-1")

    response = api.put("contacts/by-number/C-1/", {"partner": acme.partner.external_id, "full_name": "Ann"})

    assert response.status_code == 409


def test_the_lists_say_what_keys_there_are(api, lists):
    assert [row["key"] for row in api.get("programmes/").json()["results"]] == ["main"]
    assert api.get("tiers/?programme=main").json()["results"][0] == {
        "programme": "main",
        "key": "silver",
        "name": "Silver",
        "rank": 1,
        "description": "",
    }
    assert {"key": "dach", "name": "DACH", "parent": None} in api.get("regions/").json()["results"]
    assert {"key": "e-bikes", "name": "E-bikes"} in api.get("specialisations/").json()["results"]
    assert "reseller" in [row["key"] for row in api.get("partner-types/").json()["results"]]


@pytest.mark.parametrize(
    ("path", "queries"),
    [("partners/", 6), ("contacts/", 6), ("partner-types/", 6), ("regions/", 6), ("tiers/", 6)],
)
@pytest.mark.parametrize("size", [1, 12])
def test_lists_ask_the_same_number_of_queries_for_any_size(
    api, acme, lists, path, queries, size, django_assert_num_queries
):
    api.get("programmes/")
    with acme.scope():
        for partner in PartnerFactory.create_batch(size, region=RegionFactory(), owner=acme.admin):
            ContactFactory(partner=partner)

    with django_assert_num_queries(queries):
        assert len(api.get(path).json()["results"]) >= 1
