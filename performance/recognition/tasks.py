"""Celery tasks of recognition: each fetches a tenant and calls one service. Beat only fans out."""

from celery import shared_task
from django.core.cache import cache

from performance.recognition.services import telling
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="recognition.sweep_untold_awards")
def sweep_untold_awards() -> int:
    """Every few minutes: awards that nobody was told of, because no worker or broker could be reached."""
    untold = [one for one in Tenant.objects.filter(is_active=True) if telling.has_untold_awards(one)]
    for tenant in untold:
        tell_of_awards.delay(tenant.pk)
    return len(untold)


@shared_task(name="recognition.tell_of_awards", base=TenantTask)
def tell_of_awards(tenant_id: int) -> None:
    """Tell partners and those who look after them of new awards."""
    cache.delete(telling.waiting_key(tenant_id))
    telling.tell_of_awards(tenant=Tenant.objects.get(pk=tenant_id))
