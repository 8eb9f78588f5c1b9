"""What is still to be done behind the closing of a period."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from performance.models.scorecard import PeriodRow
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class ClosingTask(TenantModel):
    """One listener's work behind one closing, written in the closing's transaction. See `performance.closings`."""

    period = TenantForeignKey(PeriodRow, on_delete=models.CASCADE, related_name="+", verbose_name=_("period"))
    listener = models.CharField(_("what"), max_length=40)
    noted_at = models.DateTimeField(_("noted"), db_default=Now())
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    problem = models.CharField(_("problem"), max_length=240, blank=True, db_default="")
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        ordering = ["-noted_at", "-id"]
        verbose_name = _("work behind a closing")
        verbose_name_plural = _("work behind closings")
        constraints = [models.UniqueConstraint(fields=["tenant", "period", "listener"], name="closing_task_once")]
        indexes = [
            models.Index(fields=["tenant", "id"], condition=models.Q(done_at__isnull=True), name="closing_task_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.listener}, {self.period_id}"
