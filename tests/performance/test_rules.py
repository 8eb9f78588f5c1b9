"""The scoring rules by their worked examples, digit for digit, and by laws that hold for any input."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.choices import Aggregation, BenchmarkScope, Direction, LineState, MissingPolicy, UnratedReason
from performance.rules.scoring import (
    DEFAULT_BANDS,
    BenchmarkChoice,
    Fact,
    Gate,
    LineInput,
    Standing,
    Thresholds,
    actual_of,
    attainment_for,
    delta_of,
    grade_for,
    percentile_place,
    points_for,
    resolve_benchmark,
    reweighting_part,
    rolling_overall,
    rounded,
    score_card,
    standings,
    thresholds_of_cohort,
    thresholds_of_own_past,
    weights_are_complete,
)

D = Decimal
DAY = date(2013, 4, 1)


def higher(floor, target, stretch):
    return Thresholds(Direction.HIGHER, D(floor), D(target), D(stretch))


def lower(floor, target, stretch):
    return Thresholds(Direction.LOWER, D(floor), D(target), D(stretch))


def band(floor, target, stretch, ceiling):
    return Thresholds(Direction.BAND, D(floor), D(target), D(stretch), D(ceiling))


def fact(value, weight=None, *, day=DAY, source="erp", external_id="1"):
    return Fact(
        occurred_on=day,
        value=None if value is None else D(value),
        weight=None if weight is None else D(weight),
        source=source,
        external_id=external_id,
    )


def line(kpi, weight, actual, thresholds, **more):
    return LineInput(kpi, D(weight), None if actual is None else D(actual), thresholds, **more)


def golden_lines(csat_policy=MissingPolicy.EXCLUDE):
    return [
        line("REVENUE", 40, 420, higher(0, 500, 500)),
        line("DEFECTS", 20, "2.5", lower(5, 1, 1)),
        line("CSAT", 15, None, higher(1, 5, 5), policy=csat_policy),
        line("TRAINING", 25, 88, higher(60, 90, 90)),
    ]


# R1


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [("0.5", 0, "1"), ("-0.5", 0, "-1"), ("2.5", 0, "3"), ("1.00005", 4, "1.0001"), ("-1.00005", 4, "-1.0001")],
)
def test_rounding_is_half_away_from_zero(value, places, expected):
    assert rounded(D(value), places) == D(expected)


# R3


def test_actual_of_each_aggregation():
    facts = [fact(10, 2), fact(20, None, external_id="2"), fact(30, 3, external_id="3")]

    assert actual_of(Aggregation.SUM, facts) == D(60)
    assert actual_of(Aggregation.AVERAGE, facts) == D("21.666667")
    assert actual_of(Aggregation.RATIO, facts) == D(12)
    assert actual_of(Aggregation.COUNT, facts) == D(3)
    assert actual_of(Aggregation.LAST, facts) == D(30)


@pytest.mark.parametrize("aggregation", Aggregation.values)
def test_no_facts_have_no_actual(aggregation):
    assert actual_of(aggregation, []) is None


def test_a_zero_denominator_has_no_actual():
    assert actual_of(Aggregation.RATIO, [fact(3, 0)]) is None
    assert actual_of(Aggregation.AVERAGE, [fact(3, 0)]) is None


def test_an_actual_of_zero_is_a_value():
    assert actual_of(Aggregation.SUM, [fact(5), fact(-5)]) == 0


def test_ratio_is_the_ratio_of_sums_times_its_multiplier():
    facts = [fact(1, 1), fact(0, 9, external_id="2")]

    assert actual_of(Aggregation.RATIO, facts, multiplier=D(100)) == D(10)
    assert actual_of(Aggregation.RATIO, facts, multiplier=D(1_000_000)) == D(100_000)


def test_value_rows_and_weight_rows_of_a_ratio_add_up():
    apart = [fact(18, None, external_id="won"), fact(None, 24, external_id="closed")]

    assert actual_of(Aggregation.RATIO, apart) == actual_of(Aggregation.RATIO, [fact(18, 24)]) == D("0.75")


def test_a_quarter_is_computed_from_its_facts_and_not_from_its_months():
    april = [fact(1, 1)]
    may = [fact(0, 3, day=date(2013, 5, 2), external_id="2")]

    assert actual_of(Aggregation.RATIO, april + may) == D("0.25")


def test_last_takes_the_greatest_day_then_source_then_external_id_byte_by_byte():
    facts = [
        fact(1, day=date(2013, 4, 30), source="a", external_id="z"),
        fact(2, day=date(2013, 4, 30), source="b", external_id="Z"),
        fact(3, day=date(2013, 4, 30), source="b", external_id="a"),
        fact(4, day=date(2013, 4, 29), source="z", external_id="z"),
    ]

    assert actual_of(Aggregation.LAST, facts) == actual_of(Aggregation.LAST, facts[::-1]) == D(3)


# R4


def choice(scope, valid_from=date(2013, 1, 1), valid_to=None):
    return BenchmarkChoice(scope, valid_from, valid_to, higher(0, 1, 2))


def test_the_most_specific_benchmark_wins():
    order = [choice(scope) for scope in ("partner", "tier", "type", "region", "all")]

    for position, expected in enumerate(order):
        assert resolve_benchmark(order[position:][::-1], period_start=DAY) is expected


def test_a_benchmark_counts_when_it_is_valid_on_the_first_day_of_the_period():
    former = choice(BenchmarkScope.ALL, date(2013, 1, 1), date(2013, 4, 2))
    later = choice(BenchmarkScope.ALL, date(2013, 4, 2))

    assert resolve_benchmark([former, later], period_start=date(2013, 4, 1)) is former
    assert resolve_benchmark([former, later], period_start=date(2013, 4, 2)) is later
    assert resolve_benchmark([former, later], period_start=date(2012, 12, 31)) is None


# R5


@pytest.mark.parametrize(
    ("actual", "expected"),
    [("-1", "0"), ("0", "0"), ("50", "40"), ("100", "80"), ("110", "90"), ("120", "100"), ("500", "100")],
)
def test_points_higher_is_better(actual, expected):
    assert points_for(D(actual), higher(0, 100, 120)) == D(expected)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [("6", "0"), ("5", "0"), ("2.5", "50"), ("1", "80"), ("0.5", "90"), ("0", "100"), ("-3", "100")],
)
def test_points_lower_is_better(actual, expected):
    assert points_for(D(actual), lower(5, 1, 0)) == D(expected)


def test_lower_is_better_example_at_80_and_at_100_points_at_target():
    assert points_for(D("2.5"), lower(5, 1, 1)) == D("50")
    assert points_for(D("2.5"), lower(5, 1, 1), points_at_target=D(100)) == D("62.5")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [("9", "0"), ("10", "0"), ("15", "50"), ("20", "100"), ("25", "100"), ("30", "100"), ("45", "25"), ("50", "0")],
)
def test_points_in_a_band(actual, expected):
    assert points_for(D(actual), band(10, 20, 30, 50)) == D(expected)


def test_equal_thresholds_make_steps_and_never_divide_by_zero():
    assert points_for(D(10), higher(0, 10, 10)) == 100
    assert points_for(D("9.999999"), higher(10, 10, 20)) == 0
    assert points_for(D(10), higher(10, 10, 20)) == 80
    assert points_for(D(10), higher(10, 10, 10)) == 100
    assert points_for(D(10), band(10, 10, 10, 10)) == 100
    assert points_for(D("10.000001"), band(10, 10, 10, 10)) == 0


def test_zero_and_negative_targets():
    assert points_for(D(-15), higher(-20, -10, 0)) == D(40)
    assert points_for(D(-5), higher(-20, -10, 0)) == D(90)
    assert points_for(D(0), higher(-10, 0, 10)) == D(80)
    assert points_for(D(-5), lower(0, -10, -20)) == D(40)


def test_points_are_rounded_to_four_places():
    assert points_for(D(88), higher(60, 90, 90), points_at_target=D(100)) == D("93.3333")


@pytest.mark.parametrize(
    ("thresholds", "in_order"),
    [
        (higher(0, 1, 2), True),
        (higher(1, 1, 1), True),
        (higher(2, 1, 3), False),
        (higher(0, 3, 2), False),
        (lower(2, 1, 0), True),
        (lower(0, 1, 2), False),
        (band(0, 1, 2, 3), True),
        (band(0, 1, 4, 3), False),
        (Thresholds(Direction.BAND, D(0), D(1), D(2)), False),
    ],
)
def test_order_of_thresholds(thresholds, in_order):
    assert thresholds.in_order is in_order


# R6


@pytest.mark.parametrize(
    ("actual", "thresholds", "expected"),
    [
        (420, higher(0, 500, 500), "0.84"),
        (2000, higher(0, 500, 500), "2"),
        (-600, higher(0, 500, 500), "0"),
        ("2.5", lower(5, 1, 1), "0"),
        ("0.5", lower(5, 1, 0), "1.5"),
        (-5, higher(-20, -10, 0), "1.5"),
    ],
)
def test_attainment(actual, thresholds, expected):
    assert attainment_for(D(actual), thresholds, points=D(0)) == D(expected)


def test_attainment_of_a_zero_target_is_none_and_of_a_band_its_points():
    assert attainment_for(D(3), higher(-1, 0, 1), points=D(100)) is None
    assert attainment_for(D(45), band(10, 20, 30, 50), points=D(25)) == D("0.25")


# R7 and R8


def test_golden_card():
    card = score_card(golden_lines(), points_at_target=D(100))

    revenue, defects, csat, training = card.lines
    assert card.total == D("81.6863")
    assert card.coverage == D("0.85")
    assert (card.rated, card.grade, card.raw_grade, card.limited_by) == (True, "B", "B", None)
    assert [entry.points for entry in card.lines] == [D(84), D("62.5"), None, D("93.3333")]
    assert [entry.contribution for entry in card.lines] == [D("39.5294"), D("14.7059"), None, D("27.4510")]
    assert [entry.points_lost for entry in card.lines] == [D("7.5294"), D("8.8235"), None, D("1.9608")]
    assert csat.state == LineState.NO_DATA
    assert revenue.attainment == D("0.84")
    assert {revenue.state, defects.state, training.state} == {LineState.SCORED}


def test_golden_card_with_zero_instead_of_exclude():
    card = score_card(golden_lines(MissingPolicy.ZERO), points_at_target=D(100))

    assert (card.total, card.coverage) == (D("69.4333"), D(1))
    assert card.lines[2].state == LineState.ZERO
    assert card.lines[2].points_lost == D(15)


def test_golden_card_with_block_has_no_total():
    card = score_card(golden_lines(MissingPolicy.BLOCK), points_at_target=D(100))

    assert (card.total, card.coverage, card.grade) == (None, D("0.85"), None)
    assert (card.rated, card.unrated_reason) == (False, UnratedReason.BLOCKED)
    assert card.lines[0].points == 84


def test_carry_takes_the_newest_earlier_value_within_its_periods():
    def carried(carry_periods):
        csat = line(
            "CSAT",
            100,
            None,
            higher(0, 5, 5),
            policy=MissingPolicy.CARRY,
            carry_periods=carry_periods,
            earlier_actuals=(None, D(4), D(5)),
        )
        return score_card([csat], points_at_target=D(100))

    assert carried(1).lines[0].state == LineState.NO_DATA
    assert carried(2).lines[0].state == LineState.CARRIED
    assert (carried(2).lines[0].carried_periods, carried(2).total, carried(2).coverage) == (2, D(80), D(1))


def test_lines_without_benchmark_or_not_applying_lower_neither_total_nor_coverage():
    lines = [
        line("A", 50, 10, higher(0, 10, 10)),
        line("B", 30, 7, None),
        line("C", 20, None, higher(0, 1, 1), applies=False, policy=MissingPolicy.BLOCK),
    ]

    card = score_card(lines)

    assert (card.total, card.coverage, card.rated) == (D(100), D(1), True)
    assert [entry.state for entry in card.lines] == [
        LineState.SCORED,
        LineState.NO_BENCHMARK,
        LineState.NOT_APPLICABLE,
    ]
    assert card.lines[1].actual == 7


def test_low_coverage_is_not_rated_but_the_total_stays_visible():
    lines = [line("A", "59.99", 10, higher(0, 10, 10)), line("B", "40.01", None, higher(0, 10, 10))]

    card = score_card(lines)

    assert (card.total, card.coverage) == (D(100), D("0.5999"))
    assert (card.rated, card.grade, card.unrated_reason) == (False, None, UnratedReason.LOW_COVERAGE)
    assert score_card(lines, minimum_coverage=D("0.5999")).grade == "A"


def test_a_card_without_any_data_is_not_rated():
    card = score_card([line("A", 100, None, higher(0, 1, 1))])

    assert (card.total, card.coverage, card.unrated_reason) == (None, D(0), UnratedReason.NO_DATA)
    assert score_card([]).coverage is None


def test_a_zero_actual_counts():
    assert score_card([line("A", 100, 0, higher(0, 1, 1))]).total == 0


def test_weight_zero_is_shown_but_not_counted():
    lines = [line("A", 0, 10, higher(0, 10, 10)), line("B", 100, 0, higher(0, 10, 10))]

    card = score_card(lines)

    assert (card.total, card.coverage, card.lines[0].contribution) == (D(0), D(1), D(0))


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", "A"),
        ("90", "A"),
        ("89.9999", "B"),
        ("75", "B"),
        ("74.9999", "C"),
        ("60", "C"),
        ("40", "D"),
        ("39.9999", "E"),
        ("0", "E"),
    ],
)
def test_grade_bands_are_closed_below(total, grade):
    assert grade_for(D(total)) == grade


def test_a_failed_gate_limits_the_grade_and_never_improves_it():
    def card(safety_actual, other_actual):
        return score_card(
            [
                line("SAFETY", 10, safety_actual, higher(0, 10, 10), gate=Gate(D(60), "C")),
                line("SALES", 90, other_actual, higher(0, 10, 10)),
            ],
            points_at_target=D(100),
        )

    assert (card(5, 10).raw_grade, card(5, 10).grade, card(5, 10).limited_by) == ("A", "C", "SAFETY")
    assert (card(6, 10).raw_grade, card(6, 10).grade, card(6, 10).limited_by) == ("A", "A", None)
    assert (card(5, 3).raw_grade, card(5, 3).grade, card(5, 3).limited_by) == ("E", "E", None)


def test_of_several_failed_gates_the_strictest_counts():
    lines = [
        line("ONE", 1, 0, higher(0, 10, 10), gate=Gate(D(50), "B")),
        line("TWO", 1, 0, higher(0, 10, 10), gate=Gate(D(50), "D")),
        line("THREE", 98, 10, higher(0, 10, 10)),
    ]

    card = score_card(lines)

    assert (card.raw_grade, card.grade, card.limited_by) == ("A", "D", "TWO")


# R9


def test_competition_rank_and_percentile():
    result = standings({"a": D(90), "b": D(80), "c": D(80), "d": D(70)})

    assert result == {
        "a": Standing(1, 4, D(100)),
        "b": Standing(2, 4, D(75)),
        "c": Standing(2, 4, D(75)),
        "d": Standing(4, 4, D(25)),
    }


def test_a_cohort_of_one_and_a_cohort_all_tied_are_at_100():
    assert standings({"a": D(3)}) == {"a": Standing(1, 1, D(100))}
    assert {place.percentile for place in standings(dict.fromkeys("abc", D(50))).values()} == {D(100)}


# R10


def test_delta_needs_both_totals():
    assert delta_of(D("81.6863"), D("80")) == D("1.6863")
    assert delta_of(None, D(80)) is None
    assert delta_of(D(80), None) is None


def test_reweighting_is_the_part_that_like_for_like_does_not_explain():
    full = score_card([line("A", 50, 10, higher(0, 10, 10)), line("B", 50, 5, higher(0, 10, 10))])
    without_b = score_card([line("A", 50, 10, higher(0, 10, 10)), line("B", 50, None, higher(0, 10, 10))])
    delta = without_b.total - full.total

    assert delta == D(30)
    assert reweighting_part(without_b.lines, full.lines, delta=delta) == D(30)
    assert reweighting_part(full.lines, full.lines, delta=D(0)) == 0


# Around the card


def test_rolling_overall_example():
    assert rolling_overall([D(80), D(60), D(100)]) == D("79.3939")
    assert rounded(rolling_overall([D(80), D(60), D(100)]), 1) == D("79.4")


def test_rolling_overall_skips_unrated_periods_and_forgets_after_twelve():
    assert rolling_overall([None, D(60)]) == D(60)
    assert rolling_overall([D(80), *[None] * 11, D(10)]) == D(80)
    assert rolling_overall([None]) is None


def test_weights_total_exactly_100():
    assert weights_are_complete(map(D, ["16.1", "16.9", "17", "16.7", "16.6", "16.7"]))
    assert not weights_are_complete(map(D, ["33.33", "33.33", "33.33"]))


# Laws

numbers = st.decimals(min_value=-(10**6), max_value=10**6, places=4)
ordered = st.lists(numbers, min_size=4, max_size=4).map(sorted)
parts = st.decimals(min_value=0, max_value=100, places=2)


@given(actual=numbers, thresholds=ordered, at_target=parts)
def test_points_stay_between_0_and_100_and_mirror(actual, thresholds, at_target):
    low, middle, high, _ = thresholds

    up = points_for(actual, Thresholds(Direction.HIGHER, low, middle, high), points_at_target=at_target)
    down = points_for(-actual, Thresholds(Direction.LOWER, -low, -middle, -high), points_at_target=at_target)

    assert 0 <= up <= 100
    assert up == down


@given(first=numbers, second=numbers, thresholds=ordered)
def test_better_never_has_fewer_points(first, second, thresholds):
    expected = Thresholds(Direction.HIGHER, *thresholds[:3])

    assert points_for(max(first, second), expected) >= points_for(min(first, second), expected)


@given(actual=numbers, thresholds=ordered)
def test_points_in_a_band_stay_between_0_and_100(actual, thresholds):
    assert 0 <= points_for(actual, Thresholds(Direction.BAND, *thresholds)) <= 100


@given(
    rows=st.lists(st.tuples(st.decimals(min_value=1, max_value=50, places=3), numbers, ordered), min_size=1, max_size=8)
)
def test_contributions_add_up_to_the_total_and_points_lost_to_the_rest(rows):
    card = score_card(
        [
            LineInput(str(i), weight, actual, Thresholds(Direction.BAND, *four))
            for i, (weight, actual, four) in enumerate(rows)
        ]
    )

    slack = D("0.0001") * (len(rows) + 1)
    assert abs(sum(entry.contribution for entry in card.lines) - card.total) <= slack
    assert abs(sum(entry.points_lost for entry in card.lines) - (100 - card.total)) <= slack
    assert 0 <= card.total <= 100
    assert card.grade in {known.key for known in DEFAULT_BANDS}


@given(
    totals=st.dictionaries(st.integers(), st.decimals(min_value=0, max_value=100, places=1), min_size=1, max_size=30)
)
def test_standings_agree_with_their_definition(totals):
    result = standings(totals)

    assert min(place.rank for place in result.values()) == 1
    assert max(place.percentile for place in result.values()) == 100
    for member, place in result.items():
        assert place.percentile == rounded(D(100) * (place.cohort - place.rank + 1) / place.cohort, 2)
        assert place.rank == 1 + sum(other > totals[member] for other in totals.values())


# R4: relative benchmarks


def test_a_part_of_the_own_past():
    """110 % of 240 is 264; each threshold is rounded to 6 places by itself."""
    assert thresholds_of_own_past(higher("90", "110", "125"), D(240)) == higher("216", "264", "300")
    assert thresholds_of_own_past(lower("120", "100", "33.333333"), D("0.5")) == lower("0.6", "0.5", "0.166667")
    assert thresholds_of_own_past(band("80", "95", "105", "120"), D(10)) == band("8", "9.5", "10.5", "12")


@pytest.mark.parametrize("base", [None, D(0), D(-5)])
def test_there_is_no_part_of_nothing_or_of_a_loss(base):
    assert thresholds_of_own_past(higher("90", "110", "125"), base) is None


def test_percentiles_of_a_cohort_are_results_that_somebody_had():
    """Of ten results P25 is the 3rd, P50 the 5th, P90 the 9th."""
    results = [D(value) for value in (70, 10, 20, 90, 30, 50, 40, 60, 100, 80)]

    assert thresholds_of_cohort(higher("25", "50", "90"), results) == higher("30", "50", "90")
    assert thresholds_of_cohort(lower("75", "50", "0"), results) == lower("80", "50", "10")


def test_a_cohort_of_four_gives_no_benchmark():
    assert thresholds_of_cohort(higher("25", "50", "90"), [D(1)] * 4) is None
    assert thresholds_of_cohort(higher("25", "50", "90"), [D(1)] * 5) == higher("1", "1", "1")


@given(percentile=st.decimals(0, 100, places=2), members=st.integers(1, 400))
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(percentile, members):
    place = percentile_place(percentile, members)

    assert 1 <= place <= members
    assert Decimal(place * 100) / members >= percentile
    assert place == 1 or Decimal((place - 1) * 100) < percentile * members
