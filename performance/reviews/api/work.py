"""Ratings and actions of a review for other systems."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.models import KPI
from performance.reviews.api.reviews import ReviewActionSerializer, ReviewSerializer, ReviewView
from performance.reviews.choices import ActionStatus
from performance.reviews.models import ActionItem
from performance.reviews.permissions import REVIEW_LEAD
from performance.reviews.rules.result import LEVELS
from performance.reviews.services.actions import add_action, set_action_status
from performance.reviews.services.assessing import COMMENT_LENGTH, Given, save_rating
from prm.api.serializers import KeyField, StrictSerializer
from prm.errors import InvalidInput


class ReviewAnswerSerializer(StrictSerializer):
    """A level and a comment on one question."""

    item = serializers.RegexField(r"^q\d{1,18}$", help_text="“q” and the number of the question.")
    level = serializers.IntegerField(min_value=1, max_value=LEVELS, allow_null=True, default=None)
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=COMMENT_LENGTH)


class ReviewRatingSerializer(StrictSerializer):
    """What one rater says, of another system that asks the questions."""

    rater = serializers.EmailField(help_text="The member who was asked.")
    answers = serializers.ListField(child=ReviewAnswerSerializer(), max_length=200)
    submit = serializers.BooleanField(default=True)


class ReviewActionInputSerializer(StrictSerializer):
    """An action; its owner is chosen on the review."""

    title = serializers.CharField(max_length=200)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    kpi = KeyField(KPI, slug_field="code", required=False, allow_null=True, default=None)


class ReviewActionStatusSerializer(StrictSerializer):
    """Where an action stands."""

    status = serializers.ChoiceField(
        [(one.value, one.label) for one in (ActionStatus.ACCEPTED, ActionStatus.DONE, ActionStatus.DROPPED)]
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ReviewRatings(ReviewView):
    """Handing in a member's ratings."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="rate_review",
        summary="Hand in the ratings of a member",
        description="The last rating that is submitted ends the ratings of the review.",
        tags=["reviews"],
        request=ReviewRatingSerializer,
        responses=ReviewSerializer,
    )
    def post(self, request: Request, review: UUID) -> Response:
        row = self.one(public_id=review)
        values = self.body(ReviewRatingSerializer)
        rater = row.raters.filter(user__email__iexact=values["rater"]).first()
        if rater is None:
            raise InvalidInput(_("Nobody with this address is asked to rate here."), field="rater")
        answers = {one["item"]: Given(one["level"], one["comment"]) for one in values["answers"]}
        with transaction.atomic():
            save_rating(review=row, actor=self.actor, user_id=rater.user_id, answers=answers, submit=values["submit"])
        return self.answer(review)


class ReviewActions(ReviewView):
    """Writing an action down."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="add_review_action",
        summary="Add an action to a review",
        tags=["reviews"],
        request=ReviewActionInputSerializer,
        responses={201: ReviewActionSerializer},
    )
    def post(self, request: Request, review: UUID) -> Response:
        row = self.one(public_id=review)
        values = self.body(ReviewActionInputSerializer)
        with transaction.atomic():
            action = add_action(review=row, actor=self.actor, **values)
        action.refresh_from_db(fields=["public_id"])
        return Response(ReviewActionSerializer(action).data, status=201)


class ReviewActionDetail(ReviewView):
    """Saying where an action stands."""

    permission = REVIEW_LEAD

    @extend_schema(
        operation_id="update_review_action",
        summary="Change the status of an action",
        tags=["reviews"],
        request=ReviewActionStatusSerializer,
        responses=ReviewActionSerializer,
    )
    def patch(self, request: Request, review: UUID, action: UUID) -> Response:
        found = ActionItem.objects.filter(review=self.one(public_id=review), public_id=action).first()
        if found is None:
            raise Http404
        values: dict[str, Any] = self.body(ReviewActionStatusSerializer)
        with transaction.atomic():
            found = set_action_status(
                action=found, actor=self.actor, status=ActionStatus(values["status"]), note=values["note"]
            )
        return Response(ReviewActionSerializer(found).data)
