"""Geometry of the charts: exact figures, gaps, and values that would divide by zero."""

import math
from decimal import Decimal

import pytest

from prm.ui import charts
from prm.ui.charts import Series


def test_sparkline_spans_the_picture_and_ends_in_a_dot() -> None:
    svg = charts.sparkline([10, 20, 15])

    assert svg == (
        '<svg class="sp cv" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="ln thin " d="M0 21L50 3L100 12"/><path class="pt " d="M100 12h0"/></svg>'
    )


def test_sparkline_leaves_a_gap_where_a_period_has_no_data() -> None:
    svg = charts.sparkline([1, None, 3, 4, None])

    assert 'd="M0 21h0M50 9L75 3"' in svg
    assert 'd="M75 3h0"' in svg


def test_sparkline_with_target_draws_it_inside_the_picture() -> None:
    svg = charts.sparkline([10, 20], target=30, area=True)

    assert '<path class="tgt" d="M0 3H100"/>' in svg
    assert 'd="M0 21L100 12L100 24L0 24Z"' in svg


@pytest.mark.parametrize("values", [[], [None], [None, None], None, ["x"], [math.nan, math.inf]])
def test_sparkline_of_nothing_is_nothing(values: list | None) -> None:
    assert charts.sparkline(values) == ""


def test_sparkline_of_equal_values_is_a_line_in_the_middle() -> None:
    assert 'd="M0 12L100 12"' in charts.sparkline([5, 5])


def test_sparkline_of_one_value_is_a_dot_at_the_end() -> None:
    assert 'd="M100 12h0"' in charts.sparkline([Decimal("7.5")])


def test_bullet_draws_zones_value_target_and_stretch() -> None:
    svg = charts.bullet(75, 40, 80, 90, 0, 100)

    assert '<rect class="b1" width="40" height="18"/>' in svg
    assert '<rect class="b2" x="40" width="40" height="18"/>' in svg
    assert '<rect class="b3" x="80" width="20" height="18"/>' in svg
    assert '<rect class="fwarn" y="6" width="75" height="6"/>' in svg
    assert '<path class="tk" d="M90 3V15"/><path class="mk" d="M80 1V17"/>' in svg


def test_bullet_turns_round_where_lower_is_better() -> None:
    svg = charts.bullet(6, 24, 8, 4, 30, 0)

    assert '<rect class="b1" width="20" height="18"/>' in svg
    assert '<rect class="fpos" y="6" width="80" height="6"/>' in svg


@pytest.mark.parametrize(
    ("value", "floor", "target", "tone"),
    [
        (80, 40, 80, "pos"),
        (79, 40, 80, "warn"),
        (40, 40, 80, "warn"),
        (39, 40, 80, "neg"),
        (8, 24, 8, "pos"),
        (9, 24, 8, "warn"),
        (24, 24, 8, "warn"),
        (25, 24, 8, "neg"),
    ],
)
def test_bullet_tone_in_both_directions(value: int, floor: int, target: int, tone: str) -> None:
    assert charts.bullet_tone(value, floor, target, target < floor) == tone


def test_bullet_without_value_shows_the_benchmark_alone_and_without_target_nothing() -> None:
    assert 'class="f' not in charts.bullet(None, 40, 80, 90)
    assert charts.bullet(50) == ""


@pytest.mark.parametrize("numbers", [(50, 80, 80, 80), (0, 0, 0, 0), (-5, -10, -2, 0), (10**9, 1, 2, 3)])
def test_bullet_survives_odd_benchmarks(numbers: tuple[int, ...]) -> None:
    svg = charts.bullet(*numbers)

    assert "nan" not in svg
    assert "inf" not in svg
    assert 'width="-' not in svg


def test_rail_lights_the_band_of_the_score() -> None:
    svg = charts.rail(76)

    assert '<rect class="fB" x="75.2" y="4" width="14.6" height="5" opacity="1"/>' in svg
    assert svg.count('opacity="0.38"') == 4
    assert 'd="M76 -1V13"' in svg


@pytest.mark.parametrize(("score", "lit"), [(0, 1), (100, 1), (None, 0), (89.99, 1), (-3, 0)])
def test_rail_at_the_ends(score: float | None, lit: int) -> None:
    assert charts.rail(score).count('opacity="1"') == lit


