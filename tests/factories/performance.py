"""Minimal, valid records of the performance app. The open scope says whose they are."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from performance.choices import BenchmarkScope, TemplateStatus
from performance.models import (
    KPI,
    Benchmark,
    GradeBand,
    Measurement,
    PeriodRow,
    ScorecardTemplate,
    TemplateLine,
    TemplateSection,
)
from performance.rules.scoring import DEFAULT_BANDS
from prm.periods import FiscalCalendar
from tests.factories.partners import PartnerFactory, ProgrammeFactory

LONG_AGO = date(2000, 1, 1)


class KPIFactory(DjangoModelFactory):
    class Meta:
        model = KPI

    code = factory.Sequence(lambda n: f"KPI_{n}")
    name = factory.LazyAttribute(lambda kpi: f"Figure {kpi.code}")


class BenchmarkFactory(DjangoModelFactory):
    class Meta:
        model = Benchmark

    kpi = factory.SubFactory(KPIFactory)
    period_kind = "month"
    scope = BenchmarkScope.ALL
    valid_from = LONG_AGO
    direction = factory.LazyAttribute(lambda benchmark: benchmark.kpi.direction)
    floor = Decimal(0)
    target = Decimal(100)
    stretch = Decimal(120)


class ScorecardTemplateFactory(DjangoModelFactory):
    """A published version with the default bands; give it lines with `TemplateLineFactory`."""

    class Meta:
        model = ScorecardTemplate
        skip_postgeneration_save = True

    programme = factory.SubFactory(ProgrammeFactory)
    name = "Scorecard"
    version = 1
    status = TemplateStatus.PUBLISHED
    valid_from = LONG_AGO
    published_at = datetime(2024, 1, 1, tzinfo=UTC)

    @factory.post_generation
    def bands(self, create, extracted, **_kwargs):
        for band in extracted if extracted is not None else DEFAULT_BANDS:
            GradeBand.objects.create(template=self, key=band.key, minimum=band.minimum)


class TemplateSectionFactory(DjangoModelFactory):
    class Meta:
        model = TemplateSection

    template = factory.SubFactory(ScorecardTemplateFactory)
    key = factory.Sequence(lambda n: f"section-{n}")
    name = "Section"


class TemplateLineFactory(DjangoModelFactory):
    class Meta:
        model = TemplateLine

    template = factory.SubFactory(ScorecardTemplateFactory)
    kpi = factory.SubFactory(KPIFactory)
    position = factory.Sequence(lambda n: n % 1000)
    weight = Decimal(100)


class MeasurementFactory(DjangoModelFactory):
    class Meta:
        model = Measurement

    kpi = factory.SubFactory(KPIFactory)
    partner = factory.SubFactory(PartnerFactory)
    occurred_on = date(2024, 5, 17)
    value = Decimal(50)
    source = "test"
    external_id = factory.Sequence(str)


class PeriodRowFactory(DjangoModelFactory):
    class Meta:
        model = PeriodRow

    class Params:
        period = FiscalCalendar().parse("2024-05")

    kind = factory.LazyAttribute(lambda row: row.period.kind)
    label = factory.LazyAttribute(lambda row: row.period.label)
    start = factory.LazyAttribute(lambda row: row.period.start)
    end = factory.LazyAttribute(lambda row: row.period.end)
    seq = factory.LazyAttribute(lambda row: row.period.seq)
    ym_from = factory.LazyAttribute(lambda row: row.period.ym_from)
    ym_to = factory.LazyAttribute(lambda row: row.period.ym_to)
