"""Recomputing scorecards: at night, on demand, and seconds after facts have changed. All through one engine."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import RunKind, RunStatus
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import PeriodClosed, RecomputeBusy
from performance.models import DirtyPair, PeriodRow, Run
from performance.services.outlooks import refresh_outlooks
from performance.services.restatements import work_out_proposals
from performance.services.scheduling import schedule_alerts, schedule_outlooks
from prm.access.actor import SYSTEM, Actor
from prm.periods import FiscalCalendar
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

logger = structlog.get_logger(__name__)


def recompute_scorecards(
    *,
    tenant: Tenant,
    actor: Actor = SYSTEM,
    kind: RunKind = RunKind.MANUAL,
    period_labels: Sequence[str] = (),
    from_facts: bool = False,
    wait: bool = True,
    at: datetime | None = None,
) -> Run:
    """Recompute all open periods, or only those with the labels given, in one transaction; the run's manifest.

    Changed facts are always worked in first. `from_facts` also rebuilds the monthly sums of all months. Closed
    periods are left as they are. A failure leaves every card as it was and a failed run on record.

    Raises:
        InvalidInput: a label is no period of the tenant's calendar.
        PeriodClosed: a period asked for is closed.
        RecomputeBusy: another run is at work and `wait` is off.
    """
    at = at or timezone.now()
    try:
        with tenant_scope(tenant):
            if not period_labels:
                request = RunRequest(kind=kind, mode="open", from_facts=from_facts, wait=wait, actor_label=actor.label)
                run = run_engine(request, at=at)
            else:
                changes = RunRequest(
                    kind=RunKind.CHANGES, mode="changes", from_facts=from_facts, wait=wait, actor_label=actor.label
                )
                worked_in = run_engine(changes, at=at)
                periods = find_periods(tenant, period_labels)
                request = RunRequest(
                    kind=kind,
                    mode="periods",
                    period_ids=[period.pk for period in periods],
                    wait=wait,
                    actor_label=actor.label,
                )
                run = run_engine(request, at=at)
                _add_changes(run, worked_in)
    except RecomputeBusy:
        raise
    except Exception as error:
        _record_failure(tenant, kind, actor, at, error)
        raise
    assert run is not None, "A run over periods always has a manifest."
    logger.info("scorecards.recomputed", run_id=run.pk, kind=kind, duration_ms=run.duration_ms, **run.counts)
    work_out_proposals(tenant=tenant)
    schedule_alerts(tenant)
    refresh_outlooks(tenant=tenant, at=at)
    return run


def score_changes(*, tenant: Tenant, at: datetime | None = None) -> list[Run]:
    """Work in everything that was marked, batch by batch, each in a transaction of its own; the manifests.

    Raises:
        RecomputeBusy: another run of the tenant is at work; try again in a moment.
    """
    runs: list[Run] = []
    while not runs or has_changes(tenant):
        with tenant_scope(tenant):
            run = run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes", in_batches=True), at=at)
        if run is None:
            break
        logger.info("scorecards.updated", run_id=run.pk, duration_ms=run.duration_ms, **run.counts)
        runs.append(run)
    work_out_proposals(tenant=tenant)
    if runs:
        schedule_alerts(tenant)
        schedule_outlooks(tenant)
    return runs


def tenants_at_night(at: datetime) -> list[Tenant]:
    """The active tenants in whose local time it is the hour of their nightly recompute.

    Where the clock skips that hour in spring, it is the one after; where autumn has it twice, the first.
    """
    return [
        tenant
        for tenant in Tenant.objects.filter(is_active=True)
        if timedelta(0) <= at - _night(tenant, at) < timedelta(hours=1)
    ]


def _night(tenant: Tenant, at: datetime) -> datetime:
    on = tenant.local_date(at)
    return datetime.combine(on, time(tenant.night_hour), tzinfo=tenant.zone).astimezone(UTC)


def tenants_with_changes() -> list[Tenant]:
    """The active tenants in which something is marked and waits to be scored."""
    return [tenant for tenant in Tenant.objects.filter(is_active=True) if has_changes(tenant)]


def has_changes(tenant: Tenant) -> bool:
    """Whether something is marked in the tenant and waits to be scored."""
    with tenant_scope(tenant):
        return DirtyPair.objects.exists()


def recompute_at_night(*, tenant: Tenant, at: datetime | None = None) -> Run | None:
    """The nightly run of one tenant; None when tonight's was done already."""
    at = at or timezone.now()
    with tenant_scope(tenant):
        recent = Run.objects.filter(
            kind=RunKind.NIGHTLY, status=RunStatus.DONE, started_at__gt=at - timedelta(hours=12)
        )
        if recent.exists():
            return None
    return recompute_scorecards(tenant=tenant, kind=RunKind.NIGHTLY, at=at, wait=False)


def find_periods(tenant: Tenant, labels: Sequence[str]) -> list[PeriodRow]:
    """The open periods with these labels; a period without any measurement has no row and is left out.

    Raises:
        InvalidInput: a label is no period.
        PeriodClosed: one is closed.
    """
    calendar = FiscalCalendar(tenant.fiscal_year_start)
    wanted = [calendar.parse(label).label for label in labels]
    periods = list(PeriodRow.objects.filter(label__in=wanted))
    for period in periods:
        if period.is_closed:
            raise PeriodClosed(
                _("%(period)s is closed and its scorecards are frozen. Restate a scorecard to change it.")
                % {"period": period.label},
                field="period",
            )
    return periods


def _add_changes(run: Run | None, worked_in: Run | None) -> None:
    """A recompute of chosen periods is one event to people: its run also counts what the changes wrote."""
    if run is None or worked_in is None:
        return
    for name in ("created", "updated", "removed", "pairs"):
        run.counts[name] += worked_in.counts[name]
    run.save(update_fields=["counts"])


def _record_failure(tenant: Tenant, kind: RunKind, actor: Actor, at: datetime, error: Exception) -> None:
    with tenant_scope(tenant):
        Run.objects.create(
            kind=kind,
            status=RunStatus.FAILED,
            as_of=tenant.local_date(at),
            started_at=at,
            actor_label=actor.label[:160],
            error=f"{type(error).__name__}: {error}"[:2000],
        )
