"""What a cohort came to in a closed period: the ground of benchmarks by percentile."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme, Tier
from performance.models.kpi import KPI
from performance.models.scorecard import PeriodRow
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class CohortActuals(TenantModel):
    """The results of a cohort at a KPI in a closed period, lowest first: what benchmarks by percentile are taken from.

    Rated partners of one type and tier with a result of that period, as their cards were frozen (R9). Put down when a
    period is closed and again when one of its cards is restated.
    """

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme"))
    period = TenantForeignKey(PeriodRow, on_delete=models.CASCADE, related_name="+", verbose_name=_("period"))
    kpi = TenantForeignKey(KPI, on_delete=models.CASCADE, related_name="+", verbose_name=_("KPI"))
    partner_type = TenantForeignKey(
        PartnerType, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner type")
    )
    tier = TenantForeignKey(Tier, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("tier"))
    actuals = ArrayField(models.DecimalField(max_digits=30, decimal_places=6), verbose_name=_("results"))

    class Meta:
        verbose_name = _("results of a cohort")
        verbose_name_plural = _("results of cohorts")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "programme", "period", "kpi", "partner_type", "tier"],
                name="cohort_actuals_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.period_id}: {len(self.actuals)}"
