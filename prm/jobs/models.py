"""Long work with a row of its own: people close the tab and come back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.fields import PublicIdField
from prm.tenancy.models import TenantModel


class JobStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Finished")
    FAILED = "failed", _("Failed")


class Job(TenantModel):
    """One piece of background work: what it is, how it stands, what came of it."""

    public_id = PublicIdField()
    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=12, choices=JobStatus, default=JobStatus.QUEUED)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True)
    starts = models.PositiveSmallIntegerField(_("begun so often"), default=0, db_default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    params = models.JSONField(_("parameters"), default=dict)
    result = models.JSONField(_("result"), default=dict)
    result_url = models.CharField(_("where the result is"), max_length=300, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="job_by_time"),
            models.Index(fields=["tenant", "status", "created_at"], name="job_by_status"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in (JobStatus.SUCCEEDED, JobStatus.FAILED)
