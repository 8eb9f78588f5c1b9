"""Two people who decide at the same moment: one wins, the other is told, and nothing happens twice."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from partners.models import Partner, Programme, StatusChange
from performance.models import ClosingTask
from performance.plans.choices import PlanStatus
from performance.plans.models import Breach, BreachApproval, ConsequenceApproval, Plan, PlanConsequence
from performance.plans.services.breaches import approve_breach, refuse_breach
from performance.plans.services.consequences import approve, choose_consequence
from performance.plans.services.drafting import draft_plan
from performance.plans.services.editing import ObjectiveSpec, edit_draft
from performance.plans.services.evaluation import evaluate_plans
from prm.access.actor import Actor
from prm.errors import Conflict
from prm.notifications.models import Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.performance import KPIFactory
from tests.factories.plans import BreachFactory
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(world, *works):
    """Run each in a thread with a connection of its own, all begun together; what each answered or was refused with."""
    answers = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place, work):
        try:
            gate.wait(20)
            with world.scope():
                answers[place] = work()
        except Conflict as refusal:
            answers[place] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return answers


@pytest.fixture
def plan(two_tenants):
    world = two_tenants[0]
    with world.scope():
        return draft_plan(
            partner=Partner.objects.get(),
            programme=Programme.objects.get(),
            kpis=[KPIFactory()],
            actor=Actor.of_user(world.admin),
        )


def test_of_two_changes_one_is_kept(acme, plan):
    actor = Actor.of_user(acme.admin)

    def change(title):
        return lambda: edit_draft(plan=plan, version=1, actor=actor, title=title).title

    answers = at_once(acme, change("First"), change("Second"))

    assert "version_changed" in answers
    with acme.scope():
        kept = Plan.objects.get()
    assert kept.version == 2
    assert {kept.title, "version_changed"} == set(answers)


def test_two_who_approve_the_end_at_once_end_it_once(acme, plan):
    people = [Actor.of_user(MembershipFactory(tenant=acme.tenant).user) for _ in range(3)]
    with acme.scope():
        Plan.objects.update(status=PlanStatus.FAILED)
        row = choose_consequence(plan=plan, kind="exit", reason="Nothing was done.", actor=people[0])

    def agree(actor):
        return lambda: approve(consequence=row, actor=actor).state

    answers = at_once(acme, agree(people[1]), agree(people[2]))

    assert sorted(answers) == ["settled_before", "taken"]
    with acme.scope():
        assert PlanConsequence.objects.get().state == "taken"
        assert ConsequenceApproval.objects.count() == 2
        assert Partner.objects.get().status == "terminated"


def test_two_workers_judge_a_plan_once(acme, plan):
    at = datetime(2025, 10, 20, 9, tzinfo=UTC)
    with acme.scope():
        objective = plan.objectives.select_related("kpi").get()
        values = {"floor": 60, "target": 90, "trigger_value": 55, "exit_value": 61, "baseline": 55}
        plan.objectives.update(**values)
        Plan.objects.update(
            status=PlanStatus.ACTIVE,
            starts_on=datetime(2025, 7, 1, tzinfo=UTC).date(),
            ends_on=datetime(2025, 12, 31, tzinfo=UTC).date(),
            activated_at=at,
            periods_to_succeed=1,
        )
        closed("2025-Q3", {acme.partner: {objective.kpi: 70}}, programme=Programme.objects.get())
        ClosingTask.objects.all().delete()  # nobody but the two below looks at it

    answers = at_once(acme, *[lambda: evaluate_plans(tenant=acme.tenant, at=at)] * 2)

    assert sorted(answers) == [0, 1]
    with acme.scope():
        assert Plan.objects.get().status == PlanStatus.SUCCEEDED
        assert Notification.objects.filter(kind="plan.ended", user=acme.admin).count() == 1


def test_of_two_drafts_that_take_the_same_kpi_one_gets_it(acme, plan):
    actor = Actor.of_user(acme.admin)
    with acme.scope():
        wanted = KPIFactory()
        other = draft_plan(partner=plan.partner, programme=plan.programme, kpis=[KPIFactory()], actor=actor)

    def add(draft):
        def change():
            own = [ObjectiveSpec(kpi=row.kpi) for row in draft.objectives.select_related("kpi")]
            return edit_draft(plan=draft, version=1, actor=actor, objectives=[*own, ObjectiveSpec(kpi=wanted)]).version

        return change

    answers = at_once(acme, add(plan), add(other))

    assert sorted(answers, key=str) == [2, "kpi_in_open_plan"]
    with acme.scope():
        assert wanted.pk in set(plan.objectives.values_list("kpi_id", flat=True)) ^ set(
            other.objectives.values_list("kpi_id", flat=True)
        )


@pytest.fixture
def breach(acme):
    """Reported by somebody, agreed to by another person: one more is needed."""
    with acme.scope():
        row = BreachFactory(partner=acme.partner)
        approve_breach(breach=row, actor=Actor.of_user(MembershipFactory(tenant=acme.tenant).user))
        return row


def test_of_an_agreement_and_a_refusal_at_once_one_stands(acme, breach):
    people = [Actor.of_user(MembershipFactory(tenant=acme.tenant).user) for _ in range(2)]

    answers = at_once(
        acme,
        lambda: approve_breach(breach=breach, actor=people[0]).status,
        lambda: refuse_breach(breach=breach, actor=people[1], reason="It was a mistake.").status,
    )

    with acme.scope():
        row, partner = Breach.objects.get(), Partner.objects.get()
    assert sorted(answers) == sorted(["illegal_move", row.status])
    assert (row.status, partner.status) in [("suspended", "suspended"), ("refused", "active")]


def test_two_who_agree_at_once_suspend_once(acme, breach):
    people = [Actor.of_user(MembershipFactory(tenant=acme.tenant).user) for _ in range(2)]

    answers = at_once(
        acme, *[lambda actor=actor: approve_breach(breach=breach, actor=actor).status for actor in people]
    )

    assert sorted(answers) == ["illegal_move", "suspended"]
    with acme.scope():
        assert BreachApproval.objects.count() == 2
        assert StatusChange.objects.count() == 1
