"""Where measurements come from: the sources of a workspace, what each delivered, and which codes are taken."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.choices import SourceType
from performance.models.kpi import KPI
from performance.models.measurement import SOURCE_LENGTH
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

LONGEST_RHYTHM = 400
LONGEST_GRACE = 90


class MeasurementSource(TenantModel):
    """A system, a file or a group of people that measurements come from, and how often they are expected.

    Measurements name it by `code`, the part of their key that they had before there were records of sources, so the
    table of facts needs neither another column nor another index. The code of a source whose figures are typed in is
    `manual` or begins with `manual-`: whoever sees a fact knows it without a look here.

    A code that nobody has described is taken in unless the workspace refuses it; its record is then made by the
    delivery and `is_described` is False. `late_since` is the day on which the spell of lateness that the owner was
    told of began, None while nobody waits.
    """

    public_id = PublicIdField()
    code = models.CharField(_("code"), max_length=SOURCE_LENGTH, db_collation="C")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("comes by"), max_length=8, choices=SourceType, default=SourceType.FILE)
    description = models.TextField(_("what it delivers, in plain words"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
    )
    system_url = models.URLField(_("address of the system"), max_length=500, blank=True)
    expected_every = models.PositiveSmallIntegerField(
        _("expected every (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RHYTHM)],
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"), default=0, blank=True, validators=[MaxValueValidator(LONGEST_GRACE)]
    )
    is_active = models.BooleanField(_("in use"), default=True)
    is_described = models.BooleanField(_("described by a person"), default=True, editable=False)
    late_since = models.DateField(_("late since"), null=True, editable=False)
    late_told_at = models.DateTimeField(_("owner told"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["name", "code"]
        verbose_name = _("measurement source")
        verbose_name_plural = _("measurement sources")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="measurement_source_code_once"),
            models.CheckConstraint(
                condition=Q(expected_every__isnull=True) | Q(expected_every__range=(1, LONGEST_RHYTHM)),
                name="measurement_source_rhythm",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceKPI(TenantModel):
    """A KPI that a source feeds: named by a person, seen in a delivery, or both."""

    source = TenantForeignKey(
        MeasurementSource, on_delete=models.CASCADE, related_name="feeds", verbose_name=_("source")
    )
    kpi = TenantForeignKey(KPI, on_delete=models.CASCADE, related_name="fed_by", verbose_name=_("KPI"))
    is_named = models.BooleanField(_("named by a person"), default=False)
    seen_at = models.DateTimeField(_("first received"), null=True)

    class Meta:
        ordering = ["kpi__name"]
        verbose_name = _("KPI of a source")
        verbose_name_plural = _("KPIs of a source")
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "kpi"], name="source_kpi_once")]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.kpi_id}"


class SourceDelivery(TenantModel):
    """What one source brought at once: one import, or the calls of one key or person within an hour.

    Counted in the transaction that writes the facts, so that nobody ever has to count facts. `taken_at` is the last
    time something was taken in, also where all of it was known already; a refused call does not set it. `errors` holds
    the first of the last call that had some. An import that was taken back is none: `undone_at`.
    """

    source = TenantForeignKey(
        MeasurementSource, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("source")
    )
    channel = models.CharField(_("came by"), max_length=8, choices=SourceType)
    by = models.CharField(_("by"), max_length=160, blank=True)
    batch_id = models.BigIntegerField(_("import"), null=True)
    first_at = models.DateTimeField(_("begun"))
    last_at = models.DateTimeField(_("last call"))
    taken_at = models.DateTimeField(_("taken in"), null=True)
    calls = models.IntegerField(_("calls"), default=1)
    refused_calls = models.IntegerField(_("refused calls"), default=0)
    created = models.BigIntegerField(_("new rows"), default=0)
    updated = models.BigIntegerField(_("changed rows"), default=0)
    unchanged = models.BigIntegerField(_("known rows"), default=0)
    bad_rows = models.BigIntegerField(_("wrong rows"), default=0)
    errors = models.JSONField(_("errors"), default=list, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        ordering = ["-last_at", "-id"]
        verbose_name = _("delivery of a source")
        verbose_name_plural = _("deliveries of sources")
        indexes = [
            models.Index(fields=["tenant", "source", "-last_at"], name="delivery_by_source"),
            models.Index(fields=["tenant", "batch_id"], name="delivery_by_batch", condition=Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.last_at:%Y-%m-%d %H:%M}"


class SourceRules(TenantModel):
    """What a workspace does with codes that no source has. Without a row they are taken in."""

    refuses_unknown = models.BooleanField(_("refuse measurements of unknown sources"), default=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("rules for sources")
        verbose_name_plural = _("rules for sources")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="source_rules_once")]

    def __str__(self) -> str:
        return str(self.refuses_unknown)
