"""Summaries as texts in both languages, and the law that they say no figure that was not given to them."""

import re
from dataclasses import fields, is_dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from performance.narrative import (
    BOOKS,
    CardFigures,
    Change,
    Loss,
    Measured,
    MovedPartner,
    ProgrammeFigures,
    Step,
)
from performance.narrative import card_summary as card_paragraphs
from performance.narrative import programme_summary as programme_paragraphs

D = Decimal


def card_summary(figures, language, *, you=False):
    return [sentence for part in card_paragraphs(figures, language, you=you) for sentence in part.sentences]


def programme_summary(figures, language):
    return [sentence for part in programme_paragraphs(figures, language) for sentence in part.sentences]


FULL = CardFigures(
    period="2026-Q3",
    previous="2026-Q2",
    total=D("76.0312"),
    grade="B",
    rated=True,
    coverage=D("0.85"),
    minimum_coverage=D("0.6"),
    delta=D("3.2"),
    raised=(Change("Sell-out revenue", D("2.41")), Change("Lead response", D("1.12")), Change("Third", D("0.9"))),
    lowered=(Change("Warranty claims", D("-0.93")), Change("Nothing", D("-0.01"))),
    reweighting=D("0.6"),
    limited_by="Insurance",
    raw_grade="A",
    most_to_gain=Loss("Training", D("5.25"), D(15)),
    missing=("Survey", "Visits", "Audits"),
    rank=14,
    cohort=96,
    step=Step("Satisfaction", Measured(D("4.1"), "", 1), Measured(D("4.3"), "", 1), D("6.2")),
    lift=Step("Revenue", Measured(D(41200), "EUR", 0), Measured(D(52000), "EUR", 0), D("9.1"), "A"),
)
RUNNING = replace(
    FULL,
    is_running=True,
    days_over=52,
    days=92,
    projected_total=D("81.2712"),
    projected_grade="B",
    delta=D("-1.5"),
    reweighting=D(0),
    limited_by="",
    missing=("Survey",),
    lift=None,
)


def test_a_card_in_english():
    assert card_summary(FULL, "en") == [
        "The score of 2026-Q3 is 76.0, grade B.",
        "That is 3.2 points more than in 2026-Q2.",
        "That is place 14 of 96 similar partners.",
        "What helped most was Sell-out revenue with 2.4 points and Lead response with 1.1 points.",
        "What cost most was Warranty claims with 0.9 points.",
        "Other KPIs that count, or other weights, added 0.6 points.",
        "The grade is limited to B, because Insurance is below its gate. The total alone would earn A.",
        "3 KPIs have no data, among them Survey and Visits.",
        "Most is still to be gained with Training, which brings 5.3 of 15.0 points.",
        "The cheapest next step is Satisfaction from 4.1 to 4.3, which brings 6.2 points.",
        "To reach grade A one change is enough, Revenue from €41,200 to €52,000.",
    ]


def test_the_same_card_in_german():
    assert card_summary(FULL, "de") == [
        "Das Ergebnis für 2026-Q3 ist 76,0, Note B.",
        "Das sind 3,2 Punkte mehr als in 2026-Q2.",
        "Das ist Platz 14 von 96 ähnlichen Partnern.",
        "Am meisten brachten Sell-out revenue mit 2,4 Punkten und Lead response mit 1,1 Punkten.",
        "Am meisten kostete Warranty claims mit 0,9 Punkten.",
        "Andere gezählte Kennzahlen oder Gewichte brachten 0,6 Punkte dazu.",
        "Die Note ist auf B begrenzt, weil die Schwelle von Insurance nicht erreicht ist. Sonst wäre sie A.",
        "Für 3 Kennzahlen fehlen Daten, darunter Survey und Visits.",
        "Am meisten zu gewinnen ist noch bei Training mit bisher 5,3 von 15,0 Punkten.",
        "Der günstigste nächste Schritt ist Satisfaction von 4,1 auf 4,3 und bringt 6,2 Punkte.",
        "Für Note A genügt eine Änderung, nämlich Revenue von 41.200\u202f€ auf 52.000\u202f€.",
    ]


