"""KPIs, benchmarks, measurements and scorecards over the API, from the first fact to the receipt."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from partners.models import Programme
from performance.models import KPI, Benchmark, DirtyPair, Measurement, MeasurementHistory
from performance.services.recompute import recompute_scorecards
from prm.audit.models import AuditEntry
from tests.documents import text_of
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    MeasurementFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def kpis(acme):
    """A KPI that sums and a share, both with a benchmark and on the scorecard."""
    with acme.scope():
        template = ScorecardTemplateFactory(programme=Programme.objects.get(is_default=True))
        revenue = KPIFactory(code="REVENUE", name="Revenue", value_min=Decimal(0))
        on_time = KPIFactory(code="ON_TIME", name="On time", aggregation="ratio", multiplier=100, is_share=True)
        for kpi, weight in ((revenue, 60), (on_time, 40)):
            BenchmarkFactory(kpi=kpi)
            TemplateLineFactory(template=template, kpi=kpi, weight=weight)


def row_of(acme, **change):
    """A valid measurement of the first tenant's partner."""
    row = {
        "partner": acme.partner.external_id,
        "kpi": "REVENUE",
        "occurred_on": "2024-05-17",
        "value": "1249.90",
        "external_id": "SO-1",
    }
    return {**row, **change}


# --- KPIs and benchmarks ---


def test_a_kpi_is_created_changed_and_left_alone_by_its_code(api, acme):
    body = {"name": "Deliveries on time", "aggregation": "ratio", "multiplier": "100", "unit": "%", "is_share": True}

    answers = [api.put("kpis/on_time/", body), api.put("kpis/ON_TIME/", body), api.put("kpis/ON_TIME/", {"unit": ""})]

    assert [(answer.status_code, answer.json()["outcome"]) for answer in answers] == [
        (201, "created"),
        (200, "unchanged"),
        (200, "updated"),
    ]
    assert api.get("kpis/on_time/").json() == answers[2].json()["kpi"]
    assert answers[0].json()["kpi"]["multiplier"] == "100.0000"
    with acme.scope():
        assert KPI.objects.get().code == "ON_TIME"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "X", "decimals": 7}, "decimals"),
        ({"name": "X", "multiplier": "0"}, "multiplier"),
        ({"name": "X", "value_min": "2", "value_max": "1"}, "value_min"),
        ({"name": "X", "is_share": True}, "is_share"),
        ({"name": "X", "code": "Y"}, "code"),
        ({"name": "X", "multiplier": 1e400}, "multiplier"),
        ({"name": "X", "multiplier": True}, "multiplier"),
    ],
    ids=str,
)
def test_a_wrong_kpi_is_422(api, acme, body, field):
    raw = None if "1e400" not in str(body) and "inf" not in str(body) else b'{"name": "X", "multiplier": 1e400}'

    response = api.call("PUT", "kpis/NEW/", body, raw=raw)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    with acme.scope():
        assert not KPI.objects.exists()


def test_a_derived_kpi_names_its_inputs_and_a_wrong_one_is_422(api, acme):
    api.put("kpis/SALES/", {"name": "Sales"})
    growth = {"name": "Growth", "aggregation": "growth", "inputs": ["sales"], "compare_with": "period"}

    made, again = api.put("kpis/GROWTH/", growth), api.put("kpis/GROWTH/", growth)
    index = api.put("kpis/INDEX/", {"name": "Index", "aggregation": "formula", "formula": "GROWTH * 100 + SALES"})
    circle = api.put("kpis/GROWTH/", {"aggregation": "formula", "formula": "INDEX"})
    fact = api.post("measurements/", row_of(acme, kpi="GROWTH"))

    assert (made.status_code, again.json()["outcome"]) == (201, "unchanged")
    assert (made.json()["kpi"]["inputs"], made.json()["kpi"]["compare_with"]) == (["SALES"], "period")
    assert index.json()["kpi"]["inputs"] == ["GROWTH", "SALES"]
    assert (circle.status_code, circle.json()["errors"][0]["field"]) == (422, "formula")
    assert (fact.status_code, fact.json()["errors"][0]["field"]) == (422, "kpi")


def test_the_aggregation_of_a_kpi_with_facts_is_fixed(api, acme, kpis):
    api.post("measurements/", row_of(acme))

    response = api.put("kpis/REVENUE/", {"aggregation": "last"})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (409, "aggregation")


