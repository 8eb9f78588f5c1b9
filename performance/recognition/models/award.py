"""Badges that partners hold."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.models import PeriodRow, Scorecard
from performance.recognition.choices import AwardOrigin, AwardStatus
from performance.recognition.models.badge import Badge
from performance.recognition.rules.badges import Rule
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Award(TenantModel):
    """A badge granted to a partner, by its rule for a closed period, or by hand with a reason.

    `kept_rule` is the rule as it was then. `total`, `grade`, `rank` and `cohort_size` are the scorecard's figures as
    they were; `value` is what the rule looked at: the score, the rise, or the KPI's result. `holds` is false where a
    restatement has taken the ground away: the award stands with that note until somebody withdraws it.
    `share_key` opens its public page; empty, there is none.
    """

    public_id = PublicIdField()
    badge = TenantForeignKey(Badge, related_name="awards", verbose_name=_("badge"))
    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    programme = TenantForeignKey(
        Programme, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme")
    )
    period = TenantForeignKey(
        PeriodRow, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("period")
    )
    scorecard = TenantForeignKey(
        Scorecard, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("scorecard")
    )
    origin = models.CharField(_("granted"), max_length=4, choices=AwardOrigin)
    kept_rule = models.JSONField(_("rule then"), null=True)
    value = models.DecimalField(_("figure"), max_digits=30, decimal_places=6, null=True)
    total = models.DecimalField(_("score then"), max_digits=7, decimal_places=4, null=True)
    grade = models.CharField(_("grade then"), max_length=12, blank=True, db_default="")
    rank = models.IntegerField(_("place then"), null=True)
    cohort_size = models.IntegerField(_("among"), null=True)
    reason = models.TextField(_("reason"), blank=True, db_default="")
    awarded_at = models.DateTimeField(_("awarded"), default=timezone.now)
    awarded_by = models.CharField(_("by"), max_length=160, blank=True, db_default="")
    holds = models.BooleanField(_("still fits the rule"), default=True, db_default=True)
    noted_at = models.DateTimeField(_("restated"), null=True)
    told_at = models.DateTimeField(_("told"), null=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=AwardStatus,
        default=AwardStatus.STANDING,
        db_default=AwardStatus.STANDING.value,
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=160, blank=True, db_default="")
    withdrawal_reason = models.TextField(_("withdrawn because"), blank=True, db_default="")
    share_key = models.CharField(_("key of the public page"), max_length=32, blank=True, db_default="")
    shared_at = models.DateTimeField(_("public since"), null=True)

    class Meta:
        ordering = ["-awarded_at", "-id"]
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "badge", "programme", "period", "partner"],
                condition=Q(origin=AwardOrigin.RULE),
                name="award_once_by_rule",
            ),
            models.CheckConstraint(
                name="award_says_why",
                condition=Q(origin=AwardOrigin.RULE, period__isnull=False, scorecard__isnull=False)
                | Q(origin=AwardOrigin.HAND) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="award_withdrawal_complete",
                condition=Q(status=AwardStatus.STANDING, withdrawn_at__isnull=True)
                | Q(status=AwardStatus.WITHDRAWN, withdrawn_at__isnull=False) & ~Q(withdrawal_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-awarded_at"], name="award_by_time"),
            models.Index(fields=["tenant", "partner", "-awarded_at"], name="award_by_partner"),
            models.Index(fields=["tenant", "badge", "period"], name="award_by_badge"),
            models.Index(fields=["tenant"], condition=Q(told_at__isnull=True), name="award_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.badge}"

    @property
    def rule(self) -> Rule | None:
        """The rule as it was when it granted the award; None for one by hand."""
        return None if self.kept_rule is None else Rule.from_json(self.kept_rule)

    @property
    def is_withdrawn(self) -> bool:
        """Whether somebody has withdrawn it."""
        return self.status == AwardStatus.WITHDRAWN
