"""Projection, next steps and risks by worked examples, and by laws that hold for any card."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from performance.choices import Aggregation, Direction, LineState, MissingPolicy
from performance.outlook.card import CardRules, with_actual
from performance.outlook.projection import Elapsed, Ingredient, Recipe, Way, elapsed_of, project
from performance.outlook.risks import Case, Past, Reason, risks_of
from performance.outlook.steps import Goal, actual_for, effort_of, next_steps
from performance.rules.scoring import DEFAULT_BANDS, Gate, LineInput, Thresholds, points_for
from tests.performance.test_rules import band, golden_lines, higher, line

D = Decimal
RULES = CardRules(D(80), D("0.60"), DEFAULT_BANDS)
GOLDEN = CardRules(D(100), D("0.60"), DEFAULT_BANDS)
GRADES = ("A", "B", "C", "D", "E")
FINE = {"REVENUE": 0, "DEFECTS": 2, "CSAT": 1, "TRAINING": 0}
HALF = Elapsed(46, 92)


# Next steps -----------------------------------------------------------------------------------------------------------


def test_next_steps_of_the_golden_card():
    lines = golden_lines()

    steps = next_steps(lines, GOLDEN, GOLDEN.score(lines), FINE)

    gains = {step.kpi: (step.kind, step.goal, step.gain, step.total) for step in steps.actions}
    assert gains == {
        "REVENUE": (Goal.TARGET, D(500), D("7.5294"), D("89.2157")),
        "DEFECTS": (Goal.TARGET, D(1), D("8.8235"), D("90.5098")),
        "TRAINING": (Goal.TARGET, D(90), D("1.9608"), D("83.6471")),
    }


def test_actions_are_ranked_by_points_per_effort():
    lines = golden_lines()

    steps = next_steps(lines, GOLDEN, GOLDEN.score(lines), FINE)

    # training 1.9608 for 2/90, revenue 7.5294 for 80/500, defects 8.8235 for 1.5/2.5
    assert [step.kpi for step in steps.actions] == ["TRAINING", "REVENUE", "DEFECTS"]
    assert [round(step.worth, 2) for step in steps.actions] == [D("88.24"), D("47.06"), D("14.71")]


def test_the_smallest_change_that_lifts_the_golden_card_to_a():
    """90 needs 8.3137 more. Revenue brings 7.5 at most, defects at 1.08 percent enough: (5 - 1.08) / 4 = 98 points."""
    lines = golden_lines()

    lift = next_steps(lines, GOLDEN, GOLDEN.score(lines), FINE).lift

    assert (lift.kpi, lift.goal, lift.points, lift.grade) == ("DEFECTS", D("1.08"), D(98), "A")
    assert lift.total == D("90.0392")


def test_a_figure_at_its_target_goes_for_the_stretch_and_one_beyond_has_no_action():
    lines = [line("AT", 50, 100, higher(0, 100, 120)), line("BEYOND", 50, 130, higher(0, 100, 120))]

    steps = next_steps(lines, RULES, RULES.score(lines), {})

    assert [(step.kpi, step.kind, step.goal, step.gain) for step in steps.actions] == [
        ("AT", Goal.STRETCH, D(120), D("10.0000"))
    ]


def test_a_duty_without_data_goes_for_its_target_and_what_is_left_out_has_no_action():
    duty = line("DUTY", 40, None, higher(0, 10, 20), policy=MissingPolicy.ZERO)
    lines = [duty, line("OTHER", 60, 120, higher(0, 100, 120)), line("OUT", 10, None, higher(0, 1, 2))]

    steps = next_steps(lines, RULES, RULES.score(lines), {})

    assert [(step.kpi, step.actual, step.goal, step.gain, step.effort) for step in steps.actions] == [
        ("DUTY", None, D(10), D("32.0000"), D(1))
    ]


@pytest.mark.parametrize(("actual", "goal"), [(2, 4), (9, 6)])
def test_a_band_goes_for_its_nearer_edge(actual, goal):
    lines = [line("BAND", 100, actual, band(0, 4, 6, 10))]

    steps = next_steps(lines, RULES, RULES.score(lines), {})

    assert [(step.goal, step.total) for step in steps.actions] == [(D(goal), D(100))]


def test_a_failed_gate_is_opened_first():
    gate = Gate(D(50), "C")
    lines = [line("GATE", 20, 40, higher(0, 100, 120), gate=gate), line("REST", 80, 118, higher(0, 100, 120))]
    score = RULES.score(lines)
    assert (score.grade, score.raw_grade) == ("C", "B")

    lift = next_steps(lines, RULES, score, {"GATE": 0, "REST": 0}).lift

    assert (lift.kpi, lift.goal, lift.grade) == ("GATE", D(63), "B")  # 50 points are 62.5


def test_at_the_top_and_without_a_grade_nothing_lifts():
    top = [line("ALL", 100, 119, higher(0, 100, 120))]
    thin = [line("SOME", 40, 50, higher(0, 100, 120)), line("NONE", 60, None, higher(0, 100, 120))]

    assert next_steps(top, RULES, RULES.score(top), {}).lift is None
    assert next_steps(thin, RULES, RULES.score(thin), {}).lift is None
    assert [step.grade for step in next_steps(thin, RULES, RULES.score(thin), {}).actions] == [None]


def test_without_a_total_there_is_nothing_to_gain():
    lines = [line("A", 100, None, higher(0, 100, 120))]

    assert next_steps(lines, RULES, RULES.score(lines), {}).actions == ()


def test_effort_is_a_share_of_the_larger_figure():
    assert effort_of(D("4.0"), D("5.0")) == D("0.2")
    assert effort_of(D(3), D(0)) == 1
    assert effort_of(None, D(7)) == 1


# Laws of the steps ----------------------------------------------------------------------------------------------------

VALUE = st.decimals(min_value=-1000, max_value=1000, places=2)
WEIGHT = st.decimals(min_value="0.01", max_value=60, places=2)


@st.composite
def limits(draw):
    direction = draw(st.sampled_from(Direction.values))
    edges = sorted(draw(st.lists(VALUE, min_size=4, max_size=4)))
    if direction == Direction.BAND:
        return Thresholds(direction, *edges)
    edges = edges[:3] if direction == Direction.HIGHER else edges[2::-1]
    return Thresholds(direction, *edges)


@st.composite
def cards(draw):
    gate = st.builds(Gate, st.decimals(min_value=0, max_value=100, places=1), st.sampled_from(["B", "C", "D"]))
    count = draw(st.integers(1, 6))
    return [
        LineInput(
            kpi=f"K{number}",
            weight=draw(WEIGHT),
            actual=draw(st.none() | VALUE),
            thresholds=draw(st.none() | limits()),
            policy=draw(st.sampled_from([MissingPolicy.EXCLUDE, MissingPolicy.ZERO])),
            gate=draw(st.none() | gate),
        )
        for number in range(count)
    ]


@settings(deadline=None)
@given(lines=cards(), at_target=st.sampled_from([D(80), D(100), D(0)]), decimals=st.integers(0, 4))
def test_taking_a_step_gives_exactly_the_promised_total(lines, at_target, decimals):
    rules = CardRules(at_target, D("0.60"), DEFAULT_BANDS)
    score = rules.score(lines)
    steps = next_steps(lines, rules, score, {line.kpi: decimals for line in lines})

    for step in [*steps.actions, *([steps.lift] if steps.lift else [])]:
        place = next(place for place, line in enumerate(lines) if line.kpi == step.kpi)
        taken = rules.score(with_actual(lines, place, step.goal))
        assert (taken.total, taken.grade) == (step.total, step.grade)
        assert step.gain == taken.total - score.total > 0
        assert step.effort > 0
    worths = [step.worth for step in steps.actions]
    assert worths == sorted(worths, reverse=True)
    if steps.lift:
        assert rules.is_better(steps.lift.grade, score.grade)


@settings(deadline=None)
@given(limits=limits(), now=VALUE, points=st.decimals(min_value="0.0001", max_value=100, places=4))
def test_the_figure_for_points_earns_at_least_those_points(limits, now, points):
    goal = actual_for(points, limits, now=now, at_target=D(80), decimals=2)

    assert points_for(goal, limits) >= points


@settings(deadline=None)
@given(lines=cards())
def test_no_coarser_step_of_the_same_kpi_lifts_with_less(lines):
    """One unit of the last decimal less does not lift the grade, unless the limits allow no finer figure."""
    score = RULES.score(lines)
    lift = next_steps(lines, RULES, score, {line.kpi: 2 for line in lines}).lift
    if lift is None or lift.actual is None:
        return
    place = next(place for place, line in enumerate(lines) if line.kpi == lift.kpi)
    back = D("0.01") if lift.goal < lift.actual else D("-0.01")
    nearer = lift.goal + back
    if (nearer - lift.actual) * back >= 0:
        return

    assert not RULES.is_better(RULES.score(with_actual(lines, place, nearer)).grade, score.grade)


# Projection -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2024, 4, 1), None),  # nothing is over yet
        (date(2024, 4, 9), None),  # 8 of 91 days are less than a tenth
        (date(2024, 4, 11), Elapsed(10, 91)),
        (date(2024, 6, 30), Elapsed(90, 91)),
        (date(2024, 7, 1), None),  # the period is over
        (date(2024, 3, 31), None),
    ],
)
def test_a_period_is_projected_from_a_tenth_on(as_of, expected):
    assert elapsed_of(date(2024, 4, 1), date(2024, 7, 1), as_of) == expected


def test_sums_grow_with_the_days_and_the_rest_is_carried_on():
    lines = [line("SUM", 50, 40, higher(0, 100, 120)), line("MEAN", 50, 3, higher(1, 4, 5))]
    recipes = {"SUM": Recipe(Aggregation.SUM), "MEAN": Recipe(Aggregation.AVERAGE)}

    found = project(lines, recipes, RULES, HALF)

    assert [(row.projected, row.way) for row in found.lines] == [(D(80), Way.RUN_RATE), (D(3), Way.CARRIED_ON)]
    # 80 of 100 are 64 points, 3 between 1 and 4 are 53.3333
    assert found.score.total == D("58.6667")
    assert found.score.grade == "D"


def test_derived_figures_are_computed_again_from_projected_inputs():
    lines = [
        line("GROWTH", 40, "-60", higher(0, 10, 20)),
        line("SHARE", 30, 2, higher(0, 4, 5)),
        line("MIX", 30, 25, higher(0, 100, 120)),
    ]
    inputs = (Ingredient("SALES", "sum", 0, D(40)), Ingredient("SALES", "sum", 12, D(100)))
    recipes = {
        "GROWTH": Recipe(Aggregation.GROWTH, D(100), inputs=inputs),
        "SHARE": Recipe(
            Aggregation.QUOTIENT, inputs=(Ingredient("A", "sum", 0, D(20)), Ingredient("B", "last", 0, D(10)))
        ),
        "MIX": Recipe(
            Aggregation.FORMULA,
            formula="A + B / 2",
            inputs=(Ingredient("A", "sum", 0, D(20)), Ingredient("B", "last", 0, D(10))),
        ),
    }

    found = project(lines, recipes, RULES, HALF)

    assert [row.projected for row in found.lines] == [D(-20), D(4), D(45)]
    assert {row.way for row in found.lines} == {Way.COMPUTED}


def test_a_derived_input_with_a_line_of_its_own_is_projected_and_another_is_carried_on():
    double = Recipe(Aggregation.QUOTIENT, inputs=(Ingredient("S", "sum", 0, D(30)), Ingredient("L", "last", 0, D(10))))
    outer = Recipe(
        Aggregation.FORMULA,
        formula="D + E",
        inputs=(Ingredient("D", "quotient", 0, D(3)), Ingredient("E", "quotient", 0, D(7))),
    )
    lines = [line("D", 50, 3, higher(0, 10, 20)), line("F", 50, 10, higher(0, 10, 20))]

    found = project(lines, {"D": double, "F": outer}, RULES, HALF)

    assert [row.projected for row in found.lines] == [D(6), D(13)]


def test_what_has_no_data_stays_without():
    lines = [
        line("NONE", 50, None, higher(0, 1, 2)),
        line("DUTY", 50, None, higher(0, 1, 2), policy=MissingPolicy.ZERO),
    ]
    recipes = {"NONE": Recipe(Aggregation.SUM), "DUTY": Recipe(Aggregation.COUNT)}

    found = project(lines, recipes, RULES, HALF)

    assert [(row.projected, row.way) for row in found.lines] == [(None, Way.NO_DATA)] * 2
    assert [row.state for row in found.score.lines] == [LineState.NO_DATA, LineState.ZERO]


@settings(deadline=None)
@given(lines=cards(), days=st.integers(1, 92))
def test_a_projection_on_the_last_evening_is_the_card(lines, days):
    recipes = {line.kpi: Recipe(Aggregation.SUM) for line in lines}

    assert project(lines, recipes, RULES, Elapsed(days, days)).score == RULES.score(lines)


# Risks ----------------------------------------------------------------------------------------------------------------

SAFE = Case(True, "B", D(1), D(1), D("0.60"), False, GRADES, Past(True, "B", D(-9)))


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ()),
        ({"rated": False, "grade": "", "delta": D(-50)}, ()),
        ({"grade": "E", "before": Past(True, "E", None)}, (Reason.LOWEST_GRADES,)),
        ({"grade": "D", "delta": D(0), "before": Past(True, "D", None)}, (Reason.LOWEST_GRADES,)),
        ({"grade": "D", "delta": None, "before": None}, (Reason.LOWEST_GRADES,)),
        ({"grade": "D", "before": Past(True, "D", None)}, ()),
        ({"delta": D(-10), "before": None}, (Reason.BIG_DROP,)),
        ({"delta": D("-9.9999"), "before": None}, ()),
        ({"delta": D(-5), "before": Past(True, "A", None)}, (Reason.GRADE_FELL,)),
        ({"delta": D("-4.9999"), "before": Past(True, "A", None)}, ()),
        ({"delta": D(-5), "before": Past(False, "A", None)}, ()),
        ({"delta": D(-1), "before": Past(True, "B", D(-9))}, (Reason.TWO_FALLS,)),
        ({"delta": D(-1), "before": Past(True, "B", D("-8.9"))}, ()),
        ({"delta": D("-9.9"), "before": Past(True, "B", D(0))}, ()),
        ({"is_limited": True}, (Reason.GATE_FAILED,)),
        ({"gate_is_near": True}, (Reason.GATE_NEAR,)),
        ({"delta": D(-5), "before": Past(True, "A", None), "is_projected": True}, (Reason.GRADE_PROJECTED,)),
        ({"before": Past(True, "A", None), "is_projected": True}, ()),
        ({"coverage": D("0.6999")}, (Reason.COVERAGE_NEAR,)),
        ({"coverage": D("0.6999"), "is_projected": True}, ()),
        ({"coverage": D("0.70")}, ()),
        ({"coverage": D(1), "minimum_coverage": D(1)}, ()),
    ],
)
def test_each_risk_has_its_rule(change, reasons):
    assert risks_of(replace(SAFE, **change)) == reasons


def test_a_template_of_two_grades_has_no_lowest_grades():
    assert risks_of(replace(SAFE, grade="E", grades=("B", "E"), before=None)) == ()
