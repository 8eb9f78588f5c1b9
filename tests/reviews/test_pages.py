"""Reviews by user story, on both sides: assess, rate, share, contest, agree, sign."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from performance.plans.models import Plan
from performance.reviews.choices import ReviewStatus
from performance.reviews.models import ActionItem, Review, ReviewCadence, ReviewTemplate
from performance.reviews.services.actions import add_action
from performance.reviews.services.contesting import accept_review
from performance.reviews.services.meeting import hold_meeting
from performance.reviews.services.steps import share_review, today
from performance.services.periods import close_period
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Membership, PartnerAccess
from prm.jobs.models import Job
from tests.documents import text_of
from tests.factories.accounts import PartnerAccessFactory
from tests.factories.partners import PartnerFactory
from tests.factories.reviews import assess, rate
from tests.performance_screens.conftest import build


def url(name, **kwargs):
    return reverse(f"reviews:{name}", kwargs={"tenant": "acme", **kwargs})


def portal(world, name, **kwargs):
    return reverse(f"portal:{name}", kwargs={"tenant": "acme", "partner": world.partner.public_id, **kwargs})


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def review(set_up, acme):
    """It waits for the partner."""
    with acme.scope():
        return set_up.review()


@pytest.fixture
def shared(set_up, acme, review):
    """It waits for the partner's answer."""
    with acme.scope():
        assess(review, acme.partner_user)
        rate(review, set_up.sales, 5)
        rate(review, set_up.support, 2)
        return share_review(review=review, actor=Actor.of_user(acme.admin))


@pytest.fixture
def met(acme, shared):
    """It waits for signatures."""
    with acme.scope():
        accept_review(review=shared, actor=Actor.of_user(acme.partner_user))
        return hold_meeting(review=shared, actor=Actor.of_user(acme.admin), met_on=today(), notes="Good talk.")


def answers(form, level="4", comment="We grew."):
    """A level and a comment for each item of a page's form."""
    data = {}
    for item in form.items:
        data |= {f"level-{item.key}": level, f"comment-{item.key}": comment}
    return data


def status():
    return Review.objects.get().status


def test_a_review_leads_to_a_plan_that_names_it(client, set_up):
    with set_up.world.scope():
        close_period(period=set_up.scored.period("2024-Q2"), actor=SYSTEM)
        review = set_up.review()
    client.force_login(set_up.world.admin)
    address = reverse("reviews:review_plan", kwargs={"tenant": "acme", "review": review.public_id})

    shown = client.get(address).content.decode()
    answer = client.post(address, {"kpis": [set_up.scored.revenue.pk], "title": "", "template": ""})

    with set_up.world.scope():
        plan = Plan.objects.get()
    assert "Sell-out revenue" in shown
    assert answer.status_code == 302
    assert (plan.origin, plan.origin_label) == ("review", "Review 2024-Q2")
    assert plan.origin_url.endswith(f"/reviews/{review.public_id}/")


def test_the_list_and_the_menu_say_what_waits_for_whom(set_up, acme, review, manager_client):
    page = manager_client.get(url("review_list")).content.decode()
    mine = manager_client.get(url("review_list"), {"mine": "yes"}).content.decode()

    assert acme.partner.name in page
    assert "Self-assessment" in page
    assert acme.partner.name not in mine.split('id="rows"')[1]


def test_the_partner_assesses_itself_and_sees_nothing_of_our_side(acme, review, portal_client):
    address = portal(acme, "review", review=review.public_id)
    page = portal_client.get(address)
    form = page.context["form"]
    assert "How do you see yourselves?" in page.content.decode()

    saved = portal_client.post(address, {**answers(form), "decision": "save"})
    half = portal_client.post(address, {f"level-{form.items[0].key}": "4", "decision": "submit"})
    done = portal_client.post(address, {**answers(form), "decision": "submit"}, follow=True)

    assert saved.status_code == 302
    assert half.status_code == 422
    assert "Choose a level for" in half.content.decode()
    assert "Your side is submitted" in done.content.decode()
    assert "once the review is shared with you" in done.content.decode()
    assert "Sam Sales" not in done.content.decode()
    with acme.scope():
        assert status() == ReviewStatus.RATING


