"""KPIs, benchmarks, templates, measurements, periods, cards and runs of a small scored programme."""

from decimal import Decimal
from typing import Any

from partners.models import Programme
from performance.models import Run, ScorecardTemplate
from performance.services.asking import JOB_KIND
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template
from prm.access.actor import SYSTEM
from prm.jobs.services import create_job
from tests.factories.performance import BenchmarkFactory, KPIFactory, MeasurementFactory
from tests.performance_screens.conftest import build


def score(side: Any) -> None:
    """Two quarters of cards for the side's partner, made by the services and the engine."""
    side.made["scored"] = build(side)


def _spec(side: Any) -> TemplateSpec:
    line = LineSpec(side.made["scored"].revenue, Decimal(100))
    return TemplateSpec(sections=[SectionSpec("sales", "Sales", [line])], settings={"period_kinds": ["month"]})


def _draft(side: Any) -> Any:
    programme = Programme.objects.get(key="main")
    open_draft = ScorecardTemplate.objects.filter(programme=programme, status="draft").first()
    return (open_draft or draft_template(programme=programme, actor=SYSTEM, name="Next", spec=_spec(side))).public_id


def _kpi_code(side: Any) -> str:
    return KPIFactory(code=f"MATRIX_{side.tenant.pk}").code


def _measurement(side: Any) -> Any:
    return MeasurementFactory(partner=side.partner, source="matrix")


def _run(_side: Any) -> Any:
    return Run.objects.first().public_id


SAMPLES = {
    "kpi": lambda _side: KPIFactory().public_id,
    "code": _kpi_code,
    "benchmark": lambda _side: BenchmarkFactory().public_id,
    "template": lambda side: side.made["scored"].template.public_id,
    "performance:template_update.template": _draft,
    "performance:template_publish.template": _draft,
    "performance:template_delete.template": _draft,
    "measurement": lambda side: _measurement(side).pk,
    "api:measurement_by_number.external_id": lambda side: (
        MeasurementFactory(partner=side.partner, source="matrix", external_id=f"M-{side.tenant.slug}").external_id
    ),
    "run": _run,
    "performance:run_job.job": lambda _side: create_job(actor=SYSTEM, kind=JOB_KIND, title="Sample").public_id,
    "performance:measurement_correct.measurement": lambda side: (
        MeasurementFactory(partner=side.partner, source="manual").pk
    ),
}
PREPARE = [score]
PARTNER_BOUND = {"measurement"}
WORDS = {
    "programme": "main",
    "period": "2024-Q1",
    "table": "risk",
    "source": "matrix",
}
