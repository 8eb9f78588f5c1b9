"""Many measurements in one call: all or nothing, errors by row, the same rules as for one."""

import json
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.models import Partner
from performance.api import bulk
from performance.models import DirtyPair, Measurement
from prm.audit.models import AuditEntry
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db

EMPTY = {"rows": 0, "created": 0, "updated": 0, "unchanged": 0, "skipped": 0, "bad_rows": 0, "errors": []}


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def partner(acme):
    """The external number of the partner that rows are about; KPIs to measure it by."""
    with acme.scope():
        KPIFactory(code="REVENUE", value_min=Decimal(0))
        KPIFactory(code="ON_TIME", aggregation="ratio", is_share=True)
    return acme.partner.external_id


def rows_of(partner, count, **change):
    """Valid rows with running external numbers."""
    row = {"partner": partner, "kpi": "REVENUE", "occurred_on": "2024-05-17", "value": "10.5", **change}
    return [{**row, "external_id": f"S-{number}"} for number in range(count)]


def test_a_call_writes_all_rows_and_says_what_they_came_to(api, acme, partner):
    body = {"source": "erp", "rows": rows_of(partner, 30)}

    first, again = api.post("measurements/bulk/", body), api.post("measurements/bulk/", body)
    body["rows"][7]["value"] = 11
    changed = api.post("measurements/bulk/", body)

    assert (first.status_code, first.json()) == (200, {**EMPTY, "rows": 30, "created": 30})
    assert again.json() == {**EMPTY, "rows": 30, "unchanged": 30}
    assert changed.json() == {**EMPTY, "rows": 30, "unchanged": 29, "updated": 1}
    with acme.scope():
        assert Measurement.objects.filter(source="erp").count() == 30
        assert DirtyPair.objects.get().gen == 2
        entries = AuditEntry.objects.filter(action="measurements.received").order_by("pk")
        assert [entry.changes for entry in entries] == [
            {"created": [0, 30], "updated": [0, 0]},
            {"created": [0, 0], "updated": [0, 1]},
        ]


def test_one_bad_row_refuses_all_and_every_error_has_its_row(api, acme, partner):
    rows = rows_of(partner, 6)
    rows[1]["partner"] = "nobody"
    rows[2] = "not an object"
    rows[3]["value"] = "ten"
    rows[4]["colour"] = "red"
    rows[5]["external_id"] = "S-0"

    response = api.post("measurements/bulk/", {"rows": rows})

    assert (response.status_code, response.json()["code"]) == (422, "bad_rows")
    assert [(error["row"], error["column"], error["value"], error["code"]) for error in response.json()["errors"]] == [
        (2, "partner", "nobody", "unknown_partner"),
        (3, "", "", "not_an_object"),
        (4, "value", "ten", "bad_number"),
        (5, "colour", "", "unknown_field"),
        (6, "external_id", "S-0", "duplicate_external_id"),
    ]
    assert {name: response.json()[name] for name in ("rows", "created", "unchanged", "bad_rows")} == {
        "rows": 6,
        "created": 0,
        "unchanged": 0,
        "bad_rows": 5,
    }
    with acme.scope():
        assert not Measurement.objects.exists()
        assert not DirtyPair.objects.exists()
        assert not AuditEntry.objects.filter(action="measurements.received").exists()


def test_bad_rows_can_be_left_out(api, acme, partner):
    rows = rows_of(partner, 4)
    rows[1]["value"] = -1
    rows[3]["value"] = {"a": 1}

    response = api.post("measurements/bulk/", {"rows": rows, "skip_bad_rows": True})

    assert response.status_code == 200
    assert {name: response.json()[name] for name in ("rows", "created", "bad_rows")} == {
        "rows": 4,
        "created": 2,
        "bad_rows": 2,
    }
    assert [error["row"] for error in response.json()["errors"]] == [2, 4]
    with acme.scope():
        assert sorted(Measurement.objects.values_list("external_id", flat=True)) == ["S-0", "S-2"]


