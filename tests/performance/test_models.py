"""What the database refuses, whatever the code above it does."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from performance.choices import BenchmarkScope, Direction, MissingPolicy
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    MeasurementFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_code_names_one_kpi(in_scope):
    KPIFactory(code="REVENUE")

    refused(lambda: KPIFactory(code="REVENUE"))


def test_thresholds_out_of_order_are_refused(in_scope):
    higher = KPIFactory()
    lower = KPIFactory(direction=Direction.LOWER)

    BenchmarkFactory(kpi=lower, floor=5, target=1, stretch=1)
    refused(lambda: BenchmarkFactory(kpi=higher, floor=5, target=1, stretch=1))
    refused(lambda: BenchmarkFactory(kpi=KPIFactory(direction=Direction.BAND)))


def test_two_benchmarks_of_one_scope_never_overlap(in_scope):
    kpi = KPIFactory()
    BenchmarkFactory(kpi=kpi, valid_from=date(2024, 1, 1), valid_to=date(2024, 7, 1))

    BenchmarkFactory(kpi=kpi, valid_from=date(2024, 7, 1))
    BenchmarkFactory(kpi=kpi, period_kind="quarter", valid_from=date(2024, 1, 1))
    refused(lambda: BenchmarkFactory(kpi=kpi, valid_from=date(2024, 6, 30), valid_to=date(2024, 7, 1)))


def test_a_scope_names_its_target(in_scope):
    refused(lambda: BenchmarkFactory(scope=BenchmarkScope.PARTNER))
    refused(lambda: BenchmarkFactory(scope=BenchmarkScope.ALL, partner=in_scope.partner))
    BenchmarkFactory(scope=BenchmarkScope.PARTNER, partner=in_scope.partner)


def test_published_versions_of_a_template_never_overlap(in_scope):
    template = ScorecardTemplateFactory()

    refused(lambda: ScorecardTemplateFactory(programme=template.programme, version=2))


def test_a_carrying_line_says_for_how_long(in_scope):
    refused(lambda: TemplateLineFactory(policy=MissingPolicy.CARRY))
    TemplateLineFactory(policy=MissingPolicy.CARRY, carry_periods=2)


def test_a_measurement_is_unique_by_source_and_external_id_and_knows_its_month(in_scope):
    measurement = MeasurementFactory(source="erp", external_id="7", occurred_on=date(2024, 2, 29))

    measurement.refresh_from_db()
    assert measurement.ym == 2024 * 12 + 1
    assert measurement.value == Decimal(50)
    refused(lambda: MeasurementFactory(source="erp", external_id="7"))
    refused(lambda: MeasurementFactory(value=None, weight=None))
