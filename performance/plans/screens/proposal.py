"""Which KPIs a plan of a partner could be about: those of its closed scorecards, the ones under their floors first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from partners.models import Partner, Programme
from performance.models import KPI
from performance.plans.models import Objective, Plan
from performance.plans.queries.results import Figure, figures_of
from performance.plans.rules.progress import is_under_floor
from performance.plans.services.drafting import usual_period_kind
from performance.queries.reference import kpis_by_id, periods_by_id

SHOWN = 3


@dataclass(slots=True)
class KpiChoice:
    """A KPI of the scorecard with its last closed results, oldest first. `taken_by` is another open plan about it."""

    kpi: KPI
    figures: list[Figure] = field(default_factory=list)
    is_chosen: bool = False
    taken_by: str = ""
    objective: Objective | None = None

    @property
    def last(self) -> Figure | None:
        """The newest of them that has a result."""
        return next((figure for figure in reversed(self.figures) if figure.value is not None), None)

    @property
    def red_periods(self) -> int:
        """In how many of the last closed periods in a row it lay under its floor."""
        count = 0
        for figure in reversed(self.figures):
            if not is_red(figure):
                break
            count += 1
        return count

    @property
    def is_red(self) -> bool:
        """Whether the newest result lies under its floor."""
        return self.red_periods > 0

    @property
    def exit_value(self) -> Decimal | None:
        """What has to be reached, once there is a plan."""
        return self.objective.exit_value if self.objective else None


def is_red(figure: Figure) -> bool:
    """Whether a closed result lies under its floor."""
    if figure.value is None:
        return False
    return is_under_floor(figure.direction, figure.value, figure.floor, figure.ceiling)


def offer_for(partner: Partner, programme: Programme, plan: Plan | None = None) -> list[KpiChoice]:
    """What a plan of this partner could be about.

    Chosen are the KPIs of `plan`; without one those under their floors that no other open plan is about.
    """
    kind = plan.period_kind if plan else usual_period_kind()
    newest = max((row.seq for row in periods_by_id().values() if row.kind == kind and row.is_closed), default=0)
    own: Sequence[Figure] = figures_of(
        [partner.pk], programme_id=programme.pk, period_kind=kind, since=newest - SHOWN + 1
    ).get(partner.pk, [])
    kpis = kpis_by_id()
    found: dict[int, KpiChoice] = {}
    for figure in own:
        found.setdefault(figure.kpi_id, KpiChoice(kpis[figure.kpi_id])).figures.append(figure)
    mine = {row.kpi_id: row for row in plan.objectives.all()} if plan else {}
    for kpi_id, row in mine.items():
        row.kpi = kpis[kpi_id]
        found.setdefault(kpi_id, KpiChoice(row.kpi))
    rows = Objective.objects.filter(partner=partner, programme=programme, is_open=True).select_related("plan")
    taken = {row.kpi_id: row.plan.title for row in rows if plan is None or row.plan_id != plan.pk}
    for kpi_id, one in found.items():
        one.taken_by = taken.get(kpi_id, "")
        one.objective = mine.get(kpi_id)
        one.is_chosen = kpi_id in mine if plan else one.is_red and not one.taken_by
    return sorted(found.values(), key=lambda one: (not one.objective, -one.red_periods, one.kpi.name))
