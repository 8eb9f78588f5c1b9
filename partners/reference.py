"""The tenant's own vocabulary of partners, kept between requests: programmes, tiers, regions, types, owners."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from partners.models import Partner, PartnerType, Programme, Region, Tier
from partners.permissions import PARTNER_EDIT
from prm.accounts.reference import members_at_work
from prm.tenancy.reference import reference


@reference
def programmes_by_id() -> Mapping[int, Programme]:
    """Every programme, the inactive ones too, the default one first."""
    return {row.pk: row for row in Programme.objects.order_by("-is_default", "name")}


def programmes() -> list[Programme]:
    """The active programmes, the default one first."""
    return [row for row in programmes_by_id().values() if row.is_active]


@reference
def regions_by_id() -> Mapping[int, Region]:
    """Every region, by name."""
    return {row.pk: row for row in Region.objects.order_by("name")}


@reference
def partner_types_by_id() -> Mapping[int, PartnerType]:
    """Every partner type, by name."""
    return {row.pk: row for row in PartnerType.objects.order_by("name")}


def scored_types() -> list[PartnerType]:
    """The partner types that get scorecards, by name."""
    return [row for row in partner_types_by_id().values() if row.is_scored]


@reference
def tiers_by_id() -> Mapping[int, Tier]:
    """Every tier, each ladder from the top."""
    return {tier.pk: tier for tier in Tier.objects.order_by("programme_id", "-rank")}


def owner_choices() -> list[tuple[str, str]]:
    """The people who may look after partners, as key and name."""
    return [(str(one.user_id), one.name) for one in members_at_work() if one.role in PARTNER_EDIT.roles]


def with_type_and_region(partners: Iterable[Partner]) -> None:
    """Gives partners their type and region without a join."""
    types, regions = partner_types_by_id(), regions_by_id()
    for partner in partners:
        partner.partner_type = types[partner.partner_type_id]
        partner.region = None if partner.region_id is None else regions[partner.region_id]


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier on its ladder: `place` counts from the top, 1 is the highest."""

    name: str
    place: int


@reference
def ladder() -> Mapping[int, Rung]:
    """Every tier by key, with its place."""
    rungs: dict[int, Rung] = {}
    places: dict[int, int] = {}
    for tier in tiers_by_id().values():
        place = places[tier.programme_id] = places.get(tier.programme_id, 0) + 1
        rungs[tier.pk] = Rung(tier.name, place)
    return rungs
