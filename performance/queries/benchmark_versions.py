"""Which version of a benchmark a line was scored by, and which came before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from performance.models import Benchmark
from performance.queries.library import benchmarks
from performance.queries.lines import Line

GROUP = ("kpi_id", "period_kind", "scope", "tier_id", "region_id", "partner_type_id", "partner_id")
"""What the versions of one benchmark have in common."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The benchmark of a line and the one before it: the former version for the same group, else the one that the
    period before was scored by; None where there was none."""

    used: Benchmark
    before: Benchmark | None

    @property
    def is_other_group(self) -> bool:
        """Whether the one before was for another group of partners."""
        return self.before is not None and _group(self.used) != _group(self.before)


def benchmark_id_of(line: Line) -> int | None:
    """The benchmark that was chosen for a line, also where it gave no thresholds."""
    if line.benchmark_id is not None or line.relative_json is None or line.relative is None:
        return line.benchmark_id
    return line.relative.benchmark_id


def versions_of(lines: Iterable[Line], previous: Iterable[Line] = ()) -> Mapping[int, Versions]:
    """The versions of each line of one card by KPI, in one statement. `previous` are the lines of the period before."""
    used = {line.kpi_id: found for line in lines if (found := benchmark_id_of(line)) is not None}
    earlier = {line.kpi_id: found for line in previous if (found := benchmark_id_of(line)) is not None}
    if not used:
        return {}
    former = (
        Benchmark.objects.filter(
            kpi=OuterRef("kpi"),
            period_kind=OuterRef("period_kind"),
            scope=OuterRef("scope"),
            withdrawn_at=None,
            valid_from__lt=OuterRef("valid_from"),
        )
        .filter(*(_same(name) for name in ("tier", "region", "partner_type", "partner")))
        .order_by("-valid_from")
        .values("pk")[:1]
    )
    chosen = Benchmark.objects.filter(pk__in=used.values()).annotate(former=Subquery(former))
    rows = Benchmark.objects.select_related("kpi", "tier__programme", "region", "partner_type", "partner").filter(
        Q(pk__in=[*used.values(), *earlier.values()]) | Q(pk__in=chosen.order_by().values("former"))
    )
    by_id = {row.pk: row for row in rows}
    return {
        kpi_id: Versions(by_id[pk], _before(by_id[pk], by_id, earlier.get(kpi_id)))
        for kpi_id, pk in used.items()
        if pk in by_id
    }


def _same(name: str) -> Q:
    return Q(**{name: OuterRef(name)}) | Q(**{f"{name}__isnull": True})


def _before(used: Benchmark, rows: Mapping[int, Benchmark], earlier: int | None) -> Benchmark | None:
    formers = [
        row
        for row in rows.values()
        if _group(row) == _group(used) and row.valid_from < used.valid_from and row.withdrawn_at is None
    ]
    if formers:
        return max(formers, key=lambda row: row.valid_from)
    return rows.get(earlier) if earlier is not None and earlier != used.pk else None


def _group(benchmark: Benchmark) -> tuple[object, ...]:
    return tuple(getattr(benchmark, name) for name in GROUP)


def history_of(benchmark: Benchmark) -> QuerySet[Benchmark]:
    """All versions for the same group, withdrawn ones too, newest first."""
    return benchmarks().filter(**{name: getattr(benchmark, name) for name in GROUP}).order_by("-valid_from", "-id")
