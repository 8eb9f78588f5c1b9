"""Generated tenants: 12 KPIs of every kind, benchmarks of every scope, weekly facts over 24 months, 6 % missing."""

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from partners.choices import PartnerStatus
from partners.models import Partner, PartnerType, Programme, Region, Tier, TierAssignment
from performance.bench.database import owner_cursor
from performance.choices import Aggregation, BenchmarkScope, Direction
from performance.models import KPI, Benchmark
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template, publish_template
from prm.access.actor import SYSTEM
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

MONTHS = 24
FIRST_DAY = date(2023, 1, 2)
WEEKS = 104
LONG_AGO = date(2000, 1, 1)
SHAPES = [
    *[(Aggregation.SUM, Direction.HIGHER)] * 4,
    (Aggregation.SUM, Direction.LOWER),
    (Aggregation.SUM, Direction.BAND),
    (Aggregation.AVERAGE, Direction.HIGHER),
    (Aggregation.AVERAGE, Direction.LOWER),
    (Aggregation.RATIO, Direction.HIGHER),
    (Aggregation.RATIO, Direction.LOWER),
    (Aggregation.LAST, Direction.HIGHER),
    (Aggregation.LAST, Direction.BAND),
]
WEIGHTS = [15, 10, 10, 10, 5, 5, 10, 5, 10, 5, 10, 5]
MEAN = {Aggregation.SUM: 400, Aggregation.AVERAGE: 100, Aggregation.RATIO: 10, Aggregation.LAST: 100}
"""About what a month of generated facts comes to, which the thresholds are laid around."""


@dataclass(frozen=True, slots=True)
class BenchTenant:
    """A tenant that was filled."""

    tenant: Tenant
    partners: int
    facts: int


def make_tenants(owner_url: str, sizes: dict[str, int]) -> list[BenchTenant]:
    """Tenants with so many partners each, rules and two years of facts, not yet scored."""
    tenants = [make_rules(slug, partners=partners, seed=nth) for nth, (slug, partners) in enumerate(sizes.items())]
    facts = _add_facts(owner_url, tenants)
    return [
        BenchTenant(tenant, partners, facts[tenant.pk])
        for tenant, partners in zip(tenants, sizes.values(), strict=True)
    ]


def make_rules(slug: str, *, partners: int, seed: int = 7) -> Tenant:
    """A tenant with partners and rules, and no facts."""
    rng = random.Random(seed)  # noqa: S311  (repeatable on purpose)
    tenant = Tenant.objects.create(slug=slug, name=slug, timezone="UTC")
    with tenant_scope(tenant):
        programme = Programme.objects.create(key="main", name="Main", is_default=True)
        partner_type = PartnerType.objects.create(key="reseller", name="Reseller")
        regions = Region.objects.bulk_create(Region(key=f"r{n}", name=f"Region {n}") for n in range(8))
        tiers = Tier.objects.bulk_create(
            Tier(programme=programme, key=f"t{n}", name=f"Tier {n}", rank=n + 1) for n in range(4)
        )
        people = Partner.objects.bulk_create(
            Partner(
                external_id=f"P{n}",
                name=f"Partner {n}",
                partner_type=partner_type,
                region=rng.choice(regions),
                status=PartnerStatus.ACTIVE,
            )
            for n in range(partners)
        )
        TierAssignment.objects.bulk_create(
            TierAssignment(partner=row, programme=programme, tier=rng.choice(tiers), valid_from=LONG_AGO)
            for row in people
        )
        kpis = _kpis()
        Benchmark.objects.bulk_create(_benchmarks(rng, kpis, regions, tiers, people))
        _template(programme, kpis)
    return tenant


def _kpis() -> list[KPI]:
    return KPI.objects.bulk_create(
        KPI(
            code=f"KPI_{number}",
            name=f"Figure {number}",
            aggregation=aggregation,
            direction=direction,
            multiplier=Decimal(100) if aggregation == Aggregation.RATIO else Decimal(1),
        )
        for number, (aggregation, direction) in enumerate(SHAPES)
    )