def test_rail_takes_a_programmes_own_bands() -> None:
    svg = charts.rail_labels(65, [(50, "Solid"), (80, "Top"), (0, "New")])

    assert [part.split("<")[0] for part in svg.split(">")[2:-2:2]] == ["New", "Solid 50", "Top 80"]
    assert '<text x="50%" y="12" class="at">' in svg


def test_progress_stays_inside_its_track() -> None:
    assert 'width="100" height="6"/></svg>' in charts.progress(140)
    assert '<rect class="facc" width="0" height="6"/>' in charts.progress(None)
    assert '<path class="mk" d="M80 -2V8"/>' in charts.progress(20, marker=80)


def test_strip_marks_ones_own_place() -> None:
    svg = charts.strip([0, 50, None, 100], 25)

    assert 'd="M0 4V20M50 4V20M100 4V20"' in svg
    assert '<path class="pt" d="M25 4V20"/>' in svg
    assert charts.strip([], None) == ""


def test_strip_turns_round_where_lower_is_better() -> None:
    assert 'd="M75 4V20"' in charts.strip([], 25, 100, 0)


@pytest.mark.parametrize(("before", "after", "tone"), [(40, 60, "pos"), (60, 40, "neg")])
def test_dumbbell_is_good_to_the_right(before: int, after: int, tone: str) -> None:
    assert f'<path class="ln {tone}" d="M{before} 9H{after}"/>' in charts.dumbbell(before, after)


def test_dumbbell_with_one_end_draws_no_line() -> None:
    assert 'class="ln' not in charts.dumbbell(None, 40)
    assert charts.dumbbell(None, None) == ""


@pytest.mark.parametrize(
    ("attainment", "css"),
    [
        (130, "hm3"),
        (105, "hm2"),
        (101, "hm1"),
        (100, "hm0"),
        (95, "hm0"),
        (90, "hm-1"),
        (80, "hm-2"),
        (12, "hm-3"),
        (None, "hmx"),
    ],
)
def test_heat_tone_of_an_attainment(attainment: float | None, css: str) -> None:
    assert charts.heat_tone(attainment) == css


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (55.1, 81.8, [50, 60, 70, 80, 90]),
        (0, 98, [0, 25, 50, 75, 100]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (5, 5, [4.5, 4.75, 5, 5.25, 5.5]),
        (-20, 40, [-20, 0, 20, 40]),
        (0, 0, [-1, -0.5, 0, 0.5, 1]),
    ],
)
def test_ticks_are_round_and_enclose_the_values(low: float, high: float, ticks: list[float]) -> None:
    assert charts.nice_ticks(low, high) == ticks


def test_line_has_a_sentence_a_key_and_a_table() -> None:
    chart = charts.line(
        ["Q1", "Q2", "Q3"],
        [Series("Average", [60, None, 70]), Series("Cohort", [50, 55], "mut")],
        label="It rose <steadily>.",
        target=65,
        target_name="Target 65",
        ticks=[50, 60, 70],
        digits=1,
        first_column="Quarter",
    )

    assert 'role="img" aria-label="It rose &lt;steadily&gt;."' in chart.html
    assert '<path class="ln " d="M0 50h0M100 0h0"/>' in chart.html
    assert '<path class="ln mut" d="M0 100L50 75"/>' in chart.html
    assert '<path class="tgt" d="M0 25H100"/>' in chart.html
    assert chart.columns == ["Quarter", "Average", "Cohort", "Target 65"]
    assert chart.rows == [["Q1", "60.0", "50.0", "65.0"], ["Q2", "–", "55.0", "65.0"], ["Q3", "70.0", "–", "65.0"]]
    assert [entry.mark for entry in chart.legend] == ["ls", "ls kmut", "dsh"]