def test_a_benchmark_is_set_ended_and_withdrawn(api, acme):
    with acme.scope():
        KPIFactory(code="REVENUE")
    body = {
        "kpi": "REVENUE",
        "period_kind": "month",
        "partner": acme.partner.external_id,
        "valid_from": "2024-01-01",
        "floor": "0",
        "target": "100",
        "stretch": "120",
    }

    first = api.post("benchmarks/", body)
    again = api.post("benchmarks/", body)
    raised = api.post("benchmarks/", {**body, "target": "110", "valid_from": "2024-07-01"})
    path = f"benchmarks/{raised.json()['benchmark']['id']}/"
    ended = api.post(f"{path}end/", {"last_day": "2024-12-31"})
    withdrawn = api.post(f"{path}withdraw/", {"reason": "Wrong year"})
    twice = api.post(f"{path}withdraw/", {"reason": "Wrong year"})

    assert [answer.json()["outcome"] for answer in (first, again, raised)] == ["created", "unchanged", "updated"]
    assert [answer.status_code for answer in (first, again, raised, ended, withdrawn, twice)] == [
        201,
        200,
        201,
        200,
        200,
        409,
    ]
    assert api.get(f"benchmarks/{first.json()['benchmark']['id']}/").json()["last_day"] == "2024-06-30"
    assert ended.json()["last_day"] == "2024-12-31"
    assert [row["target"] for row in api.get("benchmarks/?withdrawn=false").json()["results"]] == ["100.000000"]
    assert [row["target"] for row in api.get("benchmarks/?withdrawn=true&kpi=revenue").json()["results"]] == [
        "110.000000"
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target": "130"}, "stretch"),
        ({"period_kind": "week"}, "period_kind"),
        ({"tier": "gold"}, "programme"),
        ({"programme": "main", "tier": "gold"}, "tier"),
        ({"last_day": "2023-01-01"}, "valid_to"),
        ({"target": "1e30"}, "target"),
        ({"kpi": "NOTHING"}, "kpi"),
    ],
    ids=str,
)
def test_a_wrong_benchmark_is_422(api, acme, kpis, change, field):
    with acme.scope():
        before = Benchmark.objects.count()
    body = {"kpi": "REVENUE", "period_kind": "quarter", "valid_from": "2024-01-01"}

    response = api.post("benchmarks/", {**body, "floor": "0", "target": "100", "stretch": "120", **change})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    with acme.scope():
        assert Benchmark.objects.count() == before


# --- Measurements one by one ---


def test_a_measurement_is_idempotent_and_keeps_what_it_replaces(api, acme, kpis):
    answers = [
        api.post("measurements/", row_of(acme)),
        api.post("measurements/", row_of(acme, kpi="revenue", value=1249.9)),
        api.post("measurements/", row_of(acme, value="1300", occurred_on="2024-06-02")),
    ]

    assert [(answer.status_code, answer.json()["outcome"]) for answer in answers] == [
        (201, "created"),
        (200, "unchanged"),
        (200, "updated"),
    ]
    measurement = answers[2].json()["measurement"]
    assert measurement == {
        "source": "api",
        "external_id": "SO-1",
        "partner": acme.partner.external_id,
        "kpi": "REVENUE",
        "occurred_on": "2024-06-02",
        "occurred_at": None,
        "value": "1300.000000",
        "weight": None,
        "attributes": None,
        "recorded_at": measurement["recorded_at"],
    }
    with acme.scope():
        assert MeasurementHistory.objects.get().value == Decimal("1249.90")
        assert sorted(DirtyPair.objects.values_list("ym", flat=True)) == [2024 * 12 + 4, 2024 * 12 + 5]
        actions = AuditEntry.objects.filter(action="measurements.received").order_by("pk")
        assert [entry.changes for entry in actions] == [
            {"created": [0, 1], "updated": [0, 0]},
            {"created": [0, 0], "updated": [0, 1]},
        ]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"partner": "nobody"}, "partner", "unknown_partner"),
        ({"partner": None}, "partner", "missing"),
        ({"kpi": "NOTHING"}, "kpi", "unknown_kpi"),
        ({"value": -1}, "value", "below_minimum"),
        ({"value": "12,50"}, "value", "bad_number"),
        ({"value": "NaN"}, "value", "bad_number"),
        ({"value": 10**15}, "value", "number_too_large"),
        ({"value": True}, "value", "wrong_type"),
        ({"value": [1]}, "value", "wrong_type"),
        ({"occurred_on": "2024-02-30"}, "occurred_on", "bad_date"),
        ({"occurred_on": "17.05.2024"}, "occurred_on", "bad_date"),
        ({"occurred_at": "noon"}, "occurred_at", "bad_time"),
        ({"external_id": ""}, "external_id", "missing"),
        ({"external_id": "x" * 121}, "external_id", "too_long"),
        ({"external_id": 7}, "external_id", "wrong_type"),
        ({"kpi": "ON_TIME", "value": 2, "weight": 1}, "value", "above_weight"),
        ({"weight": -1}, "weight", "negative_weight"),
        ({"attributes": "text"}, "attributes", "wrong_type"),
        ({"colour": "red"}, "colour", "unknown_field"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_measurement_is_422_and_writes_nothing(api, acme, kpis, change, field, code):
    response = api.post("measurements/", row_of(acme, **change))

    assert response.status_code == 422
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]
    with acme.scope():
        assert not Measurement.objects.exists()
        assert not DirtyPair.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 5, None, {"rows": []}])
