"""The days that a review promises the partner, kept as they were, and what our own scorecard makes of them."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from performance.choices import PromiseState
from performance.queries.promises import with_state
from performance.reviews.choices import ActionStatus, ReviewStatus
from performance.reviews.models import Contest, Rater, Review
from performance.reviews.services.actions import add_action, set_action_status
from performance.reviews.services.assessing import add_rater
from performance.reviews.services.contesting import accept_review, contest_figure, uphold_figure
from performance.reviews.services.meeting import hold_meeting, plan_meeting
from performance.reviews.services.steps import today
from performance.reviews.services.watching import look_after_reviews
from performance.vendor_measures import vendor_measures
from prm.workdays import add_workdays
from tests.factories.reviews import assess, rate
from tests.reviews.test_steps import admin, partner, shared

MONDAY = "2026-03-02T09:00:00Z"


def states(key, day):
    """What became of the promises of a measure by a day."""
    measure = vendor_measures.get(key)
    assert measure is not None
    return sorted(with_state(measure.rows(), day).values_list("promise_state", "promise_late"))


def test_an_answer_is_due_after_the_days_of_the_template(reviewed):
    with time_machine.travel(MONDAY, tick=False):
        review = shared(reviewed)
        contest_figure(review=review, actor=partner(reviewed), kpi=reviewed.scored.defects, text="One is a return.")
        due = add_workdays(today(), 10)

        contest = Contest.objects.get()
        review.refresh_from_db()
        assert (contest.answer_due_on, review.due_on) == (due, due)
        assert states("contests-answered", due) == [(PromiseState.COMING, 0)]
        assert states("contests-answered", due + timedelta(days=3)) == [(PromiseState.OVERDUE, 3)]

    with time_machine.travel(f"{due + timedelta(days=2)}T09:00:00Z", tick=False):
        upheld = uphold_figure(review=review, actor=admin(reviewed), reason="We counted it twice.")

        assert (upheld.status, upheld.due_on) == (ReviewStatus.UPHELD, None)
        assert states("contests-answered", due + timedelta(days=9)) == [(PromiseState.LATE, 2)]
        days = vendor_measures.get("contest-days")
        assert days is not None
        [row] = days.rows()
        assert (row.promise_kept - row.promise_asked).days == 16


def test_a_rating_is_late_for_nobody_who_is_no_longer_asked_in_time(reviewed):
    with time_machine.travel(MONDAY, tick=False):
        review = assess(reviewed.review(), reviewed.world.partner_user)
        due = add_workdays(today(), 5)
        rate(review, reviewed.sales, 4)

        assert set(Rater.objects.values_list("asked_on", "due_on")) == {(today(), due)}
        assert states("review-ratings", due + timedelta(days=1)) == [
            (PromiseState.ON_TIME, 0),
            (PromiseState.OVERDUE, 1),
        ]

    after = due + timedelta(days=1)
    with time_machine.travel(f"{after}T23:30:00Z", tick=False):
        look_after_reviews(tenant=reviewed.world.tenant)

        assert Rater.objects.get(submitted_at=None).released_on == today()
        assert [state for state, _late in states("review-ratings", after + timedelta(days=30))] == [
            PromiseState.MISSED,
            PromiseState.ON_TIME,
        ]


def test_whoever_is_asked_later_has_the_same_day(reviewed):
    review = assess(reviewed.review(), reviewed.world.partner_user)
    role = review.raters.order_by("pk").first().role_id

    rater = add_rater(review=review, actor=admin(reviewed), role_id=role, user_id=reviewed.support.pk)

    review.refresh_from_db()
    assert (rater.asked_on, rater.due_on) == (today(), review.due_on)


def test_a_meeting_moved_in_time_is_promised_anew_and_moved_too_late_is_not(reviewed):
    with time_machine.travel(MONDAY, tick=False):
        review = shared(reviewed)
        accept_review(review=review, actor=partner(reviewed))
        for days in (2, 4):
            plan_meeting(review=review, actor=admin(reviewed), at=timezone.now() + timedelta(days=days))
        promised = today() + timedelta(days=4)
        assert Review.objects.get().meeting_promised_on == promised

    with time_machine.travel(f"{promised + timedelta(days=1)}T09:00:00Z", tick=False):
        plan_meeting(review=review, actor=admin(reviewed), at=timezone.now() + timedelta(days=3))
        assert Review.objects.get().meeting_promised_on == promised
        assert states("review-meetings", today()) == [(PromiseState.OVERDUE, 1)]

    with time_machine.travel(f"{promised + timedelta(days=4)}T09:00:00Z", tick=False):
        hold_meeting(review=review, actor=admin(reviewed), met_on=today())
        assert states("review-meetings", today()) == [(PromiseState.LATE, 4)]


def test_only_what_our_side_agreed_to_in_sight_of_the_partner_is_promised(reviewed):
    review = shared(reviewed)
    ours = f"u{reviewed.world.admin.pk}"
    day = today() - timedelta(days=1)
    made = [add_action(review=review, actor=admin(reviewed), title="Ours", owner=ours, due_on=day) for _ in range(3)]
    theirs = add_action(
        review=review, actor=admin(reviewed), title="Theirs", owner=f"u{reviewed.world.partner_user.pk}", due_on=day
    )
    assert states("review-actions", today()) == []

    for action in (*made[:2], theirs):
        set_action_status(action=action, actor=admin(reviewed), status=ActionStatus.ACCEPTED)
    set_action_status(action=made[1], actor=admin(reviewed), status=ActionStatus.DROPPED, note="Not needed.")

    assert states("review-actions", today()) == [(PromiseState.MISSED, 1), (PromiseState.OVERDUE, 1)]
    Review.objects.update(shared_at=None)
    assert states("review-actions", today()) == []
