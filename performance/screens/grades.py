"""The colours of grades."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol


class Band(Protocol):
    """A grade and the least total that earns it."""

    @property
    def key(self) -> str:
        """The letter."""

    @property
    def minimum(self) -> Decimal:
        """The least total."""


def grade_tone(place: int, count: int) -> str:
    """One of the five grade colours for the grade at this place from the top."""
    return "ABCDE"[round(4 * place / max(1, count - 1))]


def grade_colour(grade: str, bands: Sequence[Band]) -> str:
    """One of the five grade colours by the grade's place on the template."""
    if grade in "ABCDE" and len(grade) == 1:
        return grade
    ordered = [band.key for band in sorted(bands, key=lambda band: band.minimum, reverse=True)]
    return grade_tone(ordered.index(grade), len(ordered)) if grade in ordered else ""
