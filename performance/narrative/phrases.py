"""What a phrase book must be able to say. A language is a subclass: plain values go in, whole sentences come out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal

from django.utils import translation

from performance.narrative.figures import Change, Loss, Measured, MovedPartner, Step
from prm.ui import formats

NAMES_SHOWN = 2
"""Of a longer list so many names are said."""


class Phrases(ABC):
    """The sentences of one language. `you` is for the partner's own eyes."""

    language: str
    headings: tuple[str, str, str]
    """Over the paragraphs: the standing, why, what next."""

    # Figures ------------------------------------------------------------------------------------------------------

    def number(self, value: Decimal, decimals: int = 1) -> str:
        """A number as the language writes it, without a sign: the words say the direction."""
        with translation.override(self.language):
            return formats.number(value, decimals)

    def points(self, value: Decimal) -> str:
        """Points with one decimal, without a sign."""
        return self.number(abs(value))

    def share(self, value: Decimal) -> str:
        """A share from 0 to 1 in percent."""
        return f"{self.number(value * 100, 0)}{formats.NARROW}%"

    @abstractmethod
    def measured(self, figure: Measured) -> str:
        """A KPI's value with its unit."""

    @abstractmethod
    def listed(self, names: Sequence[str]) -> str:
        """Names joined as the language joins them."""

    # A card -------------------------------------------------------------------------------------------------------

    @abstractmethod
    def standing(self, period: str, total: Decimal, grade: str, *, you: bool, so_far: bool) -> str: ...

    @abstractmethod
    def moved(self, delta: Decimal, previous: str, *, foreseen: bool) -> str: ...

    @abstractmethod
    def too_little_data(self, period: str, coverage: Decimal, minimum: Decimal) -> str: ...

    @abstractmethod
    def blocked(self, period: str, names: Sequence[str]) -> str: ...

    @abstractmethod
    def nothing_to_score(self, period: str) -> str: ...

    @abstractmethod
    def unrated_total(self, total: Decimal) -> str: ...

    @abstractmethod
    def helped(self, changes: Sequence[Change], *, foreseen: bool) -> str: ...

    @abstractmethod
    def hurt(self, changes: Sequence[Change], *, foreseen: bool) -> str: ...

    @abstractmethod
    def reweighted(self, points: Decimal, *, foreseen: bool) -> str: ...

    @abstractmethod
    def limited(self, grade: str, kpi: str, raw_grade: str) -> str: ...

    @abstractmethod
    def most_to_gain(self, loss: Loss) -> str: ...

    @abstractmethod
    def missing(self, names: Sequence[str], count: int) -> str: ...

    @abstractmethod
    def place(self, rank: int, cohort: int) -> str: ...

    @abstractmethod
    def projected(self, days_over: int, days: int, total: Decimal, grade: str) -> str: ...

    @abstractmethod
    def too_early(self, days_over: int, days: int) -> str: ...

    @abstractmethod
    def next_step(self, step: Step) -> str: ...

    @abstractmethod
    def lift(self, step: Step) -> str: ...

    # A programme --------------------------------------------------------------------------------------------------

    @abstractmethod
    def rated(self, rated: int, partners: int, period: str) -> str: ...

    @abstractmethod
    def nobody_rated(self, period: str) -> str: ...

    @abstractmethod
    def average(self, average: Decimal, delta: Decimal | None, previous: str) -> str: ...

    @abstractmethod
    def average_so_far(self, average: Decimal) -> str: ...

    @abstractmethod
    def average_foreseen(
        self, days_over: int, days: int, average: Decimal, delta: Decimal | None, previous: str
    ) -> str: ...

    @abstractmethod
    def grades_moved(self, up: int, down: int) -> str: ...

    @abstractmethod
    def rose_most(self, partner: MovedPartner) -> str: ...

    @abstractmethod
    def fell_most(self, partner: MovedPartner) -> str: ...

    @abstractmethod
    def strong_and_weak(self, strongest: tuple[str, Decimal], weakest: tuple[str, Decimal]) -> str: ...

    @abstractmethod
    def at_risk(self, count: int) -> str: ...

    @abstractmethod
    def look_first(self, partner: MovedPartner) -> str: ...

    @abstractmethod
    def gaps(self, count: int) -> str: ...
