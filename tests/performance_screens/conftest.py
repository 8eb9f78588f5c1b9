"""A small programme whose figures can be checked by hand, made by the services and scored by the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partners.models import Partner, Programme, Region
from performance.choices import Aggregation, Direction, RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import KPI, PeriodRow, Run, Scorecard, ScorecardTemplate
from performance.services.benchmarks import set_benchmark
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.kpis import create_kpi
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template, publish_template
from prm.access.actor import SYSTEM
from tests.conftest import World
from tests.factories.partners import PartnerFactory, RegionFactory

LONG_AGO = date(2020, 1, 1)


@dataclass
class Scored:
    """Everything a test of a screen needs to name."""

    world: World
    programme: Programme
    template: ScorecardTemplate
    revenue: KPI
    defects: KPI
    region: Region
    partners: list[Partner] = field(default_factory=list)

    def period(self, label: str) -> PeriodRow:
        return PeriodRow.objects.get(label=label)

    def card(self, partner: Partner, label: str) -> Scorecard:
        return Scorecard.objects.get(partner=partner, period__label=label, programme=self.programme)


def measure(rows: Sequence[tuple[Partner, KPI, str, str, str | None]], *, source: str = "erp") -> None:
    """Take (partner, kpi, day, value, weight) in."""
    record_measurements(
        [
            MeasurementRow(
                row=index,
                partner=partner.external_id,
                kpi=kpi.code,
                occurred_on=day,
                value=value,
                weight=weight,
                external_id=f"{partner.external_id}-{kpi.code}-{day}-{index}",
                source=source,
            )
            for index, (partner, kpi, day, value, weight) in enumerate(rows, start=2)
        ],
        actor=SYSTEM,
    )


def recompute() -> Run:
    run = run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", actor_label="Test"))
    assert run is not None
    return run


def build(world: World, *, others: int = 0) -> Scored:
    """Two quarters of 2024. Revenue: floor 0, target 100, stretch 120, weight 60; defects: 5, 1, 0 percent, weight 40.

    The world's partner sells 50 then 100 with 3 % and 1 % defects: 40*0.6 + 40*0.4 = 40 and 80 points.
    The others sell 110 with 1 % defects in both quarters: 90*0.6 + 80*0.4 = 86.
    """
    programme = Programme.objects.get(is_default=True)
    region = RegionFactory(key="north", name="North")
    partner = world.partner
    partner.region = region
    partner.save()
    revenue = create_kpi(actor=SYSTEM, code="REVENUE", name="Sell-out revenue", unit="EUR", decimals=0)
    defects = create_kpi(
        actor=SYSTEM,
        code="DEFECTS",
        name="Defects",
        unit="%",
        aggregation=Aggregation.RATIO,
        multiplier=Decimal(100),
        direction=Direction.LOWER,
        is_share=True,
    )
    for kind in ("month", "quarter"):
        numbers = {"floor": Decimal(0), "target": Decimal(100), "stretch": Decimal(120)}
        set_benchmark(actor=SYSTEM, kpi=revenue, period_kind=kind, valid_from=LONG_AGO, **numbers)
        numbers = {"floor": Decimal(5), "target": Decimal(1), "stretch": Decimal(0)}
        set_benchmark(actor=SYSTEM, kpi=defects, period_kind=kind, valid_from=LONG_AGO, **numbers)
    spec = TemplateSpec(
        sections=[
            SectionSpec("sales", "Sales", [LineSpec(revenue, Decimal(60))]),
            SectionSpec("quality", "Quality", [LineSpec(defects, Decimal(40))]),
        ],
        settings={"period_kinds": ["month", "quarter"]},
    )
    template = draft_template(programme=programme, actor=SYSTEM, name="Dealer scorecard", spec=spec)
    template = publish_template(template=template, actor=SYSTEM, valid_from=LONG_AGO)
    scored = Scored(world, programme, template, revenue, defects, region, [partner])
    rows: list[Any] = [
        (partner, revenue, "2024-02-10", "50", None),
        (partner, defects, "2024-02-11", "3", "100"),
        (partner, revenue, "2024-05-10", "60", None),
        (partner, revenue, "2024-05-12", "40", None),
        (partner, defects, "2024-05-13", "1", "100"),
    ]
    for _index in range(others):
        other = PartnerFactory(partner_type=partner.partner_type, region=region)
        scored.partners.append(other)
        for day in ("2024-02-20", "2024-05-20"):
            rows += [(other, revenue, day, "110", None), (other, defects, day, "1", "100")]
    measure(rows)
    recompute()
    return scored


@pytest.fixture
def scored(in_scope: World) -> Scored:
    """The small programme in the first tenant, its scope open."""
    return build(in_scope)
