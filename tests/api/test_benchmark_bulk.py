"""Many benchmarks over the API: looked at first, all of them or none, every error at its row and field, made once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Programme
from performance.models import KPI, Benchmark
from performance.services.benchmarks import set_benchmark
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from tests.factories.partners import PartnerFactory, RegionFactory, TierFactory
from tests.factories.performance import KPIFactory

ROWS, CARRY = "benchmarks/bulk/", "benchmarks/carry-forward/"
NUMBERS = {"floor": "0", "target": "100", "stretch": "120"}
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def library(acme):
    """Revenue with a benchmark for everyone and for one partner, complaints (lower is better) without."""
    with acme.scope():
        revenue = KPIFactory(code="REVENUE")
        KPIFactory(code="COMPLAINTS", direction="lower")
        TierFactory(key="gold", programme=Programme.objects.get(is_default=True))
        RegionFactory(key="north")
        for group in ({}, {"partner": acme.partner}):
            numbers = {name: Decimal(value) for name, value in NUMBERS.items()}
            set_benchmark(actor=SYSTEM, kpi=revenue, period_kind="quarter", valid_from=LONG_AGO, **numbers, **group)
    return acme


def row(**fields):
    given = {} if "percent" in fields else NUMBERS
    return {"kpi": "REVENUE", "period_kind": "quarter", **given, **fields}


def body(*rows, **fields):
    return {"valid_from": "2026-07-01", "rows": list(rows), **fields}


def live(acme):
    with acme.scope():
        rows = Benchmark.objects.filter(withdrawn_at=None).order_by("kpi__code", "scope", "valid_from", "id")
        return [(one.kpi.code, one.scope, str(one.valid_from), int(one.target)) for one in rows.select_related("kpi")]


BEFORE = [("REVENUE", "all", "2020-01-01", 100), ("REVENUE", "partner", "2020-01-01", 100)]


def test_a_dry_run_says_every_row_and_writes_nothing(api, library):
    answer = api.post(
        ROWS,
        body(
            row(target="110"),
            row(programme="main", tier="gold"),
            row(partner=library.partner.external_id),
            row(region="north", percent="5"),
            row(kpi="complaints"),
            row(partner_type=library.partner.partner_type.key, basis="own_year", floor="80", target="105"),
            dry_run=True,
        ),
    )

    assert answer.status_code == 200
    said = answer.json()
    assert (said["is_written"], said["created"], said["updated"], said["unchanged"], said["refused"]) == (
        (False, 2, 1, 1, 2)
    )
    assert [(one["kpi"], one["scope"], one["outcome"]) for one in said["rows"]] == [
        ("REVENUE", "all", "updated"),
        ("REVENUE", "tier", "created"),
        ("REVENUE", "partner", "unchanged"),
        ("REVENUE", "region", "refused"),
        ("COMPLAINTS", "all", "refused"),
        ("REVENUE", "type", "created"),
    ]
    first = said["rows"][0]
    assert (first["before"]["target"], first["after"]["target"], first["after"]["id"]) == (
        "100.000000",
        "110.000000",
        None,
    )
    assert first["after"]["valid_from"] == "2026-07-01"
    errors = [one["error"] and (one["error"]["field"], one["error"]["code"]) for one in said["rows"][3:5]]
    assert errors == [("percent", "nothing_holds"), ("target", "thresholds_out_of_order")]
    assert live(library) == BEFORE


def test_all_rows_are_set_and_sent_again_nothing_changes(api, library):
    rows = body(row(target="110"), row(partner=library.partner.external_id, percent="7.5", round_to="5"), note="Plan")

    first, second = api.post(ROWS, rows), api.post(ROWS, body(row(target="110"), note="Plan"))

    assert (first.status_code, second.status_code) == (201, 200)
    assert [one["after"]["target"] for one in first.json()["rows"]] == ["110.000000", "110.000000"]
    assert api.get(f"benchmarks/{first.json()['rows'][0]['after']['id']}/").json()["target"] == "110.000000"
    assert second.json()["unchanged"] == 1
    assert live(library) == [
        ("REVENUE", "all", "2020-01-01", 100),
        ("REVENUE", "all", "2026-07-01", 110),
        ("REVENUE", "partner", "2020-01-01", 100),
        ("REVENUE", "partner", "2026-07-01", 110),
    ]
    with library.scope():
        assert AuditEntry.objects.filter(action="benchmark.set", reason="Plan", actor_kind="api_key").count() == 2


def errors_of(answer):
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


def test_one_bad_row_stops_all_with_its_row_and_field(api, library):
    answer = api.post(ROWS, body(row(target="110"), row(kpi="COMPLAINTS"), row(region="north", percent="5")))

    assert answer.status_code == 422
    assert errors_of(answer) == [
        ("rows.1.target", "thresholds_out_of_order"),
        ("rows.2.percent", "nothing_holds"),
    ]
    assert answer.json()["errors"][0]["message"].startswith("COMPLAINTS, Everyone: Lower is better here")
    assert live(library) == BEFORE

    kept = api.post(ROWS, body(row(target="110"), row(kpi="COMPLAINTS"), leave_out_refused=True))
    assert (kept.status_code, kept.json()["refused"]) == (201, 1)
    assert ("REVENUE", "all", "2026-07-01", 110) in live(library)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (row(kpi="NO_SUCH"), ("rows.1.kpi", "does_not_exist")),
        (row(partner="nobody"), ("rows.1.partner", "does_not_exist")),
        (row(region="nowhere"), ("rows.1.region", "does_not_exist")),
        (row(tier="gold"), ("rows.1.programme", "programme")),
        (row(tier="lead", programme="main"), ("rows.1.tier", "does_not_exist")),
        (row(region="north", programme="main", tier="gold"), ("rows.1.region", "one_group")),
        (row(target="much"), ("rows.1.target", "invalid")),
        (row(target="1" * 30), ("rows.1.target", "max_digits")),
        ({"kpi": "REVENUE", "period_kind": "quarter", "floor": "0"}, ("rows.1.target", "number")),
        (row(percent="5", target="7"), ("rows.1.target", "both")),
        (row(round_to="10"), ("rows.1.round_to", "step")),
        (row(percent="5", round_to="0"), ("rows.1.round_to", "step")),
        (row(percent="-100"), ("rows.1.percent", "min_value")),
        (row(period_kind="week"), ("rows.1.period_kind", "invalid_choice")),
        (row(colour="red"), ("rows.1.colour", "unknown_field")),
        (row(target="112"), ("rows.1.kpi", "duplicate")),
        ("REVENUE", ("rows.1", "invalid")),
    ],
)
def test_a_misshapen_row_is_named(api, library, wrong, expected):
    for is_dry in (True, False):
        answer = api.post(ROWS, body(row(target="111"), wrong, dry_run=is_dry))
        assert (answer.status_code, errors_of(answer)) == (422, [expected])
    assert live(library) == BEFORE


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (body(), "rows"),
        ({"valid_from": "2026-07-01"}, "rows"),
        (body(row(), last_day="2026-06-30"), "last_day"),
        (body(row(), valid_from="soon"), "valid_from"),
        (body(row(), dry_runs=True), "dry_runs"),
    ],
)
def test_a_misshapen_call_is_refused(api, library, sent, field):
    answer = api.post(ROWS, sent)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert live(library) == BEFORE


def test_more_rows_than_a_plan_takes_are_refused(api, library, monkeypatch):
    with library.scope():
        KPIFactory.create_batch(3)
        codes = list(KPI.objects.values_list("code", flat=True))
    monkeypatch.setattr("performance.services.benchmark_bulk.MOST_AT_ONCE", 2)
    answer = api.post(ROWS, body(*(row(kpi=code) for code in codes)))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many")


def test_the_queries_are_the_same_for_any_number_of_rows(api, library):
    def asked(count):
        with library.scope():
            partners = PartnerFactory.create_batch(count)
        with CaptureQueriesContext(connection) as captured:
            answer = api.post(ROWS, body(*(row(partner=one.external_id) for one in partners), dry_run=True))
        assert answer.json()["created"] == count
        return len(captured)

    asked(1)
    assert asked(2) == asked(20)


def test_what_was_seen_is_what_is_written_or_nothing(api, library):
    seen = api.post(ROWS, body(row(target="110"), dry_run=True)).json()["digest"]
    api.post(ROWS, body(row(target="130", stretch="140"), valid_from="2026-04-01"))

    late = api.post(ROWS, body(row(target="110"), seen=seen))

    assert (late.status_code, late.json()["code"]) == (409, "benchmarks_moved")
    again = api.post(ROWS, body(row(target="110"), dry_run=True)).json()["digest"]
    assert api.post(ROWS, body(row(target="110"), seen=again)).status_code == 201


def test_a_key_makes_a_change_by_percent_once(api, library):
    raise_it = body(row(percent="10"))

    def send(sent):
        return api.call("POST", ROWS, sent, **{"Idempotency-Key": "raise-2026"})

    dry = send({**raise_it, "dry_run": True})
    first, second, other = send(raise_it), send(raise_it), send(body(row(percent="20")))

    assert (dry.status_code, first.status_code, second.status_code, other.status_code) == (200, 201, 201, 409)
    assert second["Idempotent-Replayed"] == "true"
    assert second.json() == first.json()
    assert live(library)[1] == ("REVENUE", "all", "2026-07-01", 110)


def test_a_period_is_carried_forward(api, library):
    asked = {"from_period": "2026-Q2", "to_period": "2026-Q3", "percent": "5", "round_to": "10"}

    dry = api.post(CARRY, {**asked, "dry_run": True}).json()
    assert [(one["scope"], one["before"]["target"], one["after"]["target"]) for one in dry["rows"]] == [
        ("partner", "100.000000", "110.000000"),
        ("all", "100.000000", "110.000000"),
    ]
    assert live(library) == BEFORE

    written = api.post(CARRY, {**asked, "kpis": ["REVENUE"], "only_that_period": True, "seen": dry["digest"]})
    assert written.status_code == 409  # only for that period is another plan
    written = api.post(CARRY, {**asked, "kpis": ["REVENUE"], "only_that_period": True})
    assert (written.status_code, written.json()["updated"]) == (201, 2)
    assert written.json()["rows"][0]["after"]["last_day"] == "2026-09-30"
    assert live(library)[:3] == [
        ("REVENUE", "all", "2020-01-01", 100),
        ("REVENUE", "all", "2026-07-01", 110),
        ("REVENUE", "all", "2026-10-01", 100),
    ]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"from_period": "2026-W3"}, "from_period", "unknown_period"),
        ({"to_period": "2026-07"}, "to_period", "invalid"),
        ({"to_period": "2026-Q1"}, "to_period", "invalid"),
        ({"from_period": "2010-Q1"}, "from_period", "nothing_holds"),
        ({"kpis": ["COMPLAINTS"]}, "from_period", "nothing_holds"),
        ({"kpis": ["NO_SUCH"]}, "kpis", "does_not_exist"),
        ({"percent": "-100"}, "percent", "min_value"),
        ({"round_to": "0"}, "round_to", "invalid"),
    ],
)
def test_a_wrong_carry_forward_is_refused(api, library, change, field, code):
    answer = api.post(CARRY, {"from_period": "2026-Q2", "to_period": "2026-Q3", **change})
    assert (answer.status_code, errors_of(answer)) == (422, [(field, code)])
    assert live(library) == BEFORE


def test_percentiles_cannot_be_carried_by_percent(api, library):
    percentiles = row(partner_type=library.partner.partner_type.key, basis="cohort", target="50", stretch="75")
    assert api.post(ROWS, body(percentiles, valid_from="2020-01-01")).status_code == 201

    answer = api.post(CARRY, {"from_period": "2026-Q2", "to_period": "2026-Q3", "percent": "5"})

    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["code"]) == ("rows.1.percent", "is_percentile")


def test_a_key_without_the_scope_is_refused(library, make_client):
    reader = make_client(library, ["kpi:view"])
    assert reader.post(ROWS, body(row())).status_code == 403
    assert reader.post(CARRY, {"from_period": "2026-Q2", "to_period": "2026-Q3"}).status_code == 403
    assert live(library) == BEFORE


def test_rows_of_another_tenant_are_not_there(api, library, two_tenants):
    with two_tenants[1].scope():
        KPIFactory(code="THEIRS")
        theirs = PartnerFactory(external_id="theirs")
    answer = api.post(ROWS, body(row(kpi="THEIRS"), row(partner=theirs.external_id)))
    assert errors_of(answer) == [("rows.0.kpi", "does_not_exist"), ("rows.1.partner", "does_not_exist")]
