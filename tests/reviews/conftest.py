"""The small scored programme with a review template, raters of two roles, and a review that waits for the partner."""

from dataclasses import dataclass
from typing import Any

import pytest

from performance.reviews.models import Review, ReviewTemplate
from performance.services.scheduling import scoring_paused
from prm.access.roles import Role
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.factories.reviews import make_review, make_review_template
from tests.performance_screens.conftest import Scored, build


@dataclass
class Reviewed:
    """Everything a test of reviews needs to name."""

    world: World
    scored: Scored
    sales: Any
    support: Any
    template: ReviewTemplate

    def review(self, period: str = "2024-Q2", **values: Any) -> Review:
        """A new review of the world's partner, led by the admin."""
        return make_review(self.world, period, **{"owner_id": self.world.admin.pk, **values})


@pytest.fixture(autouse=True)
def _quiet():
    """Nothing scores by itself."""
    with scoring_paused():
        yield


def prepare(world: World) -> Reviewed:
    """Inside the world's scope."""
    scored = build(world)
    sales = MembershipFactory(tenant=world.tenant, role=Role.CHANNEL_MANAGER, user__full_name="Sam Sales").user
    support = MembershipFactory(tenant=world.tenant, role=Role.ANALYST, user__full_name="Sue Support").user
    return Reviewed(world, scored, sales, support, make_review_template(scored.programme, [sales, support]))


@pytest.fixture
def reviewed(in_scope: World) -> Reviewed:
    """The programme in the first tenant, its scope open."""
    return prepare(in_scope)


@pytest.fixture
def set_up(acme: World) -> Reviewed:
    """The same without an open scope, for tests that go through pages."""
    with acme.scope():
        return prepare(acme)
