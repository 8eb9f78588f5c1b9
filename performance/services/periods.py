"""Closing periods: their scorecards are frozen, with their lines, and only a restatement changes them."""

from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import BenchmarkBasis, RunKind
from performance.engine import lines, relative
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import PeriodClosed, PeriodNotOver
from performance.models import Benchmark, PeriodRow, Scorecard
from performance.services.announcing import tell_partners_of_closing
from performance.services.closings import note_closing
from performance.services.consequences import note_outcomes
from performance.services.restatements import work_out_proposals
from performance.services.scheduling import schedule_alerts, schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import record


def close_period(*, period: PeriodRow, actor: Actor, at: datetime | None = None) -> PeriodRow:
    """Score a period one last time and freeze its cards. Facts that arrive later are kept and propose a restatement.

    What follows from the grades is kept in the same transaction and carried out after it.

    Raises:
        PeriodClosed: it is closed already.
        PeriodNotOver: its last day has not passed.
    """
    at = at or timezone.now()
    period = PeriodRow.objects.select_for_update(no_key=True).get(pk=period.pk)
    if period.is_closed:
        raise PeriodClosed(_("%(period)s is closed already.") % {"period": period.label}, field="period")
    if period.tenant.local_date(at) < period.end:
        raise PeriodNotOver(
            _("%(period)s lasts until %(day)s. Close it after that day.")
            % {"period": period.label, "day": period.value.last_day},
            field="period",
        )
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes", wait=True, actor_label=actor.label), at=at)
    run_engine(
        RunRequest(kind=RunKind.CLOSING, mode="periods", period_ids=[period.pk], wait=True, actor_label=actor.label),
        at=at,
    )
    programmes = Scorecard.objects.filter(period=period).order_by().values_list("programme_id", flat=True).distinct()
    with connection.cursor() as cursor:
        for programme_id in list(programmes):
            params = {"tenant": period.tenant_id, "period": period.pk, "programme": programme_id}
            cursor.execute(lines.FREEZE, params)
            cursor.execute(relative.KEEP_COHORTS, params)
    followed = note_outcomes(period=period, at=at)
    period.closed_at, period.closed_by = at, actor.label[:160]
    period.save(update_fields=["closed_at", "closed_by"])
    changes = {"consequences": [None, followed]} if followed else {}
    record(actor=actor, action="period.closed", target=period, changes=changes)
    if Benchmark.objects.filter(basis=BenchmarkBasis.COHORT, withdrawn_at=None).exists():
        schedule_recompute(period.tenant)  # later periods are measured by this one from now on
    tell_partners_of_closing(period)
    note_closing(period=period)
    work_out_proposals(tenant=period.tenant)
    schedule_alerts(period.tenant)
    return period