def test_a_running_period_is_told_by_its_projection_and_the_partner_is_addressed():
    assert card_summary(RUNNING, "en", you=True)[:6] == [
        "Your score of 2026-Q3 is 76.0 so far, grade B.",
        "That is place 14 of 96 similar partners.",
        "52 of 92 days are over. If the rest goes like this, the period ends at 81.3 points, grade B.",
        "That would be 1.5 points less than in 2026-Q2.",
        "What helps most is Sell-out revenue with 2.4 points and Lead response with 1.1 points.",
        "What costs most is Warranty claims with 0.9 points.",
    ]
    assert card_summary(RUNNING, "de", you=True)[:6] == [
        "Ihr Ergebnis für 2026-Q3 ist bisher 76,0, Note B.",
        "Das ist Platz 14 von 96 ähnlichen Partnern.",
        "52 von 92 Tagen sind vorbei. Geht es so weiter, endet der Zeitraum bei 81,3 Punkten, Note B.",
        "Das wären 1,5 Punkte weniger als in 2026-Q2.",
        "Am meisten bringen Sell-out revenue mit 2,4 Punkten und Lead response mit 1,1 Punkten.",
        "Am meisten kostet Warranty claims mit 0,9 Punkten.",
    ]


def test_too_early_in_a_period_nothing_is_compared():
    early = CardFigures("2026-Q4", True, "2026-Q3", D(12), "E", True, days_over=1, days=92)

    assert card_summary(early, "en") == [
        "The score of 2026-Q4 is 12.0 so far, grade E.",
        "Only 1 of 92 days is over, which is too early to say where the period ends.",
    ]
    assert card_summary(early, "de") == [
        "Das Ergebnis für 2026-Q4 ist bisher 12,0, Note E.",
        "Erst 1 von 92 Tagen ist vorbei, zu früh für eine Aussage über das Ende des Zeitraums.",
    ]


@pytest.mark.parametrize(
    ("figures", "english", "german"),
    [
        (
            CardFigures(
                "2026-Q3", total=D(50), unrated_reason="low_coverage", coverage=D("0.45"), minimum_coverage=D("0.6")
            ),
            "2026-Q3 is not rated, because data covers 45\u202f% of the scorecard and 60\u202f% is needed."
            " What has data comes to 50.0 points.",
            "2026-Q3 ist nicht bewertet, weil Daten erst 45\u202f% der Gewichte abdecken und 60\u202f% nötig sind."
            " Was Daten hat, ergibt 50,0 Punkte.",
        ),
        (
            CardFigures("2026-Q3", unrated_reason="blocked", missing=("Insurance",)),
            "2026-Q3 is not rated, because Insurance must have data and has none.",
            "2026-Q3 ist nicht bewertet, weil für Insurance Daten nötig sind und fehlen.",
        ),
        (
            CardFigures("2026-Q3", unrated_reason="no_data"),
            "There is nothing to score in 2026-Q3 yet.",
            "Für 2026-Q3 gibt es noch nichts zu bewerten.",
        ),
        (
            CardFigures("2026", total=D(80), grade="B", rated=True),
            "The score of 2026 is 80.0, grade B.",
            "Das Ergebnis für 2026 ist 80,0, Note B.",
        ),
        (
            CardFigures("2026", previous="2025", total=D(80), grade="B", rated=True, delta=D("0.04")),
            "The score of 2026 is 80.0, grade B. That is the same as in 2025.",
            "Das Ergebnis für 2026 ist 80,0, Note B. Das ist so viel wie in 2025.",
        ),
    ],
)
def test_what_is_missing_is_said_or_left_out(figures, english, german):
    assert " ".join(card_summary(figures, "en")) == english
    assert " ".join(card_summary(figures, "de")) == german


def test_an_unknown_language_is_told_in_english():
    assert card_summary(FULL, "fi") == card_summary(FULL, "en")


def test_the_language_of_the_screen_does_not_matter():
    with translation.override("de"):
        assert card_summary(FULL, "en")[0] == "The score of 2026-Q3 is 76.0, grade B."
        assert card_summary(FULL, "de")[0] == "Das Ergebnis für 2026-Q3 ist 76,0, Note B."
    assert translation.get_language() == "en"


def test_paragraphs_have_their_headings():
    assert [part.heading for part in card_paragraphs(FULL, "en")] == ["Where it stands", "Why", "What next"]
    assert [part.heading for part in card_paragraphs(FULL, "de")] == ["Wo es steht", "Warum", "Was als Nächstes"]
    assert [part.heading for part in card_paragraphs(CardFigures("2026"), "en")] == ["Where it stands"]


# A programme ----------------------------------------------------------------------------------------------------------

PROGRAMME = ProgrammeFigures(
    period="2026-Q3",
    previous="2026-Q2",
    partners=1104,
    rated=1096,
    average=D("71.2"),
    delta=D("1.3"),
    moved_up=12,
    moved_down=7,
    rose_most=MovedPartner("Radhaus Lindner", D("12.3"), D(84)),
    fell_most=MovedPartner("Velo Nord", D("-9.1"), D("51.2")),
    strongest=("Lead response", D("1.18")),
    weakest=("Warranty claims", D("0.82")),
    at_risk=14,
    first_at_risk=MovedPartner("Velo Nord", D("-9.1"), D("51.2"), "D"),
    with_gaps=23,
)


