"""Partner records and the vendor's catalogue of types, regions, specialisations, programmes and tiers."""

from typing import Any

from partners.models import Programme
from tests.factories.partners import (
    ContactFactory,
    PartnerSiteFactory,
    PartnerTypeFactory,
    ProgrammeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierFactory,
)


def _entry(factory: Any) -> Any:
    return lambda _side: factory().public_id


def _contact_with_portal(side: Any) -> Any:
    person = next(
        user
        for role, user in side.people.items()
        if role == "partner_member" and user.partner_accesses.filter(partner_id=side.partner.pk).exists()
    )
    return ContactFactory(partner=side.partner, email=person.email).public_id


SAMPLES = {
    "partner": lambda side: side.partner.public_id,
    "contact": lambda side: ContactFactory(partner=side.partner).public_id,
    "partners:portal_close.contact": _contact_with_portal,
    "site": lambda side: PartnerSiteFactory(partner=side.partner).public_id,
    "partners:types_edit.entry": _entry(PartnerTypeFactory),
    "partners:types_remove.entry": _entry(PartnerTypeFactory),
    "partners:regions_edit.entry": _entry(RegionFactory),
    "partners:regions_remove.entry": _entry(RegionFactory),
    "partners:specialisations_edit.entry": _entry(SpecialisationFactory),
    "partners:specialisations_remove.entry": _entry(SpecialisationFactory),
    "partners:programmes_edit.entry": _entry(ProgrammeFactory),
    "partners:programmes_remove.entry": _entry(ProgrammeFactory),
    "partners:tier_create.programme": lambda _side: Programme.objects.get(key="main").public_id,
    "tier": lambda _side: TierFactory(programme=Programme.objects.get(key="main")).public_id,
    "api:partner_by_number.external_id": lambda side: side.partner.external_id,
    "api:contact_by_number.external_id": lambda side: (
        ContactFactory(partner=side.partner, external_id=f"C-{side.tenant.slug}").external_id
    ),
}
PARTNER_BOUND = {"partner", "contact", "site"}
WORDS = {
    "target": "suspended",
    "tab": "contacts",
    "direction": "up",
}
