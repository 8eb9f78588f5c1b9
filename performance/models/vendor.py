"""What a workspace expects of itself, and whether its partners see how it does."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.models import TenantModel

FIGURE: dict[str, Any] = {"max_digits": 12, "decimal_places": 4}


class VendorTarget(TenantModel):
    """What is expected of a measure of our own scorecard for periods that begin on `valid_from` or later.

    It holds until a newer one does. Periods before the first have what the measure brings along. A row is only replaced
    for the same day, so an expectation of the past stays what it was.
    """

    measure = models.CharField(_("measure"), max_length=40)
    floor = models.DecimalField(_("floor"), **FIGURE)
    target = models.DecimalField(_("target"), **FIGURE)
    stretch = models.DecimalField(_("stretch"), **FIGURE)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    valid_from = models.DateField(_("from periods that begin on"))
    set_at = models.DateTimeField(_("set"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True)

    class Meta:
        ordering = ["measure", "-valid_from"]
        verbose_name = _("target of our own scorecard")
        verbose_name_plural = _("targets of our own scorecard")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "measure", "valid_from"], name="vendor_target_once_a_day"),
            models.CheckConstraint(name="vendor_target_weight", condition=Q(weight__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.measure}, {self.valid_from}"


class VendorScorecardRules(TenantModel):
    """Whether partners see how this company keeps its side. Without a row they do."""

    shown_to_partners = models.BooleanField(_("partners see it"), default=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("rules for our own scorecard")
        verbose_name_plural = _("rules for our own scorecard")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="vendor_scorecard_rules_once")]

    def __str__(self) -> str:
        return str(self.shown_to_partners)
