"""What people see of plans elsewhere: what waits for them, the morning mail, the partner's timeline."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from partners.timeline import fetch_audit, timeline
from performance.plans.choices import CommitmentState, PlanStatus, Side
from performance.plans.digest import plans_of_the_morning
from performance.plans.permissions import OWN_PLAN_SIGN, OWN_PLAN_WORK, PLAN_DECIDE, PLAN_EDIT
from performance.plans.waiting import in_workspace, own_commitments, to_sign
from prm.access.actor import SYSTEM, Actor
from prm.access.permissions import Can
from prm.access.roles import Role
from prm.audit.services import record
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import PartnerFactory
from tests.factories.plans import (
    CheckInFactory,
    CommitmentFactory,
    ConsequenceApprovalFactory,
    PlanConsequenceFactory,
    PlanFactory,
    SignatureFactory,
)

pytestmark = pytest.mark.django_db
OFFERED = datetime(2026, 1, 5, tzinfo=UTC)


def staff_request(
    world: Any, *, role: str = Role.CHANNEL_MANAGER, own_only: bool = False, decides: bool = False
) -> Any:
    """A request of a new member who may edit plans, and decide if wanted."""
    member = MembershipFactory(tenant=world.tenant, role=role, own_portfolio_only=own_only)
    may = {str(PLAN_EDIT)} | ({str(PLAN_DECIDE)} if decides else set())
    return SimpleNamespace(
        tenant=world.tenant, membership=member, partner_access=None, can=Can(frozenset(may)), user=member.user
    )


def portal_request(world: Any, partner: Any) -> Any:
    access = PartnerAccessFactory(partner=partner, role=Role.PARTNER_ADMIN)
    may = frozenset({str(OWN_PLAN_SIGN), str(OWN_PLAN_WORK)})
    return SimpleNamespace(tenant=world.tenant, membership=None, partner_access=access, can=Can(may))


def titles(items: Any) -> list[str]:
    return [item.title for item in items]


def of(request: Any, **values: Any) -> Any:
    """A plan of the request's person."""
    return PlanFactory(owner=request.user, **values)


# --- What waits ------------------------------------------------------------------------------------------------------


def test_each_step_of_mine_waits_with_what_is_to_do(in_scope: Any) -> None:
    me = staff_request(in_scope)
    partner = PartnerFactory(name="Nordwind")
    of(me, partner=partner, title="Delivery", status=PlanStatus.SUGGESTED)
    of(me, partner=partner, status=PlanStatus.DRAFT)
    offered = of(me, partner=partner, status=PlanStatus.DRAFT, offered_at=OFFERED)
    of(me, partner=partner, status=PlanStatus.AGREED, offered_at=OFFERED)
    of(me, partner=partner, running=True)

    found = in_workspace(me)

    assert sorted(titles(found)) == [
        "A plan is suggested for Nordwind",
        "Sign the plan of Nordwind",
        "Start the plan of Nordwind",
    ]
    signing = next(item for item in found if item.title.startswith("Sign"))
    assert signing.url == f"/t/{in_scope.tenant.slug}/plans/{offered.public_id}/"


def test_a_draft_that_we_signed_waits_no_more_until_it_is_changed(in_scope: Any) -> None:
    me = staff_request(in_scope)
    plan = of(me, status=PlanStatus.DRAFT, offered_at=OFFERED)
    SignatureFactory(plan=plan, side=Side.VENDOR)
    assert in_workspace(me) == []

    plan.version += 1
    plan.save()

    assert len(in_workspace(me)) == 1


def test_many_suggestions_are_one_line_for_all_of_them(in_scope: Any) -> None:
    me = staff_request(in_scope)
    partner = PartnerFactory()
    for number in range(3):
        of(me, partner=partner if number else PartnerFactory(), status=PlanStatus.SUGGESTED)

    (item,) = in_workspace(me)

    assert (item.title, item.amount) == ("3 plans are suggested about 2 partners", 3)
    assert item.url.endswith("/plans/?state=suggested&mine=yes")


def test_of_much_to_do_the_first_stand_there_and_the_rest_is_counted(
    in_scope: Any, django_assert_max_num_queries: Any
) -> None:
    me = staff_request(in_scope)
    for _number in range(7):
        of(me, partner=PartnerFactory(), status=PlanStatus.AGREED, offered_at=OFFERED)

    with django_assert_max_num_queries(10):
        *first, rest = in_workspace(me)

    assert len(first) == 5
    assert (rest.title, rest.amount) == ("2 more things to do in plans", 2)
    assert rest.url.endswith("/plans/?todo=yes")


def test_plans_of_others_do_not_wait_for_me(in_scope: Any) -> None:
    me, other = staff_request(in_scope), staff_request(in_scope)
    of(other, status=PlanStatus.SUGGESTED)

    assert in_workspace(me) == []
    assert len(in_workspace(other)) == 1


