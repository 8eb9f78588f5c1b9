"""What is foreseen for the cards of running periods, so that lists can ask for it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from performance.models.keys import BulkKey, BulkTenantOwner
from performance.models.scorecard import PeriodRow, Scorecard
from prm.tenancy.models import TenantModel


class CardOutlook(TenantModel):
    """The projection of one card of a running period, and why its partner is at risk.

    Worked out again each night and after each change of the card: `as_of` is the day, `of_total` and `of_grade` what
    the card said, its total in ten-thousandths and -1 without one. Never part of a score. A page that shows one card
    works its outlook out by itself, from the same rules.
    """

    tenant = BulkTenantOwner()
    scorecard = BulkKey(Scorecard, verbose_name=_("scorecard"))
    period = BulkKey(PeriodRow, verbose_name=_("period"))
    as_of = models.DateField(_("as of"))
    of_total = models.IntegerField(_("total it was worked out from, for comparing"))
    of_grade = models.CharField(_("grade it was worked out from"), max_length=12, blank=True)
    total = models.DecimalField(_("projected total"), max_digits=7, decimal_places=4, null=True)
    grade = models.CharField(_("projected grade"), max_length=12, blank=True)
    change = models.DecimalField(_("projected change"), max_digits=7, decimal_places=4, null=True)
    reasons = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("at risk because"))

    class Meta:
        verbose_name = _("outlook of a scorecard")
        verbose_name_plural = _("outlooks of scorecards")
        constraints = [models.UniqueConstraint(fields=["tenant", "scorecard"], name="outlook_once")]
        indexes = [models.Index(fields=["tenant", "period"], name="outlook_by_period")]

    def __str__(self) -> str:
        return f"{self.scorecard_id} {self.as_of}"
