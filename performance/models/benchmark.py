"""What is expected, of whom, from when to when."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope, Direction
from performance.models.kpi import KPI
from performance.rules.scoring import Thresholds
from prm.periods import PeriodKind
from prm.ranges import DateRange
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

PERIOD_KINDS = [
    (PeriodKind.MONTH.value, _("Month")),
    (PeriodKind.QUARTER.value, _("Quarter")),
    (PeriodKind.HALF.value, _("Half-year")),
    (PeriodKind.YEAR.value, _("Year")),
]


def scope_names_its_target() -> Q:
    """Exactly the reference that the scope asks for is set."""
    targets = {
        BenchmarkScope.PARTNER: "partner",
        BenchmarkScope.TIER: "tier",
        BenchmarkScope.PARTNER_TYPE: "partner_type",
        BenchmarkScope.REGION: "region",
    }
    condition = Q(scope=BenchmarkScope.ALL, **{f"{name}__isnull": True for name in targets.values()})
    for scope, target in targets.items():
        condition |= Q(scope=scope, **{f"{name}__isnull": name != target for name in targets.values()})
    return condition


def thresholds_in_order() -> Q:
    """The order that R5 needs, per direction; equal neighbours are allowed."""
    upwards = Q(floor__lte=F("target"), target__lte=F("stretch"))
    return (
        Q(direction=Direction.HIGHER, ceiling__isnull=True) & upwards
        | Q(direction=Direction.LOWER, ceiling__isnull=True, floor__gte=F("target"), target__gte=F("stretch"))
        | Q(direction=Direction.BAND, ceiling__isnull=False, stretch__lte=F("ceiling")) & upwards
    )


def _basis_fits() -> Q:
    """Percent are not negative, percentiles lie between 0 and 100, and only values have a point on charts."""
    numbers = ("floor", "target", "stretch")
    percent = Q(**{f"{name}__gte": 0 for name in numbers}) & Q(chart_target__isnull=True)
    percentile = Q(**{f"{name}__lte": 100 for name in numbers}) & (Q(ceiling__isnull=True) | Q(ceiling__lte=100))
    return (
        Q(basis=BenchmarkBasis.ABSOLUTE)
        | Q(basis__in=[BenchmarkBasis.OWN_YEAR, BenchmarkBasis.OWN_PERIOD]) & percent
        | Q(basis=BenchmarkBasis.COHORT) & percent & percentile
    )


class Expectation(TenantModel):
    """Floor, target and stretch of a KPI for a kind of period and a group of partners.

    `basis` says what the numbers are: values, percent of the partner's own earlier result, or percentiles of its
    cohort; the engine turns the latter into values. For a band `target` and `stretch` are its edges and `ceiling` the
    upper end where points reach 0 again.
    """

    kpi: Any
    kpi_id: int
    period_kind = models.CharField(_("period"), max_length=8, choices=PERIOD_KINDS)
    scope = models.CharField(_("for"), max_length=8, choices=BenchmarkScope, default=BenchmarkScope.ALL)
    tier = TenantForeignKey(Tier, null=True, blank=True, related_name="+", verbose_name=_("tier"))
    region = TenantForeignKey(Region, null=True, blank=True, related_name="+", verbose_name=_("region"))
    partner_type = TenantForeignKey(
        PartnerType, null=True, blank=True, related_name="+", verbose_name=_("partner type")
    )
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+", verbose_name=_("partner"))
    direction = models.CharField(_("direction"), max_length=6, choices=Direction, editable=False)
    basis = models.CharField(
        _("measured by"), max_length=10, choices=BenchmarkBasis, default=BenchmarkBasis.ABSOLUTE, db_default="absolute"
    )
    floor = models.DecimalField(_("floor"), max_digits=20, decimal_places=6)
    target = models.DecimalField(_("target"), max_digits=20, decimal_places=6)
    stretch = models.DecimalField(_("stretch"), max_digits=20, decimal_places=6)
    ceiling = models.DecimalField(_("ceiling"), max_digits=20, decimal_places=6, null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kpi.code} {self.period_kind} {self.scope_label}"

    @property
    def group(self) -> Partner | Tier | PartnerType | Region | None:
        """Whom it is for; None for everyone."""
        return self.partner or self.tier or self.partner_type or self.region

    @property
    def scope_label(self) -> str:
        """Whom it is for, in words."""
        return str(self.group) if self.group is not None else str(BenchmarkScope.ALL.label)

    @property
    def is_relative(self) -> bool:
        """Whether the numbers become values only by an earlier result."""
        return self.basis != BenchmarkBasis.ABSOLUTE

    @property
    def thresholds(self) -> Thresholds:
        """The numbers as the rules take them; of a relative benchmark percent or percentiles."""
        return Thresholds(self.direction, self.floor, self.target, self.stretch, self.ceiling)


class Benchmark(Expectation):
    """Floor, target and stretch of a KPI for a kind of period and a group of partners, over [valid_from, valid_to).

    An immutable version: a change is a new row that ends the former. A mistake is withdrawn, which keeps the row
    but takes it out of all scoring of open periods. `chart_target` is only the point that charts of a band show.
    """

    public_id = PublicIdField()
    kpi = TenantForeignKey(KPI, related_name="benchmarks", verbose_name=_("KPI"))
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until, not included"), null=True, blank=True)
    chart_target = models.DecimalField(
        _("point to show on charts"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["kpi", "period_kind", "scope", "-valid_from"]
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")
        indexes = [
            models.Index(fields=["tenant", "kpi", "period_kind", "scope", "partner"], name="benchmark_of_line"),
            # Few or none: every run asks for them.
            models.Index(
                fields=["tenant", "kpi"], condition=~Q(basis=BenchmarkBasis.ABSOLUTE), name="benchmark_relative"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="benchmark_dates_in_order"
            ),
            models.CheckConstraint(condition=scope_names_its_target(), name="benchmark_scope_names_its_target"),
            models.CheckConstraint(condition=thresholds_in_order(), name="benchmark_thresholds_in_order"),
            models.CheckConstraint(condition=_basis_fits(), name="benchmark_basis_fits"),
            ExclusionConstraint(
                name="benchmark_no_overlap",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("kpi", RangeOperators.EQUAL),
                    ("period_kind", RangeOperators.EQUAL),
                    ("scope", RangeOperators.EQUAL),
                    (Coalesce("tier", "region", "partner_type", "partner", Value(0)), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
