"""What is measured."""

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.choices import Aggregation, Direction, GrowthBase, SourceKind
from prm.imports.expressions import MAX_LENGTH
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

KPI_CODE = RegexValidator(
    r"^[A-Z][A-Z0-9_]*$", _("Use capital letters, digits and _, beginning with a letter, such as ON_TIME.")
)


class KPI(TenantModel):
    """A key figure: what it counts, how the measurements of a period become one number, which way is better.

    It carries no weight and no target: the weight is the template line's, the target the benchmark's.
    `multiplier` applies to a ratio, a growth and a quotient: 1 for a plain one, 100 for percent, 1,000,000 for parts
    per million. `attribute` is what a distinct count tells apart. A derived KPI has no measurements: it follows from
    the KPIs in `inputs`, by `compare_with` for a growth and by `formula` for a formula.
    """

    public_id = PublicIdField()
    code = models.CharField(_("code"), max_length=60, validators=[KPI_CODE])
    name = models.CharField(_("name"), max_length=160)
    definition = models.TextField(_("what it says, in plain words"), blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True, help_text=_("For example EUR, %, days."))
    aggregation = models.CharField(_("aggregation"), max_length=8, choices=Aggregation, default=Aggregation.SUM)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction, default=Direction.HIGHER)
    multiplier = models.DecimalField(
        _("multiplier of the ratio"), max_digits=12, decimal_places=4, default=1, help_text=_("100 for percent.")
    )
    attribute = models.CharField(_("attribute to count"), max_length=60, blank=True)
    compare_with = models.CharField(_("growth against"), max_length=6, choices=GrowthBase, default=GrowthBase.YEAR)
    formula = models.CharField(_("formula"), max_length=MAX_LENGTH, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals shown"), default=1, validators=[MaxValueValidator(6)])
    value_min = models.DecimalField(
        _("lowest value of a measurement"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    value_max = models.DecimalField(
        _("highest value of a measurement"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    is_share = models.BooleanField(
        _("the value is a part of the weight"),
        default=False,
        help_text=_("For a ratio such as on time out of all: a value above its weight is refused."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
    )
    source_kind = models.CharField(_("comes from"), max_length=12, choices=SourceKind, default=SourceKind.OTHER)
    needs_evidence = models.BooleanField(_("a typed-in figure needs a file as proof"), default=False, db_default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("KPI")
        verbose_name_plural = _("KPIs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="kpi_code_unique"),
            models.CheckConstraint(condition=Q(aggregation__in=Aggregation.values), name="kpi_aggregation_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="kpi_direction_known"),
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="kpi_multiplier_positive"),
            models.CheckConstraint(condition=Q(compare_with__in=GrowthBase.values), name="kpi_compare_with_known"),
            models.CheckConstraint(
                condition=Q(aggregation=Aggregation.DISTINCT) & ~Q(attribute="")
                | ~Q(aggregation=Aggregation.DISTINCT) & Q(attribute=""),
                name="kpi_attribute_of_distinct",
            ),
            models.CheckConstraint(
                condition=Q(aggregation=Aggregation.FORMULA) & ~Q(formula="")
                | ~Q(aggregation=Aggregation.FORMULA) & Q(formula=""),
                name="kpi_formula_of_formula",
            ),
            models.CheckConstraint(
                condition=Q(value_min__isnull=True) | Q(value_max__isnull=True) | Q(value_min__lte=F("value_max")),
                name="kpi_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_derived(self) -> bool:
        """Whether it follows from other KPIs and has no measurements of its own."""
        return Aggregation(self.aggregation).is_derived

    @property
    def input_codes(self) -> list[str]:
        """The codes of the KPIs it is derived from, in order: of a quotient the one above the line first."""
        return [row.source.code for row in self.inputs.all()]


class KPIInput(TenantModel):
    """A KPI that a derived KPI is made from. A quotient has two, in the order of the division; a growth has one.

    The service keeps them in step with the formula, so that nobody needs to read formulas to find what uses a KPI.
    """

    kpi = TenantForeignKey(KPI, on_delete=models.CASCADE, related_name="inputs", verbose_name=_("KPI"))
    source = TenantForeignKey(KPI, related_name="used_by", verbose_name=_("made from"))
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["position"]
        verbose_name = _("input of a KPI")
        verbose_name_plural = _("inputs of a KPI")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kpi", "position"], name="kpi_input_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id}: {self.position}"
