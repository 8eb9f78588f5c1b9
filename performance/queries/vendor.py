"""What our own scorecard is judged by: the workspace's expectations of itself, and the grades its partners get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from performance.choices import TemplateStatus
from performance.models import VendorScorecardRules, VendorTarget
from performance.queries.cards import default_programme
from performance.queries.reference import templates_by_id
from performance.rules.scoring import DEFAULT_BANDS, DEFAULT_MINIMUM_COVERAGE, DEFAULT_POINTS_AT_TARGET, GradeBand
from performance.vendor_measures import Expected, VendorMeasure
from prm.periods import FiscalCalendar, Period, PeriodKind
from prm.tenancy.reference import reference
from prm.tenancy.scope import require_scope


@reference
def vendor_targets() -> tuple[VendorTarget, ...]:
    """Every target that was ever set, newest first."""
    return tuple(VendorTarget.objects.order_by("measure", "-valid_from"))


@reference
def is_shown_to_partners() -> bool:
    """Whether partners see how this company keeps its side."""
    rules = VendorScorecardRules.objects.first()
    return rules is None or rules.shown_to_partners


def expected_on(measure: VendorMeasure, day: date, targets: Sequence[VendorTarget]) -> Expected:
    """What is expected in a period that begins on this day; `targets` are all that were set, newest first."""
    row = next((row for row in targets if row.measure == measure.key and row.valid_from <= day), None)
    return measure.default if row is None else Expected(row.floor, row.target, row.stretch, row.weight)


@dataclass(frozen=True)
class Grading:
    """How a total becomes a grade: by the rules that score the default programme's partners, or the usual ones."""

    points_at_target: Decimal = DEFAULT_POINTS_AT_TARGET
    minimum_coverage: Decimal = DEFAULT_MINIMUM_COVERAGE
    bands: Sequence[GradeBand] = DEFAULT_BANDS

    @property
    def rail(self) -> list[tuple[Decimal, str]]:
        """The grades as `<c-rail>` draws them, lowest first."""
        return [(band.minimum, band.key) for band in sorted(self.bands, key=attrgetter("minimum"))]


def gradings(periods: Sequence[Period]) -> Mapping[int, Grading]:
    """For each period, by its number, the grading of the default programme's scorecard that was valid at its start."""
    programme = default_programme()
    versions = [
        row
        for row in templates_by_id().values()
        if programme and row.programme_id == programme.pk and row.status == TemplateStatus.PUBLISHED
    ]
    found = {}
    for period in periods:
        version = next(
            (
                row
                for row in versions
                if row.valid_from
                and row.valid_from <= period.start
                and (not row.valid_to or period.start < row.valid_to)
            ),
            None,
        )
        bands = [GradeBand(band.key, band.minimum) for band in version.bands.all()] if version else []
        found[period.seq] = (
            Grading(version.points_at_target, version.minimum_coverage, bands) if version and bands else Grading()
        )
    return found


# --- Quarters --------------------------------------------------------------------------------------------------------

QUARTERS_BACK = 12
"""How far back a quarter can be chosen."""


def calendar_of() -> FiscalCalendar:
    """The workspace's calendar."""
    return FiscalCalendar(require_scope().tenant.fiscal_year_start)


def quarters(today: date) -> list[Period]:
    """The quarters that can be chosen: the running one and those of three years before it, newest first."""
    return calendar_of().last_periods(PeriodKind.QUARTER, today, QUARTERS_BACK + 1)[::-1]


def period_of(label: str, today: date) -> Period:
    """The quarter of a label; the running one for anything else."""
    known = quarters(today)
    return next((one for one in known if one.label == label), known[0])
