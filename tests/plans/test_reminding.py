"""Reminders of what both sides promised, and what closings do to plans that have not started."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from performance.plans.choices import PlanStatus, Side, StopReason
from performance.plans.models import Commitment, Objective, Plan
from performance.plans.services.drafting import draft_plan
from performance.plans.services.preparing import refresh_prepared
from performance.plans.services.reminding import remind_of_commitments
from performance.plans.services.signing import sign, start_plan
from performance.services.closings import do_closing_work, note_restated
from prm.notifications.models import Letter, Notification, NotificationPreference
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.plans import CommitmentFactory, PlanFactory
from tests.plans.worlds import closed, noon

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 3, 13)
FIVE_BEFORE, ONE_BEFORE = noon(date(2026, 3, 6)), noon(date(2026, 3, 12))


@pytest.fixture
def plan(world):
    return PlanFactory(
        partner=world.partner, programme=world.programme, running=True, offered_at=datetime(2026, 1, 5, tzinfo=UTC)
    )


def look(world, at):
    return remind_of_commitments(tenant=world.tenant, at=at)


def lines(user, kind):
    return list(Notification.objects.filter(user=user, kind=kind).order_by("pk"))


# --- Reminders -------------------------------------------------------------------------------------------------------


def test_each_side_hears_of_its_own_five_and_one_business_days_before(world, plan):
    CommitmentFactory(plan=plan, side=Side.PARTNER, title="Hire a mechanic", due_on=FRIDAY)
    CommitmentFactory(plan=plan, side=Side.VENDOR, title="Train two of them", due_on=FRIDAY)

    assert look(world, noon(date(2026, 3, 5))) == 0
    assert [look(world, FIVE_BEFORE), look(world, FIVE_BEFORE), look(world, noon(date(2026, 3, 10)))] == [2, 0, 0]
    assert [look(world, ONE_BEFORE), look(world, noon(FRIDAY))] == [2, 0]

    theirs, ours = lines(world.partner_user, "own_plan.due"), lines(world.owner, "plan.due")
    assert [len(theirs), len(ours)] == [2, 2]
    assert all("Hire a mechanic" in line.title and "/portal/" in line.url for line in theirs)
    assert all("Train two of them" in line.title for line in ours)
    assert Letter.objects.filter(user=world.partner_user).count() == 2


def test_who_does_it_is_reminded_instead_of_everybody(world, plan):
    ours = MembershipFactory(tenant=world.tenant).user
    theirs = PartnerAccessFactory(partner=world.partner).user
    CommitmentFactory(plan=plan, side=Side.VENDOR, owner=ours, due_on=FRIDAY)
    CommitmentFactory(plan=plan, side=Side.PARTNER, owner=theirs, due_on=FRIDAY)

    look(world, FIVE_BEFORE)

    assert {line.user_id for line in Notification.objects.all()} == {ours.pk, theirs.pk}


def test_a_person_can_silence_them(world, plan):
    CommitmentFactory(plan=plan, side=Side.PARTNER, due_on=FRIDAY)
    NotificationPreference.objects.create(user=world.partner_user, notices={"own_plan.due": "nothing"})

    look(world, FIVE_BEFORE)

    assert not Notification.objects.exists()
    assert not Letter.objects.exists()


def test_nothing_reminds_of_what_is_settled_overdue_or_in_a_plan_that_does_not_run(world, plan):
    CommitmentFactory(plan=plan, due_on=FRIDAY, state="done")
    CommitmentFactory(plan=plan, due_on=date(2026, 3, 5))
    draft = PlanFactory(partner=world.partner, programme=world.programme)
    CommitmentFactory(plan=draft, due_on=FRIDAY)

    assert look(world, FIVE_BEFORE) == 0


@pytest.mark.parametrize(("reason", "expected"), [(StopReason.DATA, 1), (StopReason.SUSPENDED, 0)])
def test_while_the_clock_stands_the_vendor_alone_is_reminded(world, plan, reason, expected):
    for side in Side.values:
        CommitmentFactory(plan=plan, side=side, due_on=FRIDAY)
    Plan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.AWAITING_DATA, stopped_on=date(2026, 3, 1), stop_reason=reason
    )

    assert look(world, FIVE_BEFORE) == expected
    assert not lines(world.partner_user, "own_plan.due")


def test_a_day_that_has_moved_is_reminded_of_again(world, plan):
    row = CommitmentFactory(plan=plan, side=Side.PARTNER, due_on=FRIDAY)
    look(world, ONE_BEFORE)
    Commitment.objects.filter(pk=row.pk).update(due_on=FRIDAY + timedelta(days=7))

    assert look(world, noon(FRIDAY)) == 1


# --- Plans that have not started --------------------------------------------------------------------------------------


def restated(label, results, world):
    """The closed cards of a period are replaced, and those who hear of restatements have done their work."""
    row = closed(label, results, programme=world.programme)
    note_restated(period=row)
    do_closing_work(tenant=world.tenant, at=datetime.combine(row.end, time(9), UTC))


def drafted(world, value):
    closed("2025-Q2", {world.partner: {world.sales: value}}, programme=world.programme)
    return draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)


@pytest.mark.parametrize("status", [PlanStatus.SUGGESTED, PlanStatus.DRAFT, PlanStatus.AGREED])
def test_a_restatement_changes_what_a_plan_shows_as_now(world, status):
    plan = drafted(world, 55)
    Plan.objects.filter(pk=plan.pk).update(status=status)
    before = plan.objectives.get()

    restated("2025-Q2", {world.partner: {world.sales: 57}}, world)

    objective = plan.objectives.get()
    assert (objective.last_value, objective.last_period) == (Decimal(57), "2025-Q2")
    assert (objective.trigger_value, objective.exit_value, objective.baseline) == (55, before.exit_value, None)


def test_a_newer_closing_does_as_well_and_the_start_fixes_it(world):
    plan = drafted(world, 55)
    restated("2025-Q3", {world.partner: {world.sales: 58}}, world)
    assert plan.objectives.get().last_value == Decimal(58)
    for side, actor in (("vendor", world.manager), ("partner", world.at_partner)):
        sign(plan=plan, side=side, version=plan.version, actor=actor)
        plan.refresh_from_db()

    start_plan(plan=plan, actor=world.manager)
    restated("2025-Q3", {world.partner: {world.sales: 59}}, world)

    objective = plan.objectives.get()
    assert (objective.baseline, objective.baseline_period) == (Decimal(58), "2025-Q3")


def test_a_restated_result_that_is_missing_leaves_the_one_before(world):
    closed("2025-Q1", {world.partner: {world.sales: 52}}, programme=world.programme)
    plan = drafted(world, 55)

    restated("2025-Q2", {world.partner: {world.sales: None}}, world)

    objective = plan.objectives.get()
    assert (objective.last_value, objective.last_period) == (Decimal(52), "2025-Q1")


def test_many_plans_take_as_many_statements_as_few(world, django_assert_num_queries):
    drafted(world, 55)
    with django_assert_num_queries(8) as few:
        Objective.objects.update(last_value=1)
        refresh_prepared("quarter")
    for _number in range(4):
        plan = PlanFactory(programme=world.programme, partner=world.partner)
        Objective.objects.create(
            plan=plan, partner=plan.partner, programme=plan.programme, kpi=world.training, direction="higher",
            is_open=False,
        )  # fmt: skip

    with django_assert_num_queries(len(few)):
        Objective.objects.update(last_value=1)
        refresh_prepared("quarter")
