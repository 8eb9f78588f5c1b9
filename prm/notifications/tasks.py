"""The morning mails: beat finds the tenants whose morning it is, one task writes and sends a tenant's."""

from smtplib import SMTPException

from celery import shared_task
from django.utils import timezone

from prm.notifications import letters, morning
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


@shared_task(name="notifications.sweep_unsent_letters")
def sweep_unsent_letters() -> int:
    """Every few minutes: one task for each tenant that has letters which could not be sent at once."""
    tenants = [tenant for tenant in Tenant.objects.filter(is_active=True) if letters.has_unsent_letters(tenant)]
    for tenant in tenants:
        send_letters.delay(tenant.pk)
    return len(tenants)


@shared_task(name="notifications.send_letters", base=TenantTask)
def send_letters(tenant_id: int) -> None:
    """The letters of a tenant that have not left. Those that fail are tried again by the sweep."""
    letters.send_letters(tenant=Tenant.objects.get(pk=tenant_id))