def test_a_body_that_is_no_measurement_is_422(api, acme, kpis, body):
    assert api.post("measurements/", body).status_code == 422


def test_a_deleted_measurement_stays_in_history_and_marks_its_month(api, acme, kpis):
    api.post("measurements/", row_of(acme, source="erp", external_id="a/b c"))
    with acme.scope():
        DirtyPair.objects.all().delete()

    response = api.delete("measurements/by-number/erp/a/b c/")
    gone = api.get("measurements/by-number/erp/a/b c/")

    assert (response.status_code, gone.status_code) == (204, 404)
    with acme.scope():
        assert MeasurementHistory.objects.get().was_removed is True
        assert DirtyPair.objects.get().ym == 2024 * 12 + 4
        assert AuditEntry.objects.filter(action="measurement.removed").count() == 1


def test_measurements_are_found_by_their_words(api, acme, kpis):
    for number, day in enumerate(("2024-05-01", "2024-05-31", "2024-06-01")):
        api.post("measurements/", row_of(acme, external_id=str(number), occurred_on=day, source="erp"))

    def found(query):
        return [row["external_id"] for row in api.get(f"measurements/?{query}").json()["results"]]

    assert found("occurred_from=2024-05-02&occurred_to=2024-05-31") == ["1"]
    assert found(f"partner={acme.partner.external_id}&kpi=revenue&source=erp") == ["0", "1", "2"]
    assert found("partner=nobody") == []
    assert found("recorded_since=2999-01-01T00:00:00Z") == []


# --- Scorecards ---


@pytest.fixture
def scored(api, acme, kpis):
    """May 2024: revenue 50 of 100 gives 40 points, on time 9 of 10 gives 72."""
    rows = [
        row_of(acme, value="30", external_id="1"),
        row_of(acme, value="20", external_id="2"),
        row_of(acme, kpi="ON_TIME", value="9", weight="10", external_id="3"),
    ]
    assert api.post("measurements/bulk/", {"rows": rows}).status_code == 200
    recompute_scorecards(tenant=acme.tenant)
    return f"scorecards/main/2024-05/{acme.partner.public_id}/"


def test_a_scorecard_reads_with_lines_that_add_up(api, acme, scored):
    card = api.get(scored).json()

    assert (card["total"], card["grade"], card["rank"], card["cohort"]) == ("52.8000", "D", 1, 1)
    assert [(line["kpi"], line["actual"], line["points"], line["contribution"]) for line in card["lines"]] == [
        ("REVENUE", "50.000000", "40.0000", "24.0000"),
        ("ON_TIME", "90.000000", "72.0000", "28.8000"),
    ]
    assert sum(Decimal(line["contribution"]) for line in card["lines"]) == Decimal(card["total"])
    listed = api.get("scorecards/?period=2024-05&programme=main").json()["results"]
    assert listed == [{name: value for name, value in card.items() if name != "lines"}]


