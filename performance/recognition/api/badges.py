"""Badges and awards, for other systems."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner, Programme
from performance.choices import ConsequenceTiming
from performance.models import KPI, PERIOD_KINDS, PeriodRow
from performance.recognition.choices import AwardOrigin, AwardStatus, BadgeColour, BadgeIcon, BadgeKind, Cohort
from performance.recognition.models import Award, Badge
from performance.recognition.permissions import AWARD_GRANT, AWARD_WITHDRAW, BADGE_EDIT, RECOGNITION_VIEW
from performance.recognition.queries.awards import awards, badges
from performance.recognition.screens import preview_of
from performance.recognition.services.awards import REASON_LENGTH, award_by_hand, withdraw_award
from performance.recognition.services.badges import check_badge, delete_badge, fill, save_badge, switch_badge
from performance.recognition.words.awards import award_rule, award_sentence, award_title
from performance.recognition.words.rules import rule_sentence
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin

TAGS = ["recognition"]
SHARE: dict[str, Any] = {"max_digits": 5, "decimal_places": 4, "allow_null": True}
POINTS: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}


class BadgeSerializer(serializers.Serializer):
    """A badge, its rule, and how many hold it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    icon = serializers.ChoiceField(BadgeIcon.choices)
    colour = serializers.ChoiceField(BadgeColour.choices)
    kind = serializers.ChoiceField(BadgeKind.choices)
    rule = serializers.SerializerMethodField(help_text="The rule in words.")
    programme = serializers.CharField(source="programme.key", default=None, allow_null=True)
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    grade = serializers.CharField()
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True)
    periods = serializers.IntegerField()
    timing = serializers.ChoiceField(ConsequenceTiming.choices)
    cohort = serializers.ChoiceField(Cohort.choices)
    top = serializers.IntegerField()
    minimum_rated = serializers.IntegerField()
    points = serializers.DecimalField(**POINTS)
    coverage = serializers.DecimalField(**SHARE)
    is_active = serializers.BooleanField()
    activated_at = serializers.DateTimeField(allow_null=True)
    holders = serializers.IntegerField(source="holder_count")
    awards = serializers.IntegerField(source="award_count")

    def get_rule(self, badge: Badge) -> str:
        return rule_sentence(badge.rule)


class BadgeInputSerializer(StrictSerializer):
    """A badge as it is written. What its kind does not use is ignored."""

    name = serializers.CharField(max_length=60)
    description = serializers.CharField(max_length=240, required=False, allow_blank=True, default="")
    icon = serializers.ChoiceField(BadgeIcon.choices, default=BadgeIcon.AWARD)
    colour = serializers.ChoiceField(BadgeColour.choices, default=BadgeColour.GOLD)
    kind = serializers.ChoiceField(BadgeKind.choices)
    programme = KeyField(Programme, allow_null=True, default=None, help_text="Key; needed by all kinds but `hand`.")
    period_kind = serializers.ChoiceField(PERIOD_KINDS, default="quarter")
    grade = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    kpi = KeyField(KPI, slug_field="code", allow_null=True, default=None, help_text="Code.")
    periods = serializers.IntegerField(min_value=1, max_value=12, default=1)
    timing = serializers.ChoiceField(ConsequenceTiming.choices, default=ConsequenceTiming.CROSSING)
    cohort = serializers.ChoiceField(Cohort.choices, default=Cohort.PROGRAMME)
    top = serializers.IntegerField(min_value=1, max_value=100, default=1)
    minimum_rated = serializers.IntegerField(min_value=2, max_value=10_000, default=5)
    points = serializers.DecimalField(**POINTS, default=None)
    coverage = serializers.DecimalField(**SHARE, default=None, help_text="A share, 0 to 1.")


class BadgeChangeSerializer(BadgeInputSerializer):
    """Changes of a badge; what is left out stays."""

    is_active = serializers.BooleanField(required=False, help_text="True lets the rule grant from the next closing on.")


