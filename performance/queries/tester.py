"""Trying a KPI out on one partner and period: every value on the way, by the plain rules, straight from the facts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from partners.models import Partner
from performance.choices import Aggregation, GrowthBase
from performance.models import KPI, KPIInput, Measurement
from performance.rules.scoring import ZERO, Fact, actual_of, formula_of, growth_of, quotient_of
from prm.imports.expressions import parse
from prm.periods import FiscalCalendar, Period, first_of

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class TrialStep:
    """One KPI in one period on the way to the result. `inputs` are the places of the steps that it takes, in order.

    `facts`, `values` and `weights` are the number of its measurements and their sums; a derived KPI has none.
    """

    kpi: KPI
    period: Period
    actual: Decimal | None
    inputs: tuple["TrialStep", ...] = ()
    facts: int = 0
    values: Decimal = ZERO
    weights: Decimal = ZERO


class Trial:
    """The steps to a KPI's actual for one partner and period, each after those that it takes; the last is the result.

    Six queries at most, however deep the definition is.
    """

    def __init__(self, kpi: KPI, partner: Partner, period: Period, calendar: FiscalCalendar) -> None:
        self._calendar = calendar
        self._inputs: dict[int, list[KPI]] = defaultdict(list)
        for row in KPIInput.objects.select_related("source").order_by("position"):
            self._inputs[row.kpi_id].append(row.source)
        self._windows: dict[tuple[int, int], KPI] = {}
        self._collect(kpi, period.ym_from, period.kind.months)
        self._facts = self._read(partner)
        self._done: dict[tuple[int, int], TrialStep] = {}
        self.result = self._step(kpi, period)

    @property
    def steps(self) -> Sequence[TrialStep]:
        """All steps in the order in which they can be computed."""
        return list(self._done.values())

    def _collect(self, kpi: KPI, ym: int, months: int) -> None:
        if (kpi.pk, ym) in self._windows:
            return
        self._windows[kpi.pk, ym] = kpi
        for source in self._inputs[kpi.pk]:
            self._collect(source, ym, months)
            if kpi.aggregation == Aggregation.GROWTH:
                self._collect(source, ym - _back(kpi, months), months)

    def _read(self, partner: Partner) -> dict[int, list[Fact]]:
        measured = {key: kpi for key, kpi in self._windows.items() if not kpi.is_derived}
        if not measured:
            return {}
        months = [ym for _pk, ym in measured]
        rows = Measurement.objects.filter(
            partner=partner,
            kpi__in={pk for pk, _ym in measured},
            ym__gte=min(months),
            ym__lt=max(months) + MONTHS_OF_A_YEAR,
        )
        facts: dict[int, list[Fact]] = defaultdict(list)
        for row in rows:
            facts[row.kpi_id].append(
                Fact(row.occurred_on, row.value, row.weight, row.source, row.external_id, _texts(row.attributes))
            )
        return facts

    def _step(self, kpi: KPI, period: Period) -> TrialStep:
        key = kpi.pk, period.ym_from
        if key not in self._done:
            step = self._derived(kpi, period) if kpi.is_derived else self._measured(kpi, period)
            self._done[key] = step
        return self._done[key]

    def _measured(self, kpi: KPI, period: Period) -> TrialStep:
        facts = [fact for fact in self._facts.get(kpi.pk, ()) if fact.occurred_on in period]
        return TrialStep(
            kpi,
            period,
            actual_of(kpi.aggregation, facts, multiplier=kpi.multiplier, attribute=kpi.attribute),
            facts=len(facts),
            values=sum((fact.value or ZERO for fact in facts), ZERO),
            weights=sum((fact.weight or ZERO for fact in facts), ZERO),
        )

    def _derived(self, kpi: KPI, period: Period) -> TrialStep:
        sources = self._inputs[kpi.pk]
        inputs = [self._step(source, period) for source in sources]
        if kpi.aggregation == Aggregation.GROWTH:
            start = first_of(period.ym_from - _back(kpi, period.kind.months))
            inputs.append(self._step(sources[0], self._calendar.containing(period.kind, start)))
        values = [step.actual for step in inputs]
        match kpi.aggregation:
            case Aggregation.GROWTH:
                actual = growth_of(values[0], values[1], multiplier=kpi.multiplier)
            case Aggregation.QUOTIENT:
                actual = quotient_of(values[0], values[1], multiplier=kpi.multiplier)
            case _:
                codes = [source.code for source in sources]
                actual = formula_of(parse(kpi.formula, codes), dict(zip(codes, values, strict=True)))
        return TrialStep(kpi, period, actual, tuple(inputs))


def _back(kpi: KPI, months: int) -> int:
    return MONTHS_OF_A_YEAR if kpi.compare_with == GrowthBase.YEAR else months


def _texts(attributes: dict[str, object] | None) -> dict[str, str | None]:
    """Attributes as the texts that PostgreSQL compares."""
    found: dict[str, str | None] = {}
    for name, value in (attributes or {}).items():
        found[name] = str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
    return found