def test_scorecards_are_found_by_period_partner_and_grade(api, acme, scored):
    def count(query):
        return len(api.get(f"scorecards/?{query}").json()["results"])

    assert [
        count("period=2024-05"),
        count("period_kind=month"),
        count(f"partner={acme.partner.external_id}&grade=D&rated=true&period=2024-05"),
        count("period=2024-05&grade=A"),
        count("period=1999-01"),
    ] == [1, 1, 1, 0, 0]
    assert [row["label"] for row in api.get("periods/?kind=month").json()["results"]] == ["2024-05"]


def test_a_receipt_names_every_measurement(api, acme, scored):
    receipt = api.get(f"{scored}receipt/").json()

    assert receipt["card"] == api.get(scored).json()
    assert (receipt["counted"], receipt["left_out"], receipt["is_current"]) == (3, 0, True)
    assert sorted((fact["kpi"], fact["value"], fact["counted"]) for fact in receipt["facts"]) == [
        ("ON_TIME", "9.000000", True),
        ("REVENUE", "20.000000", True),
        ("REVENUE", "30.000000", True),
    ]
    used = {row["kpi"]: row for row in receipt["benchmarks"]}
    assert sorted(used) == ["ON_TIME", "REVENUE"]
    assert used["REVENUE"]["before"] is None
    assert used["REVENUE"]["used"]["id"] in {row["id"] for row in api.get("benchmarks/?kpi=REVENUE").json()["results"]}
    assert api.get(f"{scored}receipt/?offset=2").json()["facts"] == receipt["facts"][2:]
    assert api.get(f"{scored}receipt/?offset=-1").status_code == 422


def test_a_receipt_can_be_had_on_paper(api, acme, scored):
    answer = api.call("GET", f"{scored}receipt.pdf", accept="application/pdf")

    card = api.get(scored).json()
    paper = text_of(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert [line["name"] for line in card["lines"] if line["name"] not in paper] == []
    assert "3 counted, 0 left out" in paper
    assert f"/t/{acme.tenant.slug}/scorecards/" in paper


def test_a_receipt_on_paper_that_is_not_there_is_refused_in_json(api, scored):
    answer = api.call("GET", f"{scored.replace('2024', '1924')}receipt.pdf", accept="application/pdf")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json()["code"] == "not_found"


def test_another_tenant_finds_none_of_it(two_tenants, make_client, scored):
    _acme, beta = two_tenants
    stranger = make_client(beta)

    assert [stranger.get(f"{scored}{part}").status_code for part in ("", "receipt/", "receipt.pdf")] == [404] * 3
    assert stranger.get("measurements/by-number/api/1/").status_code == 404
    lists = ("measurements/", "scorecards/", "kpis/", "benchmarks/", "runs/", "periods/")
    assert [stranger.get(path).json()["results"] for path in lists] == [[]] * 6


def test_runs_say_what_was_recomputed(api, scored):
    runs = api.get("runs/").json()["results"]

    assert runs
    assert api.get(f"runs/{runs[-1]['id']}/").json() == runs[-1]
    assert runs[-1]["output_hash"]


@pytest.mark.parametrize(
    ("path", "queries"),
    [("kpis/", 7), ("benchmarks/", 6), ("measurements/", 6), ("scorecards/", 6), ("periods/", 6), ("runs/", 6)],
)
@pytest.mark.parametrize("size", [1, 8])
def test_lists_ask_the_same_number_of_queries_for_any_size(
    api, acme, scored, path, queries, size, django_assert_num_queries
):
    with acme.scope():
        MeasurementFactory.create_batch(size)
    recompute_scorecards(tenant=acme.tenant)
    api.get(path)  # reads what seldom changes

    with django_assert_num_queries(queries):
        assert api.get(path).json()["results"]


def test_a_receipt_asks_the_same_number_of_queries_for_any_number_of_facts(
    api, acme, scored, django_assert_num_queries
):
    path = f"{scored}receipt/"
    api.get(path)  # reads what seldom changes
    with django_assert_num_queries(12):
        few = api.get(path).json()
    with acme.scope():
        for number in range(20):
            MeasurementFactory(kpi=KPI.objects.get(code="REVENUE"), partner=acme.partner, external_id=f"more-{number}")

    with django_assert_num_queries(12):
        many = api.get(path).json()

    assert (len(few["facts"]), len(many["facts"])) == (3, 23)
