"""Partners and contacts as kinds of import. Every row goes through the same services as a change on screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import ContactRole, PartnerStatus
from partners.countries import country_code
from partners.models import Contact, Partner, PartnerType, Region, Specialisation, Tier
from partners.permissions import CATALOGUE_EDIT, PARTNER_EDIT
from partners.services.catalogue import create_entry
from partners.services.contacts import remove_contact, update_contact, upsert_contact
from partners.services.owners import assign_owner, possible_owners
from partners.services.partners import update_partner, upsert_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier, tier_on
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.imports.expressions import BOOL, DATE
from prm.imports.kinds import KindField, register
from prm.imports.models import ImportBatch
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import ImportRun
from prm.tenancy.models import TenantModel
from prm.tenancy.scope import require_scope

PROFILE = {
    "name": "name",
    "type": "partner_type",
    "region": "region",
    "parent": "parent",
    "country": "country",
    "city": "city",
    "address": "address",
    "postal_code": "postal_code",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "partner_since": "partner_since",
    "description": "description",
    "specialisations": "specialisations",
    "territories": "territories",
}
"""Import field to the service's field."""

TEXTS = {"name", "country", "city", "address", "postal_code", "email", "phone", "website", "description"}


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


def _by_word(model: type[TenantModel], **filters: Any) -> dict[str, Any]:
    """Entries of a list by key and by name, without regard to case. Keys win."""
    rows = list(model._default_manager.filter(**filters))
    found = {row.name.casefold(): row for row in rows}
    return found | {row.key.casefold(): row for row in rows}


@dataclass
class _Lists:
    """The workspace's lists, read once for all rows."""

    types: dict[str, PartnerType] = field(default_factory=lambda: _by_word(PartnerType))
    regions: dict[str, Region] = field(default_factory=lambda: _by_word(Region))
    tiers: dict[str, Tier] = field(default_factory=lambda: _by_word(Tier, programme__is_default=True))
    specialisations: dict[str, Specialisation] = field(default_factory=lambda: _by_word(Specialisation))
    owners: dict[str, Any] = field(default_factory=lambda: {user.email.casefold(): user for user in possible_owners()})
    statuses: dict[str, str] = field(
        default_factory=lambda: (
            {value: value for value in PartnerStatus.values}
            | {str(label).casefold(): value for value, label in PartnerStatus.choices}
        )
    )
    new_regions: list[str] = field(default_factory=list)


def _chosen(choices: dict[str, Any], text: str | None, name: str, what: Any) -> Any:
    """The entry that a text names; None for an empty cell."""
    if not text:
        return None
    found = choices.get(text.casefold())
    if found is None:
        known = ", ".join(list(dict.fromkeys(str(getattr(row, "key", row)) for row in choices.values()))[:12])
        raise InvalidInput(
            _("There is no %(what)s “%(value)s”. There are: %(known)s.")
            % {"what": what, "value": text[:60], "known": known or "–"},
            code=f"unknown_{name}",
            field=name,
        )
    return found


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in re.split("[;|]", text or "") if word.strip()]