class CandidateSerializer(serializers.Serializer):
    """A partner that a rule fits."""

    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    text = serializers.CharField(source="why")
    score = serializers.DecimalField(max_digits=7, decimal_places=4, source="total")


class PreviewPeriodSerializer(serializers.Serializer):
    """Whom a rule fits in a closed period."""

    period = serializers.CharField(source="period.label")
    count = serializers.IntegerField()
    partners = CandidateSerializer(many=True, source="lines", help_text="The first 50.")


class AwardSerializer(serializers.Serializer):
    """An award, why it was granted, and how it stands."""

    id = serializers.UUIDField(source="public_id")
    badge = serializers.UUIDField(source="badge.public_id")
    title = serializers.SerializerMethodField()
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="programme.key", default=None, allow_null=True)
    period = serializers.CharField(source="period.label", default=None, allow_null=True)
    origin = serializers.ChoiceField(AwardOrigin.choices)
    text = serializers.SerializerMethodField(help_text="Why it was granted, by the figures as they were then.")
    rule = serializers.SerializerMethodField(help_text="The rule in words, as it was then.")
    score = serializers.DecimalField(max_digits=7, decimal_places=4, source="total", allow_null=True)
    grade = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    ranked = serializers.IntegerField(source="cohort_size", allow_null=True)
    awarded_at = serializers.DateTimeField()
    awarded_by = serializers.CharField()
    holds = serializers.BooleanField(help_text="False where a restatement has taken the ground away.")
    status = serializers.ChoiceField(AwardStatus.choices)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_by = serializers.CharField()
    withdrawal_reason = serializers.CharField()

    def get_title(self, award: Award) -> str:
        return award_title(award)

    def get_text(self, award: Award) -> str:
        return award_sentence(award)

    def get_rule(self, award: Award) -> str:
        return award_rule(award)


class AwardInputSerializer(StrictSerializer):
    """An award by hand."""

    badge = serializers.UUIDField()
    partner = KeyField(Partner, slug_field="external_id", help_text="External number.")
    period = KeyField(PeriodRow, slug_field="label", allow_null=True, default=None, help_text="Label, such as 2026-Q1.")
    reason = serializers.CharField(max_length=REASON_LENGTH)


class WithdrawalSerializer(StrictSerializer):
    """Why an award is withdrawn."""

    reason = serializers.CharField(max_length=REASON_LENGTH)


class AwardApiFilter(filters.FilterSet):
    """Awards by badge, partner, period, and how they stand."""

    badge = filters.UUIDFilter("badge__public_id")
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    period = filters.CharFilter("period__label", label="Label, such as 2026-Q1.")
    status = filters.ChoiceFilter(choices=AwardStatus.choices)
    awarded_since = filters.IsoDateTimeFilter("awarded_at", lookup_expr="gte", label="Awarded at or after.")

    class Meta:
        model = Award
        fields: list[str] = []


class BadgeView(ApiView):
    """What all addresses of badges share."""

    permission = RECOGNITION_VIEW
    write_permission = BADGE_EDIT
    serializer_class: Any = BadgeSerializer

    def get_queryset(self) -> QuerySet[Badge]:
        return badges().order_by("id")

    def answer(self, badge: UUID, status: int = 200) -> Response:
        return Response(BadgeSerializer(self.one(public_id=badge)).data, status=status)


