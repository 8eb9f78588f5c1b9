"""Scorecard templates, what the linter says of them, and previews."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters
from performance.api.scorecards import CardSerializer, LineSerializer
from performance.choices import (
    ConsequenceTiming,
    MissingPolicy,
    UnratedReason,
)
from performance.linter import Place, Severity
from performance.models import ScorecardTemplate
from performance.permissions import (
    KPI_VIEW,
    SCORECARD_VIEW,
)
from performance.screens.preview import preview_of
from performance.services.templates import lint_template
from prm.api.parameters import refuse_unknown
from prm.api.views import ApiView, ListMixin


class GradeConsequenceSerializer(serializers.Serializer):
    """What follows from a grade, once the consequences of the version are on."""

    kind = serializers.CharField()
    timing = serializers.ChoiceField(ConsequenceTiming.choices)


class GradeSerializer(serializers.Serializer):
    """A grade, the least total that earns it, and what follows from it."""

    grade = serializers.CharField(source="key")
    name = serializers.CharField()
    minimum = serializers.DecimalField(max_digits=7, decimal_places=4)
    consequences = GradeConsequenceSerializer(many=True)


class TemplateSerializer(serializers.ModelSerializer):
    """A version of a programme's scorecard; a draft has no first day. Its consequences are on, or off."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    programme = serializers.CharField(source="programme.key", read_only=True)
    last_day = serializers.SerializerMethodField()
    grades = GradeSerializer(source="bands", many=True, read_only=True)

    class Meta:
        model = ScorecardTemplate
        fields = [
            "id",
            "programme",
            "name",
            "version",
            "status",
            "valid_from",
            "last_day",
            "points_at_target",
            "minimum_coverage",
            "period_kinds",
            "grades",
            "consequence_periods",
            "consequences_on_at",
        ]
        read_only_fields = fields

    def get_last_day(self, row: Any) -> date | None:
        """The last day on which a period may begin that it scores, None while it has no end."""
        return None if row.valid_to is None else row.valid_to - timedelta(days=1)


class FindingSerializer(serializers.Serializer):
    """One finding of the linter. Errors stop publishing, warnings must be confirmed, notices inform."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    subject = serializers.CharField(allow_blank=True, help_text="The line or grade it is about.")
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True)
    meaning = serializers.CharField()
    advice = serializers.CharField()
    place = serializers.ChoiceField(Place.choices, help_text="Where it is mended.")


class LintSerializer(serializers.Serializer):
    """What the linter says about a version, and what it looked at."""

    errors = serializers.IntegerField(help_text="How many there are.")  # type: ignore[assignment]  # taken off the class
    warnings = serializers.IntegerField(help_text="How many must be confirmed to publish.")
    periods = serializers.ListField(child=serializers.CharField(), help_text="Newest first.")
    partners = serializers.IntegerField(help_text="How many were looked at.")
    findings = FindingSerializer(many=True)


class PreviewLineSerializer(LineSerializer):
    """One KPI as the version would score it."""

    policy = serializers.ChoiceField(MissingPolicy.choices)
    benchmark_from = serializers.DateField(allow_null=True)
    gate_minimum = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    gate_grade = serializers.CharField(allow_blank=True)
    gate_failed = serializers.BooleanField()


class PreviewSerializer(serializers.Serializer):
    """The card that a version would give a partner, beside the stored one."""

    template = serializers.UUIDField(source="template.public_id")
    programme = serializers.CharField(source="template.programme.key")
    period = serializers.CharField(source="period.label")
    partner = serializers.CharField(source="partner.external_id")
    has_card = serializers.BooleanField(help_text="False when the partner would have no card at all.")
    total = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    rated = serializers.BooleanField()
    unrated_reason = serializers.ChoiceField(["", *UnratedReason.values])
    grade = serializers.CharField(allow_blank=True)
    raw_grade = serializers.CharField(allow_blank=True, help_text="Before gates.")
    limited_by = serializers.CharField(allow_null=True, help_text="KPI of the gate that limits the grade.")
    change = serializers.DecimalField(
        max_digits=7, decimal_places=4, allow_null=True, help_text="The total less the stored one."
    )
    stored = CardSerializer(allow_null=True)
    lines = PreviewLineSerializer(many=True)


class TemplateView(ApiView):
    """What all addresses of scorecard templates share."""

    permission = KPI_VIEW
    serializer_class: Any = TemplateSerializer

    def get_queryset(self) -> QuerySet[ScorecardTemplate]:
        return (
            ScorecardTemplate.objects.select_related("programme").prefetch_related("bands__consequences").order_by("id")
        )


class TemplateList(ListMixin, TemplateView):
    """Versions of scorecards, drafts too."""

    filterset_class = filters.TemplateFilter

    @extend_schema(operation_id="list_templates", summary="List scorecard templates", tags=["templates"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class TemplateLint(TemplateView):
    """What the linter says about a version."""

    serializer_class = LintSerializer

    @extend_schema(
        operation_id="lint_template",
        summary="Check a scorecard template before publishing",
        description="Judged by the last four complete periods and up to 1,000 partners, spread evenly.",
        tags=["templates"],
    )
    def get(self, request: Request, template: UUID) -> Response:
        report = lint_template(self.one(public_id=template), today=timezone.localdate())
        body = {
            "errors": len(report.errors),
            "warnings": len(report.warnings),
            "periods": [period.label for period in report.facts.periods],
            "partners": report.facts.partners,
            "findings": report.findings,
        }
        return Response(self.get_serializer(body).data)


class TemplatePreview(TemplateView):
    """A version tried on a partner."""

    permission = SCORECARD_VIEW
    serializer_class = PreviewSerializer

    @extend_schema(
        operation_id="preview_template",
        summary="Try a scorecard template on a partner",
        description="Nothing is stored. Total, grade and lines are those that publishing the version would bring.",
        tags=["templates"],
        parameters=[
            OpenApiParameter("partner", OpenApiTypes.STR, description="Number or name; without it the busiest one."),
            OpenApiParameter("period", OpenApiTypes.STR, description="Label; without it the last complete period."),
        ],
    )
    def get(self, request: Request, template: UUID) -> Response:
        refuse_unknown(request, {"partner", "period"})
        preview = preview_of(
            self.one(public_id=template),
            partner=request.query_params.get("partner", ""),
            period=request.query_params.get("period", ""),
            portfolio=None,
            today=timezone.localdate(),
        )
        return Response(self.get_serializer(preview.as_dict()).data)
