"""KPIs, benchmarks and templates: what changing them does, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import Aggregation, Direction, TemplateStatus
from performance.errors import (
    BenchmarkOverlap,
    KpiCodeTaken,
    KpiInUse,
    TemplateIsPublished,
    TemplateNotReady,
    ThresholdsOutOfOrder,
)
from performance.models import Benchmark, ScorecardTemplate
from performance.services.benchmarks import end_benchmark, set_benchmark, withdraw_benchmark
from performance.services.kpis import create_kpi, update_kpi
from performance.services.templates import (
    BandSpec,
    LineSpec,
    SectionSpec,
    TemplateSpec,
    delete_draft,
    draft_template,
    publish_template,
    revise_template,
    rewrite_draft,
    spec_of_template,
)
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from tests.factories.partners import PartnerTypeFactory, RegionFactory
from tests.factories.performance import BenchmarkFactory, KPIFactory, MeasurementFactory

pytestmark = pytest.mark.django_db

JANUARY, APRIL, JULY = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)


# KPIs


def test_a_kpi_is_created_in_capitals_and_audited(in_scope):
    kpi = create_kpi(actor=SYSTEM, code=" revenue ", name="Revenue")

    assert kpi.code == "REVENUE"
    assert AuditEntry.objects.filter(action="kpi.created", target_id=kpi.pk).count() == 1


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"code": "REVENUE"}, KpiCodeTaken, "code"),
        ({"code": "9LIVES"}, InvalidInput, "code"),
        ({"code": "A", "name": ""}, InvalidInput, "name"),
        ({"code": "A", "multiplier": Decimal(0)}, InvalidInput, "multiplier"),
        ({"code": "A", "value_min": Decimal(2), "value_max": Decimal(1)}, InvalidInput, "value_min"),
        ({"code": "A", "is_share": True}, InvalidInput, "is_share"),
    ],
)
def test_a_wrong_kpi_is_refused_at_its_field(in_scope, fields, error, field):
    create_kpi(actor=SYSTEM, code="REVENUE", name="Revenue")

    with pytest.raises(error) as refusal:
        create_kpi(actor=SYSTEM, **{"name": "Name", **fields})

    assert refusal.value.field == field


def test_what_would_give_facts_another_meaning_is_refused(in_scope):
    measured = KPIFactory()
    MeasurementFactory(kpi=measured)
    expected = KPIFactory()
    BenchmarkFactory(kpi=expected)

    with pytest.raises(KpiInUse):
        update_kpi(kpi=measured, actor=SYSTEM, aggregation=Aggregation.LAST)
    with pytest.raises(KpiInUse):
        update_kpi(kpi=expected, actor=SYSTEM, direction=Direction.LOWER)
    assert update_kpi(kpi=measured, actor=SYSTEM, name="New name", multiplier=Decimal(100)).name == "New name"


# Benchmarks


def expect(kpi, valid_from, *, numbers=(0, 100, 120), **more):
    floor, target, stretch = map(Decimal, numbers)
    return set_benchmark(
        actor=SYSTEM,
        kpi=kpi,
        period_kind="month",
        valid_from=valid_from,
        floor=floor,
        target=target,
        stretch=stretch,
        **more,
    )


def timeline(kpi):
    rows = Benchmark.objects.filter(kpi=kpi, withdrawn_at__isnull=True).order_by("valid_from")
    return [(row.valid_from, row.valid_to, int(row.target)) for row in rows]


def test_a_new_benchmark_ends_the_former(in_scope):
    kpi = KPIFactory()

    assert expect(kpi, JANUARY).outcome == "created"
    assert expect(kpi, APRIL, numbers=(0, 110, 120)).outcome == "updated"
    assert expect(kpi, JULY, numbers=(0, 110, 120)).outcome == "unchanged"
    assert timeline(kpi) == [(JANUARY, APRIL, 100), (APRIL, None, 110)]


def test_a_benchmark_before_another_lasts_until_that(in_scope):
    kpi = KPIFactory()
    expect(kpi, APRIL)

    expect(kpi, JANUARY, numbers=(0, 90, 120))

    assert timeline(kpi) == [(JANUARY, APRIL, 90), (APRIL, None, 100)]


def test_a_benchmark_for_a_while_lets_the_former_continue(in_scope):
    kpi = KPIFactory()
    expect(kpi, JANUARY)

    expect(kpi, APRIL, numbers=(0, 110, 120), valid_to=JULY)

    assert timeline(kpi) == [(JANUARY, APRIL, 100), (APRIL, JULY, 110), (JULY, None, 100)]


def test_a_correction_on_the_same_day_withdraws_the_mistake_but_keeps_it_on_record(in_scope):
    kpi = KPIFactory()
    expect(kpi, JANUARY)

    expect(kpi, JANUARY, numbers=(0, 90, 120))

    assert timeline(kpi) == [(JANUARY, None, 90)]
    assert Benchmark.objects.filter(kpi=kpi, withdrawn_at__isnull=False).count() == 1


def test_groups_have_timelines_of_their_own(in_scope):
    kpi, north, reseller = KPIFactory(), RegionFactory(), PartnerTypeFactory()

    expect(kpi, JANUARY)
    expect(kpi, JANUARY, region=north)
    expect(kpi, JANUARY, partner_type=reseller)

    assert len(timeline(kpi)) == 3
    with pytest.raises(InvalidInput):
        expect(kpi, APRIL, region=north, partner_type=reseller)


@pytest.mark.parametrize(
    ("direction", "numbers", "ceiling", "field"),
    [
        (Direction.HIGHER, (10, 5, 20), None, "target"),
        (Direction.HIGHER, (0, 10, 5), None, "stretch"),
        (Direction.LOWER, (1, 5, 0), None, "target"),
        (Direction.BAND, (0, 5, 10), 7, "ceiling"),
    ],
)
def test_thresholds_out_of_order_are_named(in_scope, direction, numbers, ceiling, field):
    with pytest.raises(ThresholdsOutOfOrder) as refusal:
        expect(KPIFactory(direction=direction), JANUARY, numbers=numbers, ceiling=ceiling and Decimal(ceiling))

    assert refusal.value.field == field


def test_overlaps_and_wrong_dates_are_refused_before_the_database_has_to(in_scope):
    kpi = KPIFactory()
    expect(kpi, APRIL)

    with pytest.raises(BenchmarkOverlap):
        expect(kpi, JANUARY, valid_to=JULY)
    with pytest.raises(InvalidInput):
        expect(kpi, JULY, valid_to=JULY)
    with pytest.raises(InvalidInput):
        expect(KPIFactory(), JANUARY, ceiling=Decimal(5))


def test_ending_and_withdrawing(in_scope):
    kpi = KPIFactory()
    benchmark = expect(kpi, JANUARY).benchmark

    end_benchmark(benchmark=benchmark, actor=SYSTEM, last_day=date(2024, 3, 31))
    assert timeline(kpi) == [(JANUARY, APRIL, 100)]

    withdraw_benchmark(benchmark=benchmark, actor=SYSTEM, reason="Typed for the wrong KPI")
    assert timeline(kpi) == []
    with pytest.raises(Conflict):
        withdraw_benchmark(benchmark=benchmark, actor=SYSTEM, reason="Again")


# Templates


def spec(*weights, **more):
    lines = [LineSpec(KPIFactory(), Decimal(weight)) for weight in weights]
    return TemplateSpec(sections=[SectionSpec("main", "Main", lines)], **more)


def draft(template_spec):
    return draft_template(programme=Programme.objects.get(), actor=SYSTEM, name="Dealers", spec=template_spec)


def test_publishing_fixes_a_version_and_ends_the_one_before(in_scope):
    first = publish_template(template=draft(spec("16.1", "83.9")), actor=SYSTEM, valid_from=JANUARY)
    second = publish_template(template=revise_template(template=first, actor=SYSTEM), actor=SYSTEM, valid_from=APRIL)

    first.refresh_from_db()
    assert (first.version, first.valid_to, first.status) == (1, APRIL, TemplateStatus.PUBLISHED)
    assert (second.version, second.valid_to) == (2, None)
    assert [line.weight for line in spec_of_template(second).sections[0].lines] == [Decimal("16.1"), Decimal("83.9")]
    for refused in (
        lambda: rewrite_draft(template=second, actor=SYSTEM, name="X", spec=spec("100")),
        lambda: delete_draft(template=second, actor=SYSTEM),
        lambda: publish_template(template=second, actor=SYSTEM, valid_from=JULY),
    ):
        with pytest.raises(TemplateIsPublished):
            refused()


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: spec("99.9999"), "weight"),
        (lambda: spec("60", "40.0001"), "weight"),
        (lambda: TemplateSpec(sections=[]), "lines"),
        (lambda: spec("100", settings={"period_kinds": ["month"]}, bands=[BandSpec("A", Decimal(50))]), "bands"),
        (lambda: spec("100", bands=[]), "bands"),
        (
            lambda: TemplateSpec(
                [SectionSpec("a", "A", [LineSpec(KPIFactory(), Decimal(100), gate_minimum=Decimal(1), gate_grade="Z")])]
            ),
            "gate_grade",
        ),
    ],
)
def test_an_unready_draft_is_not_published(in_scope, make, field):
    template = draft(make())

    with pytest.raises(TemplateNotReady) as refusal:
        publish_template(template=template, actor=SYSTEM, valid_from=JANUARY)

    assert refusal.value.field == field
    assert ScorecardTemplate.objects.get().status == TemplateStatus.DRAFT


def test_a_version_begins_after_the_one_before(in_scope):
    first = publish_template(template=draft(spec("100")), actor=SYSTEM, valid_from=APRIL)

    with pytest.raises(TemplateNotReady):
        publish_template(template=revise_template(template=first, actor=SYSTEM), actor=SYSTEM, valid_from=JANUARY)


def test_a_draft_can_be_rewritten_and_thrown_away(in_scope):
    template = draft(spec("10"))

    rewrite_draft(template=template, actor=SYSTEM, name="Other", spec=spec("50", "50"))
    assert template.lines.count() == 2

    delete_draft(template=template, actor=SYSTEM)
    assert not ScorecardTemplate.objects.exists()
