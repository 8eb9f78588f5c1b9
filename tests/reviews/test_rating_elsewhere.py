"""A channel manager who sees own partners alone is asked to rate another one: that rating, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from performance.reviews.menu import waiting_reviews
from performance.reviews.models import Answer, Rater, Review
from performance.reviews.queries.reviews import rated_by, waiting_for_member
from performance.reviews.services.assessing import add_rater
from prm.access.actor import SYSTEM
from prm.access.portfolio import portfolio_of
from prm.access.roles import Role
from prm.accounts.models import Membership
from tests.factories.accounts import MembershipFactory
from tests.factories.reviews import assess

SECRET = "What only the two sides talk about."


@pytest.fixture
def limited(set_up, acme):
    """Somebody who looks after no partner here, and may see only those."""
    return MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).user


@pytest.fixture
def review(set_up, acme, limited):
    """It waits for ratings, also for theirs in the role of sales."""
    with acme.scope():
        review = set_up.review()
        role = review.raters.get(user=set_up.sales).role_id
        add_rater(review=review, actor=SYSTEM, role_id=role, user_id=limited.pk)
        review = assess(review, acme.partner_user)
        Answer.objects.filter(review=review).update(comment=SECRET)
        return review


@pytest.fixture
def browser(limited):
    client = Client()
    client.force_login(limited)
    return client


def url(name, **kwargs):
    return reverse(f"reviews:{name}", kwargs={"tenant": "acme", **kwargs})


def form_data(page, decision, level="4"):
    data = {"decision": decision}
    for item in page.context["form"].items:
        data |= {f"level-{item.key}": level, f"comment-{item.key}": "Reliable."}
    return data


def test_the_news_leads_to_the_rating_and_the_rating_shows_nothing_else(browser, acme, review, set_up):
    led = browser.get(url("review_detail", review=review.public_id))
    page = browser.get(led.headers["Location"])
    text = page.content.decode()

    assert led.headers["Location"] == url("review_rate", review=review.public_id)
    assert page.status_code == 200
    assert acme.partner.name in text
    assert "How well do they sell?" in text
    assert "How well do they answer?" not in text, "Another role's question."
    assert SECRET not in text
    assert set_up.support.full_name not in text
    with acme.scope():
        score = f"{review.snapshots.get().total:.1f}"
    assert score not in text
    assert f"/partners/{acme.partner.public_id}" not in text


def test_a_draft_is_kept_and_the_submission_counts(browser, acme, review, limited):
    address = url("review_rate", review=review.public_id)
    page = browser.get(address)

    browser.post(address, form_data(page, "save", "2"))
    again = browser.get(address).content.decode()
    refused = browser.post(address, {"decision": "submit"})
    browser.post(address, form_data(page, "submit"))
    after = browser.get(address)

    assert "Reliable." in again
    assert refused.status_code == 422
    assert "Choose a level for" in refused.content.decode()
    assert "Your rating is submitted" in after.content.decode()
    with acme.scope():
        rater = Rater.objects.get(user=limited)
        assert rater.submitted_at is not None
        assert [answer.level for answer in Answer.objects.filter(rater=rater)] == [4]


def test_what_was_typed_on_the_reviews_page_is_not_lost_when_the_partner_changed_hands(browser, review):
    address = url("review_rate", review=review.public_id)
    data = form_data(browser.get(address), "submit")

    answer = browser.post(url("review_detail", review=review.public_id), data)

    assert (answer.status_code, answer.headers["Location"]) == (307, address), "The browser sends it again there."


@pytest.mark.parametrize(
    ("name", "further"),
    [
        ("review_pack", {}),
        ("review_ics", {}),
        ("review_evidence", {}),
        ("review_meeting", {}),
        ("review_owner", {}),
        ("review_sign", {}),
        ("review_plan", {}),
        ("review_rater_add", {}),
        ("review_action_add", {}),
        ("review_step", {"step": "share"}),
    ],
)
def test_nothing_else_of_the_review_opens(browser, review, name, further):
    address = url(name, review=review.public_id, **further)

    assert browser.get(address).status_code == 404
    assert browser.post(address, {}).status_code in (404, 405)


def test_nobody_else_gets_the_rating_and_whoever_was_taken_off_neither(browser, acme, review, limited):
    stranger = Client()
    stranger.force_login(MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).user)
    for name in ("review_rate", "review_detail"):
        assert stranger.get(url(name, review=review.public_id)).status_code == 404

    with acme.scope():
        Rater.objects.filter(user=limited).delete()

    for name in ("review_rate", "review_detail"):
        assert browser.get(url(name, review=review.public_id)).status_code == 404


def test_whoever_may_see_the_partner_is_led_to_the_whole_review(set_up, review):
    client = Client()
    client.force_login(set_up.sales)

    answer = client.get(url("review_rate", review=review.public_id))

    assert answer.headers["Location"] == url("review_detail", review=review.public_id)


def test_it_waits_in_the_menu_on_the_overview_and_above_the_list(browser, acme, review, limited):
    page = browser.get(reverse("performance:overview", kwargs={"tenant": "acme"}))
    overview = page.content.decode()
    listed = browser.get(url("review_list"))
    with acme.scope():
        membership = Membership.objects.get(user=limited)
        portfolio = portfolio_of(membership)
        waiting = list(waiting_for_member(limited.pk, portfolio))
        known = list(rated_by(limited.pk))
        counted = waiting_reviews(page.wsgi_request)

    assert f"Please rate {review}" in overview
    assert waiting == known == [review]
    assert counted == 1
    assert url("review_rate", review=review.public_id) in listed.content.decode()
    assert listed.context["list"].total == 0, "The list itself has own partners alone."


def test_outside_the_ratings_the_page_says_so(browser, acme, review):
    with acme.scope():
        Review.objects.update(status="draft_ready")
    page = browser.get(url("review_rate", review=review.public_id)).content.decode()

    assert "The ratings of this review have ended" in page