def test_what_is_expected_hangs_on_the_period_before_and_has_a_column() -> None:
    """Q2 runs and stands at 30; at this pace it ends at 70. The dashes begin where Q1 ended, not at the 30."""
    chart = charts.line(
        ["Q1", "Q2"],
        [Series("Score", [60, 30])],
        ahead=Series("Projected", [None, 70]),
        label="x",
        ticks=[0, 100],
        digits=1,
    )

    assert '<path class="ln " d="M0 40L100 70"/>' in chart.html
    assert '<path class="ln dash " d="M0 40L100 30"/>' in chart.html
    assert '<path class="pt in" d="M100 30h0"/>' in chart.html
    assert chart.columns == ["", "Score", "Projected"]
    assert chart.rows == [["Q1", "60.0", "–"], ["Q2", "30.0", "70.0"]]
    assert chart.legend[-1] == charts.Legend("Projected", "dsh")


def test_what_is_expected_may_be_nothing_or_the_first() -> None:
    none = charts.line(["Q1"], [Series("Score", [60])], ahead=Series("Projected", [None]), label="x")
    first = charts.line(["Q1"], [Series("Score", [30])], ahead=Series("Projected", [70]), label="x", ticks=[0, 100])

    assert (none.columns, [entry.mark for entry in none.legend]) == (["", "Score"], ["ls"])
    assert "dash" not in first.html
    assert '<path class="pt in" d="M50 30h0"/>' in first.html


def test_band_needs_both_sides_and_two_neighbours() -> None:
    chart = charts.line(
        ["1", "2", "3", "4"],
        [Series("x", [5, 5, 5, 5])],
        band=([0, 2, None, 4], [10, 8, 8, None]),
        label="x",
        ticks=[0, 10],
    )

    assert '<path class="ar band" d="M0 0L33.33 20L33.33 80L0 100Z"/>' in chart.html


@pytest.mark.parametrize("values", [[], [None, None]])
def test_line_of_nothing_is_empty(values: list) -> None:
    assert charts.line(["a", "b"], [Series("x", values)], label="x").is_empty


def test_line_of_one_period_stands_in_the_middle() -> None:
    chart = charts.line(["only"], [Series("x", [5])], label="x")

    assert 'd="M50 50h0"' in chart.html
    assert 'class="x mid-t"' in chart.html


def test_crowded_labels_are_thinned_but_the_last_stays() -> None:
    chart = charts.line([f"m{i}" for i in range(24)], [Series("x", range(24))], label="x")

    labels = chart.html.partition('class="x"')[2]
    assert "m23" in labels
    assert "m22" not in labels
    assert len(chart.rows) == 24


def test_histogram_bars_start_at_zero_and_the_earlier_state_is_an_outline() -> None:
    chart = charts.histogram([10, 20], css=["E", "A"], before=[20, 10], label="x", bin_names=["low", "high"])

    assert '<rect class="fE" x="4.5" y="50" width="41" height="50"/>' in chart.html
    assert '<rect class="fA" x="54.5" y="0" width="41" height="100"/>' in chart.html
    assert 'd="M0 0H50L50 50H100"' in chart.html
    assert chart.rows == [["low", "10", "20"], ["high", "20", "10"]]
    assert charts.histogram([0, 0], label="x").is_empty


def test_columns_hatch_what_is_provisional_and_leave_out_what_is_missing() -> None:
    chart = charts.columns(["J", "F", "M"], [100, None, -50], provisional=[2], label="x")

    assert chart.html.count("<rect") == 2
    assert '<rect class="f1 prov"' in chart.html
    assert chart.rows == [["J", "100"], ["F", "–"], ["M", "−50"]]


def test_bars_escape_names_and_start_at_zero() -> None:
    html = charts.bars([("<b>DACH</b>", 50, "50k"), ("Italy", None, "–")], highest=100)

    assert "&lt;b&gt;DACH&lt;/b&gt;" in html
    assert 'width="50" height="14"' in html
    assert 'width="0" height="14"' in html


def test_small_multiples_share_one_axis() -> None:
    first, second, nothing = charts.small_multiples([("a", [0, 10], ""), ("b", [0, 5], ""), ("c", [None, None], "")])

    assert 'd="M0 37L100 3"' in first.picture
    assert 'd="M0 37L100 20"' in second.picture
    assert "<path" not in nothing.picture
    assert charts.small_multiples([("a", [None], "")]) == []


def test_class_names_from_callers_cannot_break_out() -> None:
    assert "<script" not in charts.sparkline([1, 2], tone='"><script>')
