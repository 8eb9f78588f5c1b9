"""Plans on screen: made, edited, signed by both sides, started, worked on, and what each side may see of it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from performance.plans.choices import PlanStatus, Side
from performance.plans.models import Commitment, Plan, PlanTemplate, TriggerRule
from performance.plans.services.drafting import draft_plan
from performance.plans.services.running import write_note
from performance.plans.services.signing import offer_to_partner, sign, start_plan
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(world):
    """Sales were under their floor of 60 in the last closed quarter, training was not."""
    closed("2025-Q1", {world.partner: {world.sales: 66, world.training: 95}}, programme=world.programme)
    closed("2025-Q2", {world.partner: {world.sales: 55, world.training: 93}}, programme=world.programme)
    return world


@pytest.fixture
def plan(history):
    return draft_plan(
        partner=history.partner,
        programme=history.programme,
        kpis=[history.sales],
        actor=history.manager,
        title="Sales up",
    )


@pytest.fixture
def unscored(world):
    """A plan of a partner without scorecards, so that pages with scores stay short."""
    plan = draft_plan(
        partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager, title="Sales up"
    )
    plan.objectives.update(trigger_value=55, exit_value=61)
    return plan


@pytest.fixture
def manager(world):
    return signed_in(world.owner)


@pytest.fixture
def partner_side(world):
    return signed_in(world.partner_user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(name, **kwargs):
    return reverse(f"plans:{name}", kwargs={"tenant": "acme", **kwargs})


def own_page(name, plan, **kwargs):
    names = {"tenant": "acme", "partner": plan.partner.public_id, "plan": plan.public_id}
    return reverse(f"portal:{name}", kwargs={**names, **kwargs})


def promised(plan, side, *, days=10, title="Call every customer"):
    return Commitment.objects.create(
        plan=plan, side=side, title=title, due_on=timezone.localdate() + timedelta(days=days)
    )


def agreed(world, plan):
    """Signed by both sides."""
    sign(plan=plan, side=Side.VENDOR, version=plan.version, actor=world.manager)
    sign(plan=plan, side=Side.PARTNER, version=plan.version, actor=world.at_partner)
    plan.refresh_from_db()
    return plan


def started(world, plan, *, days_ago=0):
    return start_plan(
        plan=agreed(world, plan), actor=world.manager, starts_on=timezone.localdate() - timedelta(days=days_ago)
    )


def measured(world, plan, value):
    """The last month ended while the plan ran, and was closed with this value."""
    last_day = timezone.localdate().replace(day=1) - timedelta(days=1)
    row = closed(f"{last_day:%Y-%m}", {}, programme=world.programme)
    plan.objectives.update(last_value=value, last_period=row.label)


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_a_new_plan_chooses_what_is_under_its_floor(history, manager):
    address = page("plan_create") + f"?partner={history.partner.external_id}"

    shown = manager.get(address)
    made = manager.post(address, {"title": "", "template": "", "kpis": [history.sales.pk]})

    chosen = [one.kpi for one in shown.context["offered"] if one.is_chosen]
    assert chosen == [history.sales]
    plan = Plan.objects.get()
    assert made.headers["Location"] == page("plan_update", plan=plan.public_id)
    assert [row.kpi for row in plan.objectives.all()] == [history.sales]


def test_a_plan_about_nothing_is_refused_at_the_kpis(history, manager):
    address = page("plan_create") + f"?partner={history.partner.external_id}"

    refused = manager.post(address, {"title": "", "template": ""})

    assert refused.status_code == 422
    assert "Choose at least one KPI" in refused.context["form"].errors["kpis"][0]
    assert not Plan.objects.exists()


def test_an_unknown_partner_is_asked_for_again(history, manager):
    shown = manager.get(page("plan_create") + "?partner=nobody").content.decode()

    assert "No partner has the external number or name “nobody”." in shown


def form_of(plan, *, rows=(), **changes):
    """What the edit form would post."""
    data = {
        "version": plan.version, "title": plan.title, "length_days": plan.length_days, "checkpoint_days": "30, 60",
        "periods_to_succeed": plan.periods_to_succeed, "margin_percent": "5", "owner": "", "partner_lead": "",
        "vendor_support": "", "objectives": [row.kpi_id for row in plan.objectives.all()],
        "c-TOTAL_FORMS": len(rows), "c-INITIAL_FORMS": 0,
    }  # fmt: skip
    for index, row in enumerate(rows):
        data |= {f"c-{index}-{name}": value for name, value in row.items()}
    return {**data, **changes}


def test_the_draft_is_saved_with_what_each_side_promises(history, plan, manager):
    address = page("plan_update", plan=plan.public_id)
    row = {
        "public_id": "",
        "title": "Two more sales days",
        "side": "vendor",
        "due_on": "2026-01-15",
        "kpi": history.sales.pk,
        "owner": "",
    }

    blank = {"public_id": "", "title": "", "side": "partner", "due_on": "", "kpi": "", "owner": ""}

    saved = manager.post(
        address,
        form_of(plan, rows=[row, blank], vendor_support="Two days on site", **{f"exit_{history.sales.pk}": "70"}),
    )

    assert saved.status_code == 302
    plan.refresh_from_db()
    assert (plan.vendor_support, plan.checkpoint_days, plan.version) == ("Two days on site", [30, 60], 2)
    assert str(plan.objectives.get().exit_value) == "70.000000"
    commitment = plan.commitments.get()
    assert (commitment.title, commitment.side, commitment.objective.kpi) == (row["title"], Side.VENDOR, history.sales)


def test_a_row_that_is_marked_goes_and_an_unmarked_one_stays(history, plan, manager):
    stays, goes = promised(plan, Side.PARTNER), promised(plan, Side.VENDOR, title="Visit")
    rows = [
        {
            "public_id": str(row.public_id),
            "title": row.title,
            "side": row.side,
            "due_on": str(row.due_on),
            "kpi": "",
            "owner": "",
        }
        for row in (stays, goes)
    ]
    rows[1]["DELETE"] = "on"

    manager.post(page("plan_update", plan=plan.public_id), form_of(plan, rows=rows))

    assert list(plan.commitments.all()) == [stays]


def test_a_value_that_is_no_better_is_refused_at_the_kpis_and_nothing_is_lost(history, plan, manager):
    data = form_of(plan, title="Another title", **{f"exit_{history.sales.pk}": "50"})

    refused = manager.post(page("plan_update", plan=plan.public_id), data)

    assert refused.status_code == 422
    assert "has to be better than" in refused.context["form"].errors["objectives"][0]
    assert "Another title" in refused.content.decode()
    plan.refresh_from_db()
    assert plan.version == 1


def test_an_older_version_does_not_overwrite_a_newer_one(history, plan, manager):
    address = page("plan_update", plan=plan.public_id)
    old = form_of(plan, title="Mine")
    manager.post(address, form_of(plan, title="Theirs"))

    refused = manager.post(address, old)

    assert refused.status_code == 422
    assert "Somebody has changed the plan meanwhile" in refused.content.decode()
    plan.refresh_from_db()
    assert plan.title == "Theirs"


# --- Agreeing --------------------------------------------------------------------------------------------------------


def test_both_sides_sign_the_version_they_have_read(history, plan, manager, partner_side):
    manager.post(page("plan_offer", plan=plan.public_id))
    theirs = partner_side.post(own_page("plan_sign", plan), {"version": 1, "read": "on", "remarks": "Agreed."})
    manager.post(page("plan_sign", plan=plan.public_id), {"version": 1, "read": "on", "remarks": ""})

    assert theirs.status_code == 302
    plan.refresh_from_db()
    assert plan.status == PlanStatus.AGREED
    assert "Agreed." in manager.get(page("plan_detail", plan=plan.public_id)).content.decode()


def test_a_signature_under_a_version_that_has_changed_is_refused(history, plan, manager, partner_side):
    offer_to_partner(plan=plan, actor=history.manager)
    manager.post(page("plan_update", plan=plan.public_id), form_of(plan, title="Changed"))

    refused = partner_side.post(own_page("plan_sign", plan), {"version": 1, "read": "on", "remarks": ""})

    assert refused.status_code == 422
    assert "has changed since you read it" in refused.content.decode()
    assert not plan.signatures.exists()


def test_an_agreed_plan_starts_on_the_day_that_was_typed(history, plan, manager):
    agreed(history, plan)
    day = timezone.localdate() - timedelta(days=3)

    done = manager.post(page("plan_start", plan=plan.public_id), {"starts_on": day.isoformat()})

    assert done.status_code == 302
    plan.refresh_from_db()
    assert (plan.status, plan.starts_on) == (PlanStatus.ACTIVE, day)


def test_a_start_in_the_future_is_refused_at_its_field(history, plan, manager):
    agreed(history, plan)
    day = timezone.localdate() + timedelta(days=3)

    refused = manager.post(page("plan_start", plan=plan.public_id), {"starts_on": day.isoformat()})

    assert refused.status_code == 422
    assert refused.context["form"].errors["starts_on"]


# --- Running ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_time_pace_and_what_led_here(history, plan, manager):
    promised(plan, Side.PARTNER)
    started(history, plan, days_ago=60)
    measured(history, plan, 58)

    shown = manager.get(page("plan_detail", plan=plan.public_id))
    text = shown.content.decode()

    # 55 at the beginning, 61.5 to reach, 58 now: 46 of 100; 60 of 184 days are over.
    assert "46\u202f% of the way" in text
    assert "Expected today 33\u202f%" in text
    assert shown.context["page"].slowest.on_track
    assert shown.context["page"].ahead_words == "0.9 ahead"
    receipt = reverse(
        "performance:receipt",
        kwargs={"tenant": "acme", "programme": "main", "period": "2025-Q2", "partner": plan.partner.public_id},
    )
    assert f"{receipt}#why-{history.sales.pk}" in text
    assert "Show as table" in text


def test_a_plan_is_extended_once_with_a_reason(history, plan, manager):
    started(history, plan)
    address = page("plan_extend", plan=plan.public_id)

    refused = manager.post(address, {"reason": ""})
    manager.post(address, {"reason": "The audit came late."})
    again = manager.post(address, {"reason": "Still."})

    plan.refresh_from_db()
    assert refused.status_code == 422
    assert (plan.status, plan.extended_by) == (PlanStatus.EXTENDED, 30)
    assert again.status_code == 422
    assert "extend/" not in manager.get(page("plan_detail", plan=plan.public_id)).content.decode()


def test_the_partner_reports_its_own_commitment_with_a_file(history, plan, manager, partner_side):
    started(history, plan)
    own, ours = promised(plan, Side.PARTNER), promised(plan, Side.VENDOR, title="Visit")
    proof = SimpleUploadedFile("calls.txt", b"done", content_type="text/plain")

    done = partner_side.post(
        own_page("plan_commitment", plan, commitment=own.public_id), {"note": "All 40 called.", "upload": proof}
    )
    strange = partner_side.post(own_page("plan_commitment", plan, commitment=ours.public_id), {"note": "Done."})

    assert (done.status_code, strange.status_code) == (302, 404)
    own.refresh_from_db()
    assert (own.state, own.note) == ("done", "All 40 called.")
    stored = own.files.get().file
    names = {"commitment": own.public_id, "file": stored.public_id}
    assert b"".join(manager.get(page("plan_file", plan=plan.public_id, **names)).streaming_content) == b"done"
    assert b"".join(partner_side.get(own_page("plan_file", plan, **names)).streaming_content) == b"done"


def test_a_file_that_may_be_harmful_is_refused_at_its_field(history, plan, partner_side):
    started(history, plan)
    own = promised(plan, Side.PARTNER)
    bad = SimpleUploadedFile("run.exe", b"MZ\x90\x00", content_type="application/octet-stream")

    refused = partner_side.post(
        own_page("plan_commitment", plan, commitment=own.public_id), {"note": "", "upload": bad}
    )

    assert refused.status_code == 422
    assert refused.context["form"].errors["upload"]
    own.refresh_from_db()
    assert own.state == "open"


def test_we_can_drop_what_the_partner_promised_but_not_say_it_is_done(history, plan, manager):
    started(history, plan)
    theirs = promised(plan, Side.PARTNER)
    address = page("plan_commitment", plan=plan.public_id, commitment=theirs.public_id)

    refused = manager.post(address, {"state": "done", "note": "Seen it."})
    unsaid = manager.post(address, {"state": "dropped", "note": ""})
    manager.post(address, {"state": "dropped", "note": "The product was withdrawn."})

    theirs.refresh_from_db()
    assert (refused.status_code, unsaid.status_code) == (422, 422)
    assert theirs.state == "dropped"


def test_notes_for_us_alone_never_reach_the_partner(history, plan, manager, partner_side):
    offer_to_partner(plan=plan, actor=history.manager)
    manager.post(page("plan_note", plan=plan.public_id), {"text": "They may lose the depot.", "is_internal": "on"})
    write_note(plan=plan, side=Side.VENDOR, actor=history.manager, text="See you on Monday.")

    ours = manager.get(page("plan_detail", plan=plan.public_id)).content.decode()
    theirs = partner_side.get(own_page("plan_detail", plan)).content.decode()

    assert "They may lose the depot." in ours
    assert "See you on Monday." in theirs
    assert "depot" not in theirs


# --- Who sees what ---------------------------------------------------------------------------------------------------


def test_the_partner_sees_a_plan_once_it_was_shown(world, unscored, partner_side):
    plan = unscored
    home = reverse("portal:home", kwargs={"tenant": "acme", "partner": plan.partner.public_id})
    listed = reverse("portal:plan_list", kwargs={"tenant": "acme", "partner": plan.partner.public_id})

    before, menu_before = partner_side.get(own_page("plan_detail", plan)), partner_side.get(home).content.decode()
    offer_to_partner(plan=plan, actor=world.manager)
    cache.clear()  # the menu counts anew after the transaction, which a test never ends
    after, menu_after = partner_side.get(own_page("plan_detail", plan)), partner_side.get(home).content.decode()

    assert (before.status_code, after.status_code) == (404, 200)
    assert f'href="{listed}"' not in menu_before
    assert "Sales up" in partner_side.get(listed).content.decode()
    assert f'href="{listed}"' in menu_after


def test_the_list_has_what_needs_me_and_what_is_behind(history, plan, manager):
    started(history, plan, days_ago=60)
    measured(history, plan, 55)
    draft_plan(
        partner=history.partner,
        programme=history.programme,
        kpis=[history.training],
        actor=history.manager,
        title="Learn",
    )

    def found(query):
        return [row.title for row in manager.get(page("plan_list") + f"?{query}").context["list"].page.object_list]

    assert found("todo=yes") == ["Learn"]
    assert found("pace=behind") == ["Sales up"]
    assert found("pace=on") == []
    assert found("state=preparing") == ["Learn"]
    assert found("overdue=yes") == []


def test_the_partner_page_leads_to_its_plans(unscored, manager):
    plan = unscored
    names = {"tenant": "acme", "partner": plan.partner.public_id}

    panel = manager.get(reverse("partners:partner_detail", kwargs=names)).content.decode()
    tab = manager.get(reverse("partners:partner_tab", kwargs={**names, "tab": "plans"})).content.decode()

    assert page("plan_detail", plan=plan.public_id) in panel
    assert page("plan_detail", plan=plan.public_id) in tab
    assert page("plan_create") in tab


# --- What plans are made from ----------------------------------------------------------------------------------------


@pytest.fixture
def lead(world):
    return signed_in(world.lead)


def rule_form(world, **changes):
    data = {
        "name": "Under the floor", "kind": "floor", "kpi": "", "periods": 1, "grade": "", "count": 2,
        "programme": world.programme.pk, "period_kind": "quarter", "template": "",
    }  # fmt: skip
    return {**data, **changes}


def test_a_rule_is_tried_before_it_is_saved(history, lead):
    tried = lead.post(page("plan_rule_create"), {**rule_form(history), "preview": "1"})
    none = lead.post(page("plan_rule_create"), {**rule_form(history, periods=2), "preview": "1"})
    kept = TriggerRule.objects.count()
    lead.post(page("plan_rule_create"), rule_form(history))

    assert "Would propose 1 plan now" in tried.content.decode()
    assert history.partner.name in tried.content.decode()
    assert "Nobody fits the condition." in none.content.decode()
    assert kept == 0
    assert "in 1 closed period" in lead.get(page("plan_rule_list")).content.decode()


def test_a_rule_without_its_grade_is_refused_at_the_field(history, lead):
    refused = lead.post(page("plan_rule_create"), rule_form(history, kind="grade"))

    assert refused.status_code == 422
    assert refused.context["form"].errors["grade"]


def test_a_rule_is_switched_off_and_on(history, lead):
    lead.post(page("plan_rule_create"), rule_form(history))
    rule = TriggerRule.objects.get()
    address = page("plan_rule_switch", plan_rule=rule.public_id)

    lead.post(address)
    rule.refresh_from_db()
    off = rule.is_active
    lead.post(address)
    rule.refresh_from_db()

    assert (off, rule.is_active) == (False, True)


def template_form(rows=(), **changes):
    data = {
        "name": "Sales recovery", "description": "", "length_days": 120, "checkpoint_days": "30, 60, 90",
        "periods_to_succeed": 1, "margin_percent": 5, "vendor_support": "", "is_active": "on",
        "c-TOTAL_FORMS": len(rows), "c-INITIAL_FORMS": 0,
    }  # fmt: skip
    for index, row in enumerate(rows):
        data |= {f"c-{index}-{name}": value for name, value in row.items()}
    return {**data, **changes}


def test_a_template_keeps_what_each_side_promises_and_a_plan_begins_with_it(history, lead, manager):
    rows = [{"title": "Joint visits", "side": "vendor", "due_day": 20}, {"title": "", "side": "partner", "due_day": ""}]
    made = lead.post(page("plan_template_create"), template_form(rows))
    template = PlanTemplate.objects.get()
    shown = lead.get(page("plan_template_update", plan_template=template.public_id)).content.decode()
    address = page("plan_create") + f"?partner={history.partner.external_id}"
    manager.post(address, {"title": "", "template": template.public_id, "kpis": [history.sales.pk]})

    assert made.status_code == 302
    assert "Joint visits" in shown
    plan = Plan.objects.get()
    assert [row.title for row in plan.commitments.all()] == ["Joint visits"]


def test_checkpoints_that_are_no_days_are_refused_at_their_field(lead):
    for typed in ("soon", "30, 200"):
        refused = lead.post(page("plan_template_create"), template_form(checkpoint_days=typed))

        assert refused.status_code == 422
        assert refused.context["form"].errors["checkpoint_days"]
    assert not PlanTemplate.objects.exists()


def test_what_follows_from_a_failure_takes_two_people_for_the_end(history, plan, lead, manager):
    started(history, plan)
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.FAILED, ended_at=timezone.now())
    address = page("plan_consequence", plan=plan.public_id)

    refused = lead.post(address, {"kind": "exit", "reason": ""})
    lead.post(address, {"kind": "exit", "reason": "Two plans failed."})
    chosen = plan.consequences.get()
    approve = page("plan_consequence_approve", plan=plan.public_id, consequence=chosen.public_id)
    again = lead.post(approve)
    chosen.refresh_from_db()
    alone = chosen.state
    waiting = page("plan_detail", plan=plan.public_id)
    other = signed_in(history.admin)
    assert "You have agreed" in (own := lead.get(waiting).content.decode())
    assert (approve in own, approve in other.get(waiting).content.decode()) == (False, True)
    assert "Two plans failed." in other.get(approve).content.decode(), "What is agreed to is read once more."
    other.post(approve)
    chosen.refresh_from_db()

    assert refused.status_code == 422
    assert again.status_code == 422
    assert (alone, chosen.state) == ("waiting", "taken")
    assert manager.post(address, {"kind": "tier", "reason": "x"}).status_code == 403
    assert "Two plans failed." in lead.get(page("plan_detail", plan=plan.public_id)).content.decode()


def test_a_suggestion_is_taken_up_or_dismissed_with_a_reason(history, manager):
    def suggestion(kpi):
        return draft_plan(
            partner=history.partner, programme=history.programme, kpis=[kpi], actor=history.manager,
            status=PlanStatus.SUGGESTED,
        )  # fmt: skip

    first, second = suggestion(history.sales), suggestion(history.training)

    manager.post(page("plan_take_up", plan=first.public_id))
    refused = manager.post(page("plan_dismiss", plan=second.public_id), {"reason": ""})
    manager.post(page("plan_dismiss", plan=second.public_id), {"reason": "A new owner begins in March."})

    first.refresh_from_db()
    second.refresh_from_db()
    assert refused.status_code == 422
    assert (first.status, second.status) == (PlanStatus.DRAFT, PlanStatus.CANCELLED)
    assert "A new owner begins in March." in manager.get(page("plan_detail", plan=second.public_id)).content.decode()
