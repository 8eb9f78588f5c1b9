"""What would happen if a scorecard or its benchmarks were others: a draft tried on past periods, and what came out."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import MoveKind, WhatIfStatus
from performance.models.benchmark import Expectation, scope_names_its_target, thresholds_in_order
from performance.models.keys import BulkKey, BulkTenantOwner
from performance.models.kpi import KPI
from performance.models.scorecard import PeriodRow
from performance.models.template import ScorecardTemplate
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

GROUPS = ("tier", "region", "partner_type", "partner")
"""The fields of which one says whom a benchmark is for."""


class WhatIf(TenantModel):
    """A draft of weights, grades and benchmarks, replayed over chosen periods of a programme.

    `template` is the draft version; without one each period keeps its own version and only benchmarks differ.
    `template_is_ours` says that it was made for this and goes when this is discarded. `figures` and `changes` are kept
    as they were replayed, so that a discarded one can still be read; `replayed_rules` recognises the draft they are of.
    """

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    programme = TenantForeignKey(Programme, related_name="what_ifs", verbose_name=_("programme"))
    template = TenantForeignKey(
        ScorecardTemplate, null=True, blank=True, related_name="what_ifs", verbose_name=_("draft")
    )
    template_is_ours = models.BooleanField(default=False)
    periods = ArrayField(models.CharField(max_length=8), verbose_name=_("periods"))
    status = models.CharField(_("status"), max_length=10, choices=WhatIfStatus, default=WhatIfStatus.OPEN)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.CharField(_("by"), max_length=160, blank=True)
    replayed_at = models.DateTimeField(_("replayed"), null=True, blank=True)
    replayed_by = models.CharField(_("replayed by"), max_length=160, blank=True)
    replayed_rules = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(_("figures"), null=True, blank=True)
    changes = models.JSONField(_("what the draft changes"), default=list, blank=True)
    basis_at = models.DateTimeField(_("results taken"), null=True, blank=True)
    basis_periods = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    basis_run = models.BigIntegerField(null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=160, blank=True)
    valid_from = models.DateField(_("takes effect on"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        indexes = [models.Index(fields=["tenant", "-created_at"], name="whatif_by_time")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it can still be edited."""
        return self.status == WhatIfStatus.OPEN


class WhatIfBenchmark(Expectation):
    """A benchmark of a what-if: in its replay it stands in for the stored ones of the same KPI, period and group.

    A removed one stands for none: the numbers are those that the draft gives up.
    """

    what_if = TenantForeignKey(WhatIf, on_delete=models.CASCADE, related_name="benchmarks")
    kpi = TenantForeignKey(KPI, related_name="+", verbose_name=_("KPI"))
    is_removed = models.BooleanField(_("removed"), default=False, db_default=False)

    class Meta:
        ordering = ["kpi__name", "period_kind", "scope", "id"]
        verbose_name = _("benchmark of a what-if")
        verbose_name_plural = _("benchmarks of what-ifs")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "what_if", "kpi", "period_kind", "scope", *GROUPS],
                nulls_distinct=False,
                name="whatif_benchmark_once",
            ),
            models.CheckConstraint(condition=scope_names_its_target(), name="whatif_benchmark_scope_names_its_target"),
            models.CheckConstraint(condition=thresholds_in_order(), name="whatif_benchmark_in_order"),
        ]


class WhatIfBasis(TenantModel):
    """What a replay starts from: one partner in one period, its card as stored and its results of every KPI.

    Taken once and read by every replay, so that the figures before and after are of the same moment. `kpis` and
    `actuals` are of one length; NaN is a result that measurements did not give (a zero denominator). `is_member` is
    false for a stored card whose partner would have none now. Deleted once the what-if is settled.
    """

    tenant = BulkTenantOwner()
    what_if = BulkKey(WhatIf, on_delete=models.CASCADE)
    period = BulkKey(PeriodRow, on_delete=models.CASCADE)
    partner = BulkKey(Partner)
    is_member = models.BooleanField()
    always = models.BooleanField()
    partner_type = BulkKey(PartnerType, null=True)
    region = BulkKey(Region, null=True)
    tier = BulkKey(Tier, null=True)
    has_card = models.BooleanField()
    total_e4 = models.IntegerField(null=True)
    rated = models.BooleanField()
    grade = models.CharField(max_length=12)
    kpis = ArrayField(models.BigIntegerField())
    actuals = ArrayField(models.DecimalField(max_digits=30, decimal_places=6, null=True))

    class Meta:
        verbose_name = _("basis of a what-if")
        verbose_name_plural = _("bases of what-ifs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "what_if", "period", "partner"], name="whatif_basis_once")
        ]


class WhatIfMove(TenantModel):
    """A partner that would move to another grade in a period, or be rated or not, or have a card or none."""

    tenant = BulkTenantOwner()
    what_if = BulkKey(WhatIf, on_delete=models.CASCADE)
    period = BulkKey(PeriodRow, on_delete=models.CASCADE)
    partner = BulkKey(Partner, verbose_name=_("partner"))
    tier = BulkKey(Tier, null=True, verbose_name=_("tier"))
    kind = models.CharField(_("moves"), max_length=10, choices=MoveKind)
    old_total = models.DecimalField(_("total now"), max_digits=7, decimal_places=4, null=True)
    new_total = models.DecimalField(_("total then"), max_digits=7, decimal_places=4, null=True)
    old_grade = models.CharField(_("grade now"), max_length=12, blank=True)
    new_grade = models.CharField(_("grade then"), max_length=12, blank=True)
    change = models.DecimalField(_("change"), max_digits=7, decimal_places=4, null=True)

    class Meta:
        ordering = ["what_if", "period", "partner"]
        verbose_name = _("move of a what-if")
        verbose_name_plural = _("moves of what-ifs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "what_if", "period", "partner"], name="whatif_move_once"),
            models.CheckConstraint(condition=~Q(kind=""), name="whatif_move_has_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.period_id}"
