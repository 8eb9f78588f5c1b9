"""What-ifs over the API: the same services, the same figures, the same refusals."""

import pytest
from django.core.cache import cache

from performance.models import Scorecard, ScorecardTemplate, WhatIf
from tests.performance_screens.conftest import build, recompute

BENCHMARK = {"kpi": "REVENUE", "period_kind": "quarter", "floor": "0", "target": "160", "stretch": "200"}


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def scored(acme):
    """Three others have 86 points in both quarters, the world's partner 40 and 80."""
    with acme.scope():
        return build(acme, others=3)


def test_a_harder_target_is_tried_out_and_read(api, scored):
    answer = api.post("what-ifs/", {"programme": "main", "name": "Stricter", "benchmarks": [BENCHMARK]})

    body = answer.json()
    newest = body["outcomes"][0]
    assert (answer.status_code, body["replay_state"], body["status"]) == (201, "replayed", "open")
    assert body["periods"] == ["2024-Q2", "2024-Q1"]
    assert (newest["period"], newest["moves"], newest["not_rated_after"]) == ("2024-Q2", {"down": 4}, 0)
    assert (newest["average_before"], newest["average_after"]) == ("84.5000", "64.2500")
    assert {"grade": "B", "before": 4, "after": 0} in newest["grades"]
    assert {(row["field"], row["before"], row["after"]) for row in body["changes"]} == {
        ("target", "100.000000", "160.000000"),
        ("stretch", "120.000000", "200.000000"),
    }
    moves = api.get(f"what-ifs/{body['id']}/moves/?period=2024-Q2&kind=down").json()["results"]
    assert sorted((row["old_total"], row["new_total"], row["new_grade"]) for row in moves) == [
        ("80.0000", "62.0000", "C"),
        *[("86.0000", "65.0000", "C")] * 3,
    ]
    assert api.get(f"what-ifs/{body['id']}/").json() == body
    assert [row["id"] for row in api.get("what-ifs/?status=open").json()["results"]] == [body["id"]]


def test_a_benchmark_is_tried_away_and_publishing_ends_it(api, acme, scored):
    """Without the target of revenue the defects alone count: 80 for everybody."""
    removal = {"kpi": "REVENUE", "period_kind": "quarter", "removed": True}

    body = api.post("what-ifs/", {"programme": "main", "benchmarks": [removal]}).json()
    published = api.post(f"what-ifs/{body['id']}/publish/", {"valid_from": "2024-04-01"})

    assert body["outcomes"][0]["average_after"] == "80.0000"
    assert [(row["field"], row["after"]) for row in body["changes"]] == [
        ("floor", None), ("target", None), ("stretch", None),
    ]  # fmt: skip
    assert published.status_code == 200
    with acme.scope():
        recompute()
        totals = Scorecard.objects.filter(period__label="2024-Q2").values_list("total", flat=True)
        assert {str(total) for total in totals} == {"80.0000"}
    (ended,) = (row for row in api.get("benchmarks/?kpi=REVENUE&period_kind=quarter").json()["results"])
    assert (ended["last_day"], ended["withdrawn_at"]) == ("2024-03-31", None)


def test_published_it_is_what_was_read(api, acme, scored):
    weights = [{"kpi": "REVENUE", "weight": "50"}, {"kpi": "DEFECTS", "weight": "50"}]
    draft = {"programme": "main", "weights": weights, "benchmarks": [BENCHMARK], "minimum_coverage": "0.5"}
    body = api.post("what-ifs/", draft).json()
    path = f"what-ifs/{body['id']}/"

    later = api.post(f"{path}publish/", {"valid_from": "2024-01-15"})
    published = api.post(f"{path}publish/", {"valid_from": "2024-01-01"})
    again = api.post(f"{path}discard/")

    assert later.status_code == 422
    assert (published.status_code, published.json()["status"]) == (200, "published")
    assert (again.status_code, again.json()["code"]) == (409, "what_if_settled")
    with acme.scope():
        recompute()
    cards = api.get("scorecards/?period=2024-Q2").json()["results"]
    grades = {row["grade"]: row["after"] for row in body["outcomes"][0]["grades"] if row["after"]}
    assert {grade: sum(card["grade"] == grade for card in cards) for grade in grades} == grades


def test_discarded_its_figures_stay(api, acme, scored):
    weights = [{"kpi": "REVENUE", "weight": "10"}, {"kpi": "DEFECTS", "weight": "90"}]
    body = api.post("what-ifs/", {"programme": "main", "weights": weights}).json()

    discarded = api.post(f"what-ifs/{body['id']}/discard/").json()

    assert (discarded["status"], discarded["template"]) == ("discarded", None)
    assert (discarded["outcomes"], discarded["changes"]) == (body["outcomes"], body["changes"])
    with acme.scope():
        assert not ScorecardTemplate.objects.filter(status="draft").exists()


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"weights": [{"kpi": "REVENUE", "weight": "61"}]}, 422, "weight"),
        ({"weights": [{"kpi": "REVENUE", "weight": "101"}]}, 422, "weights"),
        ({"bands": [{"grade": "A", "minimum": "50"}]}, 422, "bands"),
        ({"benchmarks": [BENCHMARK | {"target": "-1"}]}, 422, "target"),
        ({"benchmarks": [BENCHMARK | {"ceiling": "900"}]}, 422, "ceiling"),
        ({"benchmarks": [BENCHMARK | {"removed": True}]}, 422, "benchmarks.0.floor"),
        ({"benchmarks": [{"kpi": "REVENUE", "period_kind": "quarter"}]}, 422, "benchmarks.0.floor"),
        ({"benchmarks": [{"kpi": "REVENUE", "period_kind": "year", "removed": True}]}, 422, "benchmarks"),
        ({"benchmarks": [BENCHMARK | {"kpi": "NONE"}]}, 422, "benchmarks"),
        ({"benchmarks": [BENCHMARK | {"tier": "none"}]}, 422, "benchmarks"),
        ({"periods": ["2024-Q2", "2024-05"]}, 422, "periods"),
        ({"periods": ["1999-Q1"]}, 422, "periods"),
        ({"programme": "none"}, 422, "programme"),
        ({"minimum_coverage": "60"}, 422, "minimum_coverage"),
        ({"weight": []}, 422, "weight"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(api, acme, scored, change, status, field):
    answer = api.post("what-ifs/", {"programme": "main"} | change)

    assert (answer.status_code, field in answer.content.decode()) == (status, True)
    with acme.scope():
        assert not WhatIf.objects.exists()
        assert not ScorecardTemplate.objects.filter(status="draft").exists()


def test_reading_needs_one_scope_and_trying_another(make_client, acme, scored):
    reader = make_client(acme, ["what_if:view"])

    assert reader.get("what-ifs/").status_code == 200
    assert reader.post("what-ifs/", {"programme": "main"}).status_code == 403
