"""The lists a tenant sorts its partners by: types, regions, specialisations, programmes and their tiers."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.choices import Relationship
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

KEY = RegexValidator(
    r"^[a-z][a-z0-9_-]*$",
    _("Use lower case letters, digits, - and _, beginning with a letter."),
)


class CatalogueEntry(TenantModel):
    """An entry of one of the lists: its name for people, its key for imports and other systems."""

    public_id = PublicIdField()
    key = models.CharField(_("key"), max_length=60, validators=[KEY])
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class PartnerType(CatalogueEntry):
    """What kind of partner: reseller, supplier, clinic. Part of the cohort a partner is compared with."""

    relationship = models.CharField(
        _("relationship"),
        max_length=12,
        choices=Relationship,
        default=Relationship.DOWNSTREAM,
    )
    is_scored = models.BooleanField(_("has scorecards"), default=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("partner type")
        verbose_name_plural = _("partner types")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="partner_type_key_unique",
                violation_error_code="taken:key",
                violation_error_message=_("Another type already has this key."),
            )
        ]


class Region(CatalogueEntry):
    """A region of the tenant's own map. A partner has one home region, which scoring uses."""

    # Its place in the tree and its use, where a query asked (queries.regions_with_path, queries.catalogue_rows).
    names: list[str]
    path: str
    above: str
    depth: int
    used: int

    parent = TenantForeignKey(
        "self",
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="region_key_unique",
                violation_error_code="taken:key",
                violation_error_message=_("Another region already has this key."),
            )
        ]


class Specialisation(CatalogueEntry):
    """Something a partner is especially good at."""

    class Meta:
        ordering = ["name"]
        verbose_name = _("specialisation")
        verbose_name_plural = _("specialisations")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="specialisation_key_unique",
                violation_error_code="taken:key",
                violation_error_message=_("Another specialisation already has this key."),
            )
        ]


class Programme(CatalogueEntry):
    """A partner programme with its own tiers and its own scorecard. Every tenant has a default one."""

    description = models.TextField(_("description"), blank=True)
    is_default = models.BooleanField(_("default programme"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["-is_default", "name"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="programme_key_unique",
                violation_error_code="taken:key",
                violation_error_message=_("Another programme already has this key."),
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(is_default=True),
                name="programme_one_default",
                violation_error_code="taken:is_default",
                violation_error_message=_("Another programme is already the default one."),
            ),
        ]


class Tier(CatalogueEntry):
    """A level of a programme, lowest rank first."""

    programme = TenantForeignKey(
        Programme,
        on_delete=models.CASCADE,
        related_name="tiers",
        verbose_name=_("programme"),
    )
    rank = models.PositiveSmallIntegerField(_("rank"), help_text=_("1 is the entry tier."))
    description = models.TextField(_("description"), blank=True)

    class Meta:
        ordering = ["programme", "rank"]
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "programme", "key"],
                name="tier_key_unique",
                violation_error_code="taken:key",
                violation_error_message=_("Another tier of this programme already has this key."),
            ),
            models.UniqueConstraint(
                fields=["tenant", "programme", "rank"],
                name="tier_rank_unique",
                violation_error_code="taken:rank",
                violation_error_message=_("Another tier of this programme already has this rank."),
            ),
        ]
