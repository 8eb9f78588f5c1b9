"""The audit trail: who did what to which record, before and after, why. Append-only for the application role."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.models import TenantModel


class AuditEntry(TenantModel):
    """One change, written by the service in the transaction of the change itself."""

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor_kind = models.CharField(_("kind of actor"), max_length=12)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    actor_label = models.CharField(_("who"), max_length=160)
    action = models.CharField(_("action"), max_length=80)
    target_type = models.CharField(_("record type"), max_length=80)
    target_id = models.BigIntegerField(_("record"), null=True)
    target_label = models.CharField(_("record name"), max_length=240)
    partner_id = models.BigIntegerField(_("partner"), null=True)
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("from"), null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_by_time"),
            models.Index(fields=["tenant", "partner_id", "-at"], name="audit_by_partner"),
            models.Index(
                fields=["tenant", "target_type", "target_id", "-at"],
                name="audit_by_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"
