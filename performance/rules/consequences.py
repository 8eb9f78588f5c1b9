"""Which consequences follow from a grade, as pure functions: the reference of `performance/engine/consequences.py`.

Not rated has no grade, so nothing follows. A partner comes into a grade when the last rated period before it had
another one, or when there was none; periods without a grade in between do not count. Another letter is another grade,
better or worse, and also where a new version drew the limits anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from performance.choices import ConsequenceTiming
from performance.rules.scoring import GradeBand, grade_for


@dataclass(frozen=True, slots=True)
class Chosen:
    """A consequence that a version has for a grade."""

    grade: str
    kind: str
    timing: str = ConsequenceTiming.CROSSING


def follows(grade: str, former: str | None, chosen: Iterable[Chosen], *, rated: bool = True) -> set[str]:
    """The kinds of consequence that follow from a card. `former` is the grade of the last rated period before it."""
    if not rated:
        return set()
    return {
        one.kind for one in chosen if one.grade == grade and (one.timing == ConsequenceTiming.EVERY or former != grade)
    }


def former_of(grades: Sequence[str | None], place: int) -> str | None:
    """The grade of the last rated period before a place in a history; None stands for Not rated."""
    return next((grade for grade in reversed(grades[:place]) if grade is not None), None)


def regraded(total: Decimal, grade: str, bands: Sequence[GradeBand], *, is_limited: bool) -> str:
    """The grade that a stored total would have in other bands.

    A card whose grade a gate had limited keeps that limit where the bands still have it; gates of a draft are not
    tried here, that is what a what-if is for.
    """
    limit = next((band.minimum for band in bands if band.key == grade), None) if is_limited else None
    return grade_for(total if limit is None else min(total, limit), bands)
