"""A plan, what it is to reach, and what stands in it at each moment."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.choices import Direction
from performance.models import KPI, PERIOD_KINDS
from performance.plans.choices import Level, PlanOrigin, PlanStatus, StopReason
from performance.plans.models.setup import PlanTemplate, TriggerRule
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6}
PERSON: dict[str, Any] = {
    "to": settings.AUTH_USER_MODEL,
    "on_delete": models.SET_NULL,
    "null": True,
    "blank": True,
    "related_name": "+",
    "db_index": False,
}


class Plan(TenantModel):
    """What both sides do to bring some KPIs of a partner back, until measured results end it.

    `period_kind` says by which periods it is judged. Dates are the first day and the last day, inclusive. While the
    clock stands (`stopped_on`), days do not count; `stopped_days` are those of former stops, by which `ends_on` has
    moved. `version` counts changes of the draft: a signature is for one version.
    """

    public_id = PublicIdField()
    partner = TenantForeignKey(Partner, related_name="plans", verbose_name=_("partner"))
    programme = TenantForeignKey(Programme, related_name="+", verbose_name=_("programme"))
    title = models.CharField(_("title"), max_length=160)
    status = models.CharField(_("status"), max_length=13, choices=PlanStatus, default=PlanStatus.DRAFT, editable=False)
    origin = models.CharField(_("came from"), max_length=8, choices=PlanOrigin, default=PlanOrigin.MANUAL)
    origin_label = models.CharField(_("what it came from"), max_length=200, blank=True)
    origin_url = models.CharField(max_length=300, blank=True, editable=False)
    rule = TenantForeignKey(TriggerRule, null=True, blank=True, related_name="+", verbose_name=_("rule"))
    template = TenantForeignKey(PlanTemplate, null=True, blank=True, related_name="+", verbose_name=_("template"))
    former = TenantForeignKey("self", null=True, blank=True, related_name="+", verbose_name=_("plan before"))
    period_kind = models.CharField(_("judged by"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    length_days = models.PositiveSmallIntegerField(
        _("days"), default=90, validators=[MinValueValidator(14), MaxValueValidator(730)]
    )
    margin_percent = models.DecimalField(
        _("margin of the exit, percent of target minus floor"), max_digits=5, decimal_places=2, default=5
    )
    periods_to_succeed = models.PositiveSmallIntegerField(
        _("periods in a row to succeed"), default=2, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    checkpoint_days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("checkpoints"), default=list)
    vendor_support = models.TextField(_("what we support it with"), max_length=2000, blank=True)
    owner = models.ForeignKey(verbose_name=_("owner"), **PERSON)
    partner_lead = models.ForeignKey(verbose_name=_("lead at the partner"), **PERSON)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.CharField(_("by"), max_length=160, blank=True, editable=False)
    offered_at = models.DateTimeField(_("shown to the partner"), null=True, blank=True, editable=False)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True, editable=False)
    extended_by = models.PositiveSmallIntegerField(_("extended by days"), default=0, editable=False)
    extension_reason = models.CharField(max_length=1000, blank=True, editable=False)
    stopped_on = models.DateField(_("clock stopped on"), null=True, blank=True, editable=False)
    stop_reason = models.CharField(max_length=8, choices=StopReason, blank=True, editable=False)
    stopped_days = models.PositiveSmallIntegerField(_("days the clock stood"), default=0, editable=False)
    escalated_to = models.PositiveSmallIntegerField(_("taken up to"), choices=Level, default=Level.NONE, editable=False)
    relapses = models.PositiveSmallIntegerField(_("relapses"), default=0, editable=False)
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    ended_by_period = models.CharField(_("ended by the results of"), max_length=8, blank=True, editable=False)
    end_reason = models.CharField(_("reason"), max_length=1000, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("improvement plan")
        verbose_name_plural = _("improvement plans")
        constraints = [
            models.CheckConstraint(
                name="plan_has_its_days_when_it_runs",
                condition=~Q(status__in=["active", "extended", "awaiting_data"])
                | Q(starts_on__isnull=False, ends_on__isnull=False, activated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_clock_stands_for_a_reason",
                condition=Q(stopped_on__isnull=True, stop_reason="") | Q(stopped_on__isnull=False) & ~Q(stop_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "-created_at"], name="plan_by_status"),
            models.Index(fields=["tenant", "partner", "-created_at"], name="plan_by_partner"),
        ]

    def __str__(self) -> str:
        return self.title


class Objective(TenantModel):
    """One KPI that a plan is to bring back.

    `trigger_value` is what it was when the plan was proposed, `baseline` what it was when the plan began and is fixed
    from then on, `exit_value` what has to be reached, better than the trigger value by the margin. `records` are the
    results that led here: [{"period", "value", "floor", "target", "points"}]. `reached` counts the closed periods in a
    row at or beyond the exit. Of a band the best values lie from target to stretch, and the ceiling is the floor of its
    upper side (R5). Partner, programme and `is_open` are the plan's; the unique key stands on them.
    """

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="objectives")
    partner = TenantForeignKey(Partner, related_name="+")
    programme = TenantForeignKey(Programme, related_name="+")
    kpi = TenantForeignKey(KPI, related_name="+", verbose_name=_("KPI"))
    is_open = models.BooleanField(default=True, editable=False)
    place = models.PositiveSmallIntegerField(default=1)
    direction = models.CharField(max_length=8, choices=Direction)
    weight = models.DecimalField(_("weight on the scorecard"), max_digits=9, decimal_places=4, null=True)
    floor = models.DecimalField(_("floor"), null=True, **FIGURE)
    target = models.DecimalField(_("target"), null=True, **FIGURE)
    stretch = models.DecimalField(_("stretch"), null=True, **FIGURE)
    ceiling = models.DecimalField(_("ceiling"), null=True, **FIGURE)
    trigger_value = models.DecimalField(_("when proposed"), null=True, **FIGURE)
    trigger_period = models.CharField(max_length=8, blank=True)
    exit_value = models.DecimalField(_("to reach"), null=True, blank=True, **FIGURE)
    baseline = models.DecimalField(_("at the beginning"), null=True, editable=False, **FIGURE)
    baseline_period = models.CharField(max_length=8, blank=True, editable=False)
    last_value = models.DecimalField(_("now"), null=True, editable=False, **FIGURE)
    last_period = models.CharField(max_length=8, blank=True, editable=False)
    reached = models.PositiveSmallIntegerField(_("periods in a row reached"), default=0, editable=False)
    records = models.JSONField(default=list)

    class Meta:
        ordering = ["plan", "place", "id"]
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "plan", "kpi"], name="objective_once_a_plan"),
            models.UniqueConstraint(
                fields=["tenant", "partner", "programme", "kpi"],
                condition=Q(is_open=True),
                name="one_open_plan_for_a_kpi",
            ),
        ]

    def __str__(self) -> str:
        return str(self.kpi)