def _benchmarks(rng: random.Random, kpis: list[KPI], regions: Any, tiers: Any, people: Any) -> list[Benchmark]:
    rows = []
    for kpi in kpis:
        rows.append(_benchmark(rng, kpi, scope=BenchmarkScope.ALL))
        rows += [_benchmark(rng, kpi, scope=BenchmarkScope.REGION, region=region) for region in regions[:3]]
        rows += [_benchmark(rng, kpi, scope=BenchmarkScope.TIER, tier=tier) for tier in tiers[:2]]
    for partner in people:
        if rng.random() < 0.05:
            chosen = rng.sample(kpis, 2)
            rows += [_benchmark(rng, kpi, scope=BenchmarkScope.PARTNER, partner=partner) for kpi in chosen]
    return rows


def _benchmark(rng: random.Random, kpi: KPI, **target: Any) -> Benchmark:
    middle = Decimal(MEAN[Aggregation(kpi.aggregation)]) * Decimal(rng.randint(85, 115)) / 100
    marks = [(middle * share / 100).quantize(Decimal("0.0001")) for share in (60, 95, 110, 150)]
    if kpi.direction == Direction.LOWER:
        marks = [marks[3], marks[2], marks[1]]
    return Benchmark(
        kpi=kpi,
        period_kind="month",
        valid_from=LONG_AGO,
        direction=kpi.direction,
        floor=marks[0],
        target=marks[1],
        stretch=marks[2],
        ceiling=marks[3] if kpi.direction == Direction.BAND else None,
        **target,
    )


def _template(programme: Programme, kpis: list[KPI]) -> None:
    spec = TemplateSpec(
        sections=[SectionSpec("all", "All", [LineSpec(k, Decimal(w)) for k, w in zip(kpis, WEIGHTS, strict=True)])],
        settings={"period_kinds": ["month"], "minimum_coverage": Decimal(0)},
    )
    template = draft_template(programme=programme, actor=SYSTEM, name="Bench", spec=spec)
    publish_template(template=template, actor=SYSTEM, valid_from=LONG_AGO)


_FACTS = """
INSERT INTO performance_measurement
       (tenant_id, source, external_id, partner_id, kpi_id, occurred_on, value, weight, recorded_at)
SELECT %(tenant)s, 'bench', p.id || '-' || k.nth || '-' || w, p.id, k.id, %(first)s::date + 7 * w,
       round((CASE k.aggregation WHEN 'ratio' THEN 2 + h %% 17 ELSE 60 + h %% 81 END)::numeric
             * (70 + (p.id * 31 + k.nth) %% 61) / 100, 4),
       CASE k.aggregation WHEN 'ratio' THEN 60 + h %% 81 WHEN 'average' THEN 1 + h %% 5 END, now()
  FROM partners_partner p
 CROSS JOIN (SELECT id, aggregation, row_number() OVER (ORDER BY id) AS nth
               FROM performance_kpi WHERE tenant_id = %(tenant)s) k
 CROSS JOIN generate_series(0, %(weeks)s - 1) w
 CROSS JOIN LATERAL (SELECT abs(hashint8(p.id * 100003 + k.nth * 1009 + w)::bigint) AS h) x
 WHERE p.tenant_id = %(tenant)s
   AND abs(hashint8(p.id * 7 + k.nth * 100019
       + (extract(year FROM %(first)s::date + 7 * w) * 12
          + extract(month FROM %(first)s::date + 7 * w))::bigint)::bigint)
       %% 100 >= 6
"""


def _add_facts(owner_url: str, tenants: list[Tenant]) -> dict[int, int]:
    """Weekly facts for every partner and KPI, written by the owner with the indexes off; how many by tenant."""
    facts = {}
    with owner_cursor(owner_url) as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = 'performance_measurement'::regclass AND contype IN ('p', 'u')"
        )
        constraints = cursor.fetchall()
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'performance_measurement' "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        indexes = cursor.fetchall()
        for name, _ in constraints:
            cursor.execute(f'ALTER TABLE performance_measurement DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for tenant in tenants:
            cursor.execute(_FACTS, {"tenant": tenant.pk, "first": FIRST_DAY, "weeks": WEEKS})
            facts[tenant.pk] = cursor.rowcount
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for name, definition in constraints:
            cursor.execute(f'ALTER TABLE performance_measurement ADD CONSTRAINT "{name}" {definition}')
        for _, definition in indexes:
            cursor.execute(definition)
    return facts