def test_numbers_keep_every_digit_and_attributes_their_types(api, acme, partner):
    raw = (
        b'{"rows": [{"partner": "%s", "kpi": "REVENUE", "occurred_on": "2024-05-17", "value": 99999999999999.123456, '
        b'"external_id": "1", "source": "crm", "occurred_at": "2024-05-17T23:30:00Z", '
        b'"attributes": {"n": 1.5, "list": [1, null, "\\u00e9"]}}]}' % partner.encode()
    )

    response = api.call("POST", "measurements/bulk/", raw=raw)

    assert response.json() == {**EMPTY, "rows": 1, "created": 1}
    with acme.scope():
        stored = Measurement.objects.get(source="crm")
        assert stored.value == Decimal("99999999999999.123456")
        assert stored.attributes == {"n": 1.5, "list": [1, None, "é"]}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ([], "", "invalid"),
        ({}, "rows", "invalid"),
        ({"rows": []}, "rows", "invalid"),
        ({"rows": {}}, "rows", "invalid"),
        ({"rows": [{}], "source": ""}, "source", "invalid"),
        ({"rows": [{}], "source": 5}, "source", "invalid"),
        ({"rows": [{}], "skip_bad_rows": "yes"}, "skip_bad_rows", "invalid"),
        ({"rows": [{}], "skip": True}, "skip", "unknown_field"),
    ],
    ids=str,
)
def test_a_body_that_is_no_batch_is_422(api, acme, partner, body, field, code):
    response = api.post("measurements/bulk/", body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert [error["field"] for error in response.json()["errors"]] == ([field] if field else [])


def test_more_rows_than_a_call_takes_are_refused(api, partner, monkeypatch):
    monkeypatch.setattr(bulk, "LARGEST_BATCH", 3)

    response = api.post("measurements/bulk/", {"rows": rows_of(partner, 4)})

    assert (response.status_code, response.json()["code"]) == (422, "too_many")


def test_a_body_over_the_limit_is_413(api, monkeypatch):
    monkeypatch.setattr("performance.api.measurements.MeasurementBulk.max_body_bytes", 1000)

    assert api.call("POST", "measurements/bulk/", raw=b'{"rows": [' + b" " * 1000 + b"]}").status_code == 413


def test_the_number_of_queries_does_not_depend_on_the_rows(api, partner):
    api.get("tiers/")
    for size in (1, 500):
        api.post("sources/", {"code": str(size), "name": str(size)})
    answers, queries = [], []
    for size in (1, 500):
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            answers.append(api.post("measurements/bulk/", {"source": str(size), "rows": rows_of(partner, size)}).json())
        queries.append(len(captured))

    assert [answer["created"] for answer in answers] == [1, 500]
    assert queries[0] == queries[1] <= 16


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELD = st.sampled_from([*sorted(bulk.FIELDS), "other"])
NEARLY_ROWS = st.lists(
    st.dictionaries(
        FIELD,
        JSON | st.sampled_from(["REVENUE", "2024-05-17", "10.5", "-1", "1e5", "NaN", "\x00", "2024-13-01", "S-1"]),
        max_size=8,
    )
    | JSON,
    max_size=8,
)
FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def holds_nul(data):
    """Whether a text anywhere in it holds the character that no table can."""
    if isinstance(data, dict):
        return any(holds_nul(part) for pair in data.items() for part in pair)
    return any(holds_nul(part) for part in data) if isinstance(data, list) else isinstance(data, str) and "\x00" in data


def is_batch(body):
    """Whether a body as a whole is what the address takes, whatever its rows are."""
    return (
        isinstance(body, dict)
        and body.keys() <= bulk.SETTINGS
        and isinstance(body.get("rows"), list)
        and len(body["rows"]) > 0
        and isinstance(body.get("skip_bad_rows", False), bool)
        and isinstance(body.get("source", "api"), str)
        and body.get("source", "api").strip() != ""
    )


def is_json(raw):
    """Whether bytes are JSON in UTF-8 with finite numbers and texts a table can hold. No bytes stand for no body."""
    try:
        return not raw or not holds_nul(json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse))
    except ValueError:
        return False


def _refuse(constant):
    raise ValueError(constant)


STORABLE_ROWS = NEARLY_ROWS.filter(lambda rows: not holds_nul(rows))
NO_BATCHES = (JSON | st.fixed_dictionaries({"rows": JSON, "skip_bad_rows": JSON, "source": JSON})).filter(
    lambda body: not is_batch(body) and not holds_nul(body)
)


