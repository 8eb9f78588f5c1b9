"""The proof behind a typed-in measurement."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.files.models import StoredFile
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class MeasurementEvidence(TenantModel):
    """A file that was given with a typed-in measurement or its correction. It stays when the measurement is corrected.

    `measurement_id` is a plain number like that of the history, since facts are written in bulk. Which version a file
    belongs to stands in the version's attributes.
    """

    measurement_id = models.BigIntegerField()
    file = TenantForeignKey(StoredFile, related_name="+", verbose_name=_("file"))
    created_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        indexes = [models.Index(fields=["tenant", "measurement_id"], name="evidence_of_measurement")]

    def __str__(self) -> str:
        return str(self.file_id)
