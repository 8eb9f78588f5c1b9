"""The one fact table, what it held before, and what is kept in step with it."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, ExtractMonth, ExtractYear, Now
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from performance.models.keys import BulkKey, BulkTenantOwner
from performance.models.kpi import KPI
from performance.rules.sources import is_manual
from prm.tenancy.models import TenantModel

SOURCE_LENGTH = 40
EXTERNAL_ID_LENGTH = 120


class Measurement(TenantModel):
    """One fact about one partner: a value and perhaps a weight, on a day.

    Unique by (tenant, source, external_id), so the same file twice changes nothing. A change keeps the former
    value in `MeasurementHistory` and marks the old and the new (partner, month) for recompute. `ym` is the month
    number, year * 12 + month - 1. `batch_id` is the import that wrote the present version.
    """

    tenant = BulkTenantOwner()
    kpi = BulkKey(KPI, verbose_name=_("KPI"))
    partner = BulkKey(Partner, verbose_name=_("partner"))
    occurred_on = models.DateField(_("day"))
    occurred_at = models.DateTimeField(_("time"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True)
    weight = models.DecimalField(_("weight"), max_digits=20, decimal_places=6, null=True)
    source = models.CharField(_("source"), max_length=SOURCE_LENGTH, db_collation="C")
    external_id = models.CharField(_("external number"), max_length=EXTERNAL_ID_LENGTH, db_collation="C")
    attributes = models.JSONField(_("attributes"), null=True, blank=True)
    batch_id = models.BigIntegerField(_("import"), null=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)
    ym = models.GeneratedField(
        expression=Cast(ExtractYear("occurred_on") * 12 + ExtractMonth("occurred_on") - 1, models.IntegerField()),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-occurred_on", "-id"]
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "source", "external_id"], name="measurement_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(weight__isnull=False), name="measurement_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "partner", "ym", "kpi"], name="measurement_by_pair"),
            BrinIndex(fields=["batch_id"], name="measurement_by_batch", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"

    @property
    def is_manual(self) -> bool:
        """Whether a person typed it in."""
        return is_manual(self.source)


class MeasurementHistory(TenantModel):
    """A version of a measurement that was replaced or removed, and by which import or person."""

    tenant = BulkTenantOwner()
    measurement_id = models.BigIntegerField()
    source = models.CharField(_("source"), max_length=SOURCE_LENGTH, db_collation="C")
    external_id = models.CharField(_("external number"), max_length=EXTERNAL_ID_LENGTH, db_collation="C")
    kpi = BulkKey(KPI, verbose_name=_("KPI"))
    partner = BulkKey(Partner, verbose_name=_("partner"))
    occurred_on = models.DateField(_("day"))
    occurred_at = models.DateTimeField(_("time"), null=True)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True)
    weight = models.DecimalField(_("weight"), max_digits=20, decimal_places=6, null=True)
    attributes = models.JSONField(_("attributes"), null=True)
    batch_id = models.BigIntegerField(_("import"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))
    replaced_at = models.DateTimeField(_("replaced"), db_default=Now())
    replaced_by_batch_id = models.BigIntegerField(_("replaced by import"), null=True)
    was_removed = models.BooleanField(_("removed"), default=False)

    class Meta:
        ordering = ["-replaced_at", "-id"]
        verbose_name = _("former measurement")
        verbose_name_plural = _("former measurements")
        indexes = [
            models.Index(fields=["tenant", "measurement_id", "replaced_at"], name="former_by_measurement"),
            models.Index(fields=["tenant", "replaced_by_batch_id"], name="former_by_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class Rollup(TenantModel):
    """A partner's facts of one KPI in one month, as sums that compose: sums add up, averages would not.

    The engine alone writes it, from the facts, in the transaction that scores. `sum_w` takes a missing weight as 0
    (a ratio), `sum_w1` and `sum_vw` take it as 1 (an average); `last_v` is the value of the latest fact.
    """

    pk = models.CompositePrimaryKey("tenant_id", "partner_id", "ym", "kpi_id")
    tenant = BulkTenantOwner()
    partner = BulkKey(Partner)
    ym = models.IntegerField()
    kpi = BulkKey(KPI)
    n = models.IntegerField()
    sum_v = models.DecimalField(max_digits=30, decimal_places=6)
    sum_w = models.DecimalField(max_digits=30, decimal_places=6)
    sum_vw = models.DecimalField(max_digits=40, decimal_places=12)
    sum_w1 = models.DecimalField(max_digits=30, decimal_places=6)
    last_v = models.DecimalField(max_digits=20, decimal_places=6, null=True)

    class Meta:
        verbose_name = _("monthly sums")
        verbose_name_plural = _("monthly sums")


class PeriodActual(TenantModel):
    """A partner's actual of one KPI over a window of whole months that months cannot compose.

    Medians, distinct counts and derived KPIs, for the periods that are scored and the earlier ones they look back at.
    The engine alone writes it, in the transaction that scores; no row means no actual. 6 places.
    """

    pk = models.CompositePrimaryKey("tenant_id", "partner_id", "kpi_id", "ym_from", "months")
    tenant = BulkTenantOwner()
    partner = BulkKey(Partner)
    kpi = BulkKey(KPI)
    ym_from = models.IntegerField()
    months = models.SmallIntegerField()
    actual = models.DecimalField(max_digits=30, decimal_places=6)

    class Meta:
        verbose_name = _("actual of a period")
        verbose_name_plural = _("actuals of periods")


class DirtyPair(TenantModel):
    """A partner and month whose facts changed since they were last scored.

    Every mark raises `gen`; the worker deletes a mark only if `gen` is still what it read, so a fact that arrives
    while it works is never forgotten and nobody waits for anybody.
    """

    pk = models.CompositePrimaryKey("tenant_id", "partner_id", "ym")
    tenant = BulkTenantOwner()
    partner = BulkKey(Partner)
    ym = models.IntegerField()
    gen = models.BigIntegerField(db_default=1)
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("pair to recompute")
        verbose_name_plural = _("pairs to recompute")