def test_a_programme_in_both_languages():
    assert programme_summary(PROGRAMME, "en") == [
        "1,096 of 1,104 partners are rated in 2026-Q3.",
        "The average score is 71.2, 1.3 points more than in 2026-Q2.",
        "12 partners moved up a grade and 7 moved down.",
        "Radhaus Lindner rose most, by 12.3 points to 84.0.",
        "Velo Nord fell most, by 9.1 points to 51.2.",
        "Measured against the targets, Lead response is strongest at 118\u202f% and Warranty claims weakest at"
        " 82\u202f%.",
        "14 partners are at risk.",
        "The first to look at is Velo Nord with 51.2 points, grade D.",
        "23 partners have data gaps.",
    ]
    assert programme_summary(PROGRAMME, "de") == [
        "1.096 von 1.104 Partnern sind für 2026-Q3 bewertet.",
        "Der Durchschnitt liegt bei 71,2 Punkten, 1,3 Punkte mehr als in 2026-Q2.",
        "12 Partner stiegen um eine Note oder mehr auf, 7 stiegen ab.",
        "Am meisten gewann Radhaus Lindner, 12,3 Punkte auf 84,0.",
        "Am meisten verlor Velo Nord, 9,1 Punkte auf 51,2.",
        "Gemessen an den Zielen steht Lead response mit 118\u202f% am besten da und Warranty claims mit 82\u202f% am"
        " schlechtesten.",
        "14 Partner sind gefährdet.",
        "Zuerst anzusehen ist Velo Nord mit 51,2 Punkten, Note D.",
        "Bei 23 Partnern fehlen Daten.",
    ]


def test_a_running_programme_says_where_it_ends():
    running = replace(
        PROGRAMME, is_running=True, days_over=52, days=92, projected_average=D("72.5"), at_risk=1, with_gaps=1
    )

    assert programme_summary(running, "en")[1:] == [
        "The average score is 71.2 so far.",
        "52 of 92 days are over. If the rest goes like this, the average ends at 72.5, 1.3 points more than in"
        " 2026-Q2.",
        "1 partner is at risk.",
        "The first to look at is Velo Nord with 51.2 points, grade D.",
        "1 partner has data gaps.",
    ]
    assert programme_summary(running, "de")[1:] == [
        "Der Durchschnitt liegt bisher bei 71,2 Punkten.",
        "52 von 92 Tagen sind vorbei. Geht es so weiter, endet der Durchschnitt bei 72,5 Punkten, 1,3 Punkte mehr als"
        " in 2026-Q2.",
        "1 Partner ist gefährdet.",
        "Zuerst anzusehen ist Velo Nord mit 51,2 Punkten, Note D.",
        "Bei 1 Partner fehlen Daten.",
    ]


@pytest.mark.parametrize(
    ("up", "down", "english", "german"),
    [
        (0, 0, "Nobody changed grade.", "Niemand hat die Note gewechselt."),
        (
            1,
            0,
            "1 partner moved up a grade and nobody moved down.",
            "1 Partner stieg um eine Note oder mehr auf, niemand stieg ab.",
        ),
        (
            0,
            2,
            "2 partners moved down a grade and nobody moved up.",
            "2 Partner stiegen um eine Note oder mehr ab, niemand stieg auf.",
        ),
        (
            1,
            1,
            "1 partner moved up a grade and 1 moved down.",
            "1 Partner stieg um eine Note oder mehr auf, 1 stieg ab.",
        ),
    ],
)
def test_counts_have_their_plurals(up, down, english, german):
    figures = replace(PROGRAMME, moved_up=up, moved_down=down)

    assert programme_summary(figures, "en")[2] == english
    assert programme_summary(figures, "de")[2] == german


def test_nobody_rated_and_nobody_at_risk():
    nobody = ProgrammeFigures("2026-Q3", partners=2, with_gaps=2)

    assert programme_summary(nobody, "en") == ["Nobody is rated in 2026-Q3 yet.", "2 partners have data gaps."]
    assert programme_summary(nobody, "de") == [
        "Für 2026-Q3 ist noch niemand bewertet.",
        "Bei 2 Partnern fehlen Daten.",
    ]
    calm = ProgrammeFigures("2026-Q3", partners=1, rated=1, average=D(80))
    assert programme_summary(calm, "en") == [
        "1 of 1 partner is rated in 2026-Q3.",
        "The average score is 80.0.",
        "Nobody is at risk.",
    ]
    assert programme_summary(calm, "de")[2] == "Niemand ist gefährdet."


# The law --------------------------------------------------------------------------------------------------------------

