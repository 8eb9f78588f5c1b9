"""Sources for other systems: what a call that names one is told, and keeping them."""

import pytest

from performance.models import Measurement, SourceDelivery
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(acme):
    with acme.scope():
        PartnerFactory(external_id="P1")
        KPIFactory(code="REVENUE")
    return acme


def fact(number=1, **changes):
    values = {"partner": "P1", "kpi": "REVENUE", "occurred_on": "2024-05-17", "value": "10"}
    return {**values, "external_id": f"F-{number}", **changes}


def test_a_source_is_added_read_changed_retired_and_taken_back(api, world):
    member = MembershipFactory(tenant=world.tenant, user__email="marta@acme.example").user
    wanted = {"code": "shop", "name": "Shop", "owner": "Marta@acme.example", "expected_every": 7, "kpis": ["REVENUE"]}

    made = api.post("sources/", wanted)
    changed = api.patch("sources/shop/", {"grace_days": 2, "kpis": []})
    retired = api.patch("sources/shop/", {"is_active": False})
    back = api.patch("sources/shop/", {"is_active": True})
    listed = api.get("sources/?state=never").json()["results"]

    assert made.status_code == 201
    body = made.json()
    assert (body["owner"], body["kpis"], body["state"], body["is_described"]) == (
        member.email,
        ["REVENUE"],
        "never",
        True,
    )
    assert (changed.json()["grace_days"], changed.json()["kpis"]) == (2, [])
    assert retired.json()["state"] == "retired"
    assert back.json()["is_active"] is True
    assert [row["code"] for row in listed] == ["shop"]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"code": "Shop EU"}, 422, "code"),
        ({"owner": "stranger@acme.example"}, 422, "owner"),
        ({"kpis": ["NOPE"]}, 422, "kpis"),
        ({"expected_every": 0}, 422, "expected_every"),
        ({"grace_days": 2}, 422, "grace_days"),
        ({"kind": "product"}, 422, "kind"),
        ({"rhythm": 7}, 422, "rhythm"),
    ],
)
def test_wrong_input_names_the_field(api, world, changes, status, field):
    answer = api.post("sources/", {"code": "shop", "name": "Shop", **changes})

    assert answer.status_code == status
    assert [error["field"].split(".")[0] for error in answer.json()["errors"]] == [field]


def test_a_taken_code_is_a_conflict(api, world):
    api.post("sources/", {"code": "shop", "name": "Shop"})

    answer = api.post("sources/", {"code": "shop", "name": "Shop"})

    assert (answer.status_code, answer.json()["code"]) == (409, "source_code_taken")


def test_a_delivery_adds_its_source_and_counts(api, world):
    api.post("measurements/bulk/", {"source": "SAP P01", "rows": [fact(1), fact(2)]})
    api.post("measurements/bulk/", {"source": "SAP P01", "rows": [fact(2), fact(3, value="many")]})

    source = api.get("sources/SAP%20P01/").json()

    assert (source["is_described"], source["state"], source["kpis"]) == (False, "free", ["REVENUE"])
    assert (source["rows_in_30_days"], source["wrong_rows_in_30_days"]) == (2, 1)
    with world.scope():
        delivery = SourceDelivery.objects.get()
        assert (delivery.by.split(" ")[0], delivery.calls, delivery.refused_calls) == ("ERP", 2, 1)
        assert delivery.errors[0]["row"] == 2


@pytest.mark.parametrize(
    ("raw", "content_type", "query"),
    [
        (
            b'{"partner":"P1","kpi":"REVENUE","occurred_on":"2024-05-17","value":"1","external_id":"a"}\n'
            b'{"partner":"P1","kpi":"REVENUE","occurred_on":"2024-05-17","value":"1","external_id":"b","source":"old"}\n',
            "application/x-ndjson",
            "?source=shop",
        ),
        (
            b"partner,kpi,occurred_on,value,external_id,source\nP1,REVENUE,2024-05-17,1,a,\n"
            b"P1,REVENUE,2024-05-17,1,b,old\n",
            "text/csv",
            "?source=shop",
        ),
    ],
)
def test_a_retired_source_is_refused_by_row_in_streams_too(api, world, raw, content_type, query):
    api.post("sources/", {"code": "old", "name": "Old system"})
    api.patch("sources/old/", {"is_active": False})

    refused = api.call("POST", f"measurements/bulk/{query}", raw=raw, content_type=content_type)
    partly = api.call("POST", f"measurements/bulk/{query}&skip_bad_rows=true", raw=raw, content_type=content_type)

    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert [(error["column"], error["code"], error["value"]) for error in errors] == [
        ("source", "retired_source", "old")
    ]
    assert errors[0]["row"] in (2, 3)
    assert partly.json()["created"] == 1
    with world.scope():
        assert list(Measurement.objects.values_list("source", flat=True)) == ["shop"]


def test_one_measurement_of_a_retired_source_names_the_field(api, world):
    api.post("sources/", {"code": "old", "name": "Old system"})
    api.patch("sources/old/", {"is_active": False})

    answer = api.post("measurements/", fact(1, source="old"))

    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("source", "retired_source")]


def test_typed_figures_cannot_come_from_a_system(api, world):
    answer = api.post("measurements/bulk/", {"source": "manual", "rows": [fact(1)]})

    assert [error["code"] for error in answer.json()["errors"]] == ["manual_source"]


def test_reading_needs_no_right_to_write(make_client, world):
    reader = make_client(world, ["source:view"])

    assert reader.get("sources/").status_code == 200
    assert reader.post("sources/", {"code": "shop", "name": "Shop"}).status_code == 403