def test_a_rater_rates_in_place_beside_the_partners_words(set_up, acme, review):
    with acme.scope():
        assess(review, acme.partner_user)
    sales = signed_in(set_up.sales)
    address = url("review_detail", review=review.public_id)
    page = sales.get(address)
    html = page.content.decode()
    assert "We did well." in html
    assert "How well do they sell?" in html
    assert "How well do they answer?" not in html

    missing = sales.post(address, {"decision": "submit"})
    done = sales.post(address, {**answers(page.context["form"], "5", "Best in the region."), "decision": "submit"})

    assert missing.status_code == 422
    assert done.status_code == 302
    assert "Best in the region." in sales.get(address).content.decode()
    assert signed_in(acme.admin).post(address, {"decision": "submit"}).status_code == 422


def test_sharing_is_a_step_with_a_page_of_its_own(set_up, acme, review, manager_client):
    with acme.scope():
        assess(review, acme.partner_user)
        rate(review, set_up.sales, 5)
        rate(review, set_up.support, 2)
    step = url("review_step", review=review.public_id, step="share")

    detail = manager_client.get(url("review_detail", review=review.public_id)).content.decode()
    asked = manager_client.get(step).content.decode()
    done = manager_client.post(step)
    again = manager_client.post(step)

    assert step in detail
    assert "74.8" in detail  # 0.7 * 80 + 0.3 * 62.5
    assert "0.7 × 80.0 + 0.3 × 62.5" in detail
    assert "reads both sides" in asked
    assert (done.status_code, again.status_code) == (302, 422)
    assert "cannot go to" in again.content.decode()
    assert manager_client.get(url("review_step", review=review.public_id, step="sign-for-them")).status_code == 404


def test_the_partner_reads_both_sides_and_contests_with_evidence(acme, shared):
    portal_client, manager_client = signed_in(acme.partner_user), signed_in(acme.admin)
    address = portal(acme, "review_contest", review=shared.public_id)
    page = portal_client.get(portal(acme, "review", review=shared.public_id)).content.decode()
    assert "Solid work." in page
    assert "Sam Sales" not in page  # raters stand there by their role

    empty = portal_client.post(address, {"kpi": "REVENUE", "text": ""})
    file = SimpleUploadedFile("order.txt", b"Order 78", content_type="text/plain")
    done = portal_client.post(address, {"kpi": "REVENUE", "text": "An order is missing.", "evidence": file})
    proof = portal_client.get(portal(acme, "review_evidence", review=shared.public_id))

    assert (empty.status_code, done.status_code) == (422, 302)
    assert b"".join(proof.streaming_content) == b"Order 78"
    html = manager_client.get(url("review_detail", review=shared.public_id)).content.decode()
    assert "Sell-out revenue is contested" in html
    same = manager_client.post(url("review_step", review=shared.public_id, step="correct"))
    assert (same.status_code, "still the same" in same.content.decode()) == (422, True)
    upheld = manager_client.post(
        url("review_step", review=shared.public_id, step="uphold"), {"reason": "It was returned."}
    )
    assert upheld.status_code == 302
    assert "It was returned." in portal_client.get(portal(acme, "review", review=shared.public_id)).content.decode()


def test_a_member_of_the_partner_reads_and_its_admin_answers(acme, shared, portal_client):
    PartnerAccess.objects.update(role=Role.PARTNER_MEMBER)

    page = portal_client.get(portal(acme, "review", review=shared.public_id)).content.decode()

    assert "Your partner admin answers" in page
    assert portal_client.post(portal(acme, "review_accept", review=shared.public_id)).status_code == 403


def test_the_meeting_is_planned_put_into_calendars_and_recorded(acme, shared, manager_client):
    address = url("review_meeting", review=shared.public_id)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    values = {"day": day, "at": "14:00", "minutes": "45", "place": "Video; room 1", "agenda": "Result\nActions"}

    past = manager_client.post(address, {**values, "day": "2024-01-01"})
    done = manager_client.post(address, {**values, "attendees": "Ann\nBo"})
    file = manager_client.get(url("review_ics", review=shared.public_id))
    text = file.content.decode()

    assert (past.status_code, done.status_code) == (422, 302)
    assert file["Content-Type"] == "text/calendar"
    assert "LOCATION:Video\\; room 1\r\n" in text
    assert "Result\\nActions" in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "SEQUENCE:1" in text


