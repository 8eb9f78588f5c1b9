"""Rules that watch the scores, and the alerts they raise."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.choices import (
    AlertKind,
    AlertLimit,
    AlertResolution,
    AlertSeverity,
    AlertStatus,
    AlertTiming,
    GradeMove,
    MissingData,
)
from performance.models.benchmark import PERIOD_KINDS
from performance.models.kpi import KPI
from performance.models.scorecard import PeriodRow
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6}

SEVERITY_PLACES = models.Case(
    models.When(severity=AlertSeverity.CRITICAL, then=0),
    models.When(severity=AlertSeverity.WARNING, then=1),
    default=2,
    output_field=models.SmallIntegerField(),
)


class AlertRule(TenantModel):
    """A condition that somebody wants to hear about: of which scorecards, and when.

    `figure` is the limit of a KPI or a total, the points of a fall, or the share of a coverage. Without a programme it
    watches all of them. Its changes are on the audit trail.
    """

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("watches"), max_length=8, choices=AlertKind)
    severity = models.CharField(_("severity"), max_length=8, choices=AlertSeverity, default=AlertSeverity.WARNING)
    programme = TenantForeignKey(
        Programme, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme")
    )
    period_kind = models.CharField(_("period"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    timing = models.CharField(_("looks"), max_length=8, choices=AlertTiming, default=AlertTiming.ENDED)
    wait_days = models.PositiveSmallIntegerField(
        _("days to wait for late figures"), default=3, validators=[MaxValueValidator(60)]
    )
    kpi = TenantForeignKey(KPI, null=True, blank=True, related_name="+", verbose_name=_("KPI"))
    limit = models.CharField(_("held against"), max_length=8, choices=AlertLimit, blank=True)
    figure = models.DecimalField(_("figure"), null=True, blank=True, **FIGURE)
    grade_move = models.CharField(_("change"), max_length=8, choices=GradeMove, blank=True)
    grade = models.CharField(_("grade"), max_length=12, blank=True)
    missing = models.CharField(_("what is missing"), max_length=8, choices=MissingData, blank=True)
    days = models.PositiveSmallIntegerField(
        _("days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    is_active = models.BooleanField(_("switched on"), default=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="alert_rule_name_unique"),
            models.CheckConstraint(
                name="alert_rule_complete",
                condition=Q(kind=AlertKind.KPI, kpi__isnull=False, limit=AlertLimit.FLOOR)
                | Q(kind=AlertKind.KPI, kpi__isnull=False, limit=AlertLimit.FIGURE, figure__isnull=False)
                | Q(kind=AlertKind.TOTAL, figure__range=(0, 100))
                | Q(kind=AlertKind.DROP, figure__gt=0, figure__lte=100)
                | Q(kind=AlertKind.GRADE, grade_move__in=[GradeMove.DOWN, GradeMove.ANY])
                | Q(kind=AlertKind.GRADE, grade_move=GradeMove.INTO) & ~Q(grade="")
                | Q(kind=AlertKind.MISSING, missing=MissingData.DAYS, kpi__isnull=False, days__isnull=False)
                | Q(kind=AlertKind.MISSING, missing__in=[MissingData.COVERAGE, MissingData.NOT_RATED]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alert(TenantModel):
    """Something about one partner that somebody should look at, raised by a rule or by a grade's consequence.

    One condition in one period is one alert. `holds` says whether the condition was there when it was last looked for:
    an alert resolved by hand stays quiet while it lasts, and opens again when it has gone and come back. What is
    missing for some days belongs to no period; it has `since`, the last day with data, and a new alert each time.
    `news_at` is when it was raised, came back or woke up: mornings tell what is news.
    """

    public_id = PublicIdField()
    rule = TenantForeignKey(AlertRule, null=True, related_name="alerts", verbose_name=_("rule"))
    kind = models.CharField(_("kind"), max_length=8, choices=AlertKind)
    severity = models.CharField(_("severity"), max_length=8, choices=AlertSeverity)
    status = models.CharField(_("status"), max_length=8, choices=AlertStatus, default=AlertStatus.OPEN)
    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    programme = TenantForeignKey(
        Programme, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme")
    )
    period = TenantForeignKey(
        PeriodRow, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("period")
    )
    kpi = TenantForeignKey(KPI, null=True, related_name="+", verbose_name=_("KPI"))
    value = models.DecimalField(_("figure"), null=True, **FIGURE)
    bound = models.DecimalField(_("limit"), null=True, **FIGURE)
    former = models.DecimalField(_("figure before"), null=True, **FIGURE)
    grade = models.CharField(_("grade"), max_length=12, blank=True, db_default="")
    former_grade = models.CharField(_("grade before"), max_length=12, blank=True, db_default="")
    since = models.DateField(_("last day with data"), null=True)
    holds = models.BooleanField(_("still true"), default=True, db_default=True)
    raised_at = models.DateTimeField(_("raised"), db_default=Now())
    snoozed_until = models.DateField(_("snoozed until"), null=True)
    resolution = models.CharField(
        _("resolved because"), max_length=8, choices=AlertResolution, blank=True, db_default=""
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    settled_by = models.CharField(_("by"), max_length=160, blank=True, db_default="")
    note = models.TextField(_("note"), blank=True, db_default="")
    news_at = models.DateTimeField(_("news since"), db_default=Now())

    class Meta:
        ordering = ["-raised_at", "-id"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "rule", "programme", "period", "partner"],
                condition=Q(period__isnull=False, rule__isnull=False),
                name="alert_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["tenant", "rule", "partner"],
                condition=Q(period__isnull=True, holds=True),
                name="alert_once_while_missing",
            ),
            models.UniqueConstraint(
                fields=["tenant", "programme", "period", "partner"],
                condition=Q(rule__isnull=True),
                name="alert_once_for_a_grade",
            ),
            models.CheckConstraint(
                condition=~Q(status=AlertStatus.SNOOZED) | Q(snoozed_until__isnull=False),
                name="alert_snoozed_until_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status=AlertStatus.RESOLVED, resolved_at__isnull=False)
                | ~Q(status=AlertStatus.RESOLVED) & Q(resolved_at__isnull=True, resolution=""),
                name="alert_resolved_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "-raised_at"], name="alert_by_status"),
            models.Index(fields=["tenant", "partner", "status"], name="alert_by_partner"),
            models.Index(fields=["tenant", "rule", "holds"], name="alert_by_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.rule}" if self.rule else f"{self.partner}, {self.get_kind_display()}"


class AlertWatch(TenantModel):
    """How far the rules have looked: the newest run they know, and the day of the last look at everything."""

    last_run_id = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    looked_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("state of the alert rules")
        verbose_name_plural = _("state of the alert rules")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="alert_watch_once")]
