"""A card as something that can be scored again with other figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from performance.rules.scoring import CardScore, GradeBand, LineInput, score_card


@dataclass(frozen=True)
class CardRules:
    """What the template says besides its lines."""

    points_at_target: Decimal
    minimum_coverage: Decimal
    bands: tuple[GradeBand, ...]

    def score(self, lines: Sequence[LineInput]) -> CardScore:
        """R7 and R8 over these lines."""
        return score_card(
            lines,
            points_at_target=self.points_at_target,
            minimum_coverage=self.minimum_coverage,
            bands=self.bands,
        )

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades, the best first."""
        return tuple(band.key for band in sorted(self.bands, key=lambda band: band.minimum, reverse=True))

    def is_better(self, grade: str | None, than: str | None) -> bool:
        """Whether a grade is better than another; without a grade nothing is better or worse."""
        grades = self.grades
        return grade in grades and than in grades and grades.index(grade) < grades.index(than)


def with_actual(lines: Sequence[LineInput], place: int, actual: Decimal) -> list[LineInput]:
    """The lines with one of them at another figure."""
    changed = list(lines)
    changed[place] = replace(lines[place], actual=actual)
    return changed
