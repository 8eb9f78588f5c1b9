"""The morning mails: beat finds the tenants whose morning it is, one task writes and sends a tenant's."""

from smtplib import SMTPException

from celery import shared_task
from django.utils import timezone

from prm.notifications import morning
from prm.tenancy.models import Tenant
from prm.tenancy.tasks import TenantTask


@shared_task(name="notifications.fan_out_morning_mails")
def fan_out_morning_mails() -> int:
    """Every half hour: one task for each tenant whose morning it is. What was sent is not sent again."""
    tenants = morning.tenants_in_the_morning(timezone.now())
    for tenant in tenants:
        send_morning_mails.delay(tenant.pk)
    return len(tenants)


@shared_task(
    name="notifications.send_morning_mails",
    base=TenantTask,
    autoretry_for=(SMTPException, OSError),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
def send_morning_mails(tenant_id: int) -> None:
    """The mails of one tenant's morning."""
    morning.send_morning_mails(tenant=Tenant.objects.get(pk=tenant_id))