POINTS = st.decimals(min_value=-100, max_value=100, places=4)
TOTAL = st.none() | st.decimals(min_value=0, max_value=100, places=4)
NAME = st.sampled_from(["Revenue", "Claims", "Training", "Lead response"])
MEASURED = st.builds(
    Measured,
    st.decimals(min_value=-(10**7), max_value=10**7, places=3),
    st.sampled_from(["", "EUR", "%", "h", "days"]),
    st.integers(0, 3),
)
STEP = st.builds(Step, NAME, st.none() | MEASURED, MEASURED, POINTS.map(abs), st.sampled_from(["A", "B"]))
CHANGES = st.lists(st.builds(Change, NAME, POINTS), max_size=3).map(tuple)
SHARE = st.none() | st.decimals(min_value=0, max_value=1, places=4)
CARDS = st.builds(
    CardFigures,
    period=st.just("P"),
    is_running=st.booleans(),
    previous=st.sampled_from(["", "Q"]),
    total=TOTAL,
    grade=st.just("B"),
    rated=st.booleans(),
    unrated_reason=st.sampled_from(["", "low_coverage", "no_data"]),
    coverage=SHARE,
    minimum_coverage=SHARE,
    delta=st.none() | POINTS,
    raised=CHANGES,
    lowered=CHANGES,
    reweighting=st.none() | POINTS,
    limited_by=st.just("") | NAME,
    raw_grade=st.just("A"),
    most_to_gain=st.none() | st.builds(Loss, NAME, POINTS.map(abs), POINTS.map(abs)),
    missing=st.lists(NAME, max_size=4).map(tuple),
    rank=st.none() | st.integers(1, 20_000),
    cohort=st.none() | st.integers(1, 20_000),
    days_over=st.none() | st.integers(0, 365),
    days=st.none() | st.integers(28, 366),
    projected_total=TOTAL,
    projected_grade=st.sampled_from(["", "B"]),
    step=st.none() | STEP,
    lift=st.none() | STEP,
)
MOVED = st.none() | st.builds(MovedPartner, NAME, POINTS, POINTS.map(abs), st.sampled_from(["", "D"]))
ATTAINED = st.none() | st.tuples(NAME, st.decimals(min_value=0, max_value=2, places=4))
COUNT = st.integers(0, 20_000)
PROGRAMMES = st.builds(
    ProgrammeFigures,
    period=st.just("P"),
    is_running=st.booleans(),
    days_over=st.none() | st.integers(0, 365),
    days=st.none() | st.integers(28, 366),
    projected_average=TOTAL,
    previous=st.sampled_from(["", "Q"]),
    partners=COUNT,
    rated=COUNT,
    average=TOTAL,
    delta=st.none() | POINTS,
    moved_up=st.none() | COUNT,
    moved_down=st.none() | COUNT,
    rose_most=MOVED,
    fell_most=MOVED,
    strongest=ATTAINED,
    weakest=ATTAINED,
    at_risk=COUNT,
    first_at_risk=MOVED,
    with_gaps=COUNT,
)


def given_figures(value):
    """Every number in the input, as it may be written: with its own places, and as percent."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int):
        return {D(value)}
    if isinstance(value, Decimal):
        shown = {abs(value).quantize(D(1).scaleb(-places), rounding=ROUND_HALF_UP) for places in range(4)}
        return shown | {(abs(value) * 100).quantize(D(1), rounding=ROUND_HALF_UP)}
    if isinstance(value, tuple):
        return set().union(*(given_figures(item) for item in value)) | {D(len(value))}
    if is_dataclass(value):
        return set().union(*(given_figures(getattr(value, field.name)) for field in fields(value)))
    return set()


def said_figures(text, language):
    """Every number in the text, read as the language writes it."""
    group, point = (".", ",") if language == "de" else (",", ".")
    found = re.findall(rf"\d+(?:\{group}\d{{3}})*(?:\{point}\d+)?", text)
    return {D(number.replace(group, "").replace(point, ".")) for number in found}


@settings(deadline=None)
@given(figures=CARDS | PROGRAMMES, language=st.sampled_from(sorted(BOOKS)), you=st.booleans())
def test_a_text_says_no_figure_that_was_not_given(figures, language, you):
    if isinstance(figures, CardFigures):
        told = card_summary(figures, language, you=you)
    else:
        told = programme_summary(figures, language)

    assert said_figures(" ".join(told), language) <= given_figures(figures)
    assert told == (
        card_summary(figures, language, you=you)
        if isinstance(figures, CardFigures)
        else programme_summary(figures, language)
    )
    for sentence in told:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert not re.search(r"\s[-–—]\s|!|None|  ", sentence)
