"""What a summary is told from: plain values, nothing read and nothing computed on the way to the words."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Measured:
    """A KPI's value with its unit, as it should be written."""

    value: Decimal
    unit: str
    decimals: int


@dataclass(frozen=True)
class Change:
    """A KPI and the points of the total that it gained or lost since the period before."""

    name: str
    points: Decimal


@dataclass(frozen=True)
class Loss:
    """A KPI, what it adds to the total and what it could add at most."""

    name: str
    points: Decimal
    most: Decimal


@dataclass(frozen=True)
class Step:
    """A KPI brought from one figure to another, and the points that the total gains. `grade` if it lifts the grade."""

    name: str
    actual: Measured | None
    goal: Measured
    gain: Decimal
    grade: str = ""


@dataclass(frozen=True)
class CardFigures:
    """One card. Without a value a sentence is left out. `raised` and `lowered` are like for like, the largest first.

    While the period runs, half of its sums stand against whole targets. Then `delta`, `raised`, `lowered` and
    `reweighting` are those of the projection, and the words say so; without a projection they are left out.
    """

    period: str
    is_running: bool = False
    previous: str = ""
    total: Decimal | None = None
    grade: str = ""
    rated: bool = False
    unrated_reason: str = ""
    coverage: Decimal | None = None
    minimum_coverage: Decimal | None = None
    delta: Decimal | None = None
    raised: tuple[Change, ...] = ()
    lowered: tuple[Change, ...] = ()
    reweighting: Decimal | None = None
    limited_by: str = ""
    raw_grade: str = ""
    most_to_gain: Loss | None = None
    missing: tuple[str, ...] = ()
    rank: int | None = None
    cohort: int | None = None
    days_over: int | None = None
    days: int | None = None
    projected_total: Decimal | None = None
    projected_grade: str = ""
    step: Step | None = None
    lift: Step | None = None


@dataclass(frozen=True)
class MovedPartner:
    """A partner, how many points it moved and where it stands."""

    name: str
    points: Decimal
    total: Decimal
    grade: str = ""


@dataclass(frozen=True)
class ProgrammeFigures:
    """A programme in one period. Attainment is a share, 1 is the target. Of one KPI alone nothing is compared.

    While the period runs, `delta` is that of the projected average, and what only a whole period can say is left out.
    """

    period: str
    is_running: bool = False
    days_over: int | None = None
    days: int | None = None
    projected_average: Decimal | None = None
    previous: str = ""
    partners: int = 0
    rated: int = 0
    average: Decimal | None = None
    delta: Decimal | None = None
    moved_up: int | None = None
    moved_down: int | None = None
    rose_most: MovedPartner | None = None
    fell_most: MovedPartner | None = None
    strongest: tuple[str, Decimal] | None = None
    weakest: tuple[str, Decimal] | None = None
    at_risk: int = 0
    first_at_risk: MovedPartner | None = None
    with_gaps: int = 0
