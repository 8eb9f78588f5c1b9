"""The app's kinds of import.

KPIs, benchmarks and scorecards go through their services row by row. Measurements come by the million: they are
staged, checked and written set-based by `performance.services.ingest`.
"""

from django.utils.translation import gettext_lazy

from performance.imports.benchmarks import BENCHMARK_FIELDS, BenchmarkKind
from performance.imports.kpis import KPI_FIELDS, KpiKind
from performance.imports.measurements import MEASUREMENT_FIELDS, MeasurementKind
from performance.imports.scorecards import SCORECARD_FIELDS, ScorecardKind
from performance.permissions import BENCHMARK_EDIT, KPI_EDIT, MEASUREMENT_ENTER, TEMPLATE_EDIT
from performance.queries.sources import file_sources
from prm.imports.kinds import register

__all__ = ["register_kinds"]


def register_kinds() -> None:
    """Called when the app is ready."""
    register(
        KpiKind(
            code="kpis",
            label=gettext_lazy("KPIs"),
            title=gettext_lazy("Import KPIs"),
            description=gettext_lazy("What is measured, how it adds up, and which way is better."),
            permission=KPI_EDIT,
            fields=KPI_FIELDS,
            order=30,
        )
    )
    register(
        BenchmarkKind(
            code="benchmarks",
            label=gettext_lazy("Benchmarks"),
            title=gettext_lazy("Import benchmarks"),
            description=gettext_lazy(
                "Floor, target and stretch, for everyone, a tier, a type, a region or one partner."
            ),
            permission=BENCHMARK_EDIT,
            fields=BENCHMARK_FIELDS,
            order=40,
        )
    )
    register(
        MeasurementKind(
            code="measurements",
            label=gettext_lazy("Measurements"),
            title=gettext_lazy("Import measurements"),
            description=gettext_lazy("The facts that scores are made of: sales lines, deliveries, ratings."),
            permission=MEASUREMENT_ENTER,
            fields=MEASUREMENT_FIELDS,
            order=50,
            takes_source=True,
            known_sources=file_sources,
            dedupes=True,
        )
    )
    register(
        ScorecardKind(
            code="scorecards",
            label=gettext_lazy("Scorecard lines"),
            title=gettext_lazy("Import scorecard lines"),
            description=gettext_lazy(
                "The KPIs of a scorecard and their weights. One file makes one published version."
            ),
            permission=TEMPLATE_EDIT,
            fields=SCORECARD_FIELDS,
            order=45,
        )
    )
