"""A change of a partner's type, region or tier is on the scorecards without waiting for the night."""

from datetime import date

import pytest

from partners.models import Programme
from partners.services.partners import create_partner, update_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from performance.extensions import partner_changes as partner_changes
from prm.access.actor import SYSTEM
from tests.factories.partners import PartnerTypeFactory, RegionFactory, TierFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """The tenants whose open periods are to be scored again."""
    tenants = []
    monkeypatch.setattr(partner_changes, "schedule_recompute", tenants.append)
    return tenants


def test_facts_that_scoring_reads_ask_for_a_recompute(in_scope, asked):
    partner = in_scope.partner
    tier = TierFactory(programme=Programme.objects.get(is_default=True), rank=1)

    update_partner(partner=partner, actor=SYSTEM, region=RegionFactory())
    update_partner(partner=partner, actor=SYSTEM, partner_type=PartnerTypeFactory())
    assign_tier(partner=partner, tier=tier, actor=SYSTEM, effective_on=date(2026, 1, 1))
    change_status(partner=partner, target="suspended", actor=SYSTEM, reason="Unpaid")

    assert asked == [in_scope.tenant] * 4


def test_other_changes_and_new_partners_do_not(in_scope, asked):
    update_partner(partner=in_scope.partner, actor=SYSTEM, city="Munich")
    create_partner(actor=SYSTEM, name="New", partner_type=PartnerTypeFactory())

    assert asked == []
