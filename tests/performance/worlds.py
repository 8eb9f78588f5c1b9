"""Small random tenants, and what the pure rules say about them: the oracle that the SQL is held against.

The oracle reads the stored facts and rules through the ORM and scores them with `performance/rules/scoring.py`, partner
by partner. It is slow and obvious on purpose.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from partners.choices import PartnerStatus
from partners.models import Partner, TierAssignment
from performance.choices import (
    DERIVED,
    PER_PERIOD,
    Aggregation,
    BenchmarkBasis,
    BenchmarkScope,
    Direction,
    GrowthBase,
    MissingPolicy,
)
from performance.models import (
    KPI,
    Benchmark,
    GradeBand,
    KPIInput,
    Measurement,
    PeriodRow,
    ScorecardTemplate,
    TemplateLineType,
)
from performance.rules.scoring import (
    BenchmarkChoice,
    CardScore,
    Fact,
    Gate,
    LineInput,
    Standing,
    actual_of,
    delta_of,
    formula_of,
    growth_of,
    quotient_of,
    resolve_benchmark,
    score_card,
    standings,
    thresholds_of_cohort,
    thresholds_of_own_past,
)
from performance.rules.scoring import GradeBand as Band
from prm.imports.expressions import parse
from prm.periods import FiscalCalendar, Period, PeriodKind, first_of
from tests.factories.partners import PartnerFactory, PartnerTypeFactory, RegionFactory, TierFactory
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

D = Decimal
FIRST_DAY = date(2023, 11, 1)
MONTHS = 7


def _number(rng: random.Random, low: int, high: int) -> Decimal:
    """Mostly round numbers, so that ties and exact thresholds happen, sometimes awkward ones."""
    if rng.random() < 0.6:
        return D(rng.randint(low, high))
    return D(rng.randint(low * 10**6, high * 10**6)).scaleb(-6)


def make_random_world(
    seed: int,
    programme,
    *,
    partners: int = 12,
    kpis: int = 7,
    months: int = MONTHS,
    special: bool = False,
    relative: bool = False,
) -> random.Random:
    """Partners, KPIs, benchmarks of all scopes, two template versions and facts, drawn from the seed.

    `special` adds medians, distinct counts and KPIs derived from others, over several levels. `relative` lets
    many benchmarks follow from own earlier results or from the cohort of the last closed period.
    """
    rng = random.Random(seed)
    types = PartnerTypeFactory.create_batch(1 if relative else 2)  # cohorts of five and more
    regions = RegionFactory.create_batch(2)
    tiers = TierFactory.create_batch(1 if relative else 2, programme=programme)
    people = [
        PartnerFactory(
            partner_type=rng.choice(types),
            region=rng.choice([*regions, None]),
            status=rng.choice([PartnerStatus.ACTIVE] * 5 + [PartnerStatus.PROSPECT]),
        )
        for _ in range(partners)
    ]
    for partner in people:
        _tier_history(rng, partner, programme, tiers)
    figures = [
        KPIFactory(
            aggregation=rng.choice([word for word in Aggregation.values if word not in PER_PERIOD]),
            direction=rng.choice(Direction.values),
            multiplier=rng.choice([D(1), D(100), D(1_000_000), D("0.5")]),
        )
        for _ in range(kpis)
    ]
    measured = list(figures)
    if special:
        composed = [
            KPIFactory(aggregation=Aggregation.MEDIAN, direction=rng.choice(Direction.values)),
            KPIFactory(aggregation=Aggregation.DISTINCT, attribute="sku", direction=rng.choice(Direction.values)),
        ]
        measured = [*figures, *composed]
        figures = [*measured, *_derived(rng, measured)]
    for kpi in figures:
        _benchmarks(rng, kpi, types, regions, tiers, people, relative=relative)
    _templates(rng, programme, figures, types)
    _facts(rng, people, measured, months)
    return rng


def _derived(rng, measured):
    """Two growths, two quotients and two formulas; each may be made from the ones before it."""
    made = list(measured)
    for aggregation in [*DERIVED, *DERIVED]:
        count = {Aggregation.GROWTH: 1, Aggregation.QUOTIENT: 2, Aggregation.FORMULA: 3}[aggregation]
        sources = rng.sample(made, count)
        codes = [row.code for row in sources]
        formula = ""
        if aggregation == Aggregation.FORMULA:
            a, b, c = codes
            formula = rng.choice(
                [
                    f"coalesce({a}, 0) + {b} / ({c} - 5)",
                    f"max({a}, {b}) if {c} > 10 else {a} * -1.5",
                    f"round({a} / 3, 2) - coalesce({b} * {b} / {c}, 7)",
                ]
            )
        kpi = KPIFactory(
            aggregation=aggregation,
            direction=rng.choice(Direction.values),
            multiplier=D(1) if aggregation == Aggregation.FORMULA else rng.choice([D(1), D(100)]),
            compare_with=rng.choice(GrowthBase.values),
            formula=formula,
        )
        for position, source in enumerate(sources, start=1):
            KPIInput.objects.create(kpi=kpi, source=source, position=position)
        made.append(kpi)
    return made[len(measured) :]


def _tier_history(rng, partner, programme, tiers):
    day = FIRST_DAY - timedelta(days=rng.randint(0, 60))
    while day < FIRST_DAY + timedelta(days=MONTHS * 31) and rng.random() < 0.8:
        end = rng.choice([None, day + timedelta(days=rng.randint(1, 120))])
        TierAssignment.objects.create(
            partner=partner, programme=programme, tier=rng.choice(tiers), valid_from=day, valid_to=end
        )
        if end is None:
            return
        day = end + timedelta(days=rng.choice([0, 0, 20]))


def _benchmarks(rng, kpi, types, regions, tiers, people, *, relative=False):
    targets = [
        {"scope": BenchmarkScope.ALL},
        *({"scope": BenchmarkScope.PARTNER_TYPE, "partner_type": row} for row in types),
        *({"scope": BenchmarkScope.REGION, "region": row} for row in regions),
        *({"scope": BenchmarkScope.TIER, "tier": row} for row in tiers),
        *({"scope": BenchmarkScope.PARTNER, "partner": row} for row in people),
    ]
    for target in targets:
        general = 1 if relative else 0.75
        chance = general if target["scope"] == BenchmarkScope.ALL else 0.1 if relative else 0.2
        for kind in PeriodKind:
            if rng.random() > chance:
                continue
            day = FIRST_DAY - timedelta(days=rng.randint(-90, 400))
            for _ in range(rng.randint(1, 2)):
                end = day + timedelta(days=rng.randint(300, 500) if relative else rng.randint(20, 200))
                marks = sorted(_number(rng, -20, 60) for _ in range(4))
                if rng.random() < 0.25:
                    marks[1] = marks[rng.choice([0, 2])]
                basis = rng.choice(["absolute", *BenchmarkBasis.values]) if relative else BenchmarkBasis.ABSOLUTE
                if basis != BenchmarkBasis.ABSOLUTE:
                    marks = sorted(_number(rng, 0, 100) for _ in range(4))
                if kpi.direction == Direction.LOWER:
                    marks.reverse()
                BenchmarkFactory(
                    kpi=kpi,
                    period_kind=kind,
                    valid_from=day,
                    valid_to=end,
                    floor=marks[0],
                    target=marks[1],
                    stretch=marks[2],
                    ceiling=marks[3] if kpi.direction == Direction.BAND else None,
                    basis=basis,
                    **target,
                )
                day = end


def _templates(rng, programme, figures, types):
    change = FIRST_DAY + timedelta(days=rng.randint(40, 140))
    for version, (start, end) in enumerate([(date(2000, 1, 1), change), (change, None)], start=1):
        template = ScorecardTemplateFactory(
            programme=programme,
            version=version,
            valid_from=start,
            valid_to=end,
            points_at_target=rng.choice([D(80), D(100), D("66.67")]),
            minimum_coverage=rng.choice([D(0), D("0.5"), D("0.6")]),
            period_kinds=["month", "quarter", "half", "year"],
        )
        for position, kpi in enumerate(rng.sample(figures, len(figures) - 1), start=1):
            policy = rng.choice([MissingPolicy.EXCLUDE] * 3 + MissingPolicy.values)
            gate = rng.random() < 0.25
            line = TemplateLineFactory(
                template=template,
                kpi=kpi,
                position=position,
                weight=rng.choice([D(0), D(10), D(10), D("16.7"), D("33.3333")]),
                policy=policy,
                carry_periods=rng.randint(1, 3) if policy == MissingPolicy.CARRY else 0,
                gate_minimum=D(rng.randint(0, 100)) if gate else None,
                gate_grade=rng.choice("BCDE") if gate else "",
            )
            for row in types:
                if rng.random() < 0.3:
                    TemplateLineType.objects.create(line=line, partner_type=row)


def _facts(rng, people, figures, months):
    rows = []
    for partner in people[:-1]:
        for kpi in figures:
            for month in range(months):
                if rng.random() < 0.35:
                    continue
                for _ in range(rng.randint(1, 3)):
                    rows.append(_fact(rng, partner, kpi, month, len(rows)))
    Measurement.objects.bulk_create(rows)


def _fact(rng, partner, kpi, month, number):
    value, weight = _number(rng, -10, 60), rng.choice([None, D(0), _number(rng, 0, 9)])
    if kpi.aggregation == Aggregation.RATIO and rng.random() < 0.3:
        value, weight = rng.choice([(value, None), (None, _number(rng, 0, 9))])
    first = date(FIRST_DAY.year + (FIRST_DAY.month - 1 + month) // 12, (FIRST_DAY.month - 1 + month) % 12 + 1, 1)
    return Measurement(
        tenant_id=partner.tenant_id,
        partner=partner,
        kpi=kpi,
        occurred_on=first + timedelta(days=rng.randint(0, 27)),
        value=value,
        weight=weight,
        source=rng.choice(["erp", "crm", "Erp"]),
        external_id=f"{rng.choice('aAzZ9')}{number}",
        attributes=_attributes(rng) if kpi.aggregation == Aggregation.DISTINCT else None,
    )


def _attributes(rng):
    return rng.choice([None, {}, {"sku": ""}, {"sku": None}, {"sku": rng.choice(["a", "A", "b", "ä", " a"])}])


@dataclass(frozen=True)
class OracleCard:
    score: CardScore
    standing: Standing | None
    delta: Decimal | None
    cohort_key: tuple[int, int | None]


class Oracle:
    """Scores every card of one programme by the pure rules."""

    def __init__(self, tenant, programme):
        self.calendar = FiscalCalendar(tenant.fiscal_year_start)
        self.programme = programme
        self.partners = list(Partner.objects.select_related("partner_type"))
        self.kpis = {kpi.pk: kpi for kpi in KPI.objects.prefetch_related("inputs__source")}
        self.benchmarks = list(Benchmark.objects.filter(withdrawn_at__isnull=True))
        self.templates = list(ScorecardTemplate.objects.filter(programme=programme, status="published"))
        self.lines = {t.pk: list(t.lines.order_by("position")) for t in self.templates}
        self.bands = {
            t.pk: [Band(b.key, b.minimum) for b in GradeBand.objects.filter(template=t)] for t in self.templates
        }
        self.types = defaultdict(set)
        for row in TemplateLineType.objects.all():
            self.types[row.line_id].add(row.partner_type_id)
        self.closed = list(PeriodRow.objects.filter(closed_at__isnull=False))
        self.scores = {}
        self.tiers = list(TierAssignment.objects.filter(programme=programme))
        self.facts = defaultdict(list)
        for row in Measurement.objects.all():
            self.facts[row.partner_id, row.kpi_id].append(
                Fact(row.occurred_on, row.value, row.weight, row.source, row.external_id, row.attributes or {})
            )

    def cards(self) -> dict[tuple[str, int], OracleCard]:
        """Every card by (period label, partner id)."""
        days = [fact.occurred_on for facts in self.facts.values() for fact in facts]
        kinds = {kind for template in self.templates for kind in template.period_kinds}
        scores, keys, previous = {}, {}, {}
        for kind in kinds:
            for period in self.calendar.between(PeriodKind(kind), min(days), max(days)):
                template = self._template(period)
                if template is None:
                    continue
                for partner in self.partners:
                    if not partner.partner_type.is_scored or not self._has_card(partner, period, template):
                        continue
                    tier = self._tier(partner, period)
                    if tier is None and not self.programme.is_default:
                        continue
                    key = period.label, partner.pk
                    scores[key] = self._score(partner, period, template, tier)
                    keys[key] = partner.partner_type_id, tier
                    previous[key] = self.calendar.previous(period).label, partner.pk
        places = self._standings(scores, keys)
        return {
            key: OracleCard(score, places.get(key), self._delta(key, scores, previous), keys[key])
            for key, score in scores.items()
        }

    def _standings(self, scores, keys):
        cohorts = defaultdict(dict)
        for key, score in scores.items():
            if score.rated:
                cohorts[key[0], keys[key]][key] = score.total
        return {key: place for cohort in cohorts.values() for key, place in standings(cohort).items()}

    @staticmethod
    def _delta(key, scores, previous):
        before = scores.get(previous[key])
        return delta_of(scores[key].total, before.total if before else None)

    def _template(self, period: Period):
        for template in self.templates:
            if template.valid_from <= period.start and (template.valid_to is None or period.start < template.valid_to):
                return template if period.kind in template.period_kinds else None
        return None

    def _has_card(self, partner, period, template):
        if partner.status in (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED):
            return True
        tier = self._tier(partner, period)
        return any(
            self._applies(line, partner)
            and self._thresholds(line.kpi_id, partner, period, tier)
            and self._has_data(partner, line.kpi_id, period)
            for line in self.lines[template.pk]
        )

    def _tier(self, partner, period):
        for row in self.tiers:
            if (
                row.partner_id == partner.pk
                and row.valid_from <= period.start
                and (row.valid_to is None or period.start < row.valid_to)
            ):
                return row.tier_id
        return None

    def _applies(self, line, partner):
        return not self.types[line.pk] or partner.partner_type_id in self.types[line.pk]

    def _benchmark(self, kpi_id, partner, period, tier):
        fits = {
            BenchmarkScope.PARTNER: lambda row: row.partner_id == partner.pk,
            BenchmarkScope.TIER: lambda row: row.tier_id == tier and tier is not None,
            BenchmarkScope.PARTNER_TYPE: lambda row: row.partner_type_id == partner.partner_type_id,
            BenchmarkScope.REGION: lambda row: row.region_id == partner.region_id and row.region_id is not None,
            BenchmarkScope.ALL: lambda row: True,
        }
        choices = [
            BenchmarkChoice(row.scope, row.valid_from, row.valid_to, row.thresholds, row.basis)
            for row in self.benchmarks
            if row.kpi_id == kpi_id and row.period_kind == period.kind and fits[row.scope](row)
        ]
        return resolve_benchmark(choices, period_start=period.start)

    def _thresholds(self, kpi_id, partner, period, tier):
        """The values that apply; None without a benchmark or without what it follows from."""
        choice = self._benchmark(kpi_id, partner, period, tier)
        if choice is None or choice.basis == BenchmarkBasis.ABSOLUTE:
            return choice and choice.thresholds
        if choice.basis == BenchmarkBasis.COHORT:
            return thresholds_of_cohort(choice.thresholds, self._cohort_actuals(kpi_id, partner, period, tier))
        months = period.kind.months
        back = 12 if choice.basis == BenchmarkBasis.OWN_YEAR else months
        base = self.window_actual(partner.pk, self.kpis[kpi_id], period.ym_from - back, months)
        return thresholds_of_own_past(choice.thresholds, base)

    def _cohort_actuals(self, kpi_id, partner, period, tier):
        """The results of rated partners of the same type and tier in the last closed period of the kind."""
        earlier = [row.value for row in self.closed if row.kind == period.kind and row.value.end <= period.start]
        if not earlier:
            return []
        base = max(earlier, key=lambda one: one.start)
        template = self._template(base)
        if template is None or kpi_id not in {line.kpi_id for line in self.lines[template.pk]}:
            return []
        found = []
        for other in self.partners:
            if other.partner_type_id != partner.partner_type_id or not other.partner_type.is_scored:
                continue
            if self._tier(other, base) != tier or not self._has_card(other, base, template):
                continue
            line = next(row for row in self.lines[template.pk] if row.kpi_id == kpi_id)
            if self._applies(line, other) and self._cached_score(other, base, template, tier).rated:
                found.append(self._actual(other, kpi_id, base))
        return [actual for actual in found if actual is not None]

    def _cached_score(self, partner, period, template, tier):
        key = partner.pk, period.label
        if key not in self.scores:
            self.scores[key] = self._score(partner, period, template, tier)
        return self.scores[key]

    def _has_data(self, partner, kpi_id, period):
        if self.kpis[kpi_id].aggregation in PER_PERIOD:
            return self._actual(partner, kpi_id, period) is not None
        return any(fact.occurred_on in period for fact in self.facts[partner.pk, kpi_id])

    def _actual(self, partner, kpi_id, period):
        return self.window_actual(partner.pk, self.kpis[kpi_id], period.ym_from, period.kind.months)

    def window_actual(self, partner_id, kpi, ym_from, months):
        """The actual over a window of whole months, derived KPIs from the windows that they look at."""
        sources = [row.source for row in kpi.inputs.all()]

        def of(source, back=0):
            return self.window_actual(partner_id, self.kpis[source.pk], ym_from - back, months)

        match kpi.aggregation:
            case Aggregation.GROWTH:
                back = 12 if kpi.compare_with == GrowthBase.YEAR else months
                return growth_of(of(sources[0]), of(sources[0], back), multiplier=kpi.multiplier)
            case Aggregation.QUOTIENT:
                return quotient_of(of(sources[0]), of(sources[1]), multiplier=kpi.multiplier)
            case Aggregation.FORMULA:
                codes = [source.code for source in sources]
                return formula_of(parse(kpi.formula, codes), {source.code: of(source) for source in sources})
        start, end = first_of(ym_from), first_of(ym_from + months)
        facts = [fact for fact in self.facts[partner_id, kpi.pk] if start <= fact.occurred_on < end]
        return actual_of(kpi.aggregation, facts, multiplier=kpi.multiplier, attribute=kpi.attribute)

    def _score(self, partner, period, template, tier):
        inputs = []
        for line in self.lines[template.pk]:
            earlier, back = [], period
            for _ in range(line.carry_periods):
                back = self.calendar.previous(back)
                earlier.append(self._actual(partner, line.kpi_id, back))
            inputs.append(
                LineInput(
                    kpi=str(line.kpi_id),
                    weight=line.weight,
                    actual=self._actual(partner, line.kpi_id, period),
                    thresholds=self._thresholds(line.kpi_id, partner, period, tier),
                    applies=self._applies(line, partner),
                    policy=line.policy,
                    carry_periods=line.carry_periods,
                    earlier_actuals=tuple(earlier),
                    gate=Gate(line.gate_minimum, line.gate_grade) if line.gate_grade else None,
                )
            )
        return score_card(
            inputs,
            points_at_target=template.points_at_target,
            minimum_coverage=template.minimum_coverage,
            bands=self.bands[template.pk],
        )