class BadgeList(ListMixin, BadgeView):
    """Badges, and writing a new one."""

    @extend_schema(operation_id="list_badges", summary="List badges", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_badge",
        summary="Create a badge",
        description="It is switched off. Ask the preview for whom it would have been granted to, then switch it on.",
        tags=TAGS,
        request=BadgeInputSerializer,
        responses={201: BadgeSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(BadgeInputSerializer)
        with transaction.atomic():
            row = save_badge(actor=self.actor, **values)
        row.refresh_from_db(fields=["public_id"])
        return self.answer(row.public_id, status=201)


class BadgeDetail(BadgeView):
    """One badge."""

    @extend_schema(operation_id="get_badge", summary="Read a badge", tags=TAGS)
    def get(self, request: Request, badge: UUID) -> Response:
        return self.answer(badge)

    @extend_schema(
        operation_id="update_badge",
        summary="Change a badge, switch it on or off",
        description="Awards keep the rule that granted them.",
        tags=TAGS,
        request=BadgeChangeSerializer,
    )
    def patch(self, request: Request, badge: UUID) -> Response:
        row = self.one(public_id=badge)
        values = self.body(BadgeChangeSerializer, partial=True)
        is_active = values.pop("is_active", None)
        with transaction.atomic():
            if values:
                row = save_badge(actor=self.actor, badge=row, **values)
            if is_active is not None and is_active != row.is_active:
                switch_badge(badge=row, actor=self.actor, is_on=is_active)
        return self.answer(badge)

    @extend_schema(
        operation_id="delete_badge",
        summary="Delete a badge",
        description="Only one that nobody was granted; else 409, and you switch it off instead.",
        tags=TAGS,
        responses={204: OpenApiResponse(description="It is gone.")},
    )
    def delete(self, request: Request, badge: UUID) -> Response:
        with transaction.atomic():
            delete_badge(badge=self.one(public_id=badge), actor=self.actor)
        return Response(status=204)


class BadgePreview(BadgeView):
    """Trying a rule without saving it."""

    permission = BADGE_EDIT

    @extend_schema(
        operation_id="preview_badge",
        summary="Preview a badge",
        description="Whom the rule would have been granted to in the last closed periods, without writing anything.",
        tags=TAGS,
        request=BadgeInputSerializer,
        responses=PreviewPeriodSerializer(many=True),
    )
    def post(self, request: Request) -> Response:
        badge = fill(Badge(), **self.body(BadgeInputSerializer))
        check_badge(badge)
        return Response(PreviewPeriodSerializer(preview_of(badge, shown=50).periods, many=True).data)


class AwardView(ApiView):
    """What all addresses of awards share."""

    permission = RECOGNITION_VIEW
    write_permission = AWARD_GRANT
    serializer_class: Any = AwardSerializer

    def get_queryset(self) -> QuerySet[Award]:
        return awards().order_by("id")

    def answer(self, award: UUID, status: int = 200) -> Response:
        return Response(AwardSerializer(self.one(public_id=award)).data, status=status)


class AwardList(ListMixin, AwardView):
    """Awards of all partners, and awarding by hand."""

    filterset_class = AwardApiFilter

    @extend_schema(operation_id="list_awards", summary="List awards", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_award",
        summary="Award a badge by hand",
        description="The partner's people are told and read the reason.",
        tags=TAGS,
        request=AwardInputSerializer,
        responses={201: AwardSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(AwardInputSerializer)
        badge = badges().filter(public_id=values.pop("badge")).first()
        if badge is None:
            raise serializers.ValidationError({"badge": ["There is no badge with this id."]})
        with transaction.atomic():
            row = award_by_hand(actor=self.actor, badge=badge, **values)
        row.refresh_from_db(fields=["public_id"])
        return self.answer(row.public_id, status=201)


class AwardDetail(AwardView):
    """One award."""

    @extend_schema(operation_id="get_award", summary="Read an award", tags=TAGS)
    def get(self, request: Request, award: UUID) -> Response:
        return self.answer(award)


class AwardWithdraw(AwardView):
    """Withdrawing an award."""

    permission = AWARD_WITHDRAW
    write_permission = AWARD_WITHDRAW

    @extend_schema(
        operation_id="withdraw_award",
        summary="Withdraw an award",
        description="It stays on record with the reason, which the partner reads. There is no way back.",
        tags=TAGS,
        request=WithdrawalSerializer,
    )
    def post(self, request: Request, award: UUID) -> Response:
        row = self.one(public_id=award)
        reason = self.body(WithdrawalSerializer)["reason"]
        with transaction.atomic():
            withdraw_award(award=row, actor=self.actor, reason=reason)
        return self.answer(award)
