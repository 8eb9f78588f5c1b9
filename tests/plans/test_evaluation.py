"""A running plan is judged by what was measured, once each, whoever looks twice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError

from partners.services.status import change_status
from performance.closings import closing_listeners
from performance.plans.choices import CommitmentState, PlanStatus, Side, StopReason, Verdict
from performance.plans.models import CheckIn, Plan
from performance.plans.queries.plans import one_plan, standing_of
from performance.plans.services.drafting import draft_plan
from performance.plans.services.editing import CommitmentSpec, edit_draft
from performance.plans.services.evaluation import evaluate_plans
from performance.plans.services.running import extend_plan, settle_commitment
from performance.plans.services.signing import sign, start_plan
from performance.services.closings import do_closing_work
from prm.audit.models import AuditEntry
from prm.errors import Conflict
from prm.notifications.models import Notification
from tests.plans.worlds import closed, noon

pytestmark = pytest.mark.django_db

AT = datetime(2025, 7, 15, 9, tzinfo=UTC)
START = AT.date()
LAST = date(2026, 1, 14)
"""The 184th day."""


@pytest.fixture
def plan(world):
    """Runs from 15 July; baseline 55 in the second quarter, 61.5 to be reached in two quarters."""
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    return begin(world)


def begin(world, *, at=AT, **values):
    plan = draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager, at=at)
    if values:
        plan = edit_draft(plan=plan, version=plan.version, actor=world.manager, **values)
    sign(plan=plan, side=Side.VENDOR, version=plan.version, actor=world.manager, at=at)
    sign(plan=plan, side=Side.PARTNER, version=plan.version, actor=world.at_partner, at=at)
    return start_plan(plan=plan, actor=world.manager, at=at)


def look(world, day):
    changed = evaluate_plans(tenant=world.tenant, at=noon(day))
    assert evaluate_plans(tenant=world.tenant, at=noon(day)) == 0, "A second look changed something."
    return changed


def quarter(world, label, value, **settings):
    return closed(label, {world.partner: {world.sales: value}}, programme=world.programme, **settings)


def now(plan):
    plan.refresh_from_db()
    return plan


# --- Success, failure, waiting ---------------------------------------------------------------------------------------


def test_it_succeeds_after_two_closed_quarters_in_a_row(plan, world):
    quarter(world, "2025-Q3", 61.5)
    look(world, date(2025, 10, 12))
    assert (now(plan).status, plan.objectives.get().reached) == (PlanStatus.ACTIVE, 1)

    quarter(world, "2025-Q4", 70)
    look(world, date(2026, 1, 11))

    assert (now(plan).status, plan.ended_by_period) == (PlanStatus.SUCCEEDED, "2025-Q4")
    objective = plan.objectives.get()
    assert (objective.reached, objective.last_value, objective.is_open) == (2, D(70), False)
    assert Notification.objects.filter(user=world.owner, kind="plan.ended").count() == 1
    assert Notification.objects.filter(user=world.partner_user, kind="own_plan.ended").count() == 1


def test_it_fails_when_its_last_day_is_over_and_its_results_are_there(plan, world):
    quarter(world, "2025-Q3", 58)
    quarter(world, "2025-Q4", 60)
    look(world, LAST)
    assert now(plan).status == PlanStatus.ACTIVE

    look(world, LAST + timedelta(days=1))

    assert (now(plan).status, plan.ended_by_period) == (PlanStatus.FAILED, "2025-Q4")
    assert AuditEntry.objects.get(action="plan.failed").actor_kind == "system"


def test_at_its_end_it_waits_for_the_quarter_that_is_not_closed(plan, world):
    quarter(world, "2025-Q3", 70)
    look(world, LAST + timedelta(days=3))
    assert (now(plan).status, plan.stop_reason, plan.stopped_on) == (
        PlanStatus.AWAITING_DATA,
        StopReason.DATA,
        LAST + timedelta(days=1),
    )

    quarter(world, "2025-Q4", 70)
    look(world, LAST + timedelta(days=10))

    assert now(plan).status == PlanStatus.SUCCEEDED


def test_what_it_waited_for_can_fail_it(plan, world):
    quarter(world, "2025-Q3", 70)
    look(world, LAST + timedelta(days=3))
    quarter(world, "2025-Q4", 50)

    look(world, LAST + timedelta(days=10))

    assert now(plan).status == PlanStatus.FAILED


def test_a_missing_result_stops_the_clock_until_it_is_there(plan, world):
    quarter(world, "2025-Q3", None)
    look(world, date(2025, 10, 12))
    assert (now(plan).status, plan.stop_reason) == (PlanStatus.AWAITING_DATA, StopReason.DATA)

    quarter(world, "2025-Q3", 65)
    look(world, date(2025, 10, 22))

    assert (now(plan).status, plan.stopped_days, plan.ends_on) == (PlanStatus.ACTIVE, 10, LAST + timedelta(days=10))


def test_a_restated_result_counts(plan, world):
    quarter(world, "2025-Q3", 70)
    look(world, date(2025, 10, 12))
    quarter(world, "2025-Q3", 50)

    look(world, date(2025, 10, 13))

    assert plan.objectives.get().reached == 0


def test_nobody_ends_a_plan_by_hand(plan):
    from performance.plans.lifecycle import PLAN_LIFECYCLE
    from performance.plans.permissions import PLAN_JUDGE

    for target in (PlanStatus.SUCCEEDED, PlanStatus.FAILED):
        assert {move.permission for move in PLAN_LIFECYCLE.moves if move.target == target} == {PLAN_JUDGE}
    assert not PLAN_JUDGE.roles


# --- The clock and the vendor ----------------------------------------------------------------------------------------


@pytest.fixture
def owed(world):
    """We owe a coach after 10 days, the partner a trainer after 40."""
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    return begin(
        world,
        commitments=[
            CommitmentSpec(side=Side.VENDOR, title="Send a coach", due_on=START + timedelta(days=10)),
            CommitmentSpec(side=Side.PARTNER, title="Hire a trainer", due_on=START + timedelta(days=40)),
        ],
    )


def test_what_we_owe_stops_the_clock_and_gives_the_days_back(owed, world):
    ours, theirs = owed.commitments.order_by("due_on")
    look(world, START + timedelta(days=10))
    assert now(owed).status == PlanStatus.ACTIVE

    look(world, START + timedelta(days=15))
    assert (now(owed).status, owed.stop_reason, owed.stopped_on) == (
        PlanStatus.AWAITING_DATA,
        StopReason.VENDOR,
        START + timedelta(days=11),
    )
    assert Notification.objects.filter(user=world.owner, kind="plan.clock").count() == 1
    settle_commitment(commitment=ours, side=Side.VENDOR, actor=world.manager, state=CommitmentState.DONE)
    look(world, START + timedelta(days=21))

    assert (now(owed).status, owed.stopped_days, owed.ends_on) == (PlanStatus.ACTIVE, 10, LAST + timedelta(days=10))
    theirs.refresh_from_db()
    assert theirs.due_on == START + timedelta(days=50)


def test_it_never_fails_while_we_owe_something(owed, world):
    quarter(world, "2025-Q3", 50)
    quarter(world, "2025-Q4", 50)

    look(world, LAST + timedelta(days=60))

    assert now(owed).status == PlanStatus.AWAITING_DATA


def test_an_extended_plan_goes_on_extended(owed, world):
    extend_plan(plan=owed, actor=world.manager, reason="The coach is late.")
    look(world, START + timedelta(days=15))
    owed.commitments.filter(side=Side.VENDOR).update(state=CommitmentState.DONE)

    look(world, START + timedelta(days=16))

    assert now(owed).status == PlanStatus.EXTENDED


def test_standing_counts_only_days_on_which_the_clock_went(owed, world):
    look(world, START + timedelta(days=15))

    standing = standing_of(one_plan(owed.public_id), START + timedelta(days=30))

    assert (standing.day, standing.days, standing.stopped_days) == (12, 184, 19)
    assert [row.title for row in standing.overdue] == ["Send a coach"]


# --- Checkpoints -----------------------------------------------------------------------------------------------------


def test_checkpoints_are_judged_once_each_and_without_results_say_so(plan, world):
    look(world, START + timedelta(days=29))
    assert not CheckIn.objects.exists()

    look(world, START + timedelta(days=31))
    look(world, START + timedelta(days=61))

    assert [(row.day, row.verdict, row.due_on) for row in CheckIn.objects.all()] == [
        (30, Verdict.NO_DATA, START + timedelta(days=30)),
        (60, Verdict.NO_DATA, START + timedelta(days=60)),
    ]
    assert now(plan).escalated_to == 0


def test_a_missed_checkpoint_is_taken_a_level_higher_than_the_one_before(world):
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    plan = begin(world, checkpoint_days=[90, 120, 150])
    quarter(world, "2025-Q3", 56)
    told = {}
    for day, person in ((90, world.owner), (120, world.lead), (150, world.admin)):
        look(world, START + timedelta(days=day))
        told[day] = set(Notification.objects.filter(kind="plan.behind").values_list("user_id", flat=True))
        assert person.pk in told[day]

    assert told[90] == {world.owner.pk}
    assert told[120] == {world.owner.pk, world.lead.pk}
    assert [(row.verdict, row.escalated_to) for row in CheckIn.objects.all()] == [
        (Verdict.MISSED, 1),
        (Verdict.MISSED, 2),
        (Verdict.MISSED, 3),
    ]
    row = CheckIn.objects.first()
    assert (row.expected, row.progress) == (D("0.4891"), D("0.1538"))
    assert row.found[0]["kpi"] == "SALES"
    assert now(plan).escalated_to == 3


def test_on_track_again_takes_the_next_miss_to_the_owner(world):
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    plan = begin(world, checkpoint_days=[90, 180], length_days=400)
    quarter(world, "2025-Q3", 55)
    look(world, START + timedelta(days=90))
    assert now(plan).escalated_to == 1

    quarter(world, "2025-Q4", 61)
    look(world, START + timedelta(days=181))

    assert now(plan).escalated_to == 0
    assert CheckIn.objects.last().verdict == Verdict.ON_TRACK


def test_a_worker_that_comes_late_judges_all_that_are_due(plan, world):
    look(world, START + timedelta(days=100))

    assert [row.day for row in CheckIn.objects.all()] == [30, 60, 90]


def test_while_the_clock_stands_no_checkpoint_comes(owed, world):
    look(world, START + timedelta(days=15))

    look(world, START + timedelta(days=60))

    assert not CheckIn.objects.exists()


# --- Relapse ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def done(plan, world):
    quarter(world, "2025-Q3", 65)
    quarter(world, "2025-Q4", 65)
    look(world, date(2026, 1, 11))
    assert now(plan).status == PlanStatus.SUCCEEDED
    return plan


def test_falling_back_within_two_periods_opens_the_same_plan_again(done, world):
    quarter(world, "2026-Q1", 61)
    assert look(world, date(2026, 4, 11)) == 0

    quarter(world, "2026-Q2", 59)
    look(world, date(2026, 7, 11))

    assert (now(done).status, done.relapses, done.starts_on) == (PlanStatus.ACTIVE, 1, date(2026, 7, 11))
    objective = done.objectives.get()
    assert (objective.is_open, objective.baseline, objective.last_value) == (True, D(55), D(59))
    look(world, date(2026, 8, 11))
    assert CheckIn.objects.filter(round=1).count() == 1


def test_a_plan_that_was_extended_is_not_extended_again_after_a_relapse(plan, world):
    extend_plan(plan=plan, actor=world.manager, reason="A strike.")
    quarter(world, "2025-Q3", 65)
    quarter(world, "2025-Q4", 65)
    look(world, date(2026, 1, 11))
    quarter(world, "2026-Q1", 50)
    look(world, date(2026, 4, 11))
    assert (now(plan).status, plan.relapses) == (PlanStatus.ACTIVE, 1)

    with pytest.raises(Conflict) as refusal:
        extend_plan(plan=plan, actor=world.manager, reason="Another one.")

    assert refusal.value.code == "extended_before"


def test_nobody_opens_a_plan_again_that_has_succeeded(done, world):
    quarter(world, "2026-Q1", 50)

    with pytest.raises(Conflict) as refusal:
        start_plan(plan=done, actor=world.manager, at=noon(date(2026, 4, 11)))

    assert refusal.value.code == "wrong_status"
    assert now(done).status == PlanStatus.SUCCEEDED


def test_a_plan_of_a_partner_that_has_left_is_not_opened_again(done, world):
    change_status(partner=world.partner, target="terminated", actor=world.administrator, reason="Sold.")
    quarter(world, "2026-Q1", 50)

    assert look(world, date(2026, 4, 11)) == 0
    assert now(done).status == PlanStatus.SUCCEEDED


def test_the_third_period_is_no_relapse(done, world):
    quarter(world, "2026-Q1", 61)
    quarter(world, "2026-Q2", 61)
    quarter(world, "2026-Q3", 10)

    assert look(world, date(2026, 10, 11)) == 0


def test_a_newer_plan_about_the_kpi_goes_on_instead(done, world):
    draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)
    quarter(world, "2026-Q1", 50)

    assert look(world, date(2026, 4, 11)) == 0
    with pytest.raises(Conflict):
        draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)


# --- Who looks -------------------------------------------------------------------------------------------------------


def test_closings_and_restatements_let_plans_be_judged(plan, world):
    assert closing_listeners.get("plans_judged").hears_restatements
    quarter(world, "2025-Q3", 70)
    quarter(world, "2025-Q4", 70)

    do_closing_work(tenant=world.tenant, at=noon(date(2026, 1, 11)))

    assert now(plan).status == PlanStatus.SUCCEEDED


def test_what_fails_with_one_plan_leaves_the_others_alone(plan, world, monkeypatch):
    """A worker dies between two plans: the next one goes on where it stopped."""
    from performance.plans.services import evaluation

    other = begin_other(world)
    quarter_of(world, {world.sales: 70, world.training: 70}, "2025-Q3", "2025-Q4")
    judge = evaluation.evaluate_plan

    def die_at_the_second(plan, *, at):
        if plan.pk == other.pk:
            raise SystemExit
        return judge(plan, at=at)

    monkeypatch.setattr(evaluation, "evaluate_plan", die_at_the_second)
    with pytest.raises(SystemExit):
        evaluate_plans(tenant=world.tenant, at=noon(date(2026, 1, 11)))
    monkeypatch.undo()
    assert now(plan).status == PlanStatus.SUCCEEDED

    evaluate_plans(tenant=world.tenant, at=noon(date(2026, 1, 11)))

    assert Plan.objects.get(pk=other.pk).status == PlanStatus.SUCCEEDED
    assert Notification.objects.filter(kind="plan.ended", user=world.owner).count() == 2


@pytest.mark.parametrize("by_closing", [False, True])
def test_a_plan_that_cannot_be_judged_does_not_stop_the_others(plan, world, monkeypatch, by_closing):
    from performance.plans.services import evaluation

    other = begin_other(world)
    quarter_of(world, {world.sales: 70, world.training: 70}, "2025-Q3", "2025-Q4")
    judge = evaluation.evaluate_plan

    def stumble_over_the_first(plan, *, at):
        changed = judge(plan, at=at)
        if plan.pk != other.pk:
            raise IntegrityError
        return changed

    monkeypatch.setattr(evaluation, "evaluate_plan", stumble_over_the_first)
    at = noon(date(2026, 1, 11))
    if by_closing:
        do_closing_work(tenant=world.tenant, at=at)
    else:
        evaluate_plans(tenant=world.tenant, at=at)

    assert now(plan).status == PlanStatus.ACTIVE
    assert Plan.objects.get(pk=other.pk).status == PlanStatus.SUCCEEDED


def begin_other(world):
    closed("2025-Q2", {world.partner: {world.sales: 55, world.training: 40}}, programme=world.programme)
    plan = draft_plan(
        partner=world.partner, programme=world.programme, kpis=[world.training], actor=world.manager, at=AT
    )
    sign(plan=plan, side=Side.VENDOR, version=1, actor=world.manager, at=AT)
    sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, at=AT)
    return start_plan(plan=plan, actor=world.manager, at=AT)


def quarter_of(world, values, *labels):
    for label in labels:
        closed(label, {world.partner: values}, programme=world.programme)


def test_two_quarters_with_one_between_them_that_is_not_closed_are_not_in_a_row(world):
    closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme)
    plan = begin(world, length_days=400)
    quarter(world, "2025-Q3", 65)
    quarter(world, "2026-Q1", 65)

    look(world, date(2026, 4, 12))

    assert (now(plan).status, plan.objectives.get().reached) == (PlanStatus.ACTIVE, 1)


def test_a_plan_whose_clock_stands_is_extended_only_once_it_goes_again(owed, world):
    look(world, START + timedelta(days=15))

    with pytest.raises(Conflict) as refusal:
        extend_plan(plan=owed, actor=world.manager, reason="The coach is late.")

    assert refusal.value.code == "clock_stands"
    owed.commitments.filter(side=Side.VENDOR).update(state=CommitmentState.DONE)
    look(world, START + timedelta(days=21))
    assert (now(owed).status, owed.ends_on) == (PlanStatus.ACTIVE, LAST + timedelta(days=10))
    extend_plan(plan=owed, actor=world.manager, reason="The coach was late.")
    assert (now(owed).status, owed.ends_on) == (PlanStatus.EXTENDED, LAST + timedelta(days=40))


def test_nobody_sets_the_clock_of_a_plan_going_by_starting_it_again(owed, world):
    look(world, START + timedelta(days=15))
    quarter(world, "2025-Q3", 40)

    with pytest.raises(Conflict) as refusal:
        start_plan(plan=owed, actor=world.manager, at=noon(date(2025, 10, 12)))

    assert refusal.value.code == "wrong_status"
    assert (now(owed).status, owed.starts_on, owed.objectives.get().baseline) == (
        PlanStatus.AWAITING_DATA,
        START,
        D(55),
    )
