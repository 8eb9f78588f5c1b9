"""A report with the filters that somebody uses again and again."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.fields import PublicIdField
from prm.tenancy.models import TenantModel


class SavedReport(TenantModel):
    """A report under a name of its own. The whole workspace sees shared ones, each reader within their rights."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    report = models.CharField(_("report"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    is_shared = models.BooleanField(_("shared with the workspace"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("owner")
    )
    created_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved report")
        verbose_name_plural = _("saved reports")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner", "name"], name="saved_report_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name
