"""A small scored programme with people who may see it in whole, in part and not at all."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from partners.models import Partner
from performance.models import PeriodRow
from performance.reports.models import Schedule
from performance.reports.question import Question, Reader, ask
from performance.reports.services.schedules import save_schedule
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Membership
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build

TODAY = date(2024, 7, 10)


@dataclass
class Readers:
    """Who reads: an admin with everything, a channel manager with the first partner alone."""

    scored: Scored
    admin: Membership
    manager: Membership

    @property
    def world(self) -> World:
        return self.scored.world

    def ask(self, reader: Reader | None = None, **filters: str) -> Question:
        return ask({"period": "2024-Q2", **filters}, reader or Reader.of_member(self.admin), today=TODAY)

    def schedule(self, report: str = "scorecard-summary", **values: Any) -> Schedule:
        given = {
            "name": "Weekly",
            "format": "csv",
            "rhythm": "weekly",
            "filters": {"period": "2024-Q2"},
            "members": [self.admin.user_id, self.manager.user_id],
        }
        made = save_schedule(report=report, **{"actor": SYSTEM, **given, **values})
        return Schedule.objects.get(pk=made.pk)


@pytest.fixture
def readers(in_scope: World) -> Readers:
    scored = build(in_scope, others=3)
    return people_of(scored)


def people_of(scored: Scored) -> Readers:
    tenant = scored.world.tenant
    manager = MembershipFactory(
        tenant=tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True, user__email="own@acme.example"
    )
    partner = scored.world.partner
    partner.owner = manager.user
    partner.save()
    admin = Membership.objects.get(tenant=tenant, user=scored.world.admin)
    return Readers(scored, admin, manager)


def close(label: str, at: Any) -> PeriodRow:
    """As closing does it, as far as schedules look."""
    period = PeriodRow.objects.get(label=label)
    period.closed_at = at
    period.save()
    return period


def actor_of(membership: Membership) -> Actor:
    return Actor.of_user(membership.user)


def partner_named(name: str) -> Partner:
    return Partner.objects.get(name=name)
