"""Celery tasks of scoring: each fetches a tenant and calls one service. Beat only fans out."""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from performance.api import intake
from performance.errors import RecomputeBusy
from performance.services import (
    alerts,
    asking,
    closings,
    consequences,
    late_sources,
    outlooks,
    recompute,
    replaying,
    what_if_replay,
)
from performance.services.scheduling import waiting_key
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask

BUSY_RETRY_SECONDS = 1


@shared_task(name="performance.fan_out_nightly_recomputes")
def fan_out_nightly_recomputes() -> int:
    """Every half hour: one task for each tenant whose night it is. A second one in the same night does nothing."""
    tenants = recompute.tenants_at_night(timezone.now())
    for tenant in tenants:
        recompute_tonight.delay(tenant.pk)
    return len(tenants)


@shared_task(name="performance.fan_out_looks_for_late_sources")
def fan_out_looks_for_late_sources() -> int:
    """Every half hour: one task for each tenant whose night it is, so that mornings know who is late."""
    tenants = recompute.tenants_at_night(timezone.now())
    for tenant in tenants:
        look_for_late_sources.delay(tenant.pk)
    return len(tenants)


@shared_task(name="performance.look_for_late_sources", base=TenantTask)
def look_for_late_sources(tenant_id: int) -> None:
    """Tell the owners of sources that have become late; a second look in the same night tells nobody again."""
    late_sources.look_for_late_sources(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="performance.sweep_waiting_changes")
def sweep_waiting_changes() -> int:
    """Every few minutes: score what was marked while no worker or broker could be reached."""
    tenants = recompute.tenants_with_changes()
    for tenant in tenants:
        score_changes.delay(tenant.pk)
    return len(tenants)


@shared_task(name="performance.sweep_waiting_consequences")
def sweep_waiting_consequences() -> int:
    """Every few minutes: what followed from grades and could not be done at once. What was done is not done again."""
    waiting = [one for one in Tenant.objects.filter(is_active=True) if consequences.has_waiting_outcomes(one)]
    for tenant in waiting:
        carry_out_consequences.delay(tenant.pk)
    return len(waiting)


@shared_task(name="performance.sweep_closing_work")
def sweep_closing_work() -> int:
    """Every few minutes: what is to be done behind a closing and was not done at once."""
    waiting = [one for one in Tenant.objects.filter(is_active=True) if closings.has_closing_work(one)]
    for tenant in waiting:
        do_closing_work.delay(tenant.pk)
    return len(waiting)


@shared_task(name="performance.recompute_tonight", base=TenantTask, bind=True, max_retries=20)
def recompute_tonight(self: Any, tenant_id: int) -> None:
    """The nightly run of one tenant."""
    try:
        recompute.recompute_at_night(tenant=Tenant.objects.get(pk=tenant_id))
    except RecomputeBusy as busy:
        raise self.retry(exc=busy, countdown=60) from busy


@shared_task(name="performance.recompute_open_periods", base=TenantTask, bind=True, max_retries=60)
def recompute_open_periods(self: Any, tenant_id: int) -> None:
    """All open periods, because rules have changed."""
    cache.delete(waiting_key("recompute_open_periods", tenant_id))
    try:
        recompute.recompute_scorecards(tenant=Tenant.objects.get(pk=tenant_id), wait=False)
    except RecomputeBusy as busy:
        raise self.retry(exc=busy, countdown=BUSY_RETRY_SECONDS) from busy


@shared_task(name="performance.score_changes", base=TenantTask, bind=True, max_retries=600)
def score_changes(self: Any, tenant_id: int) -> None:
    """The pairs that an intake marked: on the screen about two seconds after its commit."""
    cache.delete(waiting_key("score_changes", tenant_id))
    try:
        recompute.score_changes(tenant=Tenant.objects.get(pk=tenant_id))
    except RecomputeBusy as busy:
        raise self.retry(exc=busy, countdown=BUSY_RETRY_SECONDS) from busy


@shared_task(name="performance.look_for_alerts", base=TenantTask)
def look_for_alerts(tenant_id: int) -> None:
    """Hold the alert rules against scores that have just changed."""
    cache.delete(waiting_key("look_for_alerts", tenant_id))
    alerts.look_for_alerts(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="performance.carry_out_consequences", base=TenantTask)
def carry_out_consequences(tenant_id: int) -> None:
    """What followed from the grades of a period that was closed, or of cards that were restated."""
    cache.delete(waiting_key("carry_out_consequences", tenant_id))
    consequences.carry_out_outcomes(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="performance.do_closing_work", base=TenantTask)
def do_closing_work(tenant_id: int) -> None:
    """What plans, recognition and others have to do behind a closing."""
    cache.delete(waiting_key("do_closing_work", tenant_id))
    closings.do_closing_work(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="performance.refresh_outlooks", base=TenantTask)
def refresh_outlooks(tenant_id: int) -> None:
    """What is foreseen for cards that have changed; lists show it, pages of one card work it out themselves."""
    cache.delete(waiting_key("refresh_outlooks", tenant_id))
    outlooks.refresh_outlooks(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="performance.recompute_as_job", base=TenantTask)
def recompute_as_job(tenant_id: int, job_id: int) -> None:
    """A recompute that a person asked for."""
    asking.run_recompute_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)


@shared_task(name="performance.take_measurements_in", base=TenantTask)
def take_measurements_in(tenant_id: int, job_id: int) -> None:
    """A long stream of measurements that another system sent."""
    intake.run_intake_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)


@shared_task(name="performance.replay_as_job", base=TenantTask)
def replay_as_job(tenant_id: int, job_id: int) -> None:
    """Running a recorded run again to compare, because a person asked for it."""
    replaying.run_replay_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)


@shared_task(name="performance.replay_what_if_as_job", base=TenantTask)
def replay_what_if_as_job(tenant_id: int, job_id: int) -> None:
    """Replaying a what-if over many partners."""
    what_if_replay.run_what_if_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)
