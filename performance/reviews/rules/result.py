"""What ratings come to, and the final result made of score and ratings (domain rule 4.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LEVELS = 5
HUNDRED = Decimal(100)
PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater submitted: the role, its weight among the roles, and the levels (1 to 5) given."""

    rater: int
    role: int
    weight: Decimal
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """What the ratings came to. `points` is None where there are too few raters; `by_role` are the roles' points."""

    points: Decimal | None
    by_role: dict[int, Decimal]
    raters: int


def points_of_level(level: Decimal | int) -> Decimal:
    """A level from 1 to 5, or a mean of levels, as points from 0 to 100: `(level - 1) / 4 * 100`. Level 3 is 50."""
    return (Decimal(level) - 1) / (LEVELS - 1) * HUNDRED


def mean(values: Sequence[Decimal]) -> Decimal:
    """The arithmetic mean of at least one value."""
    return sum(values, Decimal(0)) / len(values)


def quality_of(ratings: Iterable[Rating], *, minimum_raters: int) -> Quality:
    """`Q = Σ weight · role / Σ weight` over the roles in which somebody submitted.

    A rater's value is the mean of the levels given, a role's the mean of its raters. Whoever submitted nothing is
    dropped, not counted as zero. Under `minimum_raters` people there is no Q. Points 0 to 100, four places.
    """
    counted = [rating for rating in ratings if rating.levels]
    people = {rating.rater for rating in counted}
    roles: dict[int, list[Decimal]] = {}
    weights: dict[int, Decimal] = {}
    for rating in counted:
        roles.setdefault(rating.role, []).append(mean([Decimal(level) for level in rating.levels]))
        weights[rating.role] = rating.weight
    by_role = {role: points_of_level(mean(values)) for role, values in roles.items()}
    shown = {role: _rounded(points) for role, points in by_role.items()}
    if not by_role or len(people) < minimum_raters:
        return Quality(None, shown, len(people))
    total = sum((weights[role] * points for role, points in by_role.items()), Decimal(0))
    return Quality(_rounded(total / sum((weights[role] for role in by_role), Decimal(0))), shown, len(people))


def final_of(score: Decimal | None, quality: Decimal | None, *, score_share: Decimal) -> Decimal | None:
    """`Final = share · S + (1 - share) · Q`, by default 0.7 and 0.3; None where one of the two is missing.

    Where the ratings have no share the score alone is the result, and the other way round.
    """
    if score_share == 1:
        return score
    if score_share == 0:
        return quality
    if score is None or quality is None:
        return None
    return _rounded(score_share * score + (1 - score_share) * quality)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(PLACES, rounding=ROUND_HALF_UP)
