"""Consequences of grades for other systems: whom they would concern, switching them, and what has followed."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api.scorecards import CardView
from performance.api.templates import TemplateView
from performance.choices import ConsequenceTiming, OutcomeState
from performance.models import Outcome, Scorecard
from performance.permissions import CONSEQUENCE_SWITCH, SCORECARD_VIEW
from performance.queries.consequences import outcomes
from performance.screens.consequences import Trial, build_trial
from performance.services.consequences import switch_consequences
from performance.words.consequences import happened
from prm.api.parameters import offset_of, refuse_unknown
from prm.api.serializers import StrictSerializer
from prm.api.views import ApiView, ListMixin

PARTNERS_AT_ONCE = 500


class FollowedSerializer(serializers.Serializer):
    """A consequence that followed from the grade of a closed scorecard."""

    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="scorecard.programme.key")
    period = serializers.CharField(source="scorecard.period.label")
    kind = serializers.CharField()
    timing = serializers.ChoiceField(ConsequenceTiming.choices)
    grade = serializers.CharField()
    former_grade = serializers.CharField(help_text="Of the last rated period before; empty where there was none.")
    state = serializers.ChoiceField(OutcomeState.choices)
    people_told = serializers.IntegerField(source="told")
    text = serializers.SerializerMethodField(help_text="What happened, in words.")
    followed_at = serializers.DateTimeField(source="noted_at")
    done_at = serializers.DateTimeField(allow_null=True)
    lapsed_at = serializers.DateTimeField(allow_null=True, help_text="When a restatement took the grade away.")
    restatement = serializers.UUIDField(source="restatement.public_id", default=None, allow_null=True)

    def get_text(self, row: Outcome) -> str:
        return happened(row)


class TrialKindSerializer(serializers.Serializer):
    """A consequence and how many partners it would have concerned."""

    kind = serializers.CharField()
    partners = serializers.IntegerField()
    text = serializers.CharField()


class TrialRowSerializer(serializers.Serializer):
    """A partner with what would have followed."""

    partner = serializers.CharField(help_text="External number.")
    partner_id = serializers.UUIDField()
    total = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    grade = serializers.CharField(help_text="By the limits of this version.")
    former_grade = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())


class TrialSerializer(serializers.Serializer):
    """The consequences of a version tried on a period. Nothing is told and nothing written."""

    is_on = serializers.BooleanField()
    on_since = serializers.DateTimeField(allow_null=True)
    period = serializers.CharField(allow_null=True)
    is_closed = serializers.BooleanField()
    consequences = TrialKindSerializer(many=True)
    partner_count = serializers.IntegerField()
    partners = TrialRowSerializer(many=True, help_text="The lowest scores first, up to 500.")


class SwitchSerializer(StrictSerializer):
    """On or off."""

    is_on = serializers.BooleanField()


class TemplateConsequences(TemplateView):
    """The consequences of a version: tried on a period, and switched."""

    permission = SCORECARD_VIEW
    write_permission = CONSEQUENCE_SWITCH
    serializer_class = TrialSerializer

    @extend_schema(
        operation_id="try_consequences",
        summary="See whom the consequences of grades would concern",
        description="Tried on the last closed period, or the one asked for, with its stored totals.",
        tags=["templates"],
        parameters=[
            OpenApiParameter("period", OpenApiTypes.STR, description="Label; without it the last closed period."),
            OpenApiParameter("offset", OpenApiTypes.INT, description="How many partners to skip."),
        ],
    )
    def get(self, request: Request, template: UUID) -> Response:
        refuse_unknown(request, {"period", "offset"})
        label = request.query_params.get("period", "")
        trial = build_trial(self.one(public_id=template), today=timezone.localdate(), label=label)
        if label and (trial.period is None or trial.period.label != label):
            problem = _("There is no such period with scorecards that consequences follow from.")
            raise ValidationError({"period": [ErrorDetail(problem, "unknown_period")]})
        return self.answer(trial, self.one(public_id=template), offset=offset_of(request))

    @extend_schema(
        operation_id="switch_consequences",
        summary="Switch the consequences of grades on or off",
        description="They follow from the next closing on, never from a period closed before. Look at them first.",
        tags=["templates"],
        request=SwitchSerializer,
    )
    def patch(self, request: Request, template: UUID) -> Response:
        row = self.one(public_id=template)
        values = self.body(SwitchSerializer)
        with transaction.atomic():
            switch_consequences(template=row, actor=self.actor, is_on=values["is_on"])
        row = self.one(public_id=template)
        return self.answer(build_trial(row, today=timezone.localdate()), row)

    def answer(self, trial: Trial, template: Any, *, offset: int = 0) -> Response:
        """What would have followed."""
        cards = trial.due.cards().select_related("partner").order_by("total_e4", "pk")
        body = {
            "is_on": template.consequences_on_at is not None,
            "on_since": template.consequences_on_at,
            "period": trial.period.label if trial.period else None,
            "is_closed": bool(trial.period and trial.period.is_closed),
            "consequences": [
                {"kind": kind.key, "partners": count, "text": kind.would(count)} for kind, count in trial.due.kinds
            ],
            "partner_count": trial.due.partner_count,
            "partners": [self.row(card, trial) for card in cards[offset : offset + PARTNERS_AT_ONCE]],
        }
        return Response(TrialSerializer(body).data)

    @staticmethod
    def row(card: Scorecard, trial: Trial) -> dict[str, Any]:
        """One partner of the answer."""
        due = trial.due.by_card[card.pk]
        return {
            "partner": card.partner.external_id,
            "partner_id": card.partner.public_id,
            "total": card.total,
            "grade": due[0].grade,
            "former_grade": due[0].former_grade,
            "kinds": [row.kind for row in due],
        }


class OutcomeApiFilter(filters.FilterSet):
    """What has followed, by consequence, partner, period and time."""

    kind = filters.CharFilter("kind", label="Key of the consequence, such as notify_owner.")
    state = filters.ChoiceFilter(choices=OutcomeState.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    programme = filters.CharFilter("scorecard__programme__key", label="Key of the programme.")
    period = filters.CharFilter("scorecard__period__label", label="Label, such as 2026-Q1.")
    followed_since = filters.IsoDateTimeFilter("noted_at", lookup_expr="gte", label="Followed at or after.")

    class Meta:
        model = Outcome
        fields: tuple[str, ...] = ()


class OutcomeList(ListMixin, ApiView):
    """What has followed from grades."""

    permission = SCORECARD_VIEW
    serializer_class = FollowedSerializer
    filterset_class = OutcomeApiFilter

    def get_queryset(self) -> QuerySet[Outcome]:
        return outcomes().order_by("id")

    @extend_schema(operation_id="list_consequences", summary="List what followed from grades", tags=["scorecards"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CardConsequences(CardView):
    """What has followed from the grade of one scorecard."""

    serializer_class = FollowedSerializer

    @extend_schema(
        operation_id="get_scorecard_consequences",
        summary="Read what followed from a scorecard's grade",
        tags=["scorecards"],
        responses=FollowedSerializer(many=True),
    )
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> Response:
        card = self.one(programme__key=programme, period__label=period, partner__public_id=partner)
        rows = outcomes().filter(scorecard_id=card.pk).order_by("noted_at", "pk")
        return Response(FollowedSerializer(rows, many=True).data)