@FUZZ
@given(body=NO_BATCHES)
def test_whatever_is_no_batch_is_refused_as_a_whole(api, acme, body):
    cache.clear()

    response = api.post("measurements/bulk/", body)

    has_unknown = isinstance(body, dict) and bool(body.keys() - bulk.SETTINGS)
    assert (response.status_code, response.json()["code"]) == (422, "unknown_field" if has_unknown else "invalid")
    with acme.scope():
        assert not Measurement.objects.exists()


@FUZZ
@given(rows=NEARLY_ROWS, nul=st.sampled_from([{"partner": "a\x00"}, {"\x00": 1}, ["\x00"], "\x00"]))
def test_a_character_that_no_table_can_hold_is_malformed(api, acme, rows, nul):
    cache.clear()

    response = api.post("measurements/bulk/", {"rows": [*rows, nul], "skip_bad_rows": True})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    with acme.scope():
        assert not Measurement.objects.exists()


@FUZZ
@given(count=st.integers(0, 2), nearly=STORABLE_ROWS, skip=st.booleans())
def test_every_row_of_a_batch_is_accounted_for(api, acme, partner, count, nearly, skip):
    cache.clear()
    rows = [*(rows_of(partner, count) or [{}]), *nearly]
    with acme.scope():
        before = Measurement.objects.count()

    response = api.post("measurements/bulk/", {"rows": rows, "skip_bad_rows": skip})
    told = response.json()
    with acme.scope():
        created = Measurement.objects.count() - before

    is_refused = told["bad_rows"] > 0 and not skip
    written = [told[name] for name in ("created", "updated", "unchanged", "skipped")]
    assert response.status_code == (422 if is_refused else 200)
    assert (told["rows"], told["created"]) == (len(rows), created)
    assert sum(written) == (0 if is_refused else len(rows) - told["bad_rows"])
    assert len({error["row"] for error in told["errors"]}) == told["bad_rows"]


@FUZZ
@given(raw=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()))
def test_bytes_are_malformed_or_no_batch(api, acme, raw):
    cache.clear()

    response = api.call("POST", "measurements/bulk/", raw=raw)

    assert response.status_code == (422 if is_json(raw) else 400)
    assert (response.json()["code"] == "malformed") is not is_json(raw)
    with acme.scope():
        assert not Measurement.objects.exists()


@FUZZ
@given(
    body=st.dictionaries(
        st.sampled_from(
            ["name", "type", "region", "owner", "parent", "territories", "partner_since", "website", "tier"]
        ),
        JSON,
        max_size=6,
    )
)
def test_a_new_partner_needs_a_type_that_exists(api, acme, body):
    cache.clear()

    response = api.put("partners/by-number/fuzz/", body)

    assert response.status_code == (400 if holds_nul(body) else 422)
    assert ("type" in {error["field"].split(".")[0] for error in response.json()["errors"]}) is not holds_nul(body)
    with acme.scope():
        assert not Partner.objects.filter(external_id="fuzz").exists()


@FUZZ
@given(good=st.lists(st.booleans(), min_size=1, max_size=12))
def test_what_is_written_is_exactly_what_is_right(api, acme, partner, good):
    cache.clear()
    rows = rows_of(partner, len(good))
    for row, is_good in zip(rows, good, strict=True):
        row["value"] = "1" if is_good else "one"
    source = f"fuzz-{len(good)}-{sum(good)}-{json.dumps(good).__hash__()}"[:40]
    with acme.scope():
        Measurement.objects.filter(source=source).delete()

    strict = api.post("measurements/bulk/", {"source": source, "rows": rows})
    with acme.scope():
        written = Measurement.objects.filter(source=source).count()
        Measurement.objects.filter(source=source).delete()
    lenient = api.post("measurements/bulk/", {"source": source, "rows": rows, "skip_bad_rows": True})

    assert (strict.status_code, written) == ((200, len(good)) if all(good) else (422, 0))
    assert (lenient.json()["created"], lenient.json()["bad_rows"]) == (sum(good), len(good) - sum(good))
