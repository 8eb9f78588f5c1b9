"""A review from its frozen score to the signatures, by its services."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.utils import timezone

from partners.services.status import change_status
from performance.models import Measurement
from performance.reviews.choices import ActionStatus, CarryVerdict, ContestOutcome, ReviewEnd, ReviewStatus, Side
from performance.reviews.models import ActionItem, Answer, Review, Snapshot
from performance.reviews.queries.frozen import card_of, has_changed, lines_of, snapshots_of
from performance.reviews.services import watching
from performance.reviews.services.actions import add_action, change_action, say_of_carried, set_action_status
from performance.reviews.services.assessing import Given, add_rater, remove_rater, save_assessment, save_rating
from performance.reviews.services.contesting import accept_review, contest_figure, correct_figure, uphold_figure
from performance.reviews.services.creating import change_owner, withdraw_review
from performance.reviews.services.meeting import hold_meeting, plan_meeting
from performance.reviews.services.signing import close_review, sign_review
from performance.reviews.services.steps import end_ratings, freeze_score, go_on_without, share_review, today
from performance.reviews.services.watching import look_after_reviews
from performance.services.ingest import MeasurementRow, record_measurements
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Notification
from prm.workdays import add_workdays
from tests.factories.reviews import answers_of_partner, assess, rate
from tests.performance_screens.conftest import measure, recompute

D = Decimal
S = ReviewStatus


def admin(reviewed):
    return Actor.of_user(reviewed.world.admin)


def partner(reviewed):
    return Actor.of_user(reviewed.world.partner_user)


def rated(reviewed, **values):
    """A review whose draft is ready: the partner says 4, sales 5 and support 2."""
    review = assess(reviewed.review(**values), reviewed.world.partner_user)
    rate(review, reviewed.sales, 5)
    return rate(review, reviewed.support, 2)


def shared(reviewed, **values):
    return share_review(review=rated(reviewed, **values), actor=admin(reviewed))


def met(reviewed, **values):
    review = accept_review(review=shared(reviewed, **values), actor=partner(reviewed))
    return hold_meeting(review=review, actor=admin(reviewed), met_on=today(), notes="Good talk.")


# --- Freezing --------------------------------------------------------------------------------------------------------


def test_a_new_review_freezes_the_score_and_asks_the_partner(reviewed):
    review = reviewed.review()

    snapshot = Snapshot.objects.get(review=review)
    assert review.status == S.SELF_ASSESSMENT
    assert review.due_on == add_workdays(today(), 10)
    assert (snapshot.total, snapshot.grade, snapshot.version) == (D(80), "B", 1)
    assert [(line.code, line.points) for line in lines_of(snapshot)] == [("REVENUE", D(80)), ("DEFECTS", D(80))]
    told = Notification.objects.get(kind="review.asked")
    assert (told.user_id, told.partner_id) == (reviewed.world.partner_user.pk, reviewed.world.partner.pk)


def test_a_later_change_never_rewrites_the_review(reviewed):
    review = reviewed.review()
    measure([(reviewed.world.partner, reviewed.scored.revenue, "2024-06-01", "20", None)], source="late")
    recompute()

    snapshot = snapshots_of(review).get()
    assert card_of(review).total == D(92)
    assert snapshot.total == D(80)
    assert has_changed(snapshot)


def test_one_review_for_a_partner_and_period(reviewed):
    reviewed.review()

    with pytest.raises(Conflict, match="already"):
        reviewed.review()


def test_a_scheduled_review_waits_for_its_day_and_can_be_taken_back(reviewed):
    review = reviewed.review(opens_on=today() + timedelta(days=7))

    assert (review.status, Snapshot.objects.count()) == (S.SCHEDULED, 0)
    withdraw_review(review=review, actor=admin(reviewed))
    assert not Review.objects.exists()

    begun = reviewed.review()
    with pytest.raises(Conflict, match="begun"):
        withdraw_review(review=begun, actor=admin(reviewed))


def test_the_score_is_not_frozen_twice(reviewed):
    with pytest.raises(Conflict, match="cannot go to"):
        freeze_score(review=reviewed.review(), actor=admin(reviewed))


# --- Both sides ------------------------------------------------------------------------------------------------------


def test_a_draft_of_the_self_assessment_is_kept_and_needs_every_level_to_be_submitted(reviewed):
    review = reviewed.review()
    first, second = answers_of_partner(review)
    save_assessment(review=review, actor=partner(reviewed), answers={first: Given(4, "Fine.")}, submit=False)

    assert Answer.objects.get().comment == "Fine."
    with pytest.raises(InvalidInput) as refused:
        save_assessment(review=review, actor=partner(reviewed), answers={first: Given(4)}, submit=True)
    assert refused.value.field == second
    for level in (0, 6):
        with pytest.raises(InvalidInput, match="1 to 5"):
            save_assessment(review=review, actor=partner(reviewed), answers={first: Given(level)}, submit=False)
    with pytest.raises(InvalidInput, match="no question"):
        save_assessment(review=review, actor=partner(reviewed), answers={"s0": Given(1)}, submit=False)


def test_the_last_rating_ends_the_ratings_and_gives_the_result(reviewed):
    review = assess(reviewed.review(), reviewed.world.partner_user)
    assert review.status == S.RATING
    assert set(Notification.objects.filter(kind="review.rate").values_list("user_id", flat=True)) == {
        reviewed.sales.pk,
        reviewed.support.pk,
    }

    assert rate(review, reviewed.sales, 5).status == S.RATING
    done = rate(review, reviewed.support, 2)

    # Sales 100, support 25, the same weight: Q 62.5. Final 0.7 * 80 + 0.3 * 62.5 = 74.75.
    assert (done.status, done.quality, done.final) == (S.DRAFT_READY, D("62.5"), D("74.75"))


def test_one_rater_alone_is_not_enough(reviewed):
    review = assess(reviewed.review(), reviewed.world.partner_user)
    rate(review, reviewed.sales, 5)

    ended = end_ratings(review=review, actor=admin(reviewed))

    assert (ended.quality, ended.final) == (None, None)


def test_nobody_rates_unasked_or_twice_and_the_partner_submits_once(reviewed):
    review = assess(reviewed.review(), reviewed.world.partner_user)
    with pytest.raises(Conflict, match="not asked"):
        save_rating(review=review, actor=admin(reviewed), user_id=reviewed.world.admin.pk, answers={}, submit=True)
    rate(review, reviewed.sales, 5)
    with pytest.raises(Conflict, match="submitted"):
        rate(review, reviewed.sales, 1)
    with pytest.raises(Conflict, match="submitted"):
        assess(review, reviewed.world.partner_user)


def test_raters_are_added_and_taken_away_until_they_have_submitted(reviewed):
    review = assess(reviewed.review(), reviewed.world.partner_user)
    role = review.raters.get(user=reviewed.sales).role_id
    add_rater(review=review, actor=admin(reviewed), role_id=role, user_id=reviewed.world.admin.pk)
    with pytest.raises(Conflict, match="already"):
        add_rater(review=review, actor=admin(reviewed), role_id=role, user_id=reviewed.world.admin.pk)
    with pytest.raises(InvalidInput):
        add_rater(review=review, actor=admin(reviewed), role_id=role, user_id=reviewed.world.partner_user.pk)
    rate(review, reviewed.sales, 5)
    rate(review, reviewed.support, 3)
    with pytest.raises(Conflict, match="stays"):
        remove_rater(review=review, actor=admin(reviewed), rater_id=review.raters.get(user=reviewed.sales).pk)

    remove_rater(review=review, actor=admin(reviewed), rater_id=review.raters.get(user=reviewed.world.admin).pk)

    assert Review.objects.get().status == S.DRAFT_READY


def test_the_ratings_begin_without_the_partner_only_after_its_days(reviewed):
    review = reviewed.review()
    with pytest.raises(Conflict, match="has time until"):
        go_on_without(review=review, actor=admin(reviewed))
    Review.objects.update(due_on=today() - timedelta(days=1))

    assert go_on_without(review=review, actor=admin(reviewed)).status == S.RATING


# --- Contest ---------------------------------------------------------------------------------------------------------


def test_a_contested_figure_is_upheld_with_a_reason(reviewed):
    review = shared(reviewed)
    file = SimpleUploadedFile("proof.txt", b"Order 77 was returned.", content_type="text/plain")
    contest = contest_figure(
        review=review, actor=partner(reviewed), kpi=reviewed.scored.defects, text="Two were ours.", evidence=file
    )

    with pytest.raises(InvalidInput, match="why"):
        uphold_figure(review=review, actor=admin(reviewed), reason=" ")
    upheld = uphold_figure(review=review, actor=admin(reviewed), reason="The claims were checked.")

    contest.refresh_from_db()
    assert (upheld.status, contest.outcome, contest.reason) == (S.UPHELD, "upheld", "The claims were checked.")
    assert contest.evidence.name == "proof.txt"
    assert Notification.objects.filter(kind="review.decided", body="The claims were checked.").count() == 1


def test_a_correction_needs_corrected_data_and_makes_a_new_version(reviewed):
    review = shared(reviewed)
    contest_figure(review=review, actor=partner(reviewed), kpi=reviewed.scored.revenue, text="An order is missing.")
    with pytest.raises(Conflict, match="still the same"):
        correct_figure(review=review, actor=admin(reviewed))
    assert Review.objects.get().status == S.CONTESTED

    measured = Measurement.objects.get(value=D(40))
    row = MeasurementRow(
        row=1, partner=reviewed.world.partner.external_id, kpi="REVENUE", occurred_on="2024-05-12", value="60",
        weight=None, external_id=measured.external_id, source=measured.source,
    )  # fmt: skip
    record_measurements([row], actor=SYSTEM)
    recompute()
    corrected = correct_figure(review=review, actor=admin(reviewed), reason="Order 78 was added.")

    versions = list(Snapshot.objects.order_by("version").values_list("version", "total"))
    assert versions == [(1, D(80)), (2, D(92))]  # revenue 120 of 120: 100 points * 0.6 + 80 * 0.4
    assert (corrected.status, corrected.final) == (S.CORRECTED, D("83.15"))  # 0.7 * 92 + 0.3 * 62.5
    assert review.contests.get().outcome == ContestOutcome.CORRECTED


def test_a_contest_names_a_figure_of_the_card_in_time_with_a_text(reviewed):
    from tests.factories.performance import KPIFactory

    review = shared(reviewed)
    with pytest.raises(InvalidInput, match="not on the scorecard"):
        contest_figure(review=review, actor=partner(reviewed), kpi=KPIFactory(), text="Wrong.")
    with pytest.raises(InvalidInput, match="what is wrong"):
        contest_figure(review=review, actor=partner(reviewed), kpi=reviewed.scored.revenue, text="  ")
    assert review.due_on == add_workdays(today(), 10)
    Review.objects.update(due_on=today() - timedelta(days=1))
    with pytest.raises(Conflict, match="until"):
        contest_figure(review=review, actor=partner(reviewed), kpi=reviewed.scored.revenue, text="Wrong.")


# --- Meeting, actions, signatures ------------------------------------------------------------------------------------


def test_the_meeting_lies_ahead_and_is_held_after_sharing(reviewed):
    review = shared(reviewed)
    with pytest.raises(InvalidInput, match="to come"):
        plan_meeting(review=review, actor=admin(reviewed), at=timezone.now() - timedelta(hours=1))
    plan_meeting(review=review, actor=admin(reviewed), at=timezone.now() + timedelta(days=2), place="Video call")
    accept_review(review=review, actor=partner(reviewed))
    with pytest.raises(InvalidInput, match="too far ahead"):
        plan_meeting(review=review, actor=admin(reviewed), at=datetime(9999, 12, 31, 23, 50, tzinfo=UTC))
    with pytest.raises(InvalidInput, match="cannot have been"):
        hold_meeting(review=review, actor=admin(reviewed), met_on=today() + timedelta(days=2))
    with pytest.raises(InvalidInput, match="after the review was shared"):
        hold_meeting(review=review, actor=admin(reviewed), met_on=today() - timedelta(days=2))

    held = hold_meeting(review=review, actor=admin(reviewed), met_on=today(), attendees=["Ann", " ", "Bo"])

    assert (held.attendees, held.due_on) == (["Ann", "Bo"], add_workdays(today(), 15))


def test_both_sides_sign_once_and_actions_need_owner_and_day(reviewed):
    review = met(reviewed)
    action = add_action(review=review, actor=admin(reviewed), title="Train two people")
    with pytest.raises(Conflict, match="Train two people"):
        sign_review(review=review, actor=admin(reviewed), side=Side.VENDOR)
    owner = f"u{reviewed.world.partner_user.pk}"
    change_action(action=action, actor=admin(reviewed), title="Train two people", owner=owner, due_on=today())

    sign_review(review=review, actor=admin(reviewed), side=Side.VENDOR)
    with pytest.raises(Conflict, match="already"):
        sign_review(review=review, actor=admin(reviewed), side=Side.VENDOR)
    assert Review.objects.get().status == S.MEETING_HELD
    sign_review(review=review, actor=partner(reviewed), side=Side.PARTNER, remarks="Claims remain open.")

    assert Review.objects.get().status == S.SIGNED
    assert Notification.objects.filter(title__contains="with remarks").count() == 1
    closed = close_review(review=review, actor=admin(reviewed))
    assert (closed.status, closed.end) == (S.CLOSED, ReviewEnd.SIGNED)
    with pytest.raises(Conflict):
        add_action(review=review, actor=admin(reviewed), title="Too late")


def test_open_actions_are_carried_and_hold_the_next_review_back(reviewed):
    first = met(reviewed, period="2024-Q1")
    kept = add_action(review=first, actor=admin(reviewed), title="Open a branch")
    done = add_action(review=first, actor=admin(reviewed), title="Hire", status=ActionStatus.ACCEPTED)
    set_action_status(action=done, actor=admin(reviewed), status=ActionStatus.DONE)
    late = add_action(review=first, actor=admin(reviewed), title="Certify")

    second = rated(reviewed, period="2024-Q2")

    assert [row.action for row in second.carried.all()] == [kept, late]
    with pytest.raises(Conflict, match="2 actions"):
        share_review(review=second, actor=admin(reviewed))
    say_of_carried(carried=second.carried.get(action=kept), actor=admin(reviewed), verdict=CarryVerdict.GOES_ON)
    set_action_status(action=late, actor=admin(reviewed), status=ActionStatus.DONE)
    assert second.carried.get(action=late).verdict == "done"
    assert share_review(review=second, actor=admin(reviewed)).status == S.SHARED
    with pytest.raises(Conflict, match="shared"):
        say_of_carried(carried=second.carried.get(action=kept), actor=admin(reviewed), verdict=CarryVerdict.DONE)


def test_a_partner_works_on_its_own_actions_and_accepts_any(reviewed):
    review = met(reviewed)
    theirs = add_action(review=review, actor=admin(reviewed), title="Ours", owner=f"u{reviewed.sales.pk}")
    own = add_action(review=review, actor=admin(reviewed), title="Theirs", owner=f"u{reviewed.world.partner_user.pk}")

    def said(action, status, **more):
        return set_action_status(
            action=action, actor=partner(reviewed), status=ActionStatus(status), side=Side.PARTNER, **more
        )

    assert said(theirs, "accepted").status == "accepted"
    with pytest.raises(Conflict, match="other side"):
        said(theirs, "done")
    with pytest.raises(InvalidInput, match="why"):
        said(own, "dropped")
    assert said(own, "done").settled_at is not None
    with pytest.raises(InvalidInput, match="owner"):
        add_action(review=review, actor=admin(reviewed), title="X", owner="u999999")


def test_the_review_goes_to_another_member_alone(reviewed):
    review = reviewed.review()

    assert change_owner(review=review, actor=admin(reviewed), owner_id=reviewed.sales.pk).owner_id == reviewed.sales.pk
    with pytest.raises(InvalidInput):
        change_owner(review=review, actor=admin(reviewed), owner_id=reviewed.world.partner_user.pk)


# --- The clock -------------------------------------------------------------------------------------------------------


def look(reviewed):
    return look_after_reviews(tenant=reviewed.world.tenant)


def overdue():
    Review.objects.update(due_on=today() - timedelta(days=1))


def test_the_night_takes_each_step_whose_day_has_passed(reviewed):
    reviewed.review(opens_on=today() + timedelta(days=3))
    assert look(reviewed) == 0
    Review.objects.update(opens_on=today())
    seen = []
    for _night in range(3):
        assert [look(reviewed), look(reviewed)] == [1, 0]
        seen.append(Review.objects.get().status)
        overdue()
    assert seen == [S.SELF_ASSESSMENT, S.RATING, S.DRAFT_READY]


def test_silence_after_sharing_counts_as_accepted_and_shows(reviewed):
    shared(reviewed)
    overdue()
    look(reviewed)

    review = Review.objects.get()
    assert (review.status, review.was_silent) == (S.ACCEPTED, True)


def test_without_signatures_in_time_it_is_closed_as_not_acknowledged(reviewed):
    review = met(reviewed)
    with pytest.raises(Conflict, match="not acknowledged"):
        close_review(review=review, actor=admin(reviewed))
    sign_review(review=review, actor=admin(reviewed), side=Side.VENDOR)
    overdue()
    look(reviewed)

    review = Review.objects.get()
    assert (review.status, review.end) == (S.CLOSED, ReviewEnd.NOT_ACKNOWLEDGED)
    assert Notification.objects.filter(title__contains="not acknowledged").count() == 2


def test_reminders_come_three_business_days_before_and_on_the_day_once(reviewed, django_capture_on_commit_callbacks):
    reviewed.review()
    tenant, workday = reviewed.world.tenant, add_workdays(today(), 1)
    Review.objects.update(due_on=add_workdays(workday, 3))
    mail.outbox.clear()
    at = datetime.combine(workday, time(9), tenant.zone)

    assert [look_after_reviews(tenant=tenant, at=at), look_after_reviews(tenant=tenant, at=at)] == [1, 0]
    assert Notification.objects.filter(kind="review.asked").count() == 2


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_a_weekend_before_a_day_reminds_once(reviewed, zone):
    tenant = reviewed.world.tenant
    tenant.timezone = zone
    tenant.save()
    reviewed.review()
    Review.objects.update(due_on=date(2026, 11, 25))  # a Wednesday

    days = [datetime(2026, 11, day, 3, tzinfo=tenant.zone) for day in range(16, 26)]

    assert [day.day for day in days if look_after_reviews(tenant=tenant, at=day)] == [20, 25]


def test_an_action_is_reminded_of_once_on_its_day(reviewed):
    review = met(reviewed)
    add_action(review=review, actor=admin(reviewed), title="Call them", owner=f"u{reviewed.sales.pk}", due_on=today())

    assert [look(reviewed), look(reviewed)] == [1, 0]
    assert Notification.objects.filter(title="Action due: Call them").count() == 1


def test_an_action_is_reminded_of_five_and_one_business_days_before_as_well(reviewed):
    review, owner = met(reviewed), f"u{reviewed.sales.pk}"
    row = add_action(review=review, actor=admin(reviewed), title="Call", owner=owner, due_on=add_workdays(today(), 5))
    add_action(review=review, actor=admin(reviewed), title="Later", owner=owner, due_on=add_workdays(today(), 7))

    first = [look(reviewed), look(reviewed)]
    ActionItem.objects.filter(pk=row.pk).update(
        due_on=add_workdays(today(), 1), reminded_on=today() - timedelta(days=7)
    )

    assert [*first, look(reviewed), look(reviewed)] == [1, 0, 1, 0]
    assert Notification.objects.filter(title="Action due: Call").count() == 2


def test_every_move_is_on_the_audit_trail(reviewed):
    met(reviewed)

    actions = list(
        AuditEntry.objects.filter(target_type="reviews.review").order_by("pk").values_list("action", flat=True)
    )
    assert actions == [
        "review.created",
        "review.snapshot_taken",
        "review.self_assessment",
        "review.rating",
        "review.rated",
        "review.rated",
        "review.draft_ready",
        "review.shared",
        "review.accepted",
        "review.meeting_held",
    ]


# --- What both sides signed -------------------------------------------------------------------------------------------


def test_once_a_side_has_signed_nobody_changes_what_it_signed(reviewed):
    review = met(reviewed)
    theirs = add_action(review=review, actor=admin(reviewed), title="Hire", owner=f"u{reviewed.world.partner_user.pk}",
                        due_on=today() + timedelta(days=90))  # fmt: skip
    sign_review(review=review, actor=partner(reviewed), side=Side.PARTNER)

    with pytest.raises(Conflict, match="signed"):
        add_action(review=review, actor=admin(reviewed), title="Buy twice as much", owner=f"u{reviewed.sales.pk}",
                   due_on=today())  # fmt: skip
    with pytest.raises(Conflict, match="signed"):
        change_action(action=theirs, actor=admin(reviewed), title="Hire ten", owner="", due_on=today())

    theirs.refresh_from_db()
    assert (theirs.title, review.actions.count()) == ("Hire", 1)


def test_an_action_agreed_after_the_next_review_was_created_is_carried_into_it(reviewed):
    first = met(reviewed, period="2024-Q1")
    second = reviewed.review(period="2024-Q2", opens_on=today() + timedelta(days=30))

    late = add_action(review=first, actor=admin(reviewed), title="Open a branch")

    assert [row.action for row in second.carried.all()] == [late]


def test_whoever_signs_has_the_days_for_it_however_late_the_meeting_is_recorded(reviewed):
    review = shared(reviewed)
    Review.objects.update(shared_at=timezone.now() - timedelta(days=60))
    accept_review(review=review, actor=partner(reviewed))

    review = hold_meeting(review=review, actor=admin(reviewed), met_on=today() - timedelta(days=40))
    look(reviewed)

    assert review.due_on == add_workdays(today(), 15)
    assert Review.objects.get().status == S.MEETING_HELD


def test_a_new_day_of_an_action_is_reminded_of_again(reviewed):
    review = met(reviewed)
    action = add_action(review=review, actor=admin(reviewed), title="Call them", owner=f"u{reviewed.sales.pk}",
                        due_on=today() - timedelta(days=1))  # fmt: skip
    look(reviewed)
    change_action(
        action=action, actor=admin(reviewed), title="Call them", owner=f"u{reviewed.sales.pk}", due_on=today()
    )

    look(reviewed)

    assert Notification.objects.filter(title="Action due: Call them").count() == 2


def test_a_review_of_a_partner_that_has_left_is_not_opened(reviewed):
    reviewed.review(opens_on=today() + timedelta(days=3))
    Review.objects.update(opens_on=today())
    change_status(partner=reviewed.world.partner, target="terminated", actor=admin(reviewed), reason="Sold.")

    look(reviewed)

    assert Review.objects.get().status == S.SCHEDULED
    assert not Notification.objects.filter(kind="review.asked").exists()


def test_a_review_that_cannot_be_looked_after_does_not_stop_the_others(reviewed, monkeypatch):
    first, second = reviewed.review(period="2024-Q1"), reviewed.review(period="2024-Q2")
    overdue()
    take = watching.start_rating

    def stumble(review, *args, **values):
        if review.pk == first.pk:
            raise IntegrityError
        return take(review, *args, **values)

    monkeypatch.setattr(watching, "start_rating", stumble)

    look(reviewed)

    assert Review.objects.get(pk=first.pk).status == S.SELF_ASSESSMENT
    assert Review.objects.get(pk=second.pk).status == S.RATING


def test_what_goes_on_can_still_be_said_to_be_done(reviewed):
    first = met(reviewed, period="2024-Q1")
    action = add_action(review=first, actor=admin(reviewed), title="Hire", owner=f"u{reviewed.world.partner_user.pk}")
    second = rated(reviewed, period="2024-Q2")
    carried = say_of_carried(carried=second.carried.get(), actor=admin(reviewed), verdict=CarryVerdict.GOES_ON)
    set_action_status(action=action, actor=partner(reviewed), status=ActionStatus.DONE, side=Side.PARTNER)

    said = say_of_carried(carried=carried, actor=admin(reviewed), verdict=CarryVerdict.DONE)

    assert said.verdict == CarryVerdict.DONE
