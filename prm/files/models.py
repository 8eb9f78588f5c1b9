"""Stored files: checked on the way in, kept under the tenant, served only through views with a permission."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.fields import PublicIdField
from prm.tenancy.models import TenantModel


class StoredFile(TenantModel):
    """An uploaded or produced file. `path` is relative to the storage and starts with the tenant."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=200)
    path = models.CharField(max_length=300, editable=False)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    purpose = models.CharField(_("purpose"), max_length=40)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("stored"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["tenant", "purpose", "-created_at"], name="file_by_purpose")]

    def __str__(self) -> str:
        return self.name
