"""KPIs, benchmarks, templates, measurements, periods, cards and runs of a small scored programme."""

from typing import Any

from partners.models import Programme
from performance.models import Run, ScorecardTemplate
from performance.services.asking import JOB_KIND
from performance.services.templates import draft_template
from prm.access.actor import SYSTEM
from prm.jobs.services import create_job
from tests.factories.performance import BenchmarkFactory, KPIFactory, MeasurementFactory
from tests.performance_screens.conftest import build


def scored(side: Any) -> Any:
    """Two quarters of cards for the side's partner, made by the services and the engine, once for each tenant."""
    if "scored" not in side.made:
        side.made["scored"] = build(side)
    return side.made["scored"]


def _draft(side: Any) -> Any:
    programme = Programme.objects.get(key="main")
    scored(side)
    open_draft = ScorecardTemplate.objects.filter(programme=programme, status="draft").first()
    return (open_draft or draft_template(programme=programme, actor=SYSTEM, name="Next")).public_id


def _kpi_code(side: Any) -> str:
    return KPIFactory(code=f"MATRIX_{side.tenant.pk}").code


def _measurement(side: Any) -> Any:
    return MeasurementFactory(partner=side.partner, source="matrix", external_id=f"M-{side.tenant.slug}")


def _run(side: Any) -> Any:
    scored(side)
    return Run.objects.first().public_id


def _card_partner(side: Any) -> Any:
    scored(side)
    return side.partner.public_id


SAMPLES = {
    "kpi": lambda _side: KPIFactory().public_id,
    "code": _kpi_code,
    "benchmark": lambda _side: BenchmarkFactory().public_id,
    "template": lambda side: scored(side).template.public_id,
    "performance:template_update.template": _draft,
    "performance:template_publish.template": _draft,
    "performance:template_delete.template": _draft,
    "measurement": lambda side: _measurement(side).pk,
    "api:measurement_by_number.external_id": lambda side: _measurement(side).external_id,
    "run": _run,
    "performance:run_job.job": lambda _side: create_job(actor=SYSTEM, kind=JOB_KIND, title="Sample").public_id,
    "performance:receipt.partner": _card_partner,
    "performance:receipt_facts.partner": _card_partner,
    "api:scorecard_detail.partner": _card_partner,
    "api:scorecard_receipt.partner": _card_partner,
}
PARTNER_BOUND = {"measurement"}
WORDS = {
    "programme": "main",
    "period": "2024-Q1",
    "table": "risk",
    "source": "matrix",
}
