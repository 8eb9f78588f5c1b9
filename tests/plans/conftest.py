"""What tests of plans begin with."""

from types import SimpleNamespace

import pytest

from partners.models import Programme
from prm.access.actor import Actor
from tests.factories.accounts import MembershipFactory
from tests.factories.performance import KPIFactory
from tests.plans.worlds import template_of


@pytest.fixture
def world(in_scope):
    """A workspace with two KPIs, a programme manager, and a partner whose owner is a channel manager."""
    programme = Programme.objects.get(is_default=True)
    template_of(programme)
    owner = MembershipFactory(tenant=in_scope.tenant, role="channel_manager").user
    lead = MembershipFactory(tenant=in_scope.tenant, role="programme_manager").user
    partner = in_scope.partner
    partner.owner = owner
    partner.save(update_fields=["owner"])
    return SimpleNamespace(
        tenant=in_scope.tenant,
        programme=programme,
        partner=partner,
        sales=KPIFactory(code="SALES", name="Sales"),
        training=KPIFactory(code="TRAINING", name="Training"),
        owner=owner,
        lead=lead,
        admin=in_scope.admin,
        partner_user=in_scope.partner_user,
        manager=Actor.of_user(owner),
        programme_manager=Actor.of_user(lead),
        administrator=Actor.of_user(in_scope.admin),
        at_partner=Actor.of_user(in_scope.partner_user),
    )
