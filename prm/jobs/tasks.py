"""Celery tasks of jobs: each fetches a tenant and calls one service. Beat only fans out."""

from celery import shared_task

from prm.jobs import sweeping
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="jobs.sweep_stalled_jobs")
def sweep_stalled_jobs() -> int:
    """Every few minutes: one task for each tenant with jobs that nobody seems to be at."""
    stalled = [one for one in Tenant.objects.filter(is_active=True) if sweeping.has_stalled_jobs(one)]
    for tenant in stalled:
        send_stalled_jobs.delay(tenant.pk)
    return len(stalled)


@shared_task(name="jobs.send_stalled_jobs", base=TenantTask)
def send_stalled_jobs(tenant_id: int) -> None:
    """Hand the stalled jobs of a tenant to workers again."""
    sweeping.send_stalled_jobs(tenant=Tenant.objects.get(pk=tenant_id))
