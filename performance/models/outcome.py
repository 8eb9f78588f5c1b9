"""What followed from the grades of closed scorecards."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from performance.choices import ConsequenceTiming, OutcomeState
from performance.models.scorecard import Restatement, Scorecard
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class Outcome(TenantModel):
    """One consequence of one grade of one closed scorecard. The unique key keeps it from following twice.

    `former_grade` is that of the last rated period before. `told` counts the people it reached. A restatement that
    takes the grade away lets it lapse; what was told before that stays on record.
    """

    scorecard = TenantForeignKey(Scorecard, on_delete=models.CASCADE, related_name="outcomes")
    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    restatement = TenantForeignKey(Restatement, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("consequence"), max_length=40)
    timing = models.CharField(_("when"), max_length=8, choices=ConsequenceTiming)
    grade = models.CharField(_("grade"), max_length=12)
    former_grade = models.CharField(_("grade before"), max_length=12, blank=True, db_default="")
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=OutcomeState,
        default=OutcomeState.WAITING,
        db_default=OutcomeState.WAITING.value,
    )
    told = models.PositiveIntegerField(_("people told"), default=0, db_default=0)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    problem = models.CharField(_("problem"), max_length=240, blank=True, db_default="")
    noted_at = models.DateTimeField(_("followed"), db_default=Now())
    tried_at = models.DateTimeField(_("tried"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    lapsed_at = models.DateTimeField(_("lapsed"), null=True)

    class Meta:
        ordering = ["-noted_at", "-id"]
        verbose_name = _("consequence that followed")
        verbose_name_plural = _("consequences that followed")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "scorecard", "kind", "grade"], name="outcome_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "kind"], name="outcome_by_state"),
            models.Index(fields=["tenant", "-noted_at"], name="outcome_by_time"),
            models.Index(fields=["tenant", "partner", "-noted_at"], name="outcome_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.kind}"
