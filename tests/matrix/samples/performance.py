"""KPIs, benchmarks, templates, measurements, periods, cards and runs of a small scored programme."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils import timezone

from partners.models import Programme
from performance.api.intake import JOB_KIND as INTAKE_KIND
from performance.choices import SourceType
from performance.models import (
    Alert,
    AlertRule,
    MeasurementEvidence,
    MeasurementSource,
    Outcome,
    Restatement,
    Run,
    Scorecard,
    ScorecardTemplate,
)
from performance.services.alert_rules import save_rule
from performance.services.asking import JOB_KIND
from performance.services.deliveries import Brought, Origin, known_sources, put_down
from performance.services.sources import create_source
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template
from performance.services.what_if_replay import JOB_KIND as WHAT_IF_JOB
from performance.services.what_if_replay import replay_what_if
from performance.services.what_ifs import TemplateEdit, begin_what_if, edit_what_if
from prm.access.actor import SYSTEM
from prm.files.models import StoredFile
from prm.files.services import store_file
from prm.jobs.services import create_job
from tests.factories.performance import BenchmarkFactory, KPIFactory, MeasurementFactory
from tests.performance_screens.conftest import build, recompute


def score(side: Any) -> None:
    """Two quarters of cards for the side's partner, made by the services and the engine, and a run to compare with."""
    side.made["scored"] = build(side)
    side.made["scored_again"] = recompute()
    band = side.made["scored"].template.bands.get(key="D")
    band.consequences.create(kind="notify_owner", timing="every")
    card = Scorecard.objects.get(partner=side.partner, period__label="2024-Q1")
    Outcome.objects.create(scorecard=card, partner=side.partner, kind="notify_owner", timing="every", grade="D")


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


def _proven(side: Any) -> Any:
    """A typed-in measurement with its file, one for each side."""
    if "proven" not in side.made:
        measurement = MeasurementFactory(partner=side.partner, source="manual")
        stored = store_file(actor=SYSTEM, content=BytesIO(b"proof"), name="proof.txt", purpose="evidence")
        MeasurementEvidence.objects.create(measurement_id=measurement.pk, file=stored)
        side.made["proven"] = measurement.pk, StoredFile.objects.get(pk=stored.pk).public_id
    return side.made["proven"]


def _run(side: Any) -> Any:
    return Run.objects.get(pk=side.made["scored_again"].pk).public_id


def _what_if(side: Any) -> Any:
    """One with other weights, replayed."""
    scored = side.made["scored"]
    today = date(2024, 8, 1)
    begun = begin_what_if(actor=SYSTEM, programme=scored.programme, today=today)
    weights = {scored.revenue.pk: Decimal(50), scored.defects.pk: Decimal(50)}
    begun = edit_what_if(what_if=begun, actor=SYSTEM, today=today, template=TemplateEdit(weights=weights))
    return replay_what_if(what_if=begun, actor=SYSTEM).public_id


def _restatement(side: Any) -> Any:
    card = Scorecard.objects.filter(partner=side.partner, period__label="2024-Q1").get()
    card.period.closed_at = card.period.closed_at or timezone.now()
    card.period.save()
    return Restatement.objects.get_or_create(
        scorecard=card, settled_at=None, defaults={"worked_out_at": timezone.now()}
    )[0].public_id


def _rule(name: str) -> AlertRule:
    found = AlertRule.objects.filter(name=name).first()
    return found or save_rule(actor=SYSTEM, name=name, kind="total", figure=Decimal(50), period_kind="quarter")


def _alert(side: Any) -> Any:
    """One of the partner, about the last quarter, resolved by hand so that reopening it is a step of its own."""
    card = Scorecard.objects.filter(partner=side.partner, period__label="2024-Q1").get()
    key = {"rule": _rule("Sample"), "partner": side.partner, "period": card.period, "programme": card.programme}
    return Alert.objects.get_or_create(
        **key, defaults={"kind": "total", "severity": "warning", "value": card.total, "bound": Decimal(50)}
    )[0].public_id


def _source(side: Any) -> MeasurementSource:
    """Another one, with a KPI and a delivery."""
    code = f"matrix-{side.tenant.pk}-{MeasurementSource.objects.count()}"
    source = create_source(
        actor=SYSTEM, code=code, name="Shop", kind="api", expected_every=7, kpis=[KPIFactory(), KPIFactory()]
    )
    put_down({code: Brought(created=3)}, known=known_sources([code]), fed=(), origin=Origin(SourceType.API, "Shop"))
    return source


SAMPLES = {
    "alert": _alert,
    "measurement_source": lambda side: _source(side).public_id,
    "source_code": lambda side: _source(side).code,
    "rule": lambda _side: _rule("Sample rule").public_id,
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
    "performance:measurement_evidence.measurement": lambda side: _proven(side)[0],
    "file": lambda side: _proven(side)[1],
    "run": _run,
    "restatement": _restatement,
    "api:measurement_intake.job": lambda _side: create_job(actor=SYSTEM, kind=INTAKE_KIND, title="Sample").public_id,
    "what_if": _what_if,
    "performance:what_if_job.job": lambda _side: create_job(actor=SYSTEM, kind=WHAT_IF_JOB, title="Sample").public_id,
    "performance:run_job.job": lambda _side: create_job(actor=SYSTEM, kind=JOB_KIND, title="Sample").public_id,
    "performance:measurement_correct.measurement": lambda side: (
        MeasurementFactory(partner=side.partner, source="manual").pk
    ),
}
PREPARE = [score]
PARTNER_BOUND = {"measurement", "performance:measurement_evidence.measurement", "restatement", "alert"}
WORDS = {
    "programme": "main",
    "period": "2024-Q1",
    "table": "risk",
    "performance:comparison_export.table": "groups",
    "source": "matrix",
    "vendor_measure": "plan-commitments",
}
