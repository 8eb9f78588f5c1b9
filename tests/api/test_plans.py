"""Improvement plans over the API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from performance.models import KPI, PeriodRow
from performance.plans.choices import CommitmentState, PlanStatus, Side
from performance.plans.models import Commitment, Plan
from performance.plans.services.signing import sign
from performance.services.periods import close_period
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM, Actor
from prm.tenancy.scope import tenant_scope
from tests.factories.plans import (
    CheckInFactory,
    CommitmentFactory,
    ConsequenceApprovalFactory,
    ObjectiveFactory,
    PlanConsequenceFactory,
    PlanFactory,
    PlanTemplateFactory,
    TemplateCommitmentFactory,
    TriggerRuleFactory,
)
from tests.performance_screens.conftest import build

DRAFT = {"programme": "main", "kpis": ["REVENUE"], "period_kind": "quarter"}


@pytest.fixture
def scored(acme):
    """The first quarter of 2024 is closed: revenue 50 of floor 0 and target 100."""
    with scoring_paused(), acme.scope():
        built = build(acme)
        for label in ("2024-Q1", "2024-Q2"):
            close_period(period=PeriodRow.objects.get(label=label), actor=SYSTEM)
        return built


def drafted(api, acme, **values):
    """A draft about revenue, made by the API, as it is answered."""
    response = api.post("plans/", {**DRAFT, "partner": acme.partner.external_id, **values})
    assert response.status_code == 201, response.json()
    return response.json()


def signed_by_partner(acme, plan_id):
    with acme.scope():
        plan = Plan.objects.get(public_id=plan_id)
        sign(plan=plan, side=Side.PARTNER, version=plan.version, actor=Actor.of_user(acme.partner_user))


def test_a_plan_is_drafted_changed_signed_started_extended_and_cancelled(api, acme, scored):
    made = drafted(api, acme)
    address = f"plans/{made['id']}/"
    due = (timezone.localdate() + timedelta(days=20)).isoformat()

    changed = api.patch(
        address,
        {
            "version": made["version"],
            "title": "Sell more",
            "length_days": 200,
            "objectives": [{"kpi": "REVENUE", "exit_value": "110"}],
            "commitments": [
                {"side": "vendor", "title": "Train two people", "due_on": due},
                {"side": "partner", "title": "Hire", "due_on": due, "kpi": "REVENUE"},
            ],
        },
    ).json()
    signed = api.post(f"{address}sign/", {"version": changed["version"], "remarks": "Good."}).json()
    signed_by_partner(acme, made["id"])
    started = api.post(f"{address}start/", {}).json()
    extended = api.post(f"{address}extend/", {"reason": "A strike."}).json()
    twice = api.post(f"{address}extend/", {"reason": "Another one."})
    noted = api.post(f"{address}notes/", {"text": "We spoke.", "is_internal": False}).json()
    promised = next(row for row in extended["commitments"] if row["side"] == "vendor")
    settled = api.post(f"{address}commitments/{promised['id']}/settle/", {"state": "done", "note": "Trained."}).json()
    ended = api.post(f"{address}cancel/", {"reason": "They merge."}).json()

    assert (made["status"], made["origin"], made["objectives"][0]["value"]) == ("draft", "manual", "100.000000")
    assert (changed["title"], changed["version"], changed["objectives"][0]["exit_value"]) == (
        "Sell more",
        2,
        "110.000000",
    )
    assert [(row["side"], row["kpi"]) for row in changed["commitments"]] == [("vendor", None), ("partner", "REVENUE")]
    assert (signed["status"], [row["side"] for row in signed["signatures"]]) == ("draft", ["vendor"])
    assert signed["offered_at"] is not None
    assert (started["status"], started["objectives"][0]["baseline"]) == ("active", "100.000000")
    assert date.fromisoformat(started["ends_on"]) == timezone.localdate() + timedelta(days=199)
    assert (extended["status"], extended["extended_by"]) == ("extended", 30)
    assert (twice.status_code, twice.json()["code"]) == (409, "extended_before")
    assert [row["text"] for row in noted["notes"]] == ["We spoke."]
    assert {row["title"]: row["state"] for row in settled["commitments"]} == {
        "Train two people": "done",
        "Hire": "open",
    }
    assert (ended["status"], ended["end_reason"]) == ("cancelled", "They merge.")


def test_a_change_of_an_older_version_saves_nothing(api, acme, scored):
    made = drafted(api, acme)
    api.patch(f"plans/{made['id']}/", {"version": 1, "title": "First"})

    late = api.patch(f"plans/{made['id']}/", {"version": 1, "title": "Second"})

    assert (late.status_code, late.json()["code"]) == (409, "version_changed")
    assert api.get(f"plans/{made['id']}/").json()["title"] == "First"


def test_two_open_plans_about_one_kpi_are_refused(api, acme, scored):
    drafted(api, acme)

    again = api.post("plans/", {**DRAFT, "partner": acme.partner.external_id})

    assert (again.status_code, again.json()["code"]) == (409, "kpi_in_open_plan")
    with acme.scope():
        assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"partner": "nobody"}, "partner"),
        ({"kpis": ["NOTHING"]}, "kpis"),
        ({"kpis": []}, "kpis"),
        ({"template": "none"}, "template"),
        ({"programme": "none"}, "programme"),
        ({"title": "x" * 161}, "title"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_draft_names_the_field(api, acme, scored, body, field):
    response = api.post("plans/", {**DRAFT, "partner": acme.partner.external_id, **body})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"margin_percent": "101"}, "margin_percent"),
        ({"margin_percent": "-1"}, "margin_percent"),
        ({"length_days": 20, "periods_to_succeed": 2}, "length_days"),
        ({"checkpoint_days": [500]}, "checkpoint_days"),
        ({"objectives": [{"kpi": "REVENUE", "exit_value": "-5"}]}, "objectives"),
        ({"objectives": []}, "kpis"),
    ],
)
def test_a_bad_change_names_the_field_and_changes_nothing(api, acme, scored, body, field):
    made = drafted(api, acme)

    response = api.patch(f"plans/{made['id']}/", {"version": 1, **body})

    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (422, [field])
    assert api.get(f"plans/{made['id']}/").json()["version"] == 1


def test_a_template_brings_its_days_and_promises(api, acme, scored):
    with acme.scope():
        template = PlanTemplateFactory(name="Half a year", length_days=200, checkpoint_days=[50, 100])
        TemplateCommitmentFactory(template=template, title="Name a person", due_day=10)

    made = drafted(api, acme, template="Half a year")

    assert (made["origin"], made["length_days"], made["checkpoint_days"]) == ("template", 200, [50, 100])
    assert [row["title"] for row in made["commitments"]] == ["Name a person"]


def test_a_suggestion_is_taken_up_or_dismissed_once(api, acme):
    with acme.scope():
        one, other = (PlanFactory(partner=acme.partner, status=PlanStatus.SUGGESTED) for _number in range(2))
        ids = [str(Plan.objects.get(pk=plan.pk).public_id) for plan in (one, other)]

    taken = api.post(f"plans/{ids[0]}/take-up/").json()
    without = api.post(f"plans/{ids[1]}/dismiss/", {})
    dismissed = api.post(f"plans/{ids[1]}/dismiss/", {"reason": "One bad week."}).json()
    again = api.post(f"plans/{ids[1]}/take-up/")

    assert taken["status"] == "draft"
    assert without.status_code == 422
    assert (dismissed["status"], dismissed["end_reason"]) == ("cancelled", "One bad week.")
    assert again.status_code == 409


def test_what_the_partner_promised_the_partner_reports(api, acme):
    with acme.scope():
        plan = PlanFactory(partner=acme.partner, running=True)
        row = CommitmentFactory(plan=plan, side=Side.PARTNER)
        plan_id, row_id = (type(one).objects.get(pk=one.pk).public_id for one in (plan, row))

    response = api.post(f"plans/{plan_id}/commitments/{row_id}/settle/", {"state": "done"})
    dropped = api.post(f"plans/{plan_id}/commitments/{row_id}/settle/", {"state": "dropped", "note": "Not needed."})

    assert (response.status_code, response.json()["code"]) == (409, "other_side")
    assert dropped.status_code == 200
    with acme.scope():
        assert Commitment.objects.get(pk=row.pk).state == CommitmentState.DROPPED


def test_a_plan_tells_how_it_stands(api, acme):
    """Baseline 70, exit 85, now 78: 53 percent of the way."""
    today = timezone.localdate()
    with acme.scope():
        plan = PlanFactory(partner=acme.partner, running=True, starts_on=today - timedelta(days=45))
        label = "2024-Q2"
        ObjectiveFactory(plan=plan, last_value=Decimal(78), last_period=label, baseline_period="2024-Q1")
        CommitmentFactory(plan=plan, due_on=today - timedelta(days=1))
        CheckInFactory(plan=plan)
        failed = PlanFactory(partner=acme.partner, status=PlanStatus.FAILED)
        ConsequenceApprovalFactory(consequence=PlanConsequenceFactory(plan=failed))

    running, ended = api.get("plans/?status=active"), api.get("plans/?status=failed")

    (row,) = running.json()["results"]
    assert (row["progress"], row["expected"], row["overdue_commitments"]) == ("0.5333", "0.5000", 1)
    detail = api.get(f"plans/{ended.json()['results'][0]['id']}/").json()
    assert [(one["kind"], one["state"], len(one["approvals"])) for one in detail["consequences"]] == [
        ("exit", "waiting", 1)
    ]


def test_lists_are_narrowed_and_ask_the_same_for_many(api, acme, django_assert_max_num_queries):
    with acme.scope():
        for _number in range(4):
            ObjectiveFactory(plan=PlanFactory(running=True))
        wanted = ObjectiveFactory(plan=PlanFactory(partner=acme.partner, running=True))
        code = KPI.objects.get(pk=wanted.kpi_id).code

    with django_assert_max_num_queries(11):
        everything = api.get("plans/").json()["results"]

    assert len(everything) == 5
    assert len(api.get(f"plans/?partner={acme.partner.external_id}").json()["results"]) == 1
    assert len(api.get(f"plans/?kpi={code}").json()["results"]) == 1
    assert api.get("plans/?ended_since=2024-01-01T00:00:00Z").json()["results"] == []
    assert api.get("plans/?state=active").status_code == 422


def test_plans_of_another_tenant_are_not_there(api, two_tenants):
    _acme, beta = two_tenants
    with tenant_scope(beta.tenant):
        plan = PlanFactory(partner=beta.partner, running=True)
        plan_id = Plan.objects.get(pk=plan.pk).public_id

    assert api.get("plans/").json()["results"] == []
    assert api.post(f"plans/{plan_id}/cancel/", {"reason": "Mine now."}).status_code == 404


def test_rules_say_what_they_look_for(api, acme):
    with acme.scope():
        TriggerRuleFactory(kind="red", count=3, programme__key="second")

    (rule,) = api.get("plan-rules/").json()["results"]

    assert (rule["kind"], rule["programme"], rule["is_active"]) == ("red", "second", True)
    assert rule["text"] == "Proposes a plan when 3 KPIs are under their floors in one period"