@dataclass(frozen=True)
class PartnerKind(RowKind):
    """Partners, found by their number."""

    def begin(self, run: ImportRun) -> _Lists:
        return _Lists()

    def key(self, values: dict[str, Any], state: _Lists) -> tuple[str, ...]:
        return (values.get("external_id") or "",)

    def field_of(self, name: str | None) -> str:
        return "type" if name == "partner_type" else super().field_of(name)

    def apply(self, values: dict[str, Any], run: ImportRun, state: _Lists) -> RowResult:
        number = values["external_id"]
        existing = (
            Partner.objects.select_related("partner_type", "region", "parent", "owner")
            .filter(external_id=number)
            .first()
        )
        if existing is None and not values.get("name"):
            raise InvalidInput(
                _("There is no partner %(number)s yet, and a new one needs a name.") % {"number": number},
                code="missing_value",
                field="name",
            )
        before = None if existing is None else _partner_values(existing, values)
        partner, outcome = upsert_partner(
            external_id=number,
            actor=run.actor,
            reason=_("From an import."),
            **self._arguments(values, run, state, existing),
        )
        after = before if outcome == "unchanged" and before is not None else _partner_values(partner, values)
        return RowResult(outcome, partner.pk, f"{number} {partner.name}", before, after)

    def _arguments(
        self, values: dict[str, Any], run: ImportRun, state: _Lists, existing: Partner | None
    ) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, value in values.items():
            match name:
                case "type":
                    if value:
                        given["partner_type"] = _chosen(state.types, value, "type", _("partner type"))
                case "region":
                    given["region"] = self._region(value, run, state, "region")
                case "territories":
                    given["territories"] = [self._region(word, run, state, "territories") for word in _words(value)]
                case "specialisations":
                    given[name] = [
                        _chosen(state.specialisations, word, name, _("specialisation")) for word in _words(value)
                    ]
                case "parent":
                    given["parent"] = _partner(value, "parent") if value else None
                case "country":
                    given["country"] = _country(value)
                case "name":
                    if value or existing is None:
                        given["name"] = value
                case "partner_since":
                    given["partner_since"] = value
                case "tier_from":
                    given["tier_from"] = value
                case "tier":
                    given["tier"] = _chosen(state.tiers, value, "tier", _("tier"))
                case "status":
                    given["status"] = _chosen(state.statuses, value, "status", _("status"))
                case "owner":
                    given["owner"] = _chosen(state.owners, value, "owner", _("person who may look after partners"))
                case _ if name in TEXTS:
                    given[name] = value or ""
        return given

    @staticmethod
    def _region(text: str | None, run: ImportRun, state: _Lists, name: str) -> Region | None:
        """A region by key or name; an unknown name makes a new one where the person may do that."""
        if not text:
            return None
        region = state.regions.get(text.casefold())
        if region is None and run.may(CATALOGUE_EDIT):
            region = create_entry(model=Region, actor=run.actor, name=text[:80])
            state.regions |= {region.name.casefold(): region, region.key.casefold(): region}
            state.new_regions.append(region.name)
            run.effect = [(_("New regions"), ", ".join(state.new_regions[:20]))]
        return region or _chosen(state.regions, text, name, _("region"))

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        partner = (
            Partner.objects.select_related("partner_type", "region", "parent", "owner").filter(pk=object_id).first()
        )
        return None if partner is None else _partner_values(partner, dict.fromkeys(self.index))

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        partner = Partner.objects.get(pk=object_id)
        if before is None:
            record(actor=actor, action="partner.removed", target=partner, reason=_("The import was taken back."))
            try:
                partner.delete()
            except ProtectedError:
                raise Conflict(_("It is in use: it has measurements or scorecards.")) from None
            return
        profile = {PROFILE[name]: _stored(name, value) for name, value in before.items() if name in PROFILE}
        partner = update_partner(partner=partner, actor=actor, **profile)
        reason = _("The import was taken back.")
        if before.get("status") and before["status"] != partner.status:
            change_status(partner=partner, target=before["status"], actor=actor, reason=reason)
        if "owner" in before:
            owner = possible_owners().filter(email__iexact=before["owner"]).first() if before["owner"] else None
            assign_owner(partner=partner, owner=owner, actor=actor, tell=False, check=False)
        if before.get("tier") and before["tier"] != after.get("tier"):
            tier = Tier.objects.select_related("programme").get(programme__is_default=True, key=before["tier"])
            assign_tier(partner=partner, tier=tier, actor=actor, effective_on=_today(), reason=reason)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("partners:partner_list", kwargs={"tenant": require_scope().tenant.slug})


def _partner_values(partner: Partner, names: dict[str, Any]) -> dict[str, Any]:
    """The values of a partner that an import may set, as keys and texts, for the given fields only."""
    values: dict[str, Any] = {}
    for name in names:
        match name:
            case "type":
                values[name] = partner.partner_type.key
            case "region":
                values[name] = partner.region.key if partner.region else None
            case "parent":
                values[name] = partner.parent.external_id if partner.parent else None
            case "owner":
                values[name] = partner.owner.email if partner.owner else None
            case "tier":
                programme = Tier.objects.filter(programme__is_default=True).select_related("programme").first()
                tier = tier_on(partner=partner, programme=programme.programme, day=_today()) if programme else None
                values[name] = tier.key if tier else None
            case "specialisations":
                values[name] = sorted(partner.specialisations.values_list("key", flat=True))
            case "territories":
                values[name] = sorted(partner.territories.values_list("key", flat=True))
            case "tier_from":
                continue
            case _:
                values[name] = getattr(partner, name)
    return values


def _stored(name: str, value: Any) -> Any:
    """A value of `_partner_values` as the service takes it."""
    match name:
        case "type":
            return PartnerType.objects.get(key=value)
        case "region":
            return Region.objects.get(key=value) if value else None
        case "parent":
            return Partner.objects.get(external_id=value) if value else None
        case "specialisations":
            return list(Specialisation.objects.filter(key__in=value))
        case "territories":
            return list(Region.objects.filter(key__in=value))
        case "partner_since":
            return Partner._meta.get_field("partner_since").to_python(value)
    return value


def _partner(number: str, name: str) -> Partner:
    partner = Partner.objects.filter(external_id=number).first()
    if partner is None:
        raise InvalidInput(
            _("There is no partner %(number)s. Import the partner first, or correct the number.") % {"number": number},
            code="unknown_partner",
            field=name,
        )
    return partner


def _country(text: str | None) -> str:
    if not text:
        return ""
    code = country_code(text)
    if code is None:
        raise InvalidInput(
            _("“%(country)s” is not a country. Use its two letters, such as DE, or its name.") % {"country": text[:60]},
            code="unknown_country",
            field="country",
        )
    return code


