"""The partner and what hangs on it directly."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus
from partners.models.catalogue import PartnerType, Region, Specialisation
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

COUNTRY_CODE = RegexValidator(r"^[A-Z]{2}$", _("Use the two letters of the country, such as DE."))


class Partner(TenantModel):
    """A company the tenant depends on: reseller, supplier, broker, clinic, contractor, franchisee."""

    # Its tier of today and the tier's place from the top, where a query asked (queries.with_tier, queries.name_tier).
    tier_name: str | None
    tier_place: int | None
    # Who looks after it, where a report asked (reports/kinds/streams.name_owners).
    owner_name: str

    public_id = PublicIdField()
    external_id = models.CharField(
        _("external number"),
        max_length=80,
        help_text=_("The number other systems know it by. Unique."),
    )
    name = models.CharField(_("name"), max_length=200)
    partner_type = TenantForeignKey(PartnerType, related_name="partners", verbose_name=_("type"))
    region = TenantForeignKey(
        Region,
        null=True,
        blank=True,
        related_name="partners",
        verbose_name=_("home region"),
    )
    parent = TenantForeignKey(
        "self",
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    specialisations = models.ManyToManyField(
        Specialisation,
        through="PartnerSpecialisation",
        blank=True,
        related_name="partners",
        verbose_name=_("specialisations"),
    )
    territories = models.ManyToManyField(
        Region,
        through="PartnerTerritory",
        blank=True,
        related_name="+",
        verbose_name=_("territories"),
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=PartnerStatus,
        default=PartnerStatus.PROSPECT,
        editable=False,
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
        help_text=_("The channel manager who looks after it."),
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[COUNTRY_CODE],
    )
    city = models.CharField(_("city"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=240, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    partner_since = models.DateField(_("partner since"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                name="partner_external_id_unique",
                violation_error_code="taken:external_id",
                violation_error_message=_("Another partner already has this external number."),
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "name"], name="partner_by_name"),
            models.Index(fields=["tenant", "owner"], name="partner_by_owner"),
            models.Index(fields=["tenant", "status"], name="partner_by_status"),
            models.Index(fields=["tenant", "partner_type"], name="partner_by_type"),
            models.Index(fields=["tenant", "region"], name="partner_by_region"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"

    @property
    def town(self) -> str:
        """“Munich, DE”, as lists and headers show it."""
        return ", ".join(part for part in (self.city, self.country) if part)


class PartnerSpecialisation(TenantModel):
    """One specialisation of one partner."""

    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    specialisation = TenantForeignKey(Specialisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "partner", "specialisation"],
                name="partner_specialisation_once",
            )
        ]


class PartnerTerritory(TenantModel):
    """One region a partner covers, for display; scoring uses the home region."""

    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    region = TenantForeignKey(Region, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "partner", "region"], name="partner_territory_once")]


class PartnerSite(TenantModel):
    """A place where a partner works: branch, shop, plant."""

    public_id = PublicIdField()
    partner = TenantForeignKey(
        Partner,
        on_delete=models.CASCADE,
        related_name="sites",
        verbose_name=_("partner"),
    )
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=240, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[COUNTRY_CODE])
    is_main = models.BooleanField(_("main site"), default=False)

    class Meta:
        ordering = ["-is_main", "name"]
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "partner"],
                condition=models.Q(is_main=True),
                name="partner_site_one_main",
                violation_error_code="taken:is_main",
                violation_error_message=_("This partner already has a main site."),
            ),
            models.UniqueConstraint(
                fields=["tenant", "partner", "name"],
                name="partner_site_name_unique",
                violation_error_code="taken:name",
                violation_error_message=_("This partner already has a site with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StatusChange(TenantModel):
    """One move of a partner's status: from, to, who, when, why."""

    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="status_changes")
    source = models.CharField(_("from"), max_length=12, choices=PartnerStatus)
    target = models.CharField(_("to"), max_length=12, choices=PartnerStatus)
    reason = models.TextField(_("reason"), blank=True)
    effective_on = models.DateField(_("on"))
    actor_label = models.CharField(_("by"), max_length=160)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        indexes = [
            models.Index(
                fields=["tenant", "partner", "-created_at"],
                name="status_change_by_partner",
            )
        ]
