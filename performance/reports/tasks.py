"""Celery tasks of reports: each fetches a tenant and calls one service. Beat only fans out."""

from celery import shared_task
from django.utils import timezone

from performance.reports.services import dispatching, keeping, producing
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="reports.fan_out_due_reports")
def fan_out_due_reports() -> int:
    """Every few minutes: one task for each tenant with schedules that are due, or sendings to be taken up again."""
    at = timezone.now()
    due = [one for one in Tenant.objects.filter(is_active=True) if dispatching.has_due_reports(one, at)]
    for tenant in due:
        send_due_reports.delay(tenant.pk)
    return len(due)


@shared_task(name="reports.fan_out_expired_files")
def fan_out_expired_files() -> int:
    """Every few hours: one task for each tenant with files past their day."""
    found = [one for one in Tenant.objects.filter(is_active=True) if keeping.has_expired_files(one)]
    for tenant in found:
        remove_expired_files.delay(tenant.pk)
    return len(found)


@shared_task(name="reports.send_due_reports", base=TenantTask)
def send_due_reports(tenant_id: int) -> None:
    """Note what is due in one tenant and hand it out."""
    dispatching.send_due_reports(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="reports.carry_out_dispatch", base=TenantTask)
def carry_out_dispatch(tenant_id: int, dispatch_id: int) -> None:
    """Plan one sending and share its work out."""
    dispatching.carry_out(tenant=Tenant.objects.get(pk=tenant_id), dispatch_id=dispatch_id)


@shared_task(name="reports.deliver_reports", base=TenantTask)
def deliver_reports(tenant_id: int, dispatch_id: int, keys: list[str]) -> None:
    """Serve some recipients of a sending."""
    dispatching.deliver_batch(tenant=Tenant.objects.get(pk=tenant_id), dispatch_id=dispatch_id, keys=keys)


@shared_task(name="reports.produce_as_job", base=TenantTask)
def produce_as_job(tenant_id: int, job_id: int) -> None:
    """A long export that a person asked for."""
    producing.run_export_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)


@shared_task(name="reports.remove_expired_files", base=TenantTask)
def remove_expired_files(tenant_id: int) -> None:
    """Files past their day, of one tenant."""
    keeping.remove_expired(tenant=Tenant.objects.get(pk=tenant_id))
