"""Partner records."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from partners.choices import PartnerStatus
from partners.models import (
    Contact,
    Partner,
    PartnerSite,
    PartnerType,
    Programme,
    Region,
    Specialisation,
    Tier,
    TierAssignment,
)


class PartnerTypeFactory(DjangoModelFactory):
    class Meta:
        model = PartnerType

    key = factory.Sequence(lambda n: f"type-{n}")
    name = factory.Sequence(lambda n: f"Type {n}")


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region

    key = factory.Sequence(lambda n: f"region-{n}")
    name = factory.Sequence(lambda n: f"Region {n}")


class SpecialisationFactory(DjangoModelFactory):
    class Meta:
        model = Specialisation

    key = factory.Sequence(lambda n: f"spec-{n}")
    name = factory.Sequence(lambda n: f"Specialisation {n}")


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    key = factory.Sequence(lambda n: f"programme-{n}")
    name = factory.Sequence(lambda n: f"Programme {n}")


class TierFactory(DjangoModelFactory):
    class Meta:
        model = Tier

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"tier-{n}")
    name = factory.Sequence(lambda n: f"Tier {n}")
    rank = factory.Sequence(lambda n: n + 1)


class PartnerFactory(DjangoModelFactory):
    class Meta:
        model = Partner

    external_id = factory.Sequence(lambda n: f"P{n:05d}")
    name = factory.Sequence(lambda n: f"Partner {n}")
    partner_type = factory.SubFactory(PartnerTypeFactory)
    status = PartnerStatus.ACTIVE


class PartnerSiteFactory(DjangoModelFactory):
    class Meta:
        model = PartnerSite

    partner = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Site {n}")


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    partner = factory.SubFactory(PartnerFactory)
    full_name = factory.Sequence(lambda n: f"Contact Number{n}")
    email = factory.Sequence(lambda n: f"contact{n}@example.com")


class TierAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = TierAssignment

    partner = factory.SubFactory(PartnerFactory)
    tier = factory.SubFactory(TierFactory)
    programme = factory.LazyAttribute(lambda o: o.tier.programme)
    valid_from = date(2020, 1, 1)
    actor_label = "Test"
