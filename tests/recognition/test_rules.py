"""Who is granted a badge, as pure functions."""

from decimal import Decimal

import pytest

from performance.recognition.choices import BadgeKind
from performance.recognition.rules.badges import Card, Rule, granted, has_grade, is_at_stretch, ranks
from performance.recognition.words.rules import rule_sentence

D = Decimal


def test_ties_share_a_place_and_the_next_follows_after_all_of_them():
    assert ranks([D(80), D(90), D(80), D(70)]) == [2, 1, 2, 4]


def row(partner, *held, start=1):
    """Cards of one partner, one for each period: x has what the badge asks for, . has not, - is not rated."""
    return [Card(partner, start + place, rated=one != "-", holds=one == "x") for place, one in enumerate("".join(held))]


@pytest.mark.parametrize(
    ("history", "periods", "timing", "reached"),
    [
        ("xxx", 3, "crossing", {3}),
        ("xxxx", 3, "crossing", {3}),
        ("xxxx", 3, "every", {3, 4}),
        ("xx.xxx", 3, "crossing", {6}),
        ("xx-xxx", 3, "crossing", {6}),
        ("xxx.xxx", 3, "crossing", {3, 7}),
        ("x.xx", 1, "crossing", {1, 3}),
        ("x.xx", 1, "every", {1, 3, 4}),
        ("xx", 3, "every", set()),
    ],
)
def test_a_row_of_periods(history, periods, timing, reached):
    rule = Rule(kind=BadgeKind.GRADE, grade="A", periods=periods, timing=timing)
    cards = row(7, history)

    assert {seq for seq in range(1, len(history) + 1) if granted(cards, rule, seq)} == reached


def test_a_card_with_too_little_coverage_interrupts_the_row():
    rule = Rule(kind=BadgeKind.GRADE, grade="A", periods=2, coverage=D("0.8"))
    cards = [
        Card(7, 1, holds=True),
        Card(7, 2, holds=True, coverage=D("0.79")),
        Card(7, 3, holds=True, coverage=D("0.8")),
        Card(7, 4, holds=True),
    ]

    assert [granted(cards, rule, seq) for seq in (2, 3, 4)] == [set(), set(), {7}]


def test_the_first_of_each_group_and_all_who_share_the_place():
    rule = Rule(kind=BadgeKind.RANK, minimum_rated=3)
    cards = [Card(1, 5, total=D(90), group="gold"), Card(2, 5, total=D(90), group="gold")]
    cards += [Card(3, 5, total=D(80), group="gold"), Card(4, 5, total=D(99), group="silver")]

    assert granted(cards, rule, 5) == {1, 2}, "silver has too few rated partners"


def test_not_rated_cards_do_not_fill_a_group():
    rule = Rule(kind=BadgeKind.RANK, minimum_rated=2)
    cards = [Card(1, 5, total=D(90)), Card(2, 5, total=D(95), rated=False)]

    assert granted(cards, rule, 5) == set()


def test_the_largest_rise_is_a_rise_and_large_enough():
    rule = Rule(kind=BadgeKind.RISE, minimum_rated=2)
    falling = [Card(1, 5, delta=D(-1)), Card(2, 5, delta=D(-4)), Card(3, 5, delta=None)]
    rising = [Card(1, 5, delta=D("4.9")), Card(2, 5, delta=D(5)), Card(3, 5, delta=D(5))]

    assert granted(falling, rule, 5) == set()
    assert granted(rising, rule, 5) == {2, 3}
    assert granted(rising, Rule(kind=BadgeKind.RISE, minimum_rated=2, points=D("5.1")), 5) == set()
    assert granted(rising, Rule(kind=BadgeKind.RISE, minimum_rated=2, points=D(5)), 5) == {2, 3}


def test_nobody_is_granted_a_badge_by_hand_by_a_rule():
    assert granted([Card(1, 5, holds=True)], Rule(kind=BadgeKind.HAND), 5) == set()


def test_a_better_grade_counts_as_well_and_an_unknown_one_does_not():
    minimums = {"A": D(90), "B": D(75), "C": D(60)}

    assert has_grade("A", "B", minimums)
    assert has_grade("B", "B", minimums)
    assert not has_grade("C", "B", minimums)
    assert not has_grade("A", "Gold", minimums)


@pytest.mark.parametrize(
    ("direction", "actual", "stretch", "state", "points", "is_there"),
    [
        ("higher", 120, 120, "scored", 100, True),
        ("higher", D("119.99"), 120, "scored", 99, False),
        ("lower", 1, 2, "scored", 100, True),
        ("lower", 3, 2, "scored", 80, False),
        ("band", 5, None, "scored", 100, True),
        ("band", 5, None, "scored", D("99.9"), False),
        ("higher", 130, 120, "carried", 100, False),
        ("higher", None, 120, "no_data", None, False),
    ],
)
def test_at_stretch(direction, actual, stretch, state, points, is_there):
    assert is_at_stretch(direction, actual, stretch, state=state, points=points) is is_there


def test_a_rule_is_kept_and_read_back():
    rule = Rule(kind=BadgeKind.RISE, points=D("5.50"), coverage=D("0.8000"), top=3)

    assert Rule.from_json(rule.as_json()) == rule
    assert rule.as_json()["points"] == "5.5"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(kind="hand"), "Awarded by hand, with a reason."),
        (
            Rule(kind="grade", grade="A", periods=3),
            "Grade A or better for 3 quarters in a row. Granted once, and again only after it was interrupted.",
        ),
        (
            Rule(kind="grade", grade="B", period_kind="year", timing="every", coverage=D("0.8")),
            "Grade B or better in a year. Scorecards with data for less than 80\u202f% of their weight do not count.",
        ),
        (
            Rule(kind="rank", cohort="type", minimum_rated=10),
            "The highest score of a quarter among partners of a type. "
            "At least 10 partners must be rated there; ties share a place.",
        ),
        (
            Rule(kind="rise", top=3, points=D(5), period_kind="month"),
            "The 3 largest rises of the score of a month in the whole programme, by 5 points or more. "
            "At least 5 partners must be rated there; ties share a place.",
        ),
        (
            Rule(kind="kpi", kpi_name="Stock cover", is_band=True, timing="every"),
            "Stock cover within its target range in a quarter.",
        ),
        (
            Rule(kind="kpi", kpi_name="Sell-out revenue", periods=2, timing="every", period_kind="half"),
            "Sell-out revenue at its stretch or beyond for 2 half-years in a row. "
            "Granted again in every period while it lasts.",
        ),
    ],
)
def test_a_rule_in_words(rule, words):
    assert rule_sentence(rule) == words
