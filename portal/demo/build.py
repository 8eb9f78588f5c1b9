"""Builds a demo tenant through the ordinary services, the same one for the same seed and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from partners.choices import ContactRole, PartnerStatus
from partners.models import Contact, Partner, PartnerSite, PartnerType, Region, Specialisation, Tier
from partners.services.partners import create_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from performance.services.ingest import Ingest, MeasurementRow
from portal.demo.benchmarks import follow_earlier_results
from portal.demo.names import PLACES, REGIONS, company_name, person_name
from portal.demo.people import add_partner_people, add_staff
from portal.demo.series import Character, character, facts_of_month
from portal.demo.sources import add_systems, code_of, has_arrived, spread_deliveries
from portal.packs.provisioning import provision_tenant
from portal.packs.reading import read_pack
from prm.access.actor import SYSTEM
from prm.accounts.models import User
from prm.periods import first_of, month_number
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

MONTHS = 24
SPECIALISATIONS = ["Installation", "Public sector", "Logistics", "Training", "Sustainability", "Premium service"]
STATUS_MIX = [PartnerStatus.ACTIVE] * 88 + [PartnerStatus.ONBOARDING] * 4 + [PartnerStatus.PROSPECT] * 3
STATUS_MIX += [PartnerStatus.APPLICANT] * 2 + [PartnerStatus.SUSPENDED] * 3


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """What one demo tenant is made of."""

    slug: str
    name: str
    pack: str
    partners: int
    timezone: str
    currency: str
    fiscal_year_start: int
    accent: str
    seed: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A demo partner with the character its numbers follow."""

    partner: Partner
    kpis: list[dict[str, Any]]
    who: Character


def build_tenant(plan: DemoTenant, *, partners: int, today: date) -> Tenant:
    """Create the tenant with its people, partners and measurements up to `today`. Scores follow with a recompute."""
    tenant = provision_tenant(
        actor=SYSTEM,
        slug=plan.slug,
        name=plan.name,
        pack=plan.pack,
        timezone=plan.timezone,
        currency=plan.currency,
        fiscal_year_start=plan.fiscal_year_start,
        accent=plan.accent,
    )
    random = Random(plan.seed)  # noqa: S311  (demo data, not a secret)
    with tenant_scope(tenant):
        follow_earlier_results(tenant, today=today)
        managers = add_staff(tenant)
        drawn = _create_partners(plan, partners, random, managers, today)
        add_partner_people(tenant, _showcase(drawn).partner)
        codes = {code_of(kpi["source_kind"]) for entry in drawn for kpi in entry.kpis}
        add_systems(tenant, sorted(codes), managers)
        with Ingest() as ingest:
            ingest.stage(_measurements(drawn, random, today))
            ingest.commit()
        spread_deliveries(tenant, today=today)
    return tenant


