"""Files that were made of reports."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from performance.reports.choices import FileFormat
from prm.files.models import StoredFile
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Produced(TenantModel):
    """One file of a report: what was asked, as of which day and run, and the file until it expires.

    `covers` are the partners whose rows may be in it; None means any. Whoever may see the workspace in part finds the
    file only while they see all of those. `partner` is set when the file was made for that partner. `audience` names
    whose eyes it was made for; with the sending it is unique, so a sending that is taken up again makes nothing twice.
    """

    public_id = PublicIdField()
    report = models.CharField(_("report"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    format = models.CharField(_("format"), max_length=8, choices=FileFormat)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    filter_words = models.JSONField(_("filters in words"), default=list, blank=True)
    as_of = models.DateField(_("as of"))
    run_id = models.BigIntegerField(_("run"), null=True)
    period = models.CharField(_("period"), max_length=8, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    covers = ArrayField(models.BigIntegerField(), null=True, verbose_name=_("covers the partners"))
    partner = TenantForeignKey(
        Partner, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("made for")
    )
    dispatch = TenantForeignKey("reports.Dispatch", null=True, related_name="produced", verbose_name=_("sending"))
    audience = models.CharField(_("audience"), max_length=40, blank=True)
    file = TenantForeignKey(StoredFile, null=True, related_name="+", verbose_name=_("file"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("asked for by"),
    )
    created_at = models.DateTimeField(_("produced"), default=timezone.now, editable=False)
    expires_on = models.DateField(_("kept until"))

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("produced report")
        verbose_name_plural = _("produced reports")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "dispatch", "audience"],
                condition=models.Q(dispatch__isnull=False),
                name="produced_once_for_an_audience",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="produced_by_time"),
            models.Index(fields=["tenant", "partner", "-created_at"], name="produced_by_partner"),
            models.Index(fields=["tenant", "expires_on"], name="produced_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.title
