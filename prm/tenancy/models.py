"""Tenant, and the base of everything a tenant owns."""

import zoneinfo
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from prm.tenancy.fields import PublicIdField, TenantForeignKey, TenantOwner, UUIDv7
from prm.tenancy.managers import TenantManager, claim_row

__all__ = [
    "Accent",
    "PublicIdField",
    "ReferenceChange",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantOwner",
    "UUIDv7",
]


class Accent(models.TextChoices):
    """Checked accent presets; a free colour could not promise contrast."""

    BLUE = "blue", _("Blue")
    PINE = "pine", _("Pine")
    PLUM = "plum", _("Plum")
    GRAPHITE = "graphite", _("Graphite")


def validate_timezone(value: str) -> None:
    """Refuse a name that is not in the time zone database."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(value)s is not a time zone. Use a name such as Europe/Berlin."),
            params={"value": value},
        )


class Tenant(models.Model):
    """A company that manages its partners here. Screens call it the workspace, or by its own name."""

    slug = models.SlugField(
        _("short name"),
        max_length=50,
        unique=True,
        help_text=_("Part of every address."),
    )
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Use three capital letters, such as EUR."))],
    )
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    accent = models.CharField(_("accent"), max_length=12, choices=Accent, default=Accent.BLUE)
    vendor_term = models.CharField(_("what the company calls itself"), max_length=60, default="Company")
    partner_term = models.CharField(_("what it calls a partner"), max_length=60, default="Partner")
    pack = models.SlugField(_("industry pack"), max_length=60, blank=True, editable=False)
    night_hour = models.PositiveSmallIntegerField(
        _("hour of the nightly recompute, local time"),
        default=2,
        validators=[MaxValueValidator(23)],
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__range=(1, 12)),
                name="tenant_fiscal_year_start_is_a_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The tenant's time zone."""
        return zoneinfo.ZoneInfo(self.timezone)

    def local_date(self, at: datetime) -> date:
        """The day an instant falls on for this tenant."""
        return at.astimezone(self.zone).date()


class ReferenceChange(models.Model):
    """The number of the last change of a tenant's reference data (`prm/tenancy/reference.py`).

    Triggers write it. The number is new with every change and never comes back, not even after a rollback.
    """

    tenant = models.OneToOneField(Tenant, models.CASCADE, primary_key=True, related_name="reference_change")
    number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.number}"


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    The schema editor of our backend gives its table row-level security and composite keys. `objects` is scoped.
    """

    tenant = TenantOwner()

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        claim_row(self)
        super().save(*args, **kwargs)
