"""Celery tasks of reviews: each fetches a tenant and calls one service. Beat only fans out."""

from celery import shared_task
from django.utils import timezone

from performance.reviews.services import bulk, watching
from performance.services.recompute import tenants_at_night
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="reviews.fan_out_looks_after_reviews")
def fan_out_looks_after_reviews() -> int:
    """Every half hour: one task for each tenant whose night it is. A second one in the same night does nothing."""
    tenants = tenants_at_night(timezone.now())
    for tenant in tenants:
        look_after_reviews.delay(tenant.pk)
    return len(tenants)


@shared_task(name="reviews.look_after_reviews", base=TenantTask)
def look_after_reviews(tenant_id: int) -> None:
    """Open, remind, go on, close: whatever has come due."""
    watching.look_after_reviews(tenant=Tenant.objects.get(pk=tenant_id))


@shared_task(name="reviews.create_reviews_as_job", base=TenantTask)
def create_reviews_as_job(tenant_id: int, job_id: int) -> None:
    """The reviews of a period that a person asked for."""
    bulk.run_creation_job(tenant=Tenant.objects.get(pk=tenant_id), job_id=job_id)
