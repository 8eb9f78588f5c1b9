"""Two people who decide about a review at the same moment: one wins, the other is told."""

import pytest

from performance.reviews.choices import ReviewStatus
from performance.reviews.models import Contest, Review
from performance.reviews.services.contesting import accept_review, contest_figure
from performance.reviews.services.steps import share_review
from prm.access.actor import Actor
from prm.notifications.models import Notification
from tests.factories.reviews import assess, rate
from tests.plans.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(set_up, acme):
    """Both sides are in; the owner can share it."""
    with acme.scope():
        review = assess(set_up.review(), acme.partner_user)
        rate(review, set_up.sales, 5)
        return rate(review, set_up.support, 2)


def test_a_figure_is_accepted_or_contested_never_both(set_up, acme, draft):
    with acme.scope():
        review = share_review(review=draft, actor=Actor.of_user(acme.admin))
    actor = Actor.of_user(acme.partner_user)

    answers = at_once(
        acme,
        lambda: accept_review(review=review, actor=actor).status,
        lambda: contest_figure(review=review, actor=actor, kpi=set_up.scored.revenue, text="Wrong.").outcome,
    )

    assert answers in ([ReviewStatus.ACCEPTED, "illegal_move"], ["illegal_move", "open"])
    with acme.scope():
        assert Contest.objects.count() == (Review.objects.get().status == ReviewStatus.CONTESTED)


def test_a_review_is_shared_and_told_once(set_up, acme, draft):
    def share():
        return share_review(review=draft, actor=Actor.of_user(acme.admin)).status

    assert sorted(at_once(acme, share, share)) == ["illegal_move", "shared"]
    with acme.scope():
        assert Notification.objects.filter(kind="review.shared").count() == 1


def test_a_partner_gets_one_review_for_a_period(set_up, acme):
    def create():
        return set_up.review().status

    assert sorted(at_once(acme, create, create)) == ["review_exists", "self_assessment"]
    with acme.scope():
        assert Review.objects.count() == 1
