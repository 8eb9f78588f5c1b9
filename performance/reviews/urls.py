"""Addresses of reviews in the manager's workspace, below /t/<tenant>/."""

from django.urls import path

from performance.reviews.views import actions, meeting, plans, rating, reviews, rounds, setup, steps

app_name = "reviews"

REVIEW = "reviews/<uuid:review>/"

urlpatterns = [
    path("reviews/", reviews.ReviewList.as_view(), name="review_list"),
    path(REVIEW, reviews.ReviewDetail.as_view(), name="review_detail"),
    path(f"{REVIEW}step/<slug:step>/", steps.ReviewStep.as_view(), name="review_step"),
    path(f"{REVIEW}rate/", rating.ReviewRate.as_view(), name="review_rate"),
    path(f"{REVIEW}sign/", steps.ReviewSign.as_view(), name="review_sign"),
    path(f"{REVIEW}plan/", plans.ReviewPlan.as_view(), name="review_plan"),
    path(f"{REVIEW}owner/", steps.ReviewOwner.as_view(), name="review_owner"),
    path(f"{REVIEW}raters/add/", steps.RaterAdd.as_view(), name="review_rater_add"),
    path(f"{REVIEW}raters/<int:rater>/remove/", steps.RaterRemove.as_view(), name="review_rater_remove"),
    path(f"{REVIEW}take-back/", steps.ReviewWithdraw.as_view(), name="review_withdraw"),
    path(f"{REVIEW}meeting/", meeting.MeetingPlan.as_view(), name="review_meeting"),
    path(f"{REVIEW}meeting/held/", meeting.MeetingHeld.as_view(), name="review_held"),
    path(f"{REVIEW}meeting/review.ics", meeting.MeetingInvitation.as_view(), name="review_ics"),
    path(f"{REVIEW}pack.pdf", meeting.ReviewPack.as_view(), name="review_pack"),
    path(f"{REVIEW}evidence/", meeting.ContestEvidence.as_view(), name="review_evidence"),
    path(f"{REVIEW}actions/add/", actions.ActionAdd.as_view(), name="review_action_add"),
    path(f"{REVIEW}actions/<uuid:action>/", actions.ActionChange.as_view(), name="review_action_change"),
    path(f"{REVIEW}actions/<uuid:action>/status/", actions.ActionSettle.as_view(), name="review_action_status"),
    path(f"{REVIEW}carried/<int:carried>/", actions.CarriedSay.as_view(), name="review_carried"),
    path("reviews/calendar/", rounds.ReviewCalendar.as_view(), name="calendar"),
    path("reviews/create/", rounds.ReviewRound.as_view(), name="round"),
    path("reviews/create/jobs/<uuid:job>/", rounds.RoundJob.as_view(), name="round_job"),
    path("partners/<uuid:partner>/reviews/create/", rounds.PartnerReviewCreate.as_view(), name="review_create"),
    path("settings/reviews/", setup.TemplateList.as_view(), name="template_list"),
    path("settings/reviews/cadence/", setup.CadenceSet.as_view(), name="cadence"),
    path("settings/reviews/cadence/<int:cadence>/remove/", setup.CadenceRemove.as_view(), name="cadence_remove"),
    path("settings/reviews/<slug:programme>/write/", setup.TemplateEdit.as_view(), name="template_write"),
    path("settings/reviews/templates/<uuid:review_template>/", setup.TemplateDetail.as_view(), name="template_detail"),
]