def test_actions_are_agreed_and_both_sides_sign(acme, met, client):
    client.force_login(acme.admin)
    added = client.post(url("review_action_add", review=met.public_id), {"title": "Train two people"})
    blocked = client.post(url("review_sign", review=met.public_id))
    with acme.scope():
        action = ActionItem.objects.get()
    change = url("review_action_change", review=met.public_id, action=action.public_id)
    owner, due = f"u{acme.partner_user.pk}", timezone.localdate().isoformat()
    changed = client.post(change, {"title": "Train three people", "owner": owner, "due_on": due})
    signed = client.post(url("review_sign", review=met.public_id))

    assert (added.status_code, blocked.status_code, changed.status_code, signed.status_code) == (302, 422, 302, 302)
    assert "Train two people" in blocked.content.decode()
    client.force_login(acme.partner_user)
    page = client.get(portal(acme, "review", review=met.public_id)).content.decode()
    assert "Train three people" in page
    assert "Good talk." in page
    done = client.post(portal(acme, "review_action", review=met.public_id, action=action.public_id), {"status": "done"})
    client.post(portal(acme, "review_sign", review=met.public_id), {"remarks": "Stock was late."})
    assert done.status_code == 302
    with acme.scope():
        assert status() == ReviewStatus.SIGNED
    client.force_login(acme.admin)
    assert "Stock was late." in client.get(url("review_detail", review=met.public_id)).content.decode()


def test_another_partner_finds_nothing(acme, shared, client):
    with acme.scope():
        other = PartnerFactory()
        user = PartnerAccessFactory(partner=other).user
    client.force_login(user)
    address = reverse(
        "portal:review", kwargs={"tenant": "acme", "partner": other.public_id, "review": shared.public_id}
    )

    assert client.get(address).status_code == 404


# --- Creating --------------------------------------------------------------------------------------------------------


