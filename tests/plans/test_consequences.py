"""What follows from a failed plan: never without one, never twice, and the end only by two people."""

from datetime import UTC, date, datetime

import pytest

from partners.choices import PartnerStatus
from partners.models import Partner, TierAssignment
from partners.services.tiers import assign_tier, tier_on
from performance.plans.choices import ConsequenceState, PlanOrigin, PlanStatus
from performance.plans.models import Plan, PlanConsequence
from performance.plans.services.consequences import approve, choose_consequence, reject
from performance.plans.services.drafting import draft_plan
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Notification
from tests.factories.partners import TierFactory
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 20, 9, tzinfo=UTC)


@pytest.fixture
def failed(world):
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    plan = draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)
    plan.objectives.update(is_open=False)
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.FAILED, ended_at=AT)
    plan.refresh_from_db()
    return plan


def choose(plan, kind, actor, reason="Nothing was done."):
    return choose_consequence(plan=plan, kind=kind, reason=reason, actor=actor, at=AT)


@pytest.mark.parametrize("status", [status for status in PlanStatus if status != PlanStatus.FAILED])
def test_nothing_follows_without_a_failed_plan(failed, world, status):
    Plan.objects.filter(pk=failed.pk).update(
        status=status, starts_on=date(2025, 7, 1), ends_on=date(2025, 12, 31), activated_at=AT
    )

    with pytest.raises(Conflict) as refusal:
        choose(failed, "suspend", world.programme_manager)

    assert refusal.value.code == "not_failed"
    assert not PlanConsequence.objects.exists()


def test_the_end_takes_two_people(failed, world):
    row = choose(failed, "exit", world.programme_manager)
    assert row.state == ConsequenceState.WAITING
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.ACTIVE
    assert set(Notification.objects.values_list("user_id", flat=True)) == {world.admin.pk}

    with pytest.raises(Conflict) as refusal:
        approve(consequence=row, actor=world.programme_manager, at=AT)
    assert refusal.value.code == "approved_before"
    row = approve(consequence=row, actor=world.administrator, at=AT)

    assert row.state == ConsequenceState.TAKEN
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.TERMINATED
    reason = AuditEntry.objects.get(action="partner.status_changed").reason
    assert failed.title in reason
    assert "Nothing was done." in reason
    with pytest.raises(Conflict):
        approve(consequence=row, actor=world.administrator, at=AT)


def test_somebody_without_a_name_decides_nothing(failed):
    for actor in (SYSTEM, Actor(kind="api_key", label="Shop")):
        with pytest.raises(Conflict) as refusal:
            choose(failed, "suspend", actor)
        assert refusal.value.code == "needs_a_person"


def test_a_rejected_one_makes_room_for_another(failed, world):
    row = choose(failed, "exit", world.programme_manager)
    with pytest.raises(Conflict) as refusal:
        choose(failed, "suspend", world.administrator)
    assert refusal.value.code == "chosen_before"
    with pytest.raises(InvalidInput):
        reject(consequence=row, actor=world.administrator, reason=" ")

    reject(consequence=row, actor=world.administrator, reason="Too hard.", at=AT)
    choose(failed, "suspend", world.administrator)

    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.SUSPENDED
    with pytest.raises(Conflict):
        approve(consequence=row, actor=world.administrator, at=AT)


def test_a_new_plan_is_drafted_at_once(failed, world):
    row = choose(failed, "new_plan", world.programme_manager)

    assert row.state == ConsequenceState.TAKEN
    plan = Plan.objects.get(former=failed)
    assert (plan.status, plan.origin, plan.origin_label) == (PlanStatus.DRAFT, PlanOrigin.PLAN, failed.title)
    assert [objective.kpi for objective in plan.objectives.all()] == [world.sales]


def test_what_cannot_be_done_is_not_chosen(failed, world):
    draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)

    with pytest.raises(Conflict) as refusal:
        choose(failed, "new_plan", world.programme_manager)

    assert refusal.value.code == "kpi_in_open_plan"


def test_a_tier_lower(failed, world):
    low, high = (TierFactory(programme=world.programme, rank=rank, name=str(rank)) for rank in (11, 12))
    TierAssignment.objects.filter(partner=world.partner).delete()
    assign_tier(partner=world.partner, tier=high, actor=SYSTEM, effective_on=date(2025, 1, 1))

    choose(failed, "tier", world.programme_manager)

    assert tier_on(partner=world.partner, programme=world.programme, day=AT.date()) == low


def test_the_lowest_tier_cannot_be_lost(failed, world):
    TierAssignment.objects.filter(partner=world.partner).delete()

    with pytest.raises(Conflict) as refusal:
        choose(failed, "tier", world.programme_manager)

    assert refusal.value.code == "no_lower_tier"


def test_a_refused_agreement_leaves_no_trace(failed, world, client):
    row = choose(failed, "exit", world.programme_manager)
    client.force_login(world.lead)

    client.post(f"/t/acme/plans/{failed.public_id}/consequence/{row.public_id}/approve/")

    assert not AuditEntry.objects.filter(action="plan.consequence_approved").exists()


def test_a_key_does_not_stand_for_the_person_who_made_it(failed, world):
    row = choose(failed, "exit", world.programme_manager)

    with pytest.raises(Conflict) as refusal:
        approve(consequence=row, actor=Actor(kind="api_key", user_id=world.admin.pk, label="Shop"), at=AT)

    assert refusal.value.code == "needs_a_person"