def _create_partners(plan: DemoTenant, count: int, random: Random, managers: list[User], today: date) -> list[Drawn]:
    pack = read_pack(plan.pack)
    types = {row.key: row for row in PartnerType.objects.filter(is_scored=True)}
    regions = {key: Region.objects.create(key=key, name=name) for key, name in REGIONS.items()}
    specialisations = [
        Specialisation.objects.create(key=name.lower().replace(" ", "-"), name=name) for name in SPECIALISATIONS
    ]
    tiers = list(Tier.objects.filter(programme__is_default=True).order_by("rank"))
    taken: set[str] = set()
    drawn = []
    for number in range(1, count + 1):
        type_key = random.choice(sorted(types))
        place = random.choice(PLACES)
        kpis = [entry for entry in pack["kpis"] if type_key in entry["applies_to"]]
        who = character(random, kpis)
        since = today - timedelta(days=random.randint(800, 4200))
        status = random.choice(STATUS_MIX) if number > 1 else PartnerStatus.ACTIVE
        partner = create_partner(
            actor=SYSTEM,
            status=PartnerStatus.ACTIVE if status == PartnerStatus.SUSPENDED else status,
            external_id=f"{100_000 + number * 37}",
            name=company_name(random, type_key, place, taken),
            partner_type=types[type_key],
            region=regions[place.region],
            owner=random.choice(managers),
            country=place.country,
            city=place.city,
            address=f"{random.choice(['Markt', 'Station', 'Harbour', 'Garden', 'Mill'])} {random.randint(1, 180)}",
            partner_since=since if status not in (PartnerStatus.PROSPECT, PartnerStatus.APPLICANT) else None,
            tier=tiers[0],
            tier_from=since,
            tell=False,
            specialisations=random.sample(specialisations, random.randint(0, 2)),
        )
        _create_people(partner, random)
        if status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED):
            _climb(partner, tiers, who, random, today)
            drawn.append(Drawn(partner, kpis, who))
        if status == PartnerStatus.SUSPENDED:
            change_status(
                partner=partner, target=status, actor=SYSTEM, reason="Insurance certificate expired.",
                effective_on=today - timedelta(days=random.randint(5, 60)),
            )  # fmt: skip
    return drawn


def _showcase(drawn: list[Drawn]) -> Drawn:
    """The partner whose portal visitors open: measured in full, on many KPIs, with something left to gain."""
    return max(drawn, key=lambda entry: (not entry.who.gaps, len(entry.kpis), -abs(entry.who.skill)))


def _create_people(partner: Partner, random: Random) -> None:
    names = {person_name(random) for _ in range(random.randint(1, 3))}
    domain = "".join(letter for letter in partner.name.lower() if letter.isascii() and letter.isalnum())
    Contact.objects.bulk_create(
        Contact(
            partner=partner,
            full_name=name,
            email=f"{name.split()[0].lower()}.{number}@{domain}.example",
            job_title=random.choice(["Managing director", "Head of sales", "Operations", "Service manager"]),
            roles=random.sample(ContactRole.values, random.randint(1, 2)),
            is_primary=number == 0,
        )
        for number, name in enumerate(sorted(names))
    )
    if random.random() < 0.35:
        PartnerSite.objects.create(partner=partner, name=f"{partner.city} branch", city=partner.city, is_main=True)


def _climb(partner: Partner, tiers: list[Tier], who: Character, random: Random, today: date) -> None:
    """Good partners hold higher tiers; some rose within the two years."""
    rank = min(len(tiers), max(1, round(1.6 + who.skill * 3.4 + random.gauss(0, 0.5))))
    if rank > 1:
        on = first_of(month_number(today) - random.choice([3, 9, 15, 30, 30, 30]))
        assign_tier(partner=partner, tier=tiers[rank - 1], actor=SYSTEM, effective_on=on, reason="Yearly placement.")


def _measurements(drawn: list[Drawn], random: Random, today: date) -> Iterator[MeasurementRow]:
    """All facts of the last two years and the running month, up to yesterday."""
    yesterday = today - timedelta(days=1)
    row = 0
    for entry in drawn:
        for months_ago in range(MONTHS, -1, -1):
            first = first_of(month_number(today) - months_ago)
            last = min(first_of(month_number(first) + 1) - timedelta(days=1), yesterday)
            if last < first:
                continue
            for kpi in entry.kpis:
                source = code_of(kpi["source_kind"])
                for fact in facts_of_month(random, entry.who, kpi, first, last, months_ago):
                    if not has_arrived(source, fact.occurred_on, today):
                        continue
                    row += 1
                    yield MeasurementRow(
                        row=row,
                        partner=entry.partner.external_id,
                        kpi=fact.kpi,
                        occurred_on=fact.occurred_on.isoformat(),
                        value=str(fact.value),
                        weight=None if fact.weight is None else str(fact.weight),
                        external_id=f"{entry.partner.external_id}-{fact.kpi}-{first:%Y%m}-{fact.number}",
                        source=source,
                    )
