"""Addresses of reviews under /api/v1/."""

from django.urls import path

from performance.reviews.api import reviews, work

REVIEW = "reviews/<uuid:review>/"

urlpatterns = [
    path("reviews/", reviews.ReviewList.as_view(), name="review_list"),
    path(REVIEW, reviews.ReviewDetail.as_view(), name="review_detail"),
    path(f"{REVIEW}moves/", reviews.ReviewMove.as_view(), name="review_move"),
    path(f"{REVIEW}meeting/", reviews.ReviewMeeting.as_view(), name="review_meeting"),
    path(f"{REVIEW}meeting/held/", reviews.ReviewHeld.as_view(), name="review_held"),
    path(f"{REVIEW}ratings/", work.ReviewRatings.as_view(), name="review_ratings"),
    path(f"{REVIEW}actions/", work.ReviewActions.as_view(), name="review_actions"),
    path(f"{REVIEW}actions/<uuid:action>/", work.ReviewActionDetail.as_view(), name="review_action"),
]
