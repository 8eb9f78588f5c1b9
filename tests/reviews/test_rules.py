"""What ratings come to, the final result, the moves and the cadence: domain rule 4.8."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from performance.reviews.choices import ReviewStatus as S
from performance.reviews.lifecycle import REVIEW_LIFECYCLE
from performance.reviews.rules.cadence import CadenceRule, kind_for
from performance.reviews.rules.result import Rating, final_of, points_of_level, quality_of
from prm.errors import Conflict

D = Decimal
SHARE = D("0.7")


def test_levels_as_points():
    assert [points_of_level(level) for level in range(1, 6)] == [0, 25, 50, 75, 100]


def test_final_is_seven_tenths_score_and_three_tenths_ratings():
    assert final_of(D(80), D(50), score_share=SHARE) == D("71.0000")
    assert final_of(D("76.0"), D("62.5"), score_share=SHARE) == D("71.9500")


def test_without_score_or_ratings_there_is_no_final():
    assert final_of(None, D(50), score_share=SHARE) is None
    assert final_of(D(80), None, score_share=SHARE) is None
    assert final_of(D(80), None, score_share=D(1)) == D(80)
    assert final_of(None, D(50), score_share=D(0)) == D(50)


def test_the_mean_is_taken_by_role_before_the_roles_are_weighted():
    # Sales: two raters, (4 + 5) / 2 and 3, mean 3.75, 68.75 points. Support: 2, 25 points, twice the weight.
    ratings = [Rating(1, 1, D(1), (4, 5)), Rating(2, 1, D(1), (3,)), Rating(3, 2, D(2), (2,))]

    found = quality_of(ratings, minimum_raters=2)

    assert found.by_role == {1: D("68.7500"), 2: D("25.0000")}
    assert found.points == D("39.5833")
    assert found.raters == 3


def test_who_did_not_answer_is_dropped_not_zero():
    silent = Rating(3, 2, D(5), ())

    assert quality_of([Rating(1, 1, D(1), (5,)), Rating(2, 1, D(1), (5,)), silent], minimum_raters=2).points == 100


def test_under_two_raters_there_are_not_enough_ratings():
    alone = [Rating(1, 1, D(1), (5,)), Rating(1, 2, D(1), (4,))]  # one person in two roles is one rater

    found = quality_of(alone, minimum_raters=2)

    assert (found.points, found.raters) == (None, 1)
    assert quality_of(alone, minimum_raters=1).points is not None
    assert quality_of([], minimum_raters=2).points is None


LEVELS = st.lists(st.integers(1, 5), max_size=4).map(tuple)
RATINGS = st.lists(
    st.builds(
        Rating,
        rater=st.integers(1, 6),
        role=st.integers(1, 3),
        weight=st.just(D(1)),
        levels=LEVELS,
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(RATINGS)
def test_ratings_stay_between_the_worst_and_the_best_that_was_given(ratings):
    found = quality_of(ratings, minimum_raters=1)
    given_levels = [level for rating in ratings for level in rating.levels]

    if not given_levels:
        assert found.points is None
    else:
        assert points_of_level(min(given_levels)) <= found.points <= points_of_level(max(given_levels))


@given(st.decimals(0, 100, places=4), st.decimals(0, 100, places=4), st.decimals(0, 1, places=3))
def test_the_final_lies_between_score_and_ratings(score, quality, share):
    final = final_of(score, quality, score_share=share)

    assert min(score, quality) <= final <= max(score, quality)


TABLE = """
    scheduled > snapshot_taken > self_assessment > rating > draft_ready > shared
    shared > accepted > meeting_held > signed > closed
    shared > contested > corrected > meeting_held
    contested > upheld > meeting_held
    meeting_held > closed
"""


def test_the_moves_are_those_of_the_table_and_no_others():
    told = {pair for row in TABLE.strip().splitlines() for pair in pairwise(word.strip() for word in row.split(">"))}

    assert {(str(move.source), str(move.target)) for move in REVIEW_LIFECYCLE.moves} == told


@pytest.mark.parametrize(
    ("source", "target"), [(S.DRAFT_READY, S.SIGNED), (S.CLOSED, S.SHARED), (S.UPHELD, S.CORRECTED)]
)
def test_any_other_move_is_refused_in_words(source, target):
    with pytest.raises(Conflict, match="cannot go to") as refused:
        REVIEW_LIFECYCLE.check(source, target)

    assert refused.value.code == "illegal_move"


def test_the_most_specific_cadence_counts():
    rules = [
        CadenceRule("year"),
        CadenceRule("half", tier=2),
        CadenceRule("quarter", tier=3),
        CadenceRule("month", partner_type=9),
        CadenceRule("half", tier=3, partner_type=9),
    ]

    assert kind_for(rules, tier=1, partner_type=1) == "year"
    assert kind_for(rules, tier=2, partner_type=1) == "half"
    assert kind_for(rules, tier=3, partner_type=1) == "quarter"
    assert kind_for(rules, tier=None, partner_type=9) == "month"
    assert kind_for(rules, tier=2, partner_type=9) == "half"
    assert kind_for(rules, tier=3, partner_type=9) == "half"
    assert kind_for([CadenceRule("quarter", tier=3)], tier=1, partner_type=1) == ""
