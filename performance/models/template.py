"""Scorecard templates: which KPIs count how much, in dated versions per programme."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme
from performance.choices import ConsequenceTiming, MissingPolicy, TemplateStatus
from performance.models.benchmark import PERIOD_KINDS
from performance.models.kpi import KPI
from performance.rules.scoring import DEFAULT_MINIMUM_COVERAGE, DEFAULT_POINTS_AT_TARGET
from prm.ranges import DateRange
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


def default_period_kinds() -> list[str]:
    """Cards for months, quarters and years unless the template says otherwise."""
    return ["month", "quarter", "year"]


def default_consequence_periods() -> list[str]:
    """A partner is told of a grade once a quarter, not with each month, quarter and year."""
    return ["quarter"]


class ScorecardTemplate(TenantModel):
    """One version of a programme's scorecard. A period is scored by the version valid on its first day.

    A draft can be edited; publishing fixes it and ends the version before. `points_at_target` is what a KPI
    earns exactly at its target; under `minimum_coverage` (a share, 0 to 1) a card is not rated. What follows from its
    grades (`GradeBand.consequences`, from cards of `consequence_periods`) is fixed with the version, and follows once
    somebody has switched it on.
    """

    public_id = PublicIdField()
    programme = TenantForeignKey(Programme, related_name="scorecard_templates", verbose_name=_("programme"))
    name = models.CharField(_("name"), max_length=120)
    version = models.PositiveIntegerField(_("version"), editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=TemplateStatus, default=TemplateStatus.DRAFT, editable=False
    )
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until, not included"), null=True, blank=True, editable=False)
    points_at_target = models.DecimalField(
        _("points at target"),
        max_digits=5,
        decimal_places=2,
        default=DEFAULT_POINTS_AT_TARGET,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    minimum_coverage = models.DecimalField(
        _("minimum coverage"),
        max_digits=5,
        decimal_places=4,
        default=DEFAULT_MINIMUM_COVERAGE,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    period_kinds = ArrayField(
        models.CharField(max_length=8, choices=PERIOD_KINDS), default=default_period_kinds, verbose_name=_("periods")
    )
    consequence_periods = ArrayField(
        models.CharField(max_length=8, choices=PERIOD_KINDS),
        default=default_consequence_periods,
        blank=True,
        verbose_name=_("consequences follow from"),
    )
    consequences_on_at = models.DateTimeField(_("consequences on since"), null=True, blank=True, editable=False)
    consequences_on_by = models.CharField(_("switched on by"), max_length=160, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["programme", "-version"]
        verbose_name = _("scorecard template")
        verbose_name_plural = _("scorecard templates")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "programme", "version"], name="template_version_unique"),
            models.CheckConstraint(
                condition=Q(status=TemplateStatus.DRAFT) | Q(valid_from__isnull=False, published_at__isnull=False),
                name="template_published_has_dates",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="template_dates_in_order"
            ),
            models.CheckConstraint(condition=Q(points_at_target__range=(0, 100)), name="template_points_at_target"),
            models.CheckConstraint(condition=Q(minimum_coverage__range=(0, 1)), name="template_minimum_coverage"),
            models.CheckConstraint(
                condition=Q(status=TemplateStatus.PUBLISHED) | Q(consequences_on_at__isnull=True),
                name="template_consequences_when_published",
            ),
            ExclusionConstraint(
                name="template_no_overlap",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("programme", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status=TemplateStatus.PUBLISHED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class TemplateSection(TenantModel):
    """A heading that groups lines on the card. It has no arithmetic of its own."""

    template = TenantForeignKey(ScorecardTemplate, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "template", "key"], name="template_section_key_unique")
        ]

    def __str__(self) -> str:
        return self.name


class TemplateLine(TenantModel):
    """One KPI on the card with its weight; the weights of a version total exactly 100.

    `gate_minimum` makes the KPI a gate: under that many points no grade better than `gate_grade` is given.
    Without rows in `applies_to` the line applies to every partner type.
    """

    template = TenantForeignKey(ScorecardTemplate, on_delete=models.CASCADE, related_name="lines")
    section = TenantForeignKey(TemplateSection, on_delete=models.CASCADE, null=True, blank=True, related_name="lines")
    kpi = TenantForeignKey(KPI, related_name="template_lines", verbose_name=_("KPI"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    weight = models.DecimalField(
        _("weight"),
        max_digits=7,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    policy = models.CharField(_("without data"), max_length=8, choices=MissingPolicy, default=MissingPolicy.EXCLUDE)
    carry_periods = models.PositiveSmallIntegerField(
        _("periods to carry a value"), default=0, validators=[MaxValueValidator(24)]
    )
    gate_minimum = models.DecimalField(_("gate: points needed"), max_digits=7, decimal_places=4, null=True, blank=True)
    gate_grade = models.CharField(_("gate: best grade otherwise"), max_length=12, blank=True)
    applies_to = models.ManyToManyField(
        PartnerType, through="TemplateLineType", blank=True, related_name="+", verbose_name=_("partner types")
    )

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("scorecard line")
        verbose_name_plural = _("scorecard lines")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "template", "kpi"], name="template_line_kpi_once"),
            models.CheckConstraint(condition=Q(weight__range=(0, 100)), name="template_line_weight"),
            models.CheckConstraint(
                condition=Q(policy=MissingPolicy.CARRY, carry_periods__range=(1, 24))
                | ~Q(policy=MissingPolicy.CARRY) & Q(carry_periods=0),
                name="template_line_carry_periods",
            ),
            models.CheckConstraint(
                condition=Q(gate_minimum__isnull=True, gate_grade="")
                | Q(gate_minimum__range=(0, 100)) & ~Q(gate_grade=""),
                name="template_line_gate_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi.code} {self.weight}"


class TemplateLineType(TenantModel):
    """A partner type that a line applies to."""

    line = TenantForeignKey(TemplateLine, on_delete=models.CASCADE, related_name="line_types")
    partner_type = TenantForeignKey(PartnerType, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "line", "partner_type"], name="template_line_type_once")
        ]


class GradeBand(TenantModel):
    """A grade and the least total that earns it. Bands are contiguous; the lowest begins at 0."""

    template = TenantForeignKey(ScorecardTemplate, on_delete=models.CASCADE, related_name="bands")
    key = models.CharField(_("grade"), max_length=12)
    name = models.CharField(_("name"), max_length=80, blank=True)
    minimum = models.DecimalField(_("from"), max_digits=7, decimal_places=4)

    class Meta:
        ordering = ["-minimum"]
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "template", "key"], name="grade_band_key_unique"),
            models.UniqueConstraint(fields=["tenant", "template", "minimum"], name="grade_band_minimum_unique"),
            models.CheckConstraint(condition=Q(minimum__range=(0, 100)), name="grade_band_minimum"),
        ]

    def __str__(self) -> str:
        return self.key


class BandConsequence(TenantModel):
    """What follows when a closed scorecard has a grade. `kind` names one of `performance/consequences`."""

    band = TenantForeignKey(GradeBand, on_delete=models.CASCADE, related_name="consequences")
    kind = models.CharField(_("consequence"), max_length=40)
    timing = models.CharField(_("when"), max_length=8, choices=ConsequenceTiming, default=ConsequenceTiming.CROSSING)

    class Meta:
        ordering = ["kind"]
        verbose_name = _("consequence of a grade")
        verbose_name_plural = _("consequences of grades")
        constraints = [models.UniqueConstraint(fields=["tenant", "band", "kind"], name="band_consequence_once")]

    def __str__(self) -> str:
        return f"{self.band}: {self.kind}"