def test_a_plan_whose_owner_left_falls_to_whoever_looks_after_the_partner(in_scope: Any) -> None:
    me, gone = staff_request(in_scope), staff_request(in_scope)
    of(gone, partner=PartnerFactory(owner=me.user), status=PlanStatus.SUGGESTED)
    gone.membership.is_active = False
    gone.membership.save()

    assert len(in_workspace(me)) == 1


def test_a_plan_that_nobody_looks_after_waits_for_the_programme_managers(in_scope: Any) -> None:
    lead, manager = staff_request(in_scope, role=Role.PROGRAMME_MANAGER), staff_request(in_scope)
    PlanFactory(partner=PartnerFactory(owner=None), status=PlanStatus.SUGGESTED)

    assert len(in_workspace(lead)) == 1
    assert in_workspace(manager) == []


def test_nothing_waits_about_partners_outside_the_own_portfolio(in_scope: Any) -> None:
    me = staff_request(in_scope, own_only=True)
    of(me, partner=PartnerFactory(owner=None), status=PlanStatus.SUGGESTED)
    mine = of(me, partner=PartnerFactory(owner=me.user), running=True)
    CommitmentFactory(plan=of(me, running=True), side=Side.VENDOR, owner=me.user, due_on=timezone.localdate())
    CommitmentFactory(plan=mine, side=Side.VENDOR, title="Train them", due_on=timezone.localdate())

    assert titles(in_workspace(me)) == ["Train them"]


@pytest.mark.parametrize(
    ("values", "is_shown"),
    [
        ({"due_on": timedelta(days=-3)}, True),
        ({"due_on": timedelta(days=7)}, True),
        ({"due_on": timedelta(days=8)}, False),
        ({"side": Side.PARTNER}, False),
        ({"state": CommitmentState.DONE}, False),
    ],
)
def test_what_we_promised_waits_a_week_before_its_day(in_scope: Any, values: dict[str, Any], is_shown: bool) -> None:
    me = staff_request(in_scope)
    due = timezone.localdate() + values.pop("due_on", timedelta(0))
    CommitmentFactory(
        plan=of(me, running=True), **{"side": Side.VENDOR, "due_on": due, "title": "Train them", **values}
    )

    found = in_workspace(me)

    assert [(item.title, item.due) for item in found] == ([("Train them", due)] if is_shown else [])


def test_what_somebody_else_is_to_do_on_my_plan_waits_for_that_one(in_scope: Any) -> None:
    me, colleague = staff_request(in_scope), staff_request(in_scope)
    CommitmentFactory(plan=of(me, running=True), side=Side.VENDOR, owner=colleague.user, due_on=timezone.localdate())

    assert in_workspace(me) == []
    assert len(in_workspace(colleague)) == 1


def test_a_failed_plan_waits_for_those_who_decide_until_it_is_decided(in_scope: Any) -> None:
    lead = staff_request(in_scope, role=Role.PROGRAMME_MANAGER, decides=True)
    second = staff_request(in_scope, role=Role.PROGRAMME_MANAGER, decides=True)
    plan = PlanFactory(partner=PartnerFactory(name="Nordwind"), status=PlanStatus.FAILED)
    assert titles(in_workspace(lead)) == ["Choose what follows for Nordwind"]

    consequence = PlanConsequenceFactory(plan=plan, kind="exit")
    ConsequenceApprovalFactory(consequence=consequence, user=lead.user)
    assert in_workspace(lead) == []
    (item,) = in_workspace(second)
    assert (item.title, item.detail) == (
        "Agree to what follows for Nordwind, or refuse it",
        "The partnership ends. It waits for another person.",
    )

    consequence.state = "taken"
    consequence.save()
    assert in_workspace(second) == []


def test_a_consequence_that_was_refused_leaves_the_choice_open(in_scope: Any) -> None:
    lead = staff_request(in_scope, role=Role.PROGRAMME_MANAGER, decides=True)
    PlanConsequenceFactory(state="rejected")

    assert len(in_workspace(lead)) == 1
    assert in_workspace(staff_request(in_scope)) == []


@pytest.mark.parametrize("count", [3, 6])
def test_everything_that_waits_takes_a_few_statements(
    in_scope: Any, django_assert_num_queries: Any, count: int
) -> None:
    lead = staff_request(in_scope, role=Role.PROGRAMME_MANAGER, decides=True)
    for _number in range(count):
        of(lead, status=PlanStatus.AGREED)
        PlanConsequenceFactory()
    CommitmentFactory(plan=of(lead, running=True), side=Side.VENDOR, due_on=timezone.localdate())

    with django_assert_num_queries(5):
        found = in_workspace(lead)

    assert sum(item.amount for item in found) == 2 * count + 1


