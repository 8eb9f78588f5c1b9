"""A workspace whose side of some plans and reviews is known to the day. Today is 20 May 2026."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from performance.plans.choices import CommitmentState, PlanStatus, Side
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.factories.plans import CommitmentFactory, PlanFactory

TODAY = date(2026, 5, 20)


def noon(day: date) -> datetime:
    """Noon of a day."""
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)


def promise(plan: Any, due: date, *, done: date | None = None, dropped: date | None = None, **values: Any) -> Any:
    """Something we promised in a plan."""
    settled = done or dropped
    state = CommitmentState.DONE if done else CommitmentState.DROPPED if dropped else CommitmentState.OPEN
    at = noon(settled) if settled else None
    return CommitmentFactory(plan=plan, side=Side.VENDOR, due_on=due, state=state, settled_at=at, **values)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 5, 20, 9, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def world(in_scope: Any) -> Any:
    """One partner with a plan of two promises kept, one late and one overdue; a manager who sees own partners only."""
    owner = MembershipFactory(
        tenant=in_scope.tenant, role="channel_manager", own_portfolio_only=True, user__full_name="Olga Owner"
    ).user
    in_scope.partner.owner = owner
    in_scope.partner.save(update_fields=["owner"])
    plan = PlanFactory(running=True, partner=in_scope.partner, title="Sales up", owner=owner)
    promise(plan, date(2026, 4, 10), done=date(2026, 4, 10), title="Train two people")
    promise(plan, date(2026, 4, 20), done=date(2026, 4, 2), title="Send the price list")
    promise(plan, date(2026, 5, 4), done=date(2026, 5, 8), title="Visit the shop")
    promise(plan, date(2026, 5, 12), title="Answer the tender", owner=in_scope.admin)
    promise(plan, date(2026, 6, 1), title="Lend a demo bike")
    promise(plan, date(2026, 3, 2), done=date(2026, 3, 2), title="Name a contact")
    return SimpleNamespace(
        tenant=in_scope.tenant, partner=in_scope.partner, admin=in_scope.admin, owner=owner, plan=plan,
        partner_user=in_scope.partner_user,
    )  # fmt: skip


@pytest.fixture
def others(world: Any) -> list[Any]:
    """Five further partners, each with one promise of ours kept in time."""
    made = []
    for number in range(5):
        plan = PlanFactory(running=True, partner=PartnerFactory(name=f"Other {number}"), status=PlanStatus.ACTIVE)
        made.append(promise(plan, date(2026, 4, 15), done=date(2026, 4, 14), title=f"Secret of {number}"))
    return made
