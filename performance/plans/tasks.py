"""Celery tasks of plans: each fetches a tenant and calls one service. Beat only fans out."""

from celery import shared_task
from django.utils import timezone

from performance.plans.services import evaluation, reminding
from performance.services import recompute
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="plans.fan_out_evaluations")
def fan_out_evaluations() -> int:
    """Every half hour: one task for each tenant whose night it is. A second one in the same night changes nothing."""
    tenants = recompute.tenants_at_night(timezone.now())
    for tenant in tenants:
        evaluate_tonight.delay(tenant.pk)
    return len(tenants)


@shared_task(name="plans.evaluate_tonight", base=TenantTask)
def evaluate_tonight(tenant_id: int) -> None:
    """Checkpoints whose day has come, clocks, successes and failures; then reminders, by the days as they are now."""
    tenant = Tenant.objects.get(pk=tenant_id)
    evaluation.evaluate_plans(tenant=tenant)
    reminding.remind_of_commitments(tenant=tenant)
