"""Expectations of a demo tenant that follow earlier results, beside those of its pack."""

from datetime import date
from decimal import Decimal
from typing import Any

from performance.choices import BenchmarkBasis, Direction
from performance.models import KPI, Benchmark
from performance.services.benchmarks import set_benchmark
from prm.access.actor import SYSTEM
from prm.periods import FiscalCalendar, PeriodKind
from prm.tenancy.models import Tenant

OWN_YEAR: dict[str, Any] = {"floor": Decimal(70), "target": Decimal(105), "stretch": Decimal(140)}
"""Five percent more than in the same quarter a year earlier."""

COHORT: dict[str, Any] = {"floor": Decimal(5), "target": Decimal(50), "stretch": Decimal(95)}
"""As good as the middle of similar partners in the last closed quarter."""


def follow_earlier_results(tenant: Tenant, *, today: date) -> None:
    """From last quarter on one KPI is measured by the partner's own year before, another by similar partners."""
    calendar = FiscalCalendar(tenant.fiscal_year_start)
    begins = calendar.previous(calendar.containing(PeriodKind.QUARTER, today)).start
    stored = Benchmark.objects.filter(period_kind="quarter", scope="all", withdrawn_at=None, valid_to=None)
    kpis = {row.kpi_id: row.kpi for row in stored.select_related("kpi")}
    higher = [kpi for kpi in kpis.values() if kpi.direction == Direction.HIGHER]
    own = _first(higher, ("sum", "count", "average", "ratio"), taken=())
    if own is None:
        return
    like_others = _first(higher, ("average", "ratio", "last"), taken=(own,))
    _follow(own, BenchmarkBasis.OWN_YEAR, OWN_YEAR, begins, "Five percent more than a year ago.")
    if like_others is not None:
        _follow(like_others, BenchmarkBasis.COHORT, COHORT, begins, "As good as the middle of similar partners.")


def _first(kpis: list[KPI], aggregations: tuple[str, ...], *, taken: tuple[KPI, ...]) -> KPI | None:
    """The first KPI by the first aggregation that fits, so that each pack gets one whose growth makes sense."""
    rows = sorted((kpi for kpi in kpis if kpi not in taken), key=lambda kpi: kpi.code)
    return next((kpi for wanted in aggregations for kpi in rows if kpi.aggregation == wanted), None)


def _follow(kpi: KPI, basis: str, numbers: dict[str, Any], begins: date, why: str) -> None:
    set_benchmark(actor=SYSTEM, kpi=kpi, period_kind="quarter", valid_from=begins, basis=basis, note=why, **numbers)
