"""Background work on partner records. Each task fetches, calls one service and returns."""

from celery import shared_task

from partners.services.bulk import run_job
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(base=TenantTask, name="partners.run_bulk_edit")
def run_bulk_edit(tenant_id: int, job_id: int) -> None:
    """Do a bulk edit that was too large for the request."""
    run_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)
