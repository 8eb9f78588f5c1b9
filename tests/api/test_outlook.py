"""Outlooks over the API: the figures of the screens, in the language asked for."""

from datetime import UTC, datetime

import pytest
import time_machine

from performance.services.outlooks import refresh_outlooks
from tests.performance_screens.conftest import build

IN_MAY = datetime(2024, 5, 31, 12, tzinfo=UTC)


@pytest.fixture
def scored(acme):
    with acme.scope():
        return build(acme, others=5)


def card(scored, period):
    return f"scorecards/main/{period}/{scored.partners[0].public_id}/outlook/"


def test_a_closed_book_has_steps_and_words_but_no_projection(api, scored):
    answer = api.get(card(scored, "2024-Q1")).json()

    assert (answer["rolling"], answer["projection"], answer["at_risk"]) == ("40.0000", None, ["lowest_grades"])
    assert answer["steps"][0] == {
        "kpi": "REVENUE",
        "goal_is": "target",
        "actual": "50.000000",
        "goal": "100.000000",
        "gain": "24.0000",
        "total": "64.0000",
        "grade": "C",
        "effort": "0.500000",
    }
    assert (answer["lift"]["kpi"], answer["lift"]["goal"], answer["lift"]["grade"]) == ("REVENUE", "92.000000", "C")
    assert answer["summary"]["language"] == "en"
    assert answer["summary"]["paragraphs"][0]["sentences"][0] == "The score of 2024-Q1 is 40.0, grade D."


def test_a_running_period_is_projected(api, scored, acme):
    with time_machine.travel(IN_MAY, tick=False):
        refresh_outlooks(tenant=acme.tenant)
        answer = api.get(card(scored, "2024-Q2") + "?language=de").json()

        # 100 in 60 of 91 days become 151.67, which is beyond the stretch; defects stay at their target
        assert answer["projection"]["lines"][0] == {
            "kpi": "REVENUE",
            "actual": "100.000000",
            "projected": "151.666667",
            "way": "run_rate",
        }
        assert (answer["projection"]["days_over"], answer["projection"]["days"]) == (60, 91)
        assert (answer["projection"]["total"], answer["projection"]["grade"]) == ("92.0000", "A")
        assert answer["summary"]["paragraphs"][0]["sentences"][:1] == [
            "Das Ergebnis für 2024-Q2 ist bisher 80,0, Note B.",
        ]
        assert "60 von 91 Tagen sind vorbei." in " ".join(answer["summary"]["paragraphs"][0]["sentences"])


def test_the_rolling_score_is_the_mean_of_both_quarters_by_age(api, scored):
    """(12 * 80 + 11 * 40) / 23"""
    assert api.get(card(scored, "2024-Q2")).json()["rolling"] == "60.8696"


def test_a_programme_is_told_with_its_movers(api, scored):
    answer = api.get("outlook/main/2024-Q2/").json()

    assert answer["movers"] == [
        {
            "partner": scored.partners[0].external_id,
            "partner_name": scored.partners[0].name,
            "total": "80.0000",
            "grade": "B",
            "delta": "40.0000",
        }
    ]
    assert answer["at_risk"] == 0
    assert answer["summary"]["paragraphs"][0]["sentences"] == [
        "6 of 6 partners are rated in 2024-Q2.",
        "The average score is 85.0, 6.7 points more than in 2024-Q1.",
    ]


def test_partners_at_risk_come_with_their_reasons(api, scored):
    answer = api.get("outlook/main/2024-Q1/at-risk/").json()

    assert [(row["partner"], row["reasons"]) for row in answer["results"]] == [
        (scored.partners[0].external_id, ["lowest_grades"])
    ]
    assert api.get("outlook/main/2024-Q2/at-risk/").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [("?language=fi", "language", "unknown_language"), ("?lang=de", "lang", "unknown_parameter")],
)
def test_a_language_that_nobody_writes_is_refused(api, scored, query, field, code):
    for address in (card(scored, "2024-Q1"), "outlook/main/2024-Q1/"):
        answer = api.get(address + query)

        assert answer.status_code == 422
        assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [(field, code)]


def test_what_has_no_cards_is_not_there(api, scored):
    assert api.get("outlook/main/1999-Q1/").status_code == 404
    assert api.get("outlook/other/2024-Q1/at-risk/").status_code == 404


def test_the_workspace_chooses_the_language(api, scored, acme):
    acme.tenant.language = "de"
    acme.tenant.save()

    assert api.get("outlook/main/2024-Q2/").json()["summary"]["paragraphs"][0]["heading"] == "Wo es steht"
