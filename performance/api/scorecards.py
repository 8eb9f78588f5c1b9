"""Periods, scorecards and their receipts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters
from performance.api.benchmarks import BenchmarkSerializer
from performance.choices import (
    BenchmarkBasis,
    BenchmarkScope,
    Direction,
    GrowthBase,
    LineState,
    UnratedReason,
)
from performance.models import PeriodRow, Scorecard
from performance.pdf import receipt_response
from performance.permissions import (
    SCORECARD_VIEW,
)
from performance.queries.benchmark_versions import versions_of
from performance.queries.cards import complete
from performance.queries.lines import lines_of_cards
from performance.queries.receipt import facts_of, receipt_of
from prm.access.requests import scoped_request
from prm.api.negotiation import WhateverIsAccepted
from prm.api.parameters import offset_of
from prm.api.views import ApiView, ListMixin

PAGE_OF_FACTS = 200


class PeriodSerializer(serializers.ModelSerializer):
    """A period that has scorecards."""

    last_day = serializers.SerializerMethodField()
    is_closed = serializers.BooleanField(read_only=True)

    class Meta:
        model = PeriodRow
        fields = ["label", "kind", "start", "last_day", "is_closed", "closed_at"]
        read_only_fields = fields

    def get_last_day(self, period: Any) -> date:
        """The last day, inclusive."""
        return period.end - timedelta(days=1)


class CardSerializer(serializers.Serializer):
    """A scorecard without its lines."""

    programme = serializers.CharField(source="programme.key")
    period = serializers.CharField(source="period.label")
    is_closed = serializers.BooleanField(source="period.is_closed")
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    partner_name = serializers.CharField(source="partner.name")
    partner_type = serializers.CharField(source="partner_type.key")
    tier = serializers.CharField(source="tier.key", default=None, allow_null=True)
    region = serializers.CharField(source="region.key", default=None, allow_null=True)
    template = serializers.CharField(source="template.name")
    template_version = serializers.IntegerField(source="template.version")
    total = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    rated = serializers.BooleanField()
    unrated_reason = serializers.ChoiceField(["", *UnratedReason.values])
    grade = serializers.CharField(allow_blank=True)
    raw_grade = serializers.CharField(allow_blank=True, help_text="Before gates.")
    limited_by = serializers.CharField(
        source="limited_by.code", default=None, allow_null=True, help_text="KPI of the gate that limits the grade."
    )
    rank = serializers.IntegerField(allow_null=True)
    cohort = serializers.IntegerField(allow_null=True)
    percentile = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    delta = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    computed_at = serializers.DateTimeField()


class DerivationInputSerializer(serializers.Serializer):
    """A KPI that a derived actual was computed from, and its actual."""

    kpi = serializers.CharField(source="code")
    months_back = serializers.IntegerField(source="back", help_text="How many months before the period it was taken.")
    actual = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)


class DerivationSerializer(serializers.Serializer):
    """How a derived actual came about; null for a KPI with measurements of its own."""

    multiplier = serializers.DecimalField(max_digits=12, decimal_places=4)
    compare_with = serializers.ChoiceField(GrowthBase.choices)
    formula = serializers.CharField(allow_blank=True)
    inputs = DerivationInputSerializer(many=True)


class RelativeSerializer(serializers.Serializer):
    """A benchmark that follows from an earlier result, and the figures to redo it by.

    Percent are of `base`, the own result `back` months before; percentiles of the results of `members` similar partners
    in the closed period `period`. Without a base the line counts as one without benchmark.
    """

    basis = serializers.ChoiceField(BenchmarkBasis.choices)
    scope = serializers.ChoiceField(BenchmarkScope.choices)
    floor = serializers.DecimalField(max_digits=20, decimal_places=6)
    target = serializers.DecimalField(max_digits=20, decimal_places=6)
    stretch = serializers.DecimalField(max_digits=20, decimal_places=6)
    ceiling = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    base = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)
    back = serializers.IntegerField(allow_null=True)
    period = serializers.CharField(allow_null=True)
    members = serializers.IntegerField()


class LineSerializer(serializers.Serializer):
    """One KPI on a card. The contributions of the scored lines add up to the total."""

    kpi = serializers.CharField(source="code")
    name = serializers.CharField()
    section = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    direction = serializers.ChoiceField(Direction.choices)
    state = serializers.ChoiceField(LineState.choices)
    weight = serializers.DecimalField(max_digits=7, decimal_places=4)
    actual = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)
    facts = serializers.IntegerField(help_text="How many measurements it has.")
    benchmark_scope = serializers.CharField(allow_null=True)
    floor = serializers.DecimalField(max_digits=40, decimal_places=6, allow_null=True)
    target = serializers.DecimalField(max_digits=40, decimal_places=6, allow_null=True)
    stretch = serializers.DecimalField(max_digits=40, decimal_places=6, allow_null=True)
    ceiling = serializers.DecimalField(max_digits=40, decimal_places=6, allow_null=True)
    points = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    attainment = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    contribution = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    points_lost = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    carried_periods = serializers.IntegerField()
    derivation = DerivationSerializer(allow_null=True)
    relative = RelativeSerializer(allow_null=True)


class CardDetailSerializer(CardSerializer):
    """A scorecard with its lines."""

    lines = LineSerializer(many=True, source="line_rows")


class FactSerializer(serializers.Serializer):
    """A measurement behind a card, counted or left out with the reason."""

    kpi = serializers.CharField(source="code")
    occurred_on = serializers.DateField()
    value = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    weight = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # taken off the class
    external_id = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    corrections = serializers.IntegerField(source="versions", help_text="How many former versions it has.")
    counted = serializers.BooleanField(source="is_counted")
    left_out_because = serializers.CharField(source="reason", allow_blank=True)


class BenchmarkUsedSerializer(serializers.Serializer):
    """Which version of a benchmark a line was scored by, and what came before it."""

    kpi = serializers.CharField()
    used = BenchmarkSerializer()
    before = BenchmarkSerializer(
        allow_null=True,
        help_text="The former version for the same group; without one, what the period before was scored by.",
    )


class ReceiptSerializer(serializers.Serializer):
    """A score explained: what moved it, and the measurements behind it."""

    card = CardDetailSerializer()
    weight_scored = serializers.DecimalField(max_digits=9, decimal_places=4)
    weight_all = serializers.DecimalField(max_digits=9, decimal_places=4)
    like_for_like = serializers.DecimalField(
        max_digits=7, decimal_places=4, allow_null=True, help_text="Part of the delta from doing better or worse."
    )
    reweighting = serializers.DecimalField(
        max_digits=7, decimal_places=4, allow_null=True, help_text="Part of the delta from another measured set."
    )
    is_current = serializers.BooleanField(help_text="False while rules have changed and the card is to be recomputed.")
    run = serializers.UUIDField(allow_null=True)
    benchmarks = BenchmarkUsedSerializer(many=True)
    counted = serializers.IntegerField()
    left_out = serializers.IntegerField()
    facts = FactSerializer(many=True)


class PeriodList(ListMixin, ApiView):
    """Periods that have scorecards."""

    permission = SCORECARD_VIEW
    serializer_class = PeriodSerializer
    filterset_class = filters.PeriodFilter

    def get_queryset(self) -> QuerySet[PeriodRow]:
        return PeriodRow.objects.order_by("id")

    @extend_schema(operation_id="list_periods", summary="List periods with scorecards", tags=["scorecards"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CardView(ApiView):
    """What all addresses of scorecards share."""

    permission = SCORECARD_VIEW
    serializer_class: Any = CardSerializer

    def get_queryset(self) -> QuerySet[Scorecard]:
        return Scorecard.objects.select_related("partner").order_by("id")

    def prepare(self, rows: Sequence[Scorecard]) -> list[Scorecard]:
        return complete(rows)

    def card(self, programme: str, period: str, partner: UUID) -> Any:
        """One card with its lines."""
        card = self.one(programme__key=programme, period__label=period, partner__public_id=partner)
        card.line_rows = lines_of_cards([card.pk])[card.pk]
        return card


class CardList(ListMixin, CardView):
    """Scorecards."""

    filterset_class = filters.CardFilter

    @extend_schema(operation_id="list_scorecards", summary="List scorecards", tags=["scorecards"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CardDetail(CardView):
    """One scorecard with its lines."""

    serializer_class = CardDetailSerializer

    @extend_schema(operation_id="get_scorecard", summary="Read a scorecard with its lines", tags=["scorecards"])
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> Response:
        return Response(self.get_serializer(self.card(programme, period, partner)).data)


class CardReceipt(CardView):
    """A score explained down to its measurements."""

    serializer_class = ReceiptSerializer

    @extend_schema(
        operation_id="get_receipt",
        summary="Explain a score down to its measurements",
        description="The measurements come in pages of 200, newest first.",
        tags=["scorecards"],
        parameters=[OpenApiParameter("offset", OpenApiTypes.INT, description="How many measurements to skip.")],
    )
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> Response:
        card = self.card(programme, period, partner)
        receipt = receipt_of(card)
        facts = facts_of(receipt, offset=offset_of(request), limit=PAGE_OF_FACTS)
        body = {
            "card": card,
            "run": receipt.run.public_id if receipt.run else None,
            "benchmarks": [
                {"kpi": row.used.kpi.code, "used": row.used, "before": row.before}
                for row in versions_of(receipt.lines, receipt.previous_lines).values()
            ],
            "counted": facts.counted,
            "left_out": facts.left_out,
            "facts": facts.rows,
            **{
                name: getattr(receipt, name)
                for name in ("weight_scored", "weight_all", "like_for_like", "reweighting", "is_current")
            },
        }
        return Response(self.get_serializer(body).data)


class CardReceiptPdf(CardView):
    """A score explained, on paper."""

    content_negotiation_class = WhateverIsAccepted

    @extend_schema(
        operation_id="get_receipt_pdf",
        summary="Explain a score as a PDF",
        description=(
            "The receipt of the screens, with the same figures and the newest 100 measurements. Refusals are JSON, "
            "whatever `Accept` says."
        ),
        tags=["scorecards"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> HttpResponse:
        card = self.one(programme__key=programme, period__label=period, partner__public_id=partner)
        tenant = scoped_request(request._request).tenant
        place = {"tenant": tenant.slug, "programme": programme, "period": period, "partner": partner}
        return receipt_response(
            card,
            card.partner,
            is_portal=False,
            tenant=tenant,
            page_address=request.build_absolute_uri(reverse("performance:receipt", kwargs=place)),
            facts_address=request.build_absolute_uri(reverse("performance:receipt_facts", kwargs=place)),
        )