def test_reviews_of_a_period_are_looked_at_and_then_created(
    set_up, acme, manager_client, django_capture_on_commit_callbacks
):
    page = manager_client.get(url("round")).content.decode()
    assert "Nobody is due for reviews" in page
    set_ = manager_client.post(url("cadence"), {"programme": set_up.scored.programme.pk, "period_kind": "quarter"})
    assert set_.status_code == 302

    page = manager_client.get(url("round"), {"period": "2024-Q1"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        asked = manager_client.post(url("round") + "?period=2024-Q1", {"opens_on": timezone.localdate().isoformat()})

    assert "Create 1 review of 2024-Q1" in page
    assert asked.status_code == 302
    with acme.scope():
        job = Job.objects.get(kind="reviews.create")
        assert (job.status, job.result["created"]) == ("succeeded", 1)
        assert Review.objects.get().period.label == "2024-Q1"
    assert (
        "Every partner that is due has its review"
        in manager_client.get(url("round"), {"period": "2024-Q1"}).content.decode()
    )


def test_one_review_is_created_from_the_partners_page(set_up, acme, manager_client):
    tab = reverse(
        "partners:partner_tab", kwargs={"tenant": "acme", "partner": acme.partner.public_id, "tab": "reviews"}
    )
    address = url("review_create", partner=acme.partner.public_id)
    assert address in manager_client.get(tab).content.decode()

    values = {"what": "main/2024-Q2", "opens_on": timezone.localdate().isoformat()}
    first, second = manager_client.post(address, values), manager_client.post(address, values)

    assert (first.status_code, second.status_code) == (302, 422)
    assert "already" in second.content.decode()
    assert "2024-Q2" in manager_client.get(tab).content.decode()


def test_the_calendar_has_due_days_and_meetings(acme, shared, manager_client):
    page = manager_client.get(url("calendar")).content.decode()
    wrong = manager_client.get(url("calendar"), {"month": "soon"})
    late = manager_client.get(url("calendar"), {"month": "2031-02"}).content.decode()

    assert acme.partner.name in page
    assert wrong.status_code == 200
    assert acme.partner.name not in late


# --- Set-up ----------------------------------------------------------------------------------------------------------


def posted(page, **changes):
    """The page's form as the browser would send it."""
    data = {}
    forms = [page.context["form"], *page.context["roles"].forms, *page.context["section_rows"].forms]
    for form in [*forms, page.context["roles"].management_form, page.context["section_rows"].management_form]:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return {**data, **changes}


def test_the_first_template_begins_from_the_scorecard(acme, manager_client):
    with acme.scope():
        build(acme)
    address = url("template_write", programme="main")

    page = manager_client.get(address)
    assert "Sales: How do you see the partner in “Quality”?" in page.content.decode()
    done = manager_client.post(address, posted(page))

    assert done.status_code == 302
    with acme.scope():
        template = ReviewTemplate.objects.get()
        assert [section.name for section in template.sections.all()] == ["Sales", "Quality", "Partnership"]
        assert (template.version, str(template.score_share)) == (1, "0.700")


def test_a_change_is_the_next_version_and_mistakes_are_named(set_up, acme, review, manager_client):
    address = url("template_write", programme="main")
    page = manager_client.get(address)

    wrong = manager_client.post(address, posted(page, **{"sections-0-questions": "Legal: Is it right?"}))
    plain = manager_client.post(address, posted(page, **{"sections-0-questions": "Is it right?"}))
    levels = manager_client.post(address, posted(page, levels="Bad, good"))
    done = manager_client.post(address, posted(page, name="Yearly review", score_share="60"), follow=True)

    assert "is none of the rater roles" in wrong.content.decode()
    assert "Put the role before a colon" in plain.content.decode()
    assert "all five levels" in levels.content.decode()
    assert [one.status_code for one in (wrong, plain, levels)] == [422] * 3
    assert "Yearly review" in done.content.decode()
    with acme.scope():
        assert Review.objects.get().template.version == 1
        assert ReviewTemplate.objects.count() == 2


def test_a_rule_of_the_cadence_is_removed(set_up, acme, manager_client):
    manager_client.post(url("cadence"), {"programme": set_up.scored.programme.pk, "period_kind": "year"})
    with acme.scope():
        rule = ReviewCadence.objects.get()

    assert "Year" in manager_client.get(url("template_list")).content.decode()
    manager_client.post(url("cadence_remove", cadence=rule.pk))
    with acme.scope():
        assert not ReviewCadence.objects.exists()


def test_an_analyst_reads_and_does_not_lead(acme, shared, client):
    with acme.scope():
        add_action(review=shared, actor=SYSTEM, title="Something")
    Membership.objects.filter(user=acme.admin).update(role=Role.ANALYST)
    client.force_login(acme.admin)

    page = client.get(url("review_detail", review=shared.public_id)).content.decode()

    assert "Something" in page
    assert "/actions/add/" not in page
    assert client.post(url("review_action_add", review=shared.public_id), {"title": "X"}).status_code == 403
    assert client.get(url("template_list")).status_code == 403


# --- The pack --------------------------------------------------------------------------------------------------------


def test_both_sides_take_the_pack_to_the_meeting(set_up, acme, shared):
    ours = signed_in(acme.admin).get(url("review_pack", review=shared.public_id))
    theirs = signed_in(acme.partner_user).get(portal(acme, "review_pack", review=shared.public_id))

    said, read = (text_of(one.content) for one in (ours, theirs))
    for text in (said, read):
        assert "0.7 × 80.0 + 0.3 × 62.5" in text
        assert "Solid work." in text
        assert "Sell-out revenue" in text
    assert "Sam Sales" in said
    assert "Sam Sales" not in read


def test_there_is_no_pack_for_the_partner_before_it_is_shared(acme, review, portal_client):
    assert portal_client.get(portal(acme, "review_pack", review=review.public_id)).status_code == 404


def test_overview_and_portal_home_say_what_waits(set_up, acme, shared):
    with acme.scope():
        accept_review(review=shared, actor=Actor.of_user(acme.partner_user))
    overview = reverse("performance:overview", kwargs={"tenant": "acme"})

    assert "The meeting has no date yet." in signed_in(acme.admin).get(overview).content.decode()
    with acme.scope():
        hold_meeting(review=shared, actor=Actor.of_user(acme.admin), met_on=today())
    assert "Sign the review 2024-Q2" in signed_in(acme.partner_user).get(portal(acme, "home")).content.decode()


def test_the_partners_timeline_tells_the_steps(set_up, acme, met):
    address = reverse(
        "partners:partner_tab", kwargs={"tenant": "acme", "partner": acme.partner.public_id, "tab": "timeline"}
    )

    page = signed_in(acme.admin).get(address).content.decode()

    assert page.count("Review 2024-Q2: Meeting held") == 1
    assert "Review 2024-Q2: Shared with the partner" in page
    assert "Rating submitted" not in page