def test_the_partner_signs_what_was_offered_and_only_its_own(in_scope: Any) -> None:
    me = portal_request(in_scope, in_scope.partner)
    plan = PlanFactory(partner=in_scope.partner, title="Delivery", status=PlanStatus.DRAFT, offered_at=OFFERED)
    PlanFactory(partner=in_scope.partner, status=PlanStatus.DRAFT)
    PlanFactory(status=PlanStatus.DRAFT, offered_at=OFFERED)

    (item,) = to_sign(me)
    assert item.title == "Sign the improvement plan “Delivery”"
    assert item.url.endswith(f"/{in_scope.partner.public_id}/plans/{plan.public_id}/")

    SignatureFactory(plan=plan, side=Side.PARTNER)
    assert to_sign(me) == []


def test_the_partner_sees_its_own_commitments_alone(in_scope: Any) -> None:
    me = portal_request(in_scope, in_scope.partner)
    today = timezone.localdate()
    own = PlanFactory(partner=in_scope.partner, running=True, offered_at=OFFERED)
    CommitmentFactory(plan=own, title="Ours", due_on=today)
    CommitmentFactory(plan=own, side=Side.VENDOR, due_on=today)
    CommitmentFactory(plan=PlanFactory(running=True, offered_at=OFFERED), due_on=today)

    assert [(item.title, item.due) for item in own_commitments(me)] == [("Ours", today)]


# --- The morning mail ------------------------------------------------------------------------------------------------


def test_the_morning_mail_tells_what_failed_first(in_scope: Any) -> None:
    me = staff_request(in_scope)
    since = timezone.now() - timedelta(days=1)
    now = timezone.now()
    failed = of(me, partner=PartnerFactory(name="Bergland"), status=PlanStatus.FAILED, ended_at=now)
    of(me, status=PlanStatus.SUCCEEDED, ended_at=since - timedelta(days=1))
    of(me, partner=PartnerFactory(name="Alster"), status=PlanStatus.SUGGESTED, origin_label="Two quarters under floor")
    behind = of(me, partner=PartnerFactory(name="Corvin"), running=True)
    CheckInFactory(
        plan=behind, verdict="missed", due_on=date(2026, 2, 11), expected=Decimal("0.3333"), progress=Decimal("0.1")
    )
    CheckInFactory(plan=of(me, running=True))

    text = plans_of_the_morning(me.membership, since)

    assert text is not None
    assert text.title == "1 plan failed, 1 plan is behind, 1 plan is suggested"
    assert [line.title for line in text.lines] == ["Bergland", "Corvin", "Alster"]
    assert text.lines[0].url.endswith(f"/plans/{failed.public_id}/")
    assert "10 %" in text.lines[1].texts[1].replace("\u202f", " ")
    assert "33 %" in text.lines[1].texts[1].replace("\u202f", " ")
    assert text.lines[2].texts[1] == "Two quarters under floor"


def test_there_is_no_part_of_the_mail_without_news(in_scope: Any) -> None:
    me, other = staff_request(in_scope), staff_request(in_scope)
    of(other, status=PlanStatus.SUGGESTED)

    assert plans_of_the_morning(me.membership, timezone.now() - timedelta(days=1)) is None


# --- The timeline ----------------------------------------------------------------------------------------------------


def test_steps_and_checkpoints_stand_on_the_partners_timeline_once(in_scope: Any) -> None:
    partner = in_scope.partner
    plan = PlanFactory(partner=partner, title="Delivery", running=True)
    actor = Actor.of_user(in_scope.admin)
    record(actor=actor, action="plan.extended", target=plan, partner_id=partner.pk, reason="Two weeks of strike")
    record(actor=SYSTEM, action="plan.checked", target=plan, partner_id=partner.pk)
    CheckInFactory(plan=plan, verdict="missed", progress=Decimal("0.1"), escalated_to=2)
    CheckInFactory(plan=PlanFactory(running=True))

    found = timeline(partner, kinds=["plans"]).items

    assert [item.title for item in found] == ["Checkpoint of day 30: behind", "Extended: Delivery"]
    assert (found[0].tone, found[1].body) == ("warn", "Two weeks of strike")
    assert found[0].body.endswith("Taken up to: Programme lead.")
    assert {item.url for item in found} == {f"/t/{in_scope.tenant.slug}/plans/{plan.public_id}/"}
    assert [item for item in fetch_audit(partner, ["other"], None, 50) if item.title.startswith("Plan ")] == []
    assert len(timeline(partner).items) == 2


def test_the_timeline_goes_on_where_a_page_ended(in_scope: Any) -> None:
    plan = PlanFactory(partner=in_scope.partner, running=True)
    at = timezone.now()
    for day in range(1, 6):
        CheckInFactory(plan=plan, day=day, judged_at=at)

    first = timeline(in_scope.partner, kinds=["plans"], limit=3)
    rest = timeline(in_scope.partner, kinds=["plans"], cursor=first.next, limit=3)

    assert len({item.key for item in [*first.items, *rest.items]}) == 5
