"""What a review asks, whom, and how often: versions of a programme's review template, and its cadence."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme, Tier
from performance.models import KPI, PERIOD_KINDS
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

DEFAULT_LEVELS = ("Weak", "Developing", "Solid", "Strong", "Leading")
DEFAULT_SCORE_SHARE = Decimal("0.7")
DAYS = [MinValueValidator(1), MaxValueValidator(60)]


def default_levels() -> list[str]:
    """The names of levels 1 to 5 unless the template says otherwise."""
    return list(DEFAULT_LEVELS)


class ReviewTemplate(TenantModel):
    """One version of what a programme's reviews ask. It never changes; a change is the next version.

    A review keeps the version it was created with. `score_share` is the part of the final result that the computed
    score has, the ratings have the rest. Days are business days.
    """

    public_id = PublicIdField()
    programme = TenantForeignKey(Programme, related_name="review_templates", verbose_name=_("programme"))
    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=120)
    levels = ArrayField(models.CharField(max_length=40), default=default_levels, size=5, verbose_name=_("levels"))
    score_share = models.DecimalField(
        _("share of the score"), max_digits=4, decimal_places=3, default=DEFAULT_SCORE_SHARE
    )
    minimum_raters = models.PositiveSmallIntegerField(_("fewest raters"), default=2, validators=DAYS)
    self_days = models.PositiveSmallIntegerField(_("days for the self-assessment"), default=10, validators=DAYS)
    rating_days = models.PositiveSmallIntegerField(_("days for the ratings"), default=5, validators=DAYS)
    contest_days = models.PositiveSmallIntegerField(_("days to contest"), default=10, validators=DAYS)
    answer_days = models.PositiveSmallIntegerField(_("days to answer a contested figure"), default=10, validators=DAYS)
    sign_days = models.PositiveSmallIntegerField(_("days to sign"), default=15, validators=DAYS)
    created_at = models.DateTimeField(_("published"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True)

    class Meta:
        ordering = ["programme", "-version"]
        verbose_name = _("review template")
        verbose_name_plural = _("review templates")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "programme", "version"], name="review_template_version"),
            models.CheckConstraint(condition=Q(score_share__range=(0, 1)), name="review_template_share"),
            models.CheckConstraint(condition=Q(minimum_raters__gte=1), name="review_template_raters"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"


class ReviewSection(TenantModel):
    """A part of the review that both sides assess, with the KPIs that it speaks about."""

    template = TenantForeignKey(ReviewTemplate, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(_("what it is about"), max_length=240, blank=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("section of a review")
        verbose_name_plural = _("sections of reviews")
        constraints = [models.UniqueConstraint(fields=["tenant", "template", "name"], name="review_section_once")]

    def __str__(self) -> str:
        return self.name


class ReviewSectionKPI(TenantModel):
    """A KPI that a section speaks about."""

    section = TenantForeignKey(ReviewSection, on_delete=models.CASCADE, related_name="section_kpis")
    kpi = TenantForeignKey(KPI, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "section", "kpi"], name="review_section_kpi_once")]


class RaterRole(TenantModel):
    """A role on our side that rates, such as sales, support or marketing, with its weight among the roles.

    The partner's owner rates in it where `has_owner` is set, besides the members named for it.
    """

    template = TenantForeignKey(ReviewTemplate, on_delete=models.CASCADE, related_name="roles")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=60)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, default=Decimal(1))
    has_owner = models.BooleanField(_("the partner's owner rates"), default=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("rater role")
        verbose_name_plural = _("rater roles")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "template", "name"], name="rater_role_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="rater_role_weight"),
        ]

    def __str__(self) -> str:
        return self.name


class RaterRoleMember(TenantModel):
    """A member of the workspace who rates in a role unless a review says otherwise."""

    role = TenantForeignKey(RaterRole, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "role", "user"], name="rater_role_member_once")]


class ReviewQuestion(TenantModel):
    """A question in a section, for one rater role, or for the partner where `role` is empty."""

    section = TenantForeignKey(ReviewSection, on_delete=models.CASCADE, related_name="questions")
    role = TenantForeignKey(RaterRole, null=True, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("question"), max_length=240)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("question of a review")
        verbose_name_plural = _("questions of reviews")

    def __str__(self) -> str:
        return self.text


class ReviewCadence(TenantModel):
    """How often partners of a tier, a type or both are reviewed. The most specific rule counts: tier and type, then
    tier, then type, then everybody."""

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="+", verbose_name=_("programme"))
    tier = TenantForeignKey(Tier, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("tier"))
    partner_type = TenantForeignKey(
        PartnerType, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner type")
    )
    period_kind = models.CharField(_("reviewed each"), max_length=8, choices=PERIOD_KINDS)

    class Meta:
        ordering = ["programme", "id"]
        verbose_name = _("cadence of reviews")
        verbose_name_plural = _("cadences of reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "programme", "tier", "partner_type"],
                nulls_distinct=False,
                name="review_cadence_once",
            )
        ]

    def __str__(self) -> str:
        return self.get_period_kind_display()
