"""Closings suggest plans by rules and by grades, for all partners at once, and never twice."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.choices import PartnerStatus
from performance.consequences import consequence_kinds
from performance.models import Outcome, Scorecard
from performance.plans.choices import PlanOrigin, PlanStatus, TriggerKind
from performance.plans.models import Plan, PlanTemplate, TriggerRule
from performance.plans.queries.failing import failing_cards
from performance.plans.rules.progress import is_under_floor
from performance.plans.services.drafting import dismiss, draft_plan
from performance.plans.services.proposing import preview, propose_plans
from performance.plans.services.rules import UsualCommitment, save_rule, save_template, switch_rule
from performance.services.closings import do_closing_work
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Notification
from tests.factories.partners import PartnerFactory
from tests.plans.worlds import closed, noon

pytestmark = pytest.mark.django_db

AT = datetime(2025, 7, 11, 9, tzinfo=UTC)


@pytest.fixture
def rule(world):
    return save_rule(
        actor=world.programme_manager, name="Two quarters under the floor", programme=world.programme, kind="floor"
    )


def quarters(world, *results, partner=None, **settings):
    rows = [
        closed(label, {partner or world.partner: values}, programme=world.programme, **settings)
        for label, values in zip(["2025-Q1", "2025-Q2"][-len(results) :], results, strict=True)
    ]
    return rows[-1]


def test_two_closed_periods_under_the_floor_suggest_a_plan(world, rule):
    period = quarters(world, {world.sales: 50, world.training: 50}, {world.sales: 55, world.training: 61})

    (plan,) = propose_plans(period, AT)

    assert (plan.status, plan.origin, plan.rule, plan.owner) == (
        PlanStatus.SUGGESTED,
        PlanOrigin.TRIGGER,
        rule,
        world.owner,
    )
    objective = plan.objectives.get()
    assert (objective.kpi, objective.trigger_value, objective.trigger_period) == (world.sales, D(55), "2025-Q2")
    assert [row["value"] for row in objective.records] == ["50", "55"]
    assert "2025-Q2" in plan.origin_label
    assert plan.origin_url.endswith(f"/{world.partner.public_id}/") or str(world.partner.public_id) in plan.origin_url
    assert Notification.objects.get(user=world.owner).kind == "plan.suggested"
    assert AuditEntry.objects.get(action="plan.suggested").actor_kind == "system"


def test_a_second_look_and_a_dismissed_one_suggest_nothing(world, rule):
    period = quarters(world, {world.sales: 50}, {world.sales: 55})
    (plan,) = propose_plans(period, AT)
    assert propose_plans(period, AT) == []

    dismiss(plan=plan, actor=world.manager, reason="A shop was rebuilt.")

    assert propose_plans(period, AT) == []
    assert preview(rule).count == 0


def test_a_card_that_is_not_rated_suggests_nothing(world, rule):
    quarters(world, {world.sales: 50}, {world.sales: 55})
    period = closed("2025-Q2", {world.partner: {world.sales: 55}}, programme=world.programme, rated=False)

    assert propose_plans(period, AT) == []


def test_an_open_plan_keeps_its_kpi(world, rule):
    period = quarters(world, {world.sales: 50, world.training: 50}, {world.sales: 55, world.training: 50})
    draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)

    (plan,) = propose_plans(period, AT)

    assert [row.kpi for row in plan.objectives.all()] == [world.training]


def test_a_row_of_periods_that_an_older_one_completes_suggests_a_plan_for_the_newest(world, rule):
    older, newer = "2025-Q1", "2025-Q2"
    newest = closed(newer, {world.partner: {world.sales: 55}}, programme=world.programme)
    assert propose_plans(newest, AT) == []

    late = closed(older, {world.partner: {world.sales: 50}}, programme=world.programme, days=120)
    (plan,) = propose_plans(late, AT)

    assert plan.objectives.get().trigger_period == newer
    assert propose_plans(late, AT) == propose_plans(newest, AT) == []


@pytest.mark.parametrize("status", [PartnerStatus.TERMINATED, PartnerStatus.SUSPENDED])
def test_an_older_period_and_a_partner_that_is_not_working_with_us_suggest_nothing(world, rule, status):
    older = closed("2025-Q1", {world.partner: {world.sales: 50}}, programme=world.programme)
    quarters(world, {world.sales: 50}, {world.sales: 55})
    assert propose_plans(older, AT) == []
    world.partner.status = status
    world.partner.save(update_fields=["status"])

    period = closed("2025-Q2", {}, programme=world.programme)

    assert propose_plans(period, AT) == []


def test_several_rules_make_one_plan(world, rule):
    save_rule(actor=world.programme_manager, name="Z two red", programme=world.programme, kind="red", count=2)
    period = quarters(world, {world.sales: 50, world.training: 70}, {world.sales: 55, world.training: 50})

    (plan,) = propose_plans(period, AT)

    assert {row.kpi for row in plan.objectives.all()} == {world.sales, world.training}
    assert plan.rule == rule


def test_a_low_grade_suggests_what_cost_most(world):
    save_rule(actor=world.programme_manager, name="D or worse", programme=world.programme, kind="grade", grade="D")
    period = quarters(world, {world.sales: 70, world.training: 75})

    (plan,) = propose_plans(period, AT)

    assert plan.origin == PlanOrigin.GRADE
    assert {row.kpi for row in plan.objectives.all()} == {world.sales, world.training}


def test_a_preview_says_whom_without_writing(world, rule):
    quarters(world, {world.sales: 50}, {world.sales: 55})
    quarters(
        world, {world.sales: 70}, {world.sales: 70}, partner=PartnerFactory(partner_type=world.partner.partner_type)
    )

    found = preview(TriggerRule(name="Try", programme=world.programme, kind=TriggerKind.FLOOR, periods=1))

    assert [(partner, list(kpis)) for partner, kpis in found.rows] == [(world.partner, [world.sales])]
    assert found.period.label == "2025-Q2"
    assert not Plan.objects.exists()


def test_many_partners_take_few_statements(world, rule, django_assert_max_num_queries):
    partners = PartnerFactory.create_batch(12, partner_type=world.partner.partner_type, owner=world.owner)
    for label in ("2025-Q1", "2025-Q2"):
        period = closed(label, {partner: {world.sales: 50} for partner in partners}, programme=world.programme)
    with django_assert_max_num_queries(38):  # an audit entry for each, the rest is the same however many there are
        assert len(propose_plans(period, AT)) == 12


def test_behind_a_closing(world, rule):
    quarters(world, {world.sales: 50}, {world.sales: 55})

    do_closing_work(tenant=world.tenant, at=AT)
    do_closing_work(tenant=world.tenant, at=AT)

    assert Plan.objects.count() == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["higher", "lower", "band"]), st.integers(0, 100), st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_the_statement_finds_what_the_rule_calls_red(world, lines):
    thresholds = {"higher": (60, None), "lower": (40, None), "band": (30, 70)}
    period = closed("2025-Q2", {world.partner: {}}, programme=world.programme)
    Scorecard.objects.filter(partner=world.partner).update(
        lines=[
            {
                "position": place,
                "kpi_id": place,
                "direction": direction,
                "state": "scored" if measured else "no_data",
                "weight": 10,
                "actual": value if measured else None,
                "points": 10 * place,
                "floor": thresholds[direction][0],
                "ceiling": thresholds[direction][1],
            }
            for place, (direction, value, measured) in enumerate(lines, 1)
        ]
    )

    found = failing_cards(period, programme_id=world.programme.pk, periods=1)

    red = [
        place
        for place, (direction, value, measured) in enumerate(lines, 1)
        if measured and is_under_floor(direction, D(value), *(one and D(one) for one in thresholds[direction]))
    ]
    assert [list(one.card.red) for one in found.get(world.partner.pk, [])] == ([red] if red else [])


# --- By a grade of the scorecard -------------------------------------------------------------------------------------


def test_a_grade_suggests_a_plan_as_its_consequence(world):
    quarters(world, {world.sales: 50, world.training: 80})
    card = Scorecard.objects.select_related("period", "programme", "partner").get()
    outcome = Outcome.objects.create(
        scorecard=card, partner=card.partner, kind="suggest_plan", timing="every", grade="D"
    )
    kind = consequence_kinds.get("suggest_plan")

    assert kind.carry_out([outcome], AT) == {outcome.pk: 1}
    assert kind.carry_out([outcome], AT) == {}

    plan = Plan.objects.get()
    assert (plan.origin, [row.kpi for row in plan.objectives.all()]) == (PlanOrigin.GRADE, [world.sales])
    assert kind.would(2) == "2 plans would be suggested."


# --- Writing rules and templates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "weather"}, "kind"),
        ({"programme": None}, "programme"),
        ({"periods": 0}, "periods"),
        ({"kind": "grade"}, "grade"),
        ({"kind": "grade", "grade": "Q"}, "grade"),
        ({"kind": "red", "count": 1}, "count"),
    ],
)
def test_a_rule_that_could_never_propose_is_refused(world, values, field):
    given = {"name": "Rule", "programme": world.programme, "kind": "floor", **values}
    with pytest.raises(InvalidInput) as refusal:
        save_rule(actor=world.programme_manager, **given)

    assert refusal.value.field == field
    assert not TriggerRule.objects.exists()


def test_a_rule_is_changed_and_switched_off(world, rule):
    with pytest.raises(Conflict):
        save_rule(actor=world.programme_manager, name=rule.name, programme=world.programme, kind="floor")
    rule = save_rule(actor=world.programme_manager, rule=rule, periods=3)
    assert AuditEntry.objects.get(action="plan_rule.updated").changes == {"periods": [2, 3]}

    rule = switch_rule(rule=rule, actor=world.programme_manager, is_active=False)

    with pytest.raises(Conflict):
        switch_rule(rule=rule, actor=world.programme_manager, is_active=False)
    period = closed("2025-Q2", {world.partner: {world.sales: 1}}, programme=world.programme)
    assert propose_plans(period, noon(date(2025, 7, 11))) == []


def test_a_template_is_written_whole(world):
    given = UsualCommitment(side="vendor", title="Send a coach", due_day=14)
    template = save_template(actor=world.programme_manager, name="Recovery", length_days=200, commitments=[given])

    late = UsualCommitment(side="vendor", title="Too late", due_day=201)
    with pytest.raises(InvalidInput) as refusal:
        save_template(actor=world.programme_manager, template=template, name="Other", commitments=[late])

    assert refusal.value.field == "commitments"
    template = PlanTemplate.objects.get()
    assert (template.name, [row.title for row in template.commitments.all()]) == ("Recovery", ["Send a coach"])
