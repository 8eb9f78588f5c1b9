"""From a draft to a running plan: two people editing, two sides signing, commitments, files, notes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from partners.choices import PartnerStatus
from partners.services.status import change_status
from performance.plans.choices import CommitmentState, PlanStatus, Side
from performance.plans.models import Plan, Signature
from performance.plans.queries.plans import count_waiting_for_partner, shown_to_partner, waiting_for_us
from performance.plans.services.drafting import draft_plan, take_up
from performance.plans.services.editing import CommitmentSpec, ObjectiveSpec, edit_draft
from performance.plans.services.moving import move
from performance.plans.services.running import add_file, cancel_plan, extend_plan, settle_commitment, write_note
from performance.plans.services.signing import back_to_draft, offer_to_partner, sign, start_plan
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Notification
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db

AT = datetime(2025, 7, 15, 9, tzinfo=UTC)
TODAY = AT.date()


@pytest.fixture
def plan(world):
    closed("2025-Q2", {world.partner: {world.sales: 55, world.training: 95}}, programme=world.programme)
    return draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager, at=AT)


def edit(plan, world, **values):
    return edit_draft(plan=plan, actor=world.manager, **{"version": plan.version, **values})


def agreed(plan, world):
    sign(plan=plan, side=Side.VENDOR, version=plan.version, actor=world.manager, at=AT)
    sign(plan=plan, side=Side.PARTNER, version=plan.version, actor=world.at_partner, at=AT)
    plan.refresh_from_db()
    return plan


def promised(plan, world):
    plan = edit(
        plan,
        world,
        commitments=[
            CommitmentSpec(side=Side.PARTNER, title="Hire a trainer", due_on=TODAY + timedelta(days=20)),
            CommitmentSpec(side=Side.VENDOR, title="Send a coach", due_on=TODAY + timedelta(days=10), kpi=world.sales),
        ],
    )
    return start_plan(plan=agreed(plan, world), actor=world.manager, at=AT)


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_of_two_people_one_wins_and_the_other_is_told(plan, world):
    edit(plan, world, title="Sales back over 70")

    with pytest.raises(Conflict) as refusal:
        edit(plan, world, title="Another title")

    assert refusal.value.code == "version_changed"
    plan.refresh_from_db()
    assert (plan.title, plan.version) == ("Sales back over 70", 2)


def test_nothing_changed_is_no_new_version(plan, world):
    assert edit(plan, world, title=plan.title).version == 1


def test_exits_follow_the_margin_until_somebody_types_one(plan, world):
    plan = edit(plan, world, margin_percent=D(10))
    assert plan.objectives.get().exit_value == D(63)

    plan = edit(plan, world, objectives=[ObjectiveSpec(kpi=world.sales, exit_value=D(75))])
    plan = edit(plan, world, margin_percent=D(20))

    assert plan.objectives.get().exit_value == D(75)


@pytest.mark.parametrize("value", [50, 60])
def test_an_exit_is_better_than_the_line_that_set_the_plan_off(plan, world, value):
    with pytest.raises(InvalidInput) as refusal:
        edit(plan, world, objectives=[ObjectiveSpec(kpi=world.sales, exit_value=D(value))])

    assert (refusal.value.field, refusal.value.code) == ("objectives", "exit_not_better")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "  "}, "title"),
        ({"length_days": 90}, "length_days"),
        ({"checkpoint_days": [0, 30]}, "checkpoint_days"),
        ({"checkpoint_days": [185]}, "checkpoint_days"),
        ({"margin_percent": D(101)}, "margin_percent"),
        ({"periods_to_succeed": 9}, "periods_to_succeed"),
        ({"commitments": [CommitmentSpec(side="vendor", title=" ", due_on=TODAY)]}, "commitments"),
        ({"commitments": [CommitmentSpec(side="vendor", title="Help", due_on=date(9999, 12, 31))]}, "commitments"),
        ({"commitments": [CommitmentSpec(side="vendor", title="Help", due_on=date(1, 1, 1))]}, "commitments"),
        ({"objectives": []}, "kpis"),
    ],
)
def test_a_bad_value_names_its_field_and_nothing_is_written(plan, world, values, field):
    with pytest.raises(InvalidInput) as refusal:
        edit(plan, world, **values)

    assert refusal.value.field == field
    before = (plan.title, plan.version, plan.length_days)
    plan.refresh_from_db()
    assert (plan.title, plan.version, plan.length_days) == before


def test_people_have_to_be_of_their_side(plan, world):
    with pytest.raises(InvalidInput):
        edit(plan, world, owner=world.partner_user)
    with pytest.raises(InvalidInput):
        edit(plan, world, partner_lead=world.owner)

    plan = edit(plan, world, owner=world.lead, partner_lead=world.partner_user)

    assert (plan.owner, plan.partner_lead) == (world.lead, world.partner_user)


def test_objectives_are_added_with_their_results_and_taken_away(plan, world):
    plan = edit(plan, world, objectives=[ObjectiveSpec(kpi=world.training), ObjectiveSpec(kpi=world.sales)])

    assert [(row.kpi, row.trigger_value) for row in plan.objectives.all()] == [
        (world.training, D(95)),
        (world.sales, D(55)),
    ]
    assert [row.kpi for row in edit(plan, world, objectives=[ObjectiveSpec(kpi=world.sales)]).objectives.all()] == [
        world.sales
    ]


# --- Signing ---------------------------------------------------------------------------------------------------------


def test_both_sides_sign_the_same_version(plan, world):
    offer_to_partner(plan=plan, actor=world.manager, at=AT)
    assert list(shown_to_partner(world.partner.pk)) == [plan]
    assert count_waiting_for_partner(world.partner.pk, TODAY) == 1
    assert Notification.objects.filter(kind="own_plan.offered", user=world.partner_user).exists()

    sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, remarks="Agreed.", at=AT)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT
    sign(plan=plan, side=Side.VENDOR, version=1, actor=world.manager, at=AT)

    plan.refresh_from_db()
    assert plan.status == PlanStatus.AGREED
    assert list(Plan.objects.filter(waiting_for_us(TODAY))) == [plan]


def test_a_change_asks_for_both_signatures_anew(plan, world):
    sign(plan=plan, side=Side.VENDOR, version=1, actor=world.manager, at=AT)
    edit(plan, world, title="Changed")

    with pytest.raises(Conflict) as refusal:
        sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, at=AT)
    sign(plan=plan, side=Side.PARTNER, version=2, actor=world.at_partner, at=AT)

    assert refusal.value.code == "version_changed"
    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT


def test_a_partner_signs_only_what_it_was_offered_and_once(plan, world):
    with pytest.raises(Conflict) as refusal:
        sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, at=AT)
    assert refusal.value.code == "not_offered"
    offer_to_partner(plan=plan, actor=world.manager, at=AT)
    sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, at=AT)

    with pytest.raises(Conflict) as refusal:
        sign(plan=plan, side=Side.PARTNER, version=1, actor=world.at_partner, at=AT)

    assert refusal.value.code == "signed_before"
    assert Signature.objects.count() == 1


def test_a_plan_without_a_value_to_reach_cannot_be_offered(world):
    plan = draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager, at=AT)

    with pytest.raises(Conflict) as refusal:
        offer_to_partner(plan=plan, actor=world.manager, at=AT)

    assert refusal.value.code == "incomplete"


def test_an_agreed_plan_is_opened_again_with_a_reason(plan, world):
    agreed(plan, world)

    plan = back_to_draft(plan=plan, actor=world.manager, reason="The coach is ill.")

    assert (plan.status, plan.version) == (PlanStatus.DRAFT, 2)


# --- Starting --------------------------------------------------------------------------------------------------------


def test_a_start_fixes_baselines_and_moves_what_was_promised(plan, world):
    plan = edit(
        plan,
        world,
        commitments=[CommitmentSpec(side=Side.VENDOR, title="Send a coach", due_on=TODAY + timedelta(days=10))],
    )
    agreed(plan, world)
    later = AT + timedelta(days=5)

    plan = start_plan(plan=plan, actor=world.manager, at=later)

    assert (plan.status, plan.starts_on, plan.ends_on) == (PlanStatus.ACTIVE, date(2025, 7, 20), date(2026, 1, 19))
    objective = plan.objectives.get()
    assert (objective.baseline, objective.baseline_period) == (D(55), "2025-Q2")
    assert plan.commitments.get().due_on == date(2025, 7, 30)


def test_only_an_agreed_plan_starts_and_never_in_the_future(plan, world):
    with pytest.raises(Conflict):
        start_plan(plan=plan, actor=world.manager, at=AT)
    agreed(plan, world)
    with pytest.raises(InvalidInput) as refusal:
        start_plan(plan=plan, actor=world.manager, starts_on=TODAY + timedelta(days=1), at=AT)

    assert refusal.value.field == "starts_on"


def test_what_is_reached_already_is_no_plan(plan, world):
    agreed(plan, world)
    closed("2025-Q2", {world.partner: {world.sales: 80}}, programme=world.programme)

    with pytest.raises(Conflict) as refusal:
        start_plan(plan=plan, actor=world.manager, at=AT)

    assert refusal.value.code == "reached_already"


# --- While it runs ---------------------------------------------------------------------------------------------------


def test_each_side_settles_its_own(plan, world):
    plan = promised(plan, world)
    ours, theirs = plan.commitments.order_by("due_on")

    with pytest.raises(Conflict) as refusal:
        settle_commitment(commitment=ours, side=Side.PARTNER, actor=world.at_partner)
    assert refusal.value.code == "other_side"
    settle_commitment(commitment=theirs, side=Side.PARTNER, actor=world.at_partner, note="Since Monday.")
    with pytest.raises(Conflict) as refusal:
        settle_commitment(commitment=theirs, side=Side.PARTNER, actor=world.at_partner)
    assert refusal.value.code == "settled_before"

    theirs.refresh_from_db()
    assert (theirs.state, theirs.note) == (CommitmentState.DONE, "Since Monday.")


def test_only_the_vendor_drops_and_says_why(plan, world):
    plan = promised(plan, world)
    theirs = plan.commitments.get(side=Side.PARTNER)

    with pytest.raises(Conflict):
        settle_commitment(
            commitment=theirs, side=Side.PARTNER, actor=world.at_partner, state=CommitmentState.DROPPED, note="No."
        )
    with pytest.raises(InvalidInput):
        settle_commitment(commitment=theirs, side=Side.VENDOR, actor=world.manager, state=CommitmentState.DROPPED)
    settle_commitment(
        commitment=theirs, side=Side.VENDOR, actor=world.manager, state=CommitmentState.DROPPED, note="Not needed."
    )

    theirs.refresh_from_db()
    assert theirs.state == CommitmentState.DROPPED


def test_nothing_is_settled_before_the_plan_runs(plan, world):
    plan = edit(plan, world, commitments=[CommitmentSpec(side=Side.VENDOR, title="Send a coach", due_on=TODAY)])

    with pytest.raises(Conflict) as refusal:
        settle_commitment(commitment=plan.commitments.get(), side=Side.VENDOR, actor=world.manager)

    assert refusal.value.code == "wrong_status"


def test_a_file_shows_what_was_done(plan, world):
    plan = promised(plan, world)
    theirs = plan.commitments.get(side=Side.PARTNER)
    upload = SimpleUploadedFile("trainer.txt", b"Signed on Monday.")

    kept = add_file(commitment=theirs, side=Side.PARTNER, actor=world.at_partner, upload=upload)

    assert kept.file.name == "trainer.txt"
    with pytest.raises(InvalidInput) as refusal:
        add_file(
            commitment=theirs, side=Side.PARTNER, actor=world.at_partner, upload=SimpleUploadedFile("a.exe", b"MZ\x00")
        )
    assert refusal.value.field == "upload"


def test_what_both_have_signed_is_not_taken_up_as_a_suggestion(plan, world):
    plan = agreed(plan, world)

    with pytest.raises(Conflict):
        take_up(plan=plan, actor=world.manager)

    plan.refresh_from_db()
    assert (plan.status, plan.version) == (PlanStatus.AGREED, 1)


def test_a_suggestion_that_is_opened_again_does_not_reach_the_partner(plan, world):
    Plan.objects.update(status=PlanStatus.SUGGESTED)

    with pytest.raises(Conflict):
        back_to_draft(plan=plan, actor=world.manager, reason="To be looked at.")

    assert not Notification.objects.filter(user=world.partner_user).exists()


@pytest.mark.parametrize("target", [PlanStatus.SUCCEEDED, PlanStatus.FAILED, PlanStatus.AWAITING_DATA])
def test_what_results_decide_no_person_moves(plan, world, target):
    plan = promised(plan, world)

    with pytest.raises(Conflict):
        move(plan, target, actor=world.administrator, action="plan.moved")


def test_a_plan_is_extended_once(plan, world):
    plan = promised(plan, world)
    before = plan.ends_on

    plan = extend_plan(plan=plan, actor=world.manager, reason="The coach came late.")

    assert (plan.status, plan.ends_on) == (PlanStatus.EXTENDED, before + timedelta(days=30))
    with pytest.raises(Conflict) as refusal:
        extend_plan(plan=plan, actor=world.manager, reason="Once more.")
    assert refusal.value.code == "extended_before"


def test_a_cancelled_plan_frees_its_kpis_and_stays_cancelled(plan, world):
    plan = cancel_plan(plan=plan, actor=world.manager, reason="The branch was sold.")

    assert not plan.objectives.filter(is_open=True).exists()
    with pytest.raises(Conflict):
        cancel_plan(plan=plan, actor=world.manager, reason="Again.")


def test_notes_of_one_side_reach_the_other_and_internal_ones_stay(plan, world):
    with pytest.raises(Conflict):
        write_note(plan=plan, side=Side.PARTNER, actor=world.at_partner, text="Hello")
    promised(plan, world)
    Notification.objects.all().delete()

    write_note(plan=plan, side=Side.VENDOR, actor=world.manager, text="They struggle.", is_internal=True)
    assert not Notification.objects.exists()
    write_note(plan=plan, side=Side.VENDOR, actor=world.manager, text="See you on Monday.")
    write_note(plan=plan, side=Side.PARTNER, actor=world.at_partner, text="We will be there.")

    assert Notification.objects.get(user=world.partner_user).kind == "own_plan.note"
    assert Notification.objects.get(user=world.owner).kind == "plan.note"
    with pytest.raises(InvalidInput):
        write_note(plan=plan, side=Side.PARTNER, actor=world.at_partner, text="Secret", is_internal=True)


def test_a_partner_that_leaves_has_no_open_plans(plan, world):
    promised(plan, world)
    change_status(partner=world.partner, target=PartnerStatus.SUSPENDED, actor=world.administrator, reason="Late.")
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE

    change_status(partner=world.partner, target=PartnerStatus.TERMINATED, actor=world.administrator, reason="Sold.")

    plan.refresh_from_db()
    assert (plan.status, plan.end_reason) == (PlanStatus.CANCELLED, "The partnership has ended.")
    assert not plan.objectives.filter(is_open=True).exists()
