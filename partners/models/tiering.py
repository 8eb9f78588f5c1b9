"""Which tier a partner held when. Scoring reads the tier at a period's start."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.catalogue import Programme, Tier
from partners.models.partner import Partner
from prm.ranges import DateRange
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class TierAssignment(TenantModel):
    """A partner's tier in a programme over the days [valid_from, valid_to)."""

    partner = TenantForeignKey(
        Partner,
        on_delete=models.CASCADE,
        related_name="tier_assignments",
        verbose_name=_("partner"),
    )
    programme = TenantForeignKey(
        Programme,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("programme"),
    )
    tier = TenantForeignKey(Tier, related_name="assignments", verbose_name=_("tier"))
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until, not included"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    actor_label = models.CharField(_("by"), max_length=160)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("tier assignment")
        verbose_name_plural = _("tier assignments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="tier_assignment_dates_in_order",
            ),
            ExclusionConstraint(
                name="tier_assignment_no_overlap",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("partner", RangeOperators.EQUAL),
                    ("programme", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.valid_from}"

    @property
    def last_day(self) -> date | None:
        """The last day with this tier, as screens show it; None while it is open."""
        return self.valid_to - timedelta(days=1) if self.valid_to else None
