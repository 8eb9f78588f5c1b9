"""Reviews for other systems: the list, one review with both sides, creating it and the steps of our side."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner, Programme
from performance.models import PeriodRow
from performance.reviews.choices import ReviewEnd, ReviewStatus
from performance.reviews.lifecycle import REVIEW_LIFECYCLE
from performance.reviews.models import Review
from performance.reviews.permissions import REVIEW_CREATE, REVIEW_LEAD, REVIEW_VIEW
from performance.reviews.queries.reviews import reviews, with_score
from performance.reviews.screens.review import ReviewScreen
from performance.reviews.services.contesting import correct_figure, uphold_figure
from performance.reviews.services.creating import create_review
from performance.reviews.services.meeting import hold_meeting, plan_meeting
from performance.reviews.services.signing import close_review
from performance.reviews.services.steps import (
    ask_self_assessment,
    end_ratings,
    freeze_score,
    go_on_without,
    share_review,
)
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin

POINTS: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}

MOVES: dict[str, Callable[..., Any]] = {
    ReviewStatus.SNAPSHOT_TAKEN: freeze_score,
    ReviewStatus.SELF_ASSESSMENT: ask_self_assessment,
    ReviewStatus.RATING: go_on_without,
    ReviewStatus.DRAFT_READY: end_ratings,
    ReviewStatus.SHARED: share_review,
    ReviewStatus.CORRECTED: correct_figure,
    ReviewStatus.UPHELD: uphold_figure,
    ReviewStatus.CLOSED: close_review,
}
"""The moves that a system can make for our side. Assessing, contesting and signing are for people."""

WITH_REASON = (ReviewStatus.CORRECTED, ReviewStatus.UPHELD)


class ReviewSerializer(serializers.Serializer):
    """A review as it stands in lists."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="programme.key")
    period = serializers.CharField(source="period.label")
    status = serializers.ChoiceField(ReviewStatus.choices)
    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True)
    opens_on = serializers.DateField(help_text="The day on which the score is frozen.")
    due_on = serializers.DateField(allow_null=True, help_text="When the present step is due.")
    score = serializers.DecimalField(**POINTS, help_text="The frozen score, of the newest snapshot.")
    grade = serializers.CharField(allow_null=True)
    ratings = serializers.DecimalField(**POINTS, source="quality", help_text="0 to 100; null with too few raters.")
    final = serializers.DecimalField(**POINTS)
    meeting_at = serializers.DateTimeField(allow_null=True)
    met_on = serializers.DateField(allow_null=True)
    ended = serializers.ChoiceField([("", ""), *ReviewEnd.choices], source="end")


class ReviewSectionSerializer(serializers.Serializer):
    """Both sides' views of a section."""

    name = serializers.CharField(source="section.name")
    figures = serializers.CharField()
    partner_level = serializers.IntegerField(source="own.level", default=None, allow_null=True)
    partner_comment = serializers.CharField(source="own.comment", default="")
    our_level = serializers.DecimalField(
        max_digits=6, decimal_places=4, source="ours", allow_null=True, help_text="Mean of the raters."
    )
    waiting = serializers.ListField(child=serializers.CharField(), help_text="Raters who have not submitted.")


class ReviewActionSerializer(serializers.Serializer):
    """An action of a review."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True)
    side = serializers.CharField()
    owner = serializers.CharField(source="owner_name")
    due_on = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    note = serializers.CharField()


class ReviewContestSerializer(serializers.Serializer):
    """A contested figure."""

    kpi = serializers.CharField(source="kpi.code")
    text = serializers.CharField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    raised_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class ReviewSignatureSerializer(serializers.Serializer):
    """A side's signature."""

    side = serializers.CharField()
    name = serializers.CharField()
    signed_at = serializers.DateTimeField()
    remarks = serializers.CharField()


class ReviewDetailSerializer(serializers.Serializer):
    """One review with both sides, the contest, the actions and the signatures."""

    review = ReviewSerializer()
    version = serializers.IntegerField(source="snapshot.version", default=None, allow_null=True)
    restated_since = serializers.BooleanField(source="was_restated")
    sections = ReviewSectionSerializer(many=True)
    contest = ReviewContestSerializer(allow_null=True)
    actions = ReviewActionSerializer(many=True)
    signatures = ReviewSignatureSerializer(many=True, source="signed")


class ReviewInputSerializer(StrictSerializer):
    """A review to be created."""

    partner = KeyField(Partner, slug_field="external_id", help_text="External number.")
    programme = KeyField(Programme, help_text="Key.")
    period = KeyField(PeriodRow, slug_field="label", help_text="Label, such as 2026-Q1.")
    opens_on = serializers.DateField(required=False, allow_null=True, default=None)


