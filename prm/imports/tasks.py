"""Celery's side of imports."""

from celery import shared_task

from prm.imports.services import batches
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(base=TenantTask)
def check_import(tenant_id: int, batch_id: int, job_id: int) -> None:
    """Check every row of an uploaded file."""
    batches.run_check(Tenant.objects.get(pk=tenant_id), batch_id=batch_id, job_id=job_id)


@shared_task(base=TenantTask)
def run_import(tenant_id: int, batch_id: int, job_id: int) -> None:
    """Import a checked file."""
    batches.run_import(Tenant.objects.get(pk=tenant_id), batch_id=batch_id, job_id=job_id)


@shared_task(base=TenantTask)
def undo_import(tenant_id: int, batch_id: int, job_id: int) -> None:
    """Take an import back."""
    batches.run_undo(Tenant.objects.get(pk=tenant_id), batch_id=batch_id, job_id=job_id)
