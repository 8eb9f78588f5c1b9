"""Badges and the rules that grant them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.choices import ConsequenceTiming, Direction
from performance.models import KPI, PERIOD_KINDS
from performance.recognition.choices import BadgeColour, BadgeIcon, BadgeKind, Cohort
from performance.recognition.rules.badges import Rule
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Badge(TenantModel):
    """A badge or a title such as Partner of the quarter, and what it is granted for.

    A badge with a rule belongs to one programme and is granted when a period of its kind is closed, from the closing
    after it was switched on. `coverage` is a share; without one the scorecard's own minimum counts.
    """

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=60)
    description = models.CharField(_("what it stands for"), max_length=240, blank=True)
    icon = models.CharField(_("symbol"), max_length=20, choices=BadgeIcon, default=BadgeIcon.AWARD)
    colour = models.CharField(_("colour"), max_length=8, choices=BadgeColour, default=BadgeColour.GOLD)
    kind = models.CharField(_("granted for"), max_length=8, choices=BadgeKind)
    programme = TenantForeignKey(
        Programme, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme")
    )
    period_kind = models.CharField(_("period"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    grade = models.CharField(_("grade"), max_length=12, blank=True)
    kpi = TenantForeignKey(KPI, null=True, blank=True, related_name="+", verbose_name=_("KPI"))
    periods = models.PositiveSmallIntegerField(
        _("periods in a row"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    timing = models.CharField(
        _("how often"), max_length=8, choices=ConsequenceTiming, default=ConsequenceTiming.CROSSING
    )
    cohort = models.CharField(_("among"), max_length=10, choices=Cohort, default=Cohort.PROGRAMME)
    top = models.PositiveSmallIntegerField(
        _("places"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    minimum_rated = models.PositiveSmallIntegerField(
        _("rated partners needed"), default=5, validators=[MinValueValidator(2), MaxValueValidator(10_000)]
    )
    points = models.DecimalField(_("points at least"), max_digits=7, decimal_places=4, null=True, blank=True)
    coverage = models.DecimalField(_("coverage at least"), max_digits=5, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(_("switched on"), default=False, editable=False)
    activated_at = models.DateTimeField(_("switched on at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="badge_name_unique"),
            models.CheckConstraint(
                name="badge_rule_complete",
                condition=Q(kind=BadgeKind.HAND)
                | Q(kind=BadgeKind.GRADE, programme__isnull=False) & ~Q(grade="")
                | Q(kind__in=[BadgeKind.RANK, BadgeKind.RISE], programme__isnull=False)
                | Q(kind=BadgeKind.KPI, programme__isnull=False, kpi__isnull=False),
            ),
            models.CheckConstraint(
                name="badge_active_since", condition=Q(is_active=False) | Q(activated_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule:
        """Its rule as the pure functions, the statements and the words take it."""
        return Rule(
            kind=self.kind,
            period_kind=self.period_kind,
            grade=self.grade,
            kpi_id=self.kpi_id,
            kpi_name=self.kpi.name if self.kpi else "",
            is_band=self.kpi is not None and self.kpi.direction == Direction.BAND,
            periods=self.periods,
            timing=self.timing,
            cohort=self.cohort,
            top=self.top,
            minimum_rated=self.minimum_rated,
            points=self.points,
            coverage=self.coverage,
        )
