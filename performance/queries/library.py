"""The KPI library and the benchmarks: what is measured, what is expected, and which expectation applies when."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from performance.choices import Aggregation, BenchmarkScope, Direction, GrowthBase, TemplateStatus
from performance.display import plain, with_unit
from performance.models import KPI, Benchmark, ScorecardTemplate, TemplateLine
from performance.queries.reference import lines_in_order
from prm.periods import Period, PeriodKind

KIND_ORDER = [kind.value for kind in PeriodKind]
SCOPE_ORDER = [scope.value for scope in BenchmarkScope]


def kpis() -> QuerySet[KPI]:
    """The library with owners."""
    return KPI.objects.select_related("owner").prefetch_related("inputs__source")


def used_by(kpi: KPI) -> list[KPI]:
    """The derived KPIs that are made from this one."""
    return list(KPI.objects.filter(inputs__source=kpi).distinct().order_by("name"))


def benchmarks() -> QuerySet[Benchmark]:
    """All benchmarks with what they are for, KPI by KPI, most specific scope first, newest first."""
    return (
        Benchmark.objects.select_related("kpi", "tier", "region", "partner_type", "partner")
        .annotate(
            kind_place=_place("period_kind", KIND_ORDER),
            scope_place=_place("scope", SCOPE_ORDER),
        )
        .order_by(
            "kpi__name", "kind_place", "scope_place", "tier_id", "partner_type_id", "region_id", "-valid_from", "-id"
        )
    )


def _place(field: str, order: Sequence[str]) -> Case:
    whens = [When(**{field: value}, then=Value(index)) for index, value in enumerate(order)]
    return Case(*whens, default=Value(len(order)), output_field=IntegerField())


def in_force(day: date) -> Q:
    """Benchmarks that hold on a day."""
    return Q(withdrawn_at=None, valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def held_in(period: Period) -> list[Benchmark]:
    """The benchmarks that a period is scored by: those that hold on its first day."""
    return list(benchmarks().filter(in_force(period.start), period_kind=period.kind))


def weights_now(day: date) -> dict[int, list[TemplateLine]]:
    """The lines of the published templates in force on a day, by KPI."""
    templates = ScorecardTemplate.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), status=TemplateStatus.PUBLISHED, valid_from__lte=day
    )
    lines = TemplateLine.objects.filter(template__in=templates).select_related("template__programme", "section")
    by_kpi: dict[int, list[TemplateLine]] = defaultdict(list)
    for line in lines:
        by_kpi[line.kpi_id].append(line)
    return by_kpi


@dataclass(frozen=True)
class LibraryRow:
    """A KPI as the library lists it: its weight today and the benchmark for everyone that holds today."""

    kpi: KPI
    weight: Decimal | None
    general: Benchmark | None
    special: int


def library_rows(kpi_rows: Sequence[KPI], day: date) -> list[LibraryRow]:
    """Weights and benchmarks of these KPIs, three queries for all of them. Special benchmarks are only counted: a
    workspace may have thousands."""
    weights = weights_now(day)
    wanted = Benchmark.objects.filter(in_force(day), kpi__in=[kpi.pk for kpi in kpi_rows])
    special = dict(wanted.exclude(scope=BenchmarkScope.ALL).order_by().values_list("kpi_id").annotate(Count("pk")))
    general: dict[int, list[Benchmark]] = defaultdict(list)
    for benchmark in wanted.filter(scope=BenchmarkScope.ALL):
        general[benchmark.kpi_id].append(benchmark)
    rows = []
    for kpi in kpi_rows:
        shown = min(general[kpi.pk], key=lambda row: _shown_kind(row.period_kind), default=None)
        if shown is not None:
            shown.kpi = kpi
        lines = weights.get(kpi.pk, [])
        rows.append(LibraryRow(kpi, lines[0].weight if lines else None, shown, special.get(kpi.pk, 0)))
    return rows


def _shown_kind(kind: str) -> int:
    """Quarter first: it is what most programmes are judged by."""
    return ["quarter", "month", "half", "year"].index(kind)


def template_lines() -> Prefetch:
    """The same for templates that are read with their lines."""
    return Prefetch("lines", lines_in_order())


def how_it_is_computed(kpi: KPI) -> str:
    """The machine rule of a KPI as a sentence anybody can follow."""
    match kpi.aggregation:
        case Aggregation.SUM:
            return _("All values of the period added up.")
        case Aggregation.COUNT:
            return _("The number of measurements in the period; their values do not matter.")
        case Aggregation.LAST:
            return _("The newest value of the period. Earlier ones do not count.")
        case Aggregation.AVERAGE:
            return _("Each value times its weight, added up, divided by all weights; without a weight it counts once.")
        case Aggregation.MEDIAN:
            return _("The middle of the values of the period; of an even number the mean of the two in the middle.")
        case Aggregation.DISTINCT:
            return _("How many different values the attribute “%(attribute)s” of the period's measurements has.") % {
                "attribute": kpi.attribute
            }
        case Aggregation.GROWTH | Aggregation.QUOTIENT | Aggregation.FORMULA:
            return _how_it_is_derived(kpi)
    times = _(", times %(multiplier)s") % {"multiplier": plain(kpi.multiplier, 4)} if kpi.multiplier != 1 else ""
    return _("All values of the period added up, divided by all their weights%(times)s.") % {"times": times}


def _how_it_is_derived(kpi: KPI) -> str:
    times = _(", times %(multiplier)s") % {"multiplier": plain(kpi.multiplier, 4)} if kpi.multiplier != 1 else ""
    if kpi.aggregation == Aggregation.FORMULA:
        return _("By the formula %(formula)s, from the results of these KPIs in the period.") % {"formula": kpi.formula}
    sources = [row.source.name for row in kpi.inputs.all()]
    if kpi.aggregation == Aggregation.QUOTIENT:
        words = {"above": sources[0], "below": sources[1], "times": times}
        return _("The result of %(above)s divided by that of %(below)s%(times)s.") % words
    words = {"source": sources[0], "times": times}
    if kpi.compare_with == GrowthBase.PERIOD:
        return _("How much %(source)s grew on the period before, as a part of it%(times)s.") % words
    return _("How much %(source)s grew on the same period a year earlier, as a part of it%(times)s.") % words


def what_is_better(kpi: KPI) -> str:
    """The direction as a sentence."""
    return {
        Direction.HIGHER: _("Higher is better: below the floor it gives 0 points, from the stretch on 100."),
        Direction.LOWER: _("Lower is better: above the floor it gives 0 points, down to the stretch and below it 100."),
        Direction.BAND: _("Best inside the band from target to stretch: 100 points there, fewer on both sides."),
    }[Direction(kpi.direction)]


def allowed_range(kpi: KPI) -> str:
    """Which values a measurement may have, in words; empty when any."""
    low, high = kpi.value_min, kpi.value_max
    if low is not None and high is not None:
        return _("%(low)s to %(high)s") % {"low": plain(low), "high": with_unit(plain(high), _value_unit(kpi))}
    if low is not None:
        return _("%(low)s or more") % {"low": with_unit(plain(low), _value_unit(kpi))}
    if high is not None:
        return _("%(high)s or less") % {"high": with_unit(plain(high), _value_unit(kpi))}
    return ""


def _value_unit(kpi: KPI) -> str:
    """A ratio's values are not in the KPI's unit: 1 delivery of 1, not percent."""
    return "" if kpi.aggregation in (Aggregation.RATIO, Aggregation.COUNT, Aggregation.DISTINCT) else kpi.unit
