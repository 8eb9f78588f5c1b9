"""What closings and restatements do to plans that have not started: the value shown as now follows, nothing else does.

The baseline is fixed by the start alone, and the value to reach and what a plan was proposed with stay as people have
read and perhaps signed them.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog

from performance.models import PeriodRow
from performance.plans.choices import PlanStatus
from performance.plans.models import Objective, Plan
from performance.plans.queries.failing import newest_closed
from performance.plans.queries.results import Figure, figures_of
from performance.plans.services.drafting import RECORDS

logger = structlog.get_logger(__name__)

PREPARED = (PlanStatus.SUGGESTED, PlanStatus.DRAFT, PlanStatus.AGREED)
BATCH = 500


def hear_of_closing(period: PeriodRow, _at: datetime) -> None:
    """Behind a closing and behind restatements: plans that are judged by such periods show the newest results."""
    count = refresh_prepared(period.kind)
    if count:
        logger.info("plans.refreshed", period=period.label, objectives=count)


def refresh_prepared(period_kind: str) -> int:
    """Bring plans that are suggested, drafted or agreed up to the newest closed results; how many objectives changed.

    The plans are locked, so one that starts meanwhile keeps what its start has fixed.
    """
    plans = Plan.objects.filter(status__in=PREPARED, period_kind=period_kind).order_by("pk")
    changed = 0
    for programme in sorted(set(plans.order_by().values_list("programme_id", flat=True))):
        numbers = list(plans.filter(programme_id=programme).values_list("pk", flat=True))
        for start in range(0, len(numbers), BATCH):
            changed += _refresh(numbers[start : start + BATCH], programme, period_kind)
    return changed


def _refresh(numbers: list[int], programme_id: int, period_kind: str) -> int:
    newest = newest_closed(period_kind)
    if newest is None:
        return 0
    rows = Plan.objects.select_for_update(of=("self",)).filter(pk__in=numbers, status__in=PREPARED).order_by("pk")
    partners = dict(rows.values_list("pk", "partner_id"))
    figures = figures_of(
        set(partners.values()), programme_id=programme_id, period_kind=period_kind, since=newest.seq - RECORDS + 1
    )
    objectives = Objective.objects.filter(plan_id__in=partners).order_by("pk")
    changed = [one for one in objectives if _follow(one, figures.get(one.partner_id, ()))]
    Objective.objects.bulk_update(changed, ["last_value", "last_period"])
    return len(changed)


def _follow(objective: Objective, figures: Iterable[Figure]) -> bool:
    """Give an objective the newest result there is; whether that is news. Without any it keeps what it had."""
    before = objective.last_value, objective.last_period
    for figure in figures:  # oldest first
        if figure.kpi_id == objective.kpi_id and figure.value is not None:
            objective.last_value, objective.last_period = figure.value, figure.period
    return before != (objective.last_value, objective.last_period)
