"""A demo tenant is built through the ordinary services and looks the same for the same seed and day."""

from datetime import date

import pytest

from partners.models import Contact, Partner, TierAssignment
from performance.models import Measurement
from portal.demo.build import DemoTenant, build_tenant
from prm.accounts.models import Membership, PartnerAccess
from prm.tenancy.scope import tenant_scope

TODAY = date(2026, 11, 21)
PLAN = DemoTenant("aurelo", "Aurelo Devices", "consumer-electronics", 320, "Europe/Berlin", "EUR", 1, "blue", 20261)


@pytest.mark.django_db
def test_a_demo_tenant_has_people_partners_and_two_years_of_facts():
    tenant = build_tenant(PLAN, partners=12, today=TODAY)

    with tenant_scope(tenant):
        days = Measurement.objects.order_by("occurred_on").values_list("occurred_on", flat=True)
        assert Partner.objects.count() == 12
        assert (days.first() < date(2024, 12, 1), days.last() < TODAY) == (True, True)
        assert Contact.objects.count() > 12
        assert TierAssignment.objects.filter(valid_to__isnull=True).count() == 12
        assert not Partner.objects.filter(owner=None).exists()
    assert Membership.objects.filter(tenant=tenant).count() == 6
    assert PartnerAccess.objects.filter(tenant=tenant).count() == 2


def facts():
    rows = Measurement.objects.order_by("source", "external_id")
    return list(rows.values_list("external_id", "value", "weight"))


@pytest.mark.django_db
def test_the_same_seed_and_day_give_the_same_tenant():
    first = build_tenant(PLAN, partners=4, today=TODAY)
    with tenant_scope(first):
        before = facts()
    first.slug = "former"
    first.save()

    second = build_tenant(PLAN, partners=4, today=TODAY)

    with tenant_scope(second):
        assert facts() == before