class ReviewMoveSerializer(StrictSerializer):
    """A step of our side."""

    to = serializers.ChoiceField([(status, status) for status in MOVES])
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class ReviewMeetingSerializer(StrictSerializer):
    """When and where both sides meet."""

    at = serializers.DateTimeField()
    minutes = serializers.IntegerField(min_value=5, max_value=600, default=60)
    place = serializers.CharField(required=False, allow_blank=True, default="", max_length=240)
    agenda = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)
    attendees = serializers.ListField(child=serializers.CharField(max_length=160), max_length=60, default=list)


class ReviewHeldSerializer(StrictSerializer):
    """What came of the meeting."""

    met_on = serializers.DateField()
    notes = serializers.CharField(required=False, allow_blank=True, default="", max_length=20_000)
    attendees = serializers.ListField(child=serializers.CharField(max_length=160), max_length=60, default=list)


class ReviewApiFilter(filters.FilterSet):
    """Reviews by where they stand and what they are about."""

    status = filters.ChoiceFilter(choices=ReviewStatus.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    period = filters.CharFilter("period__label", label="Label, such as 2026-Q1.")
    due_until = filters.DateFilter("due_on", lookup_expr="lte", label="Present step due on or before.")

    class Meta:
        model = Review
        fields: list[str] = []


class ReviewView(ApiView):
    """What all addresses of reviews share."""

    permission = REVIEW_VIEW
    serializer_class: Any = ReviewSerializer

    def get_queryset(self) -> QuerySet[Review]:
        return with_score(reviews()).select_related("template").order_by("id")

    def answer(self, review: UUID, status: int = 200) -> Response:
        return Response(ReviewSerializer(self.one(public_id=review)).data, status=status)


class ReviewList(ListMixin, ReviewView):
    """Reviews, and creating one."""

    write_permission = REVIEW_CREATE
    filterset_class = ReviewApiFilter

    @extend_schema(operation_id="list_reviews", summary="List reviews", tags=["reviews"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_review",
        summary="Create a review",
        description="One for a partner, programme and period; a second call is refused with 409. If its day has "
        "come, the score is frozen and the partner is asked at once.",
        tags=["reviews"],
        request=ReviewInputSerializer,
        responses={201: ReviewSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(ReviewInputSerializer)
        with transaction.atomic():
            review = create_review(actor=self.actor, **values)
        return self.answer(review.public_id, status=201)


class ReviewDetail(ReviewView):
    """One review."""

    @extend_schema(
        operation_id="get_review", summary="Read a review", tags=["reviews"], responses=ReviewDetailSerializer
    )
    def get(self, request: Request, review: UUID) -> Response:
        return Response(ReviewDetailSerializer(ReviewScreen(self.one(public_id=review), is_portal=False)).data)


class ReviewMove(ReviewView):
    """The next step of our side."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="move_review",
        summary="Take a review to its next status",
        description="Only moves of the review's lifecycle, and only those of our side; else 409. Upholding a "
        "contested figure needs a reason. “corrected” freezes the scorecard anew after its data was corrected.",
        tags=["reviews"],
        request=ReviewMoveSerializer,
    )
    def post(self, request: Request, review: UUID) -> Response:
        row = self.one(public_id=review)
        values = self.body(ReviewMoveSerializer)
        target = values["to"]
        REVIEW_LIFECYCLE.check(row.status, target)
        if values["reason"] and target not in WITH_REASON:
            raise ValidationError({"reason": [ErrorDetail("This step takes no reason.", "no_reason")]})
        given = {"reason": values["reason"]} if target in WITH_REASON else {}
        with transaction.atomic():
            MOVES[target](review=row, actor=self.actor, **given)
        return self.answer(review)


class ReviewMeeting(ReviewView):
    """Planning the meeting."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="plan_review_meeting",
        summary="Plan or move the meeting of a review",
        tags=["reviews"],
        request=ReviewMeetingSerializer,
    )
    def post(self, request: Request, review: UUID) -> Response:
        row = self.one(public_id=review)
        values = self.body(ReviewMeetingSerializer)
        with transaction.atomic():
            plan_meeting(review=row, actor=self.actor, **values)
        return self.answer(review)


class ReviewHeld(ReviewView):
    """Recording the meeting."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="record_review_meeting",
        summary="Record that the meeting of a review was held",
        tags=["reviews"],
        request=ReviewHeldSerializer,
    )
    def post(self, request: Request, review: UUID) -> Response:
        row = self.one(public_id=review)
        values = self.body(ReviewHeldSerializer)
        with transaction.atomic():
            hold_meeting(review=row, actor=self.actor, **values)
        return self.answer(review)
