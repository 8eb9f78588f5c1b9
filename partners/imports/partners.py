"""Partners from files. Every row goes through the same services as a change on screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.countries import country_code
from partners.imports.words import by_word, chosen, partner_by_number, today, words_of
from partners.models import Partner, PartnerType, Region, Specialisation, Tier
from partners.permissions import CATALOGUE_EDIT
from partners.queries import PARTNER_COUNTS
from partners.services.catalogue import create_entry
from partners.services.owners import assign_owner, possible_owners
from partners.services.partners import update_partner, upsert_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier, tier_on
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.imports.models import ImportBatch
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import ImportRun
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


@dataclass
class _Lists:
    """The workspace's lists, read once for all rows."""

    types: dict[str, PartnerType] = field(default_factory=lambda: by_word(PartnerType))
    regions: dict[str, Region] = field(default_factory=lambda: by_word(Region))
    tiers: dict[str, Tier] = field(default_factory=lambda: by_word(Tier, programme__is_default=True))
    specialisations: dict[str, Specialisation] = field(default_factory=lambda: by_word(Specialisation))
    owners: dict[str, Any] = field(default_factory=lambda: {user.email.casefold(): user for user in possible_owners()})
    statuses: dict[str, str] = field(
        default_factory=lambda: (
            {value: value for value in PartnerStatus.values}
            | {str(label).casefold(): value for value, label in PartnerStatus.choices}
        )
    )
    new_regions: list[str] = field(default_factory=list)


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
                        given["partner_type"] = chosen(state.types, value, "type", _("partner type"))
                case "region":
                    given["region"] = self._region(value, run, state, "region")
                case "territories":
                    given["territories"] = [self._region(word, run, state, "territories") for word in words_of(value)]
                case "specialisations":
                    given[name] = [
                        chosen(state.specialisations, word, name, _("specialisation")) for word in words_of(value)
                    ]
                case "parent":
                    given["parent"] = partner_by_number(value, "parent") if value else None
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
                    given["tier"] = chosen(state.tiers, value, "tier", _("tier"))
                case "status":
                    given["status"] = chosen(state.statuses, value, "status", _("status"))
                case "owner":
                    given["owner"] = chosen(state.owners, value, "owner", _("person who may look after partners"))
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
        return region or chosen(state.regions, text, name, _("region"))

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
                PARTNER_COUNTS.forget()
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
            assign_tier(partner=partner, tier=tier, actor=actor, effective_on=today(), reason=reason)

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
                tier = tier_on(partner=partner, programme=programme.programme, day=today()) if programme else None
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