def _today() -> Any:
    return require_scope().tenant.local_date(timezone.now())


CONTACT_FIELDS = (
    KindField(
        "partner",
        gettext_lazy("Partner number"),
        required=True,
        max_length=80,
        example="AW-1001",
        doc=gettext_lazy("The partner the person works for."),
        synonyms=PARTNER_FIELDS[0].synonyms,
    ),
    KindField(
        "full_name",
        gettext_lazy("Name"),
        max_length=120,
        example="Hanna Lindner",
        doc=gettext_lazy("Needed for a new contact."),
        synonyms=("name", "full name", "contact", "contact name", "person", "ansprechpartner"),
    ),
    KindField(
        "email",
        gettext_lazy("E-mail"),
        max_length=254,
        example="hanna@velo-kantine.example",
        doc=gettext_lazy("Finds the contact again, unless there is an external number."),
        synonyms=("email", "e-mail", "mail", "email address"),
    ),
    KindField(
        "external_id",
        gettext_lazy("Contact number"),
        max_length=80,
        doc=gettext_lazy("The number other systems know the person by."),
        synonyms=("contact id", "contact number", "person id"),
    ),
    KindField(
        "phone", gettext_lazy("Phone"), max_length=40, synonyms=("phone", "telephone", "mobile", "tel", "telefon")
    ),
    KindField(
        "job_title", gettext_lazy("Job title"), max_length=80, synonyms=("job title", "title", "position", "role title")
    ),
    KindField(
        "roles",
        gettext_lazy("Roles"),
        example="sales; technical",
        doc=gettext_lazy("sales, technical, marketing, finance, executive; separated by a semicolon."),
        synonyms=("roles", "role"),
    ),
    KindField("is_primary", gettext_lazy("Main contact"), BOOL, synonyms=("main contact", "primary", "is primary")),
    KindField("is_active", gettext_lazy("Active"), BOOL, synonyms=("active", "is active")),
)


@dataclass(frozen=True)
class ContactKind(RowKind):
    """People at partners, found by their number, else by their e-mail address."""

    def begin(self, run: ImportRun) -> dict[str, str]:
        return {value: value for value in ContactRole.values} | {
            str(label).casefold(): value for value, label in ContactRole.choices
        }

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        if values.get("external_id"):
            return (values["external_id"],)
        email = (values.get("email") or "").lower()
        return (values["partner"], email) if email else ("",)

    def apply(self, values: dict[str, Any], run: ImportRun, state: dict[str, str]) -> RowResult:
        if not values.get("external_id") and not values.get("email"):
            raise InvalidInput(
                _("Give an e-mail address or a contact number, so that the person is found again next time."),
                code="missing_value",
                field="email",
            )
        partner = _partner(values["partner"], "partner")
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name == "roles":
                given[name] = [_chosen(state, word, "roles", _("role")) for word in _words(value)]
            elif name in ("is_primary", "is_active"):
                if value is not None:
                    given[name] = value
            elif name != "partner":
                given[name] = value or ""
        existing = self._existing(partner, given)
        before = None if existing is None else _contact_values(existing, given)
        contact, outcome = upsert_contact(partner=partner, actor=run.actor, **given)
        after = _contact_values(contact, given)
        return RowResult(outcome, contact.pk, f"{contact.full_name}, {partner.name}", before, after)

    @staticmethod
    def _existing(partner: Partner, given: dict[str, Any]) -> Contact | None:
        rows = Contact.objects.filter(partner=partner)
        if given.get("external_id"):
            found = rows.filter(external_id=given["external_id"]).first()
            if found is not None:
                return found
        return rows.filter(email__iexact=given["email"]).first() if given.get("email") else None

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        contact = Contact.objects.filter(pk=object_id).first()
        return None if contact is None else _contact_values(contact, dict.fromkeys(self.index))

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        contact = Contact.objects.select_related("partner").get(pk=object_id)
        if before is None:
            remove_contact(contact=contact, actor=actor)
        else:
            update_contact(contact=contact, actor=actor, **before)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("partners:partner_list", kwargs={"tenant": require_scope().tenant.slug})


def _contact_values(contact: Contact, names: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in names if name != "partner"}


def register_kinds() -> None:
    """Called when the app is ready."""
    register(
        PartnerKind(
            code="partners",
            label=gettext_lazy("Partners"),
            title=gettext_lazy("Import partners"),
            description=gettext_lazy("Companies with type, region, tier, owner and address."),
            permission=PARTNER_EDIT,
            fields=PARTNER_FIELDS,
            order=10,
        )
    )
    register(
        ContactKind(
            code="contacts",
            label=gettext_lazy("Contacts"),
            title=gettext_lazy("Import contacts"),
            description=gettext_lazy("People at partners with their roles."),
            permission=PARTNER_EDIT,
            fields=CONTACT_FIELDS,
            order=20,
        )
    )
