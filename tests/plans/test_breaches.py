"""A serious breach: reported by one, agreed to by two others, and what follows for the partner and its plans."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from partners.choices import PartnerStatus
from partners.models import Partner, StatusChange
from partners.services.status import change_status
from performance.plans.choices import BreachStatus, PlanStatus, Side, StopReason
from performance.plans.lifecycle import BREACH_LIFECYCLE
from performance.plans.models import Breach, BreachApproval, Plan
from performance.plans.services.breaches import approve_breach, refuse_breach, report_breach, withdraw_breach
from performance.plans.services.evaluation import evaluate_plans
from performance.plans.services.signing import start_plan
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Letter, Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory, ProgrammeFactory
from tests.factories.plans import BreachFactory, CommitmentFactory, ObjectiveFactory, PlanFactory

pytestmark = pytest.mark.django_db

WHAT = "They invoiced us for deliveries that never happened."
TOLD = "Invoices of January are looked into. You hear from us within two weeks."
TODAY = date(2026, 1, 20)
AT = datetime(2026, 1, 20, 9, tzinfo=UTC)


def report(world, **values):
    given = {
        "partner": world.partner,
        "kind": "fraud",
        "what": WHAT,
        "partner_text": TOLD,
        "happened_on": date(2026, 1, 12),
        "actor": world.manager,
        "at": AT,
        **values,
    }
    return report_breach(**given)


def suspended(world, **values):
    """Reported by the owner, agreed to by the programme manager and the admin."""
    row = report(world, **values)
    approve_breach(breach=row, actor=world.programme_manager, at=AT)
    return approve_breach(breach=row, actor=world.administrator, at=AT)


def told(user, kind):
    return list(Notification.objects.filter(user=user, kind=kind).order_by("pk"))


STEPS = {
    "suspended": lambda world, row: approve_breach(breach=row, actor=world.administrator),
    "refused": lambda world, row: refuse_breach(breach=row, actor=world.administrator, reason="x"),
    "withdrawn": lambda world, row: withdraw_breach(breach=row, actor=world.manager, reason="x"),
}
LEGAL = {(move.source, move.target) for move in BREACH_LIFECYCLE.moves}
ILLEGAL = sorted(set(product(BreachStatus.values, STEPS)) - LEGAL)


# --- Reporting -------------------------------------------------------------------------------------------------------


def test_a_report_waits_and_those_who_decide_are_told(world):
    row = report(world, uploads=[SimpleUploadedFile("invoice.txt", b"12 pallets")])

    assert row.status == BreachStatus.REPORTED
    assert [one.file.name for one in row.files.all()] == ["invoice.txt"]
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.ACTIVE
    for user in (world.lead, world.admin):
        (line,) = told(user, "breach.to_approve")
        assert WHAT not in line.title + line.body
        assert str(row.public_id) in line.url
    assert not Notification.objects.filter(user__in=[world.owner, world.partner_user]).exists()


def test_whoever_reports_is_not_asked_to_decide(world):
    report(world, actor=world.administrator)

    assert told(world.admin, "breach.to_approve") == []
    assert len(told(world.lead, "breach.to_approve")) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"what": "  "}, "what"),
        ({"partner_text": ""}, "partner_text"),
        ({"what": "x" * 4001}, "what"),
        ({"kind": "rumour"}, "kind"),
        ({"happened_on": TODAY + timedelta(days=1)}, "happened_on"),
        ({"uploads": [SimpleUploadedFile("run.exe", b"MZ\x00\x01")]}, "uploads"),
        ({"uploads": [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(11)]}, "uploads"),
    ],
)
def test_a_report_that_is_incomplete_leaves_nothing(world, values, field):
    with pytest.raises(InvalidInput) as refusal:
        report(world, **values)

    assert refusal.value.field == field
    assert not Breach.objects.exists()
    assert not Notification.objects.exists()


@pytest.mark.parametrize("status", ["prospect", "applicant", "onboarding", "terminated"])
def test_who_cannot_be_suspended_is_not_reported(world, status):
    Partner.objects.filter(pk=world.partner.pk).update(status=status)

    with pytest.raises(Conflict) as refusal:
        report(world)

    assert refusal.value.code == "illegal_move"


def test_a_second_report_waits_for_the_first(world):
    report(world)

    with pytest.raises(Conflict) as refusal:
        report(world, kind="safety")

    assert refusal.value.code == "reported_before"
    assert Breach.objects.count() == 1


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_it_takes_two_people_and_neither_is_the_reporter(world):
    row = report(world, actor=world.programme_manager)
    with pytest.raises(Conflict) as refusal:
        approve_breach(breach=row, actor=world.programme_manager, at=AT)
    assert refusal.value.code == "own_report"

    row = approve_breach(breach=row, actor=world.administrator, at=AT)
    assert row.status == BreachStatus.REPORTED
    with pytest.raises(Conflict) as refusal:
        approve_breach(breach=row, actor=world.administrator, at=AT)
    assert refusal.value.code == "approved_before"
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.ACTIVE

    other = MembershipFactory(tenant=world.tenant, role="programme_manager").user
    row = approve_breach(breach=row, actor=Actor.of_user(other), at=AT)

    assert (row.status, row.suspended_on) == (BreachStatus.SUSPENDED, TODAY)
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.SUSPENDED
    assert BreachApproval.objects.count() == 2


def test_only_people_decide(world):
    row = report(world)
    key = Actor(kind="api_key", user_id=world.admin.pk, label="Key of the admin")

    for actor in (SYSTEM, key, Actor(kind="operator", user_id=world.admin.pk)):
        for decide in (approve_breach, refuse_breach):
            with pytest.raises(Conflict) as refusal:
                decide(breach=row, actor=actor, **({"reason": "x"} if decide is refuse_breach else {}))
            assert refusal.value.code == "needs_a_person"
    assert not BreachApproval.objects.exists()


def test_whoever_made_the_key_that_reported_is_not_one_of_the_two(world):
    row = report(world, actor=Actor(kind="api_key", user_id=world.admin.pk, label="Shop"))

    with pytest.raises(Conflict) as refusal:
        approve_breach(breach=row, actor=world.administrator)

    assert refusal.value.code == "own_report"


def test_everybody_concerned_is_told_and_the_partner_in_its_own_words_alone(world):
    suspended(world)

    (line,) = told(world.partner_user, "own_breach.suspension")
    assert line.body == TOLD
    assert told(world.admin, "breach.decided") == []  # took the step
    for user in (world.owner, world.lead):
        assert len(told(user, "breach.decided")) == 1
    letters = Letter.objects.filter(user=world.partner_user)
    texts = [row.text for row in letters] + [line.title, line.body]
    assert letters.count() == 1
    assert not any(WHAT in text or "raud" in text for text in texts)


def test_what_happened_stands_in_no_history_that_more_people_read(world):
    suspended(world)

    entries = AuditEntry.objects.filter(partner_id=world.partner.pk)
    assert {"breach.reported", "breach.approved", "breach.suspended", "partner.status_changed"} <= {
        entry.action for entry in entries
    }
    assert not any(WHAT in f"{entry.reason}{entry.changes}" for entry in entries)
    assert TOLD in StatusChange.objects.get().reason


def test_a_refusal_ends_it_and_the_partner_never_hears(world):
    row = report(world)
    approve_breach(breach=row, actor=world.programme_manager, at=AT)
    with pytest.raises(InvalidInput):
        refuse_breach(breach=row, actor=world.administrator, reason=" ")

    row = refuse_breach(breach=row, actor=world.administrator, reason="The papers were found.", at=AT)

    assert (row.status, row.settled_reason) == (BreachStatus.REFUSED, "The papers were found.")
    assert Partner.objects.get(pk=world.partner.pk).status == PartnerStatus.ACTIVE
    assert {line.user_id for line in Notification.objects.filter(kind="breach.decided")} == {
        world.owner.pk,
        world.lead.pk,
    }
    assert not Notification.objects.filter(user=world.partner_user).exists()
    report(world)


def test_the_reporter_alone_withdraws(world):
    row = report(world)
    with pytest.raises(Conflict) as refusal:
        withdraw_breach(breach=row, actor=world.administrator, reason="Not so.")
    assert refusal.value.code == "not_yours"
    with pytest.raises(Conflict) as refusal:
        refuse_breach(breach=report(world, partner=PartnerFactory()), actor=world.manager, reason="Not so.")
    assert refusal.value.code == "own_report"

    row = withdraw_breach(breach=row, actor=world.manager, reason="Mixed up two partners.")

    assert row.status == BreachStatus.WITHDRAWN
    assert len(told(world.lead, "breach.decided")) == 1


@pytest.mark.parametrize(("source", "step"), ILLEGAL)
def test_nothing_but_the_table_moves_a_report(world, source, step):
    day = TODAY if source in ("suspended", "lifted", "ended") else None
    row = BreachFactory(partner=world.partner, status=source, reporter=world.owner, suspended_on=day)

    with pytest.raises(Conflict) as refusal:
        STEPS[step](world, row)

    assert refusal.value.code == "illegal_move"
    assert Breach.objects.get(pk=row.pk).status == source


def test_a_partner_that_has_left_meanwhile_is_not_suspended_and_no_agreement_is_kept(world):
    row = report(world)
    approve_breach(breach=row, actor=world.programme_manager, at=AT)
    change_status(partner=world.partner, target="terminated", actor=world.administrator, reason="They gave notice.")

    with pytest.raises(Conflict):
        approve_breach(breach=row, actor=world.administrator, at=AT)

    assert Breach.objects.get().status == BreachStatus.REPORTED
    assert BreachApproval.objects.count() == 1


def test_a_partner_that_is_suspended_already_stays_so(world):
    change_status(partner=world.partner, target="suspended", actor=world.administrator, reason="No insurance.")

    row = suspended(world)

    assert row.status == BreachStatus.SUSPENDED
    assert StatusChange.objects.count() == 1


# --- Plans, and the end of it ----------------------------------------------------------------------------------------


def running(world, *, programme=None, **values):
    now = timezone.localdate()
    plan = PlanFactory(
        partner=world.partner,
        programme=programme or world.programme,
        running=True,
        starts_on=now - timedelta(days=20),
        **values,
    )
    ObjectiveFactory(plan=plan)
    return plan


def suspended_since(world, days, **values):
    """Suspended so many days ago, as far as days count."""
    row = report(world, **values)
    approve_breach(breach=row, actor=world.programme_manager)
    row = approve_breach(breach=row, actor=world.administrator)
    since = timezone.localdate() - timedelta(days=days)
    Breach.objects.filter(pk=row.pk).update(suspended_on=since)
    Plan.objects.filter(stop_reason=StopReason.SUSPENDED).update(stopped_on=since)
    return row


def test_the_clocks_of_running_plans_stand_and_nothing_is_judged(world):
    plan = running(world, checkpoint_days=[10])

    suspended_since(world, 0)
    evaluate_plans(tenant=world.tenant)

    plan.refresh_from_db()
    assert (plan.status, plan.stop_reason) == (PlanStatus.AWAITING_DATA, StopReason.SUSPENDED)
    assert not plan.check_ins.exists()


def test_only_plans_of_the_programme_that_the_breach_names(world):
    other = ProgrammeFactory()
    here, there = running(world), running(world, programme=other)

    suspended_since(world, 0, programme=other)

    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.status, there.status) == (PlanStatus.ACTIVE, PlanStatus.AWAITING_DATA)


def test_plans_that_have_not_started_wait(world):
    plan = PlanFactory(partner=world.partner, programme=world.programme, status=PlanStatus.AGREED)
    ObjectiveFactory(plan=plan)
    suspended_since(world, 0)

    with pytest.raises(Conflict) as refusal:
        start_plan(plan=plan, actor=world.manager)

    assert refusal.value.code == "suspended"


def test_lifting_it_is_recorded_and_gives_the_days_back(world):
    plan = running(world)
    ends_on = plan.ends_on
    due_on = timezone.localdate() + timedelta(days=5)
    owed = [CommitmentFactory(plan=plan, side=side, due_on=due_on) for side in Side.values]
    row = suspended_since(world, 9)

    partner = Partner.objects.get(pk=world.partner.pk)
    change_status(partner=partner, target="active", actor=world.manager, reason="They paid everything back.")

    row.refresh_from_db()
    plan.refresh_from_db()
    assert (row.status, row.lifted_by) == (BreachStatus.LIFTED, str(world.owner))
    assert row.lifted_reason == "They paid everything back."
    assert (plan.status, plan.stopped_on, plan.ends_on) == (PlanStatus.ACTIVE, None, ends_on + timedelta(days=9))
    for commitment in owed:
        commitment.refresh_from_db()
        assert commitment.due_on == due_on + timedelta(days=9)
    assert [line.title for line in told(world.partner_user, "own_breach.suspension")][-1].startswith(
        "Your company is active"
    )
    assert not any("paid" in line.body for line in told(world.partner_user, "own_breach.suspension"))


def test_a_plan_that_waited_for_data_before_goes_on_waiting_without_counting_a_day_twice(world):
    plan = running(world)
    stopped_on = timezone.localdate() - timedelta(days=12)
    late = CommitmentFactory(plan=plan, side=Side.VENDOR, due_on=stopped_on - timedelta(days=1))
    evaluate_plans(tenant=world.tenant)
    Plan.objects.filter(pk=plan.pk).update(stopped_on=stopped_on)
    row = report(world)
    for actor in (world.programme_manager, world.administrator):
        approve_breach(breach=row, actor=actor)

    change_status(
        partner=Partner.objects.get(pk=world.partner.pk), target="active", actor=world.manager, reason="Cleared."
    )

    plan.refresh_from_db()
    late.refresh_from_db()
    assert (plan.status, plan.stop_reason, plan.stopped_on) == ("awaiting_data", StopReason.VENDOR, stopped_on)
    assert plan.stopped_days == 0


def test_the_end_of_the_partnership_ends_it(world):
    plan = running(world)
    row = suspended_since(world, 3)

    partner = Partner.objects.get(pk=world.partner.pk)
    change_status(partner=partner, target="terminated", actor=world.administrator, reason="Notice was given.")

    row.refresh_from_db()
    plan.refresh_from_db()
    assert (row.status, plan.status) == (BreachStatus.ENDED, PlanStatus.CANCELLED)
