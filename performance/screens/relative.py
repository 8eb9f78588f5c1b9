"""What a relative benchmark follows from, in a sentence: percent or percentiles, and the figure or cohort behind."""

from django.utils.translation import gettext as _

from performance import display
from performance.choices import BenchmarkBasis, Direction
from performance.models import KPI, PeriodRow
from performance.queries.lines import Line, Relative
from performance.rules.scoring import COHORT_BASE_FROM
from prm.periods import FiscalCalendar, PeriodKind, first_of
from prm.tenancy.scope import require_scope


def relative_note(kpi: KPI, line: Line, period: PeriodRow) -> str:
    """How the thresholds come about, or why there are none; empty for an absolute benchmark."""
    relative = line.relative
    if relative is None:
        return ""
    if relative.basis == BenchmarkBasis.COHORT:
        return _of_cohort(relative, line.direction)
    return _of_own_past(kpi, relative, line.direction, period)


def _numbers(relative: Relative, direction: str, form: str) -> str:
    numbers = [relative.floor, relative.target, relative.stretch]
    if direction == Direction.BAND:
        numbers.append(relative.ceiling or relative.stretch)
    return ", ".join(form.format(display.plain(number)) for number in numbers)


def _of_cohort(relative: Relative, direction: str) -> str:
    words = {
        "numbers": _numbers(relative, direction, "P{}"),
        "period": relative.period or "",
        "members": relative.members,
        "least": COHORT_BASE_FROM,
    }
    if not relative.period:
        return (
            _(
                "The benchmark is %(numbers)s of similar partners in the last closed period, and none is closed yet, "
                "so the KPI is not scored."
            )
            % words
        )
    if relative.members < COHORT_BASE_FROM:
        return (
            _(
                "The benchmark is %(numbers)s of similar partners in %(period)s. Fewer than %(least)s of them had a "
                "result, so the KPI is not scored."
            )
            % words
        )
    return _("%(numbers)s of the results of %(members)s similar partners in %(period)s.") % words


def _of_own_past(kpi: KPI, relative: Relative, direction: str, period: PeriodRow) -> str:
    calendar = FiscalCalendar(require_scope().tenant.fiscal_year_start)
    before = calendar.containing(PeriodKind(period.kind), first_of(period.ym_from - (relative.back or 0)))
    words = {
        "numbers": _numbers(relative, direction, display.with_unit("{}", "%")),
        "period": before.label,
        "base": display.threshold(kpi, relative.base),
    }
    if relative.base is None:
        return (
            _(
                "The benchmark is %(numbers)s of the own result in %(period)s, and there was none, so the KPI is not "
                "scored."
            )
            % words
        )
    if relative.base <= 0:
        return (
            _(
                "The benchmark is %(numbers)s of the own result in %(period)s. That was %(base)s, and a part of it is "
                "no expectation, so the KPI is not scored."
            )
            % words
        )
    return _("%(numbers)s of the own result in %(period)s, %(base)s.") % words
