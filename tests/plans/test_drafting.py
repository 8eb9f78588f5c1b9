"""Plans are pre-filled from closed scorecards, one for a KPI, and suggestions are taken up or dismissed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from partners.services.status import change_status
from performance.models import Scorecard
from performance.plans.choices import PlanStatus, Side
from performance.plans.models import Objective, Plan, PlanTemplate, TemplateCommitment
from performance.plans.queries.plans import one_plan, plans, standing_of
from performance.plans.services.drafting import dismiss, draft_plan, take_up
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db

AT = datetime(2025, 7, 15, 9, tzinfo=UTC)


def draft(world, **values):
    given = {
        "partner": world.partner,
        "programme": world.programme,
        "kpis": [world.sales],
        "actor": world.manager,
        "at": AT,
        **values,
    }
    return draft_plan(**given)


@pytest.fixture
def history(world):
    closed("2025-Q1", {world.partner: {world.sales: 66, world.training: 95}}, programme=world.programme)
    closed("2025-Q2", {world.partner: {world.sales: 55, world.training: None}}, programme=world.programme)
    return world


def test_an_objective_brings_the_results_that_led_here(history):
    plan = draft(history)

    (objective,) = plan.objectives.all()
    assert (objective.trigger_value, objective.trigger_period, objective.exit_value) == (D(55), "2025-Q2", D("61.5"))
    assert [(row["period"], row["value"], row["floor"]) for row in objective.records] == [
        ("2025-Q1", "66", "60"),
        ("2025-Q2", "55", "60"),
    ]
    assert (plan.period_kind, plan.owner, plan.status) == ("quarter", history.owner, PlanStatus.DRAFT)
    entry = AuditEntry.objects.get(action="plan.drafted")
    assert entry.partner_id == history.partner.pk


def test_a_missing_result_is_kept_as_missing(history):
    objective = draft(history, kpis=[history.training]).objectives.get()

    assert (objective.trigger_value, objective.trigger_period) == (D(95), "2025-Q1")
    assert objective.records[-1]["value"] is None


def test_a_plan_is_long_enough_for_the_periods_that_end_it(history):
    plan = draft(history)

    assert (plan.periods_to_succeed, plan.length_days, plan.checkpoint_days) == (2, 184, [30, 60, 90])


def test_a_template_gives_its_commitments(history):
    template = PlanTemplate.objects.create(name="Sales recovery", length_days=200, vendor_support="Two field days.")
    TemplateCommitment.objects.create(template=template, side=Side.VENDOR, title="Send a coach", due_day=14)

    plan = draft(history, template=template)

    (promised,) = plan.commitments.all()
    assert (promised.side, promised.due_on) == (Side.VENDOR, date(2025, 7, 29))
    assert (plan.length_days, plan.vendor_support) == (200, "Two field days.")


def test_without_results_the_exit_is_left_to_people(world):
    objective = draft(world).objectives.get()

    assert (objective.trigger_value, objective.exit_value, objective.records) == (None, None, [])


def test_a_kpi_has_one_open_plan(history):
    first = draft(history)

    with pytest.raises(Conflict) as refusal:
        draft(history, kpis=[history.sales, history.training])

    assert (refusal.value.code, refusal.value.field) == ("kpi_in_open_plan", "kpis")
    assert Plan.objects.get() == first
    dismiss_as_cancelled(first, history)
    assert draft(history).pk != first.pk


def dismiss_as_cancelled(plan, world):
    from performance.plans.services.running import cancel_plan

    cancel_plan(plan=plan, actor=world.manager, reason="The figures were wrong.")


def test_a_plan_is_about_something(history):
    with pytest.raises(InvalidInput) as refusal:
        draft(history, kpis=[])

    assert refusal.value.field == "kpis"


def test_a_suggestion_is_taken_up_once(history):
    plan = draft(history, status=PlanStatus.SUGGESTED)

    assert take_up(plan=plan, actor=history.manager).status == PlanStatus.DRAFT
    with pytest.raises(Conflict):
        take_up(plan=plan, actor=history.manager)
    with pytest.raises(Conflict):
        dismiss(plan=plan, actor=history.manager, reason="Too late.")


def test_a_dismissed_suggestion_keeps_its_reason_and_frees_its_kpi(history):
    plan = draft(history, status=PlanStatus.SUGGESTED)
    with pytest.raises(InvalidInput):
        dismiss(plan=plan, actor=history.manager, reason="  ")

    plan = dismiss(plan=plan, actor=history.manager, reason="A shop was rebuilt.")

    assert (plan.status, plan.end_reason) == (PlanStatus.CANCELLED, "A shop was rebuilt.")
    assert not Objective.objects.filter(is_open=True).exists()


def test_what_a_list_shows_takes_a_fixed_number_of_statements(history, django_assert_num_queries):
    draft(history)
    draft(history, kpis=[history.training])
    with django_assert_num_queries(3):
        for row in plans():
            standing_of(row, AT.date() + timedelta(days=3))
            str(row.partner), row.owner, row.worst_progress, row.next_due
            [one.kpi for one in row.objectives.all()]


def test_one_plan_has_everything(history):
    plan = draft(history)

    assert one_plan(plan.public_id).all_commitments == []
    with pytest.raises(Plan.DoesNotExist):
        one_plan(plan.public_id, portfolio=[])


def test_a_band_keeps_both_its_ends(world):
    world.sales.direction = "band"
    world.sales.save()
    period = closed("2025-Q2", {world.partner: {world.sales: 50}}, programme=world.programme)
    card = Scorecard.objects.get(period=period)
    card.lines[0].update({"floor": 10, "target": 20, "stretch": 30, "ceiling": 40})
    card.save()

    plan = draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)

    objective = plan.objectives.get()
    assert (objective.target, objective.stretch, objective.ceiling) == (D(20), D(30), D(40))
    assert objective.exit_value == D("39.5")


def test_a_partner_that_has_left_gets_no_plan(world):
    change_status(partner=world.partner, target="terminated", actor=world.administrator, reason="Sold.")

    with pytest.raises(Conflict) as refusal:
        draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)

    assert refusal.value.code == "terminated"
