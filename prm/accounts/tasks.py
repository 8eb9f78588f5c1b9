"""Mails about people's places."""

from smtplib import SMTPException

from celery import shared_task

from prm.accounts.services.invitation_mail import mail_invitation
from prm.tenancy.tasks import TenantTask


@shared_task(
    base=TenantTask,
    autoretry_for=(SMTPException, OSError),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
def send_invitation(tenant_id: int, invitation_id: int) -> None:
    """Mail an invitation with a fresh link."""
    mail_invitation(tenant_id=tenant_id, invitation_id=invitation_id)
