"""The columns of an import of partners: what each means, what it may hold, and the headers it is guessed from."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from partners.models import PartnerType, Tier
from prm.imports.expressions import DATE
from prm.imports.kinds import KindField


def type_keys() -> list[str]:
    """Keys of the partner types."""
    return list(PartnerType.objects.values_list("key", flat=True))


def tier_keys() -> list[str]:
    """Keys of the default programme's tiers."""
    return list(Tier.objects.filter(programme__is_default=True).values_list("key", flat=True))


PARTNER_FIELDS = (
    KindField(
        "external_id",
        gettext_lazy("Partner number"),
        required=True,
        max_length=80,
        example="AW-1001",
        doc=gettext_lazy("The number other systems know the partner by. Found by it, the partner is updated."),
        synonyms=(
            "partner number",
            "partner no",
            "partner id",
            "partner",
            "customer number",
            "customer no",
            "customer id",
            "kundennr",
            "kundennummer",
            "reseller key",
            "reseller id",
            "vendor id",
            "vendor number",
            "supplier id",
            "supplier number",
            "account number",
            "account id",
            "external id",
            "external number",
            "id",
            "number",
        ),
    ),
    KindField(
        "name",
        gettext_lazy("Name"),
        max_length=200,
        example="Velo Kantine",
        doc=gettext_lazy("Needed for a new partner."),
        synonyms=(
            "partner name",
            "company",
            "company name",
            "firma",
            "reseller name",
            "vendor name",
            "vendor",
            "supplier",
            "supplier name",
            "account name",
            "account",
            "customer name",
            "name",
        ),
    ),
    KindField(
        "type",
        gettext_lazy("Type"),
        bare_words=True,
        example="reseller",
        doc=gettext_lazy("Key or name of a partner type of the workspace. Needed for a new partner."),
        synonyms=("partner type", "type", "kind", "art", "business type", "category"),
        choices=type_keys,
    ),
    KindField(
        "region",
        gettext_lazy("Home region"),
        bare_words=True,
        example="DACH",
        doc=gettext_lazy("Key or name of a region. A new name makes a new region, for people who may edit regions."),
        synonyms=("region", "home region", "territory", "sales territory", "gebiet", "area"),
    ),
    KindField(
        "tier",
        gettext_lazy("Tier"),
        bare_words=True,
        example="gold",
        doc=gettext_lazy(
            "Key or name of a tier of the default programme. A new partner without one gets the entry tier."
        ),
        synonyms=("tier", "level", "status level", "stufe"),
        choices=tier_keys,
    ),
    KindField(
        "tier_from",
        gettext_lazy("Tier from"),
        DATE,
        example="2026-01-01",
        doc=gettext_lazy("First day of the tier; today when it is not given."),
        synonyms=("tier from", "tier since", "tier date"),
    ),
    KindField(
        "status",
        gettext_lazy("Status"),
        bare_words=True,
        example="active",
        doc=gettext_lazy("prospect, applicant, onboarding, active, suspended or terminated. A new partner is active."),
        synonyms=("status", "state", "partner status"),
    ),
    KindField(
        "country",
        gettext_lazy("Country"),
        bare_words=True,
        example="DE",
        doc=gettext_lazy("Two letters, or the name in English or German."),
        synonyms=("country", "land", "country code", "country region name", "country region code"),
    ),
    KindField(
        "city", gettext_lazy("City"), max_length=120, example="Munich", synonyms=("city", "town", "ort", "stadt")
    ),
    KindField(
        "address",
        gettext_lazy("Address"),
        max_length=240,
        example="Lindenstr. 4",
        synonyms=("address", "street", "address line1", "strasse", "straße", "adresse"),
    ),
    KindField(
        "postal_code",
        gettext_lazy("Postal code"),
        max_length=20,
        example="80331",
        synonyms=("postal code", "postcode", "zip", "zip code", "plz"),
    ),
    KindField(
        "email",
        gettext_lazy("E-mail"),
        max_length=254,
        example="info@velo-kantine.example",
        synonyms=("email", "e-mail", "mail", "email address"),
    ),
    KindField(
        "phone",
        gettext_lazy("Phone"),
        max_length=40,
        example="+49 89 1234567",
        synonyms=("phone", "telephone", "tel", "telefon"),
    ),
    KindField(
        "website",
        gettext_lazy("Website"),
        max_length=200,
        example="https://velo-kantine.example",
        synonyms=("website", "url", "web", "homepage"),
    ),
    KindField(
        "parent",
        gettext_lazy("Belongs to"),
        max_length=80,
        doc=gettext_lazy("Partner number of the company it belongs to."),
        synonyms=("parent", "parent number", "belongs to", "head office", "group", "subsidiary of"),
    ),
    KindField(
        "owner",
        gettext_lazy("Owner"),
        max_length=254,
        doc=gettext_lazy("E-mail address of the channel manager who looks after it."),
        synonyms=("owner", "manager", "channel manager", "account manager", "owner email"),
    ),
    KindField(
        "partner_since",
        gettext_lazy("Partner since"),
        DATE,
        example="2021-03-15",
        synonyms=("partner since", "since", "start date", "customer since", "seit"),
    ),
    KindField(
        "specialisations",
        gettext_lazy("Specialisations"),
        doc=gettext_lazy("Keys or names, separated by a semicolon."),
        synonyms=("specialisations", "specializations", "specialisation", "skills"),
    ),
    KindField(
        "territories",
        gettext_lazy("Territories"),
        doc=gettext_lazy("Regions it covers, separated by a semicolon."),
        synonyms=("territories", "covered regions"),
    ),
    KindField(
        "description",
        gettext_lazy("Description"),
        max_length=4000,
        synonyms=("description", "notes", "remark", "bemerkung"),
    ),
)
