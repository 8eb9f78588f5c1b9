"""What a workspace sets up once: templates of plans and the rules that propose them."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.models import KPI, PERIOD_KINDS
from performance.plans.choices import Side, TriggerKind
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


def usual_checkpoints() -> list[int]:
    """Days after the start at which a plan is judged."""
    return [30, 60, 90]


class PlanTemplate(TenantModel):
    """A plan to begin with: its length, its checkpoints and what each side usually promises."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("what it is for"), max_length=1000, blank=True)
    length_days = models.PositiveSmallIntegerField(
        _("days"), default=90, validators=[MinValueValidator(14), MaxValueValidator(730)]
    )
    margin_percent = models.DecimalField(
        _("margin of the exit, percent of target minus floor"),
        max_digits=5,
        decimal_places=2,
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    periods_to_succeed = models.PositiveSmallIntegerField(
        _("periods in a row to succeed"), default=2, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    checkpoint_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("checkpoints"), default=usual_checkpoints
    )
    vendor_support = models.TextField(_("what we support it with"), max_length=2000, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("plan template")
        verbose_name_plural = _("plan templates")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="plan_template_name_unique")]

    def __str__(self) -> str:
        return self.name


class TemplateCommitment(TenantModel):
    """Something that one side usually promises, due so many days after the start."""

    template = TenantForeignKey(PlanTemplate, on_delete=models.CASCADE, related_name="commitments")
    side = models.CharField(_("who"), max_length=8, choices=Side)
    title = models.CharField(_("what"), max_length=200)
    due_day = models.PositiveSmallIntegerField(_("due after days"), validators=[MaxValueValidator(730)])
    place = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["template", "place", "id"]
        verbose_name = _("usual commitment")
        verbose_name_plural = _("usual commitments")

    def __str__(self) -> str:
        return self.title


class TriggerRule(TenantModel):
    """When a plan is proposed, looked at once a period is closed.

    FLOOR: `kpi`, or any KPI, lay under its floor in `periods` closed periods in a row. GRADE: the grade is `grade` or
    worse. RED: `count` KPIs lay under their floors in one period. A card below its minimum coverage proposes nothing.
    """

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme"))
    period_kind = models.CharField(_("period"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    kind = models.CharField(_("proposes when"), max_length=8, choices=TriggerKind)
    kpi = TenantForeignKey(KPI, null=True, blank=True, related_name="+", verbose_name=_("KPI"))
    periods = models.PositiveSmallIntegerField(
        _("periods in a row"), default=2, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    grade = models.CharField(_("grade or worse"), max_length=12, blank=True)
    count = models.PositiveSmallIntegerField(
        _("KPIs at once"), default=2, validators=[MinValueValidator(2), MaxValueValidator(20)]
    )
    template = TenantForeignKey(PlanTemplate, null=True, blank=True, related_name="+", verbose_name=_("plan template"))
    is_active = models.BooleanField(_("switched on"), default=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("plan rule")
        verbose_name_plural = _("plan rules")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="plan_rule_name_unique"),
            models.CheckConstraint(name="plan_rule_complete", condition=~Q(kind=TriggerKind.GRADE) | ~Q(grade="")),
        ]

    def __str__(self) -> str:
        return self.name
