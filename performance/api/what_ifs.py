"""What-ifs for other systems: trying a draft out, reading what came of it, publishing and discarding it."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import MoveKind, WhatIfStatus
from performance.models import KPI, PERIOD_KINDS, ScorecardTemplate, WhatIf, WhatIfMove
from performance.permissions import WHAT_IF_EDIT, WHAT_IF_VIEW
from performance.queries.what_if_draft import Draft
from performance.queries.what_ifs import moves, outcomes_of, what_ifs
from performance.services.templates import BandSpec
from performance.services.what_if_replay import ask_for_replay, latest_job
from performance.services.what_ifs import (
    MOST_PERIODS,
    BenchmarkEdit,
    BenchmarkRemoval,
    TemplateEdit,
    begin_what_if,
    discard_what_if,
    edit_what_if,
    is_fresh,
    publish_what_if,
)
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin
from prm.audit.services import plain
from prm.jobs.models import JobStatus
from prm.tenancy.scope import require_scope

NUMBER: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
TOTAL: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}


class WhatIfSerializer(serializers.Serializer):
    """A what-if: what it is about and how it stands."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    programme = serializers.CharField(source="programme.key")
    template = serializers.UUIDField(
        source="template.public_id", default=None, allow_null=True, help_text="The draft version, where it has one."
    )
    periods = serializers.ListField(child=serializers.CharField(), help_text="Labels, newest first.")
    status = serializers.ChoiceField(WhatIfStatus.choices)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    replayed_at = serializers.DateTimeField(allow_null=True)
    replayed_by = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True, help_text="From when it counts, once published.")


class GradeCountSerializer(serializers.Serializer):
    """How many have a grade now, and would have it."""

    grade = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class OutcomeSerializer(serializers.Serializer):
    """One period before and after."""

    period = serializers.CharField()
    cards_before = serializers.IntegerField()
    cards_after = serializers.IntegerField()
    rated_before = serializers.IntegerField()
    rated_after = serializers.IntegerField()
    not_rated_before = serializers.IntegerField()
    not_rated_after = serializers.IntegerField()
    average_before = serializers.DecimalField(**TOTAL, help_text="Over the rated scorecards.")
    average_after = serializers.DecimalField(**TOTAL)
    rose = serializers.IntegerField(help_text="Scorecards with a higher total.")
    fell = serializers.IntegerField(help_text="Scorecards with a lower total.")
    grades = serializers.SerializerMethodField()
    distribution_before = serializers.ListField(
        source="bins_before", child=serializers.IntegerField(), help_text="Rated scorecards by ranges of five points."
    )
    distribution_after = serializers.ListField(source="bins_after", child=serializers.IntegerField())
    moves = serializers.DictField(child=serializers.IntegerField(), help_text="up, down, rated, unrated, new, gone.")

    @extend_schema_field(GradeCountSerializer(many=True))
    def get_grades(self, row: Any) -> list[dict[str, Any]]:
        """The grades, best first."""
        return [{"grade": key, "before": before, "after": after} for key, before, after in row.grades]


class ChangeSerializer(serializers.Serializer):
    """One number or setting of the draft that is another than in force."""

    what = serializers.ChoiceField(["setting", "weight", "policy", "gate", "types", "grade", "benchmark"])
    name = serializers.CharField()
    field = serializers.CharField()
    code = serializers.CharField(help_text="Code of the KPI, where it is about one.")
    basis = serializers.CharField(help_text="Of a benchmark: what its numbers are.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class WhatIfDetailSerializer(WhatIfSerializer):
    """A what-if with what its draft changes and what came of it."""

    replay_state = serializers.ChoiceField(
        ["replayed", "changed", "running", "failed", "none"],
        help_text="`changed`: the draft has changed since the figures.",
    )
    changes = ChangeSerializer(many=True)
    outcomes = OutcomeSerializer(many=True)


class MoveSerializer(serializers.Serializer):
    """A partner that would change grade, or be rated or not, in a period."""

    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    period = serializers.CharField(source="period.label")
    tier = serializers.CharField(source="tier.key", default=None, allow_null=True)
    kind = serializers.ChoiceField(MoveKind.choices)
    old_total = serializers.DecimalField(**TOTAL)
    new_total = serializers.DecimalField(**TOTAL)
    old_grade = serializers.CharField()
    new_grade = serializers.CharField()
    change = serializers.DecimalField(**TOTAL)


class WeightSerializer(StrictSerializer):
    """The weight of one KPI of the scorecard."""

    kpi = KeyField(KPI, "code")
    weight = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)


class BandSerializer(StrictSerializer):
    """A grade and the least total that earns it."""

    grade = serializers.CharField(max_length=12)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    minimum = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)


class DraftBenchmarkSerializer(StrictSerializer):
    """Thresholds of a KPI for everybody or for at most one group or partner, or that it goes without."""

    kpi = KeyField(KPI, "code", help_text="Code of the KPI.")
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    tier = serializers.CharField(required=False, max_length=60, help_text="Key of a tier of the programme.")
    region = KeyField(Region, required=False)
    partner_type = KeyField(PartnerType, required=False)
    partner = KeyField(Partner, "external_id", required=False, help_text="External number.")
    floor = serializers.DecimalField(**NUMBER, required=False)
    target = serializers.DecimalField(**NUMBER, required=False)
    stretch = serializers.DecimalField(**NUMBER, required=False)
    ceiling = serializers.DecimalField(**NUMBER, required=False)
    removed = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Instead of numbers: the benchmark in force for just this group is taken away, so that a less "
        "specific one applies or none. Publishing ends it.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Numbers, or none for what is removed."""
        given = [name for name in ("floor", "target", "stretch", "ceiling") if name in attrs]
        if attrs["removed"] and given:
            raise serializers.ValidationError({given[0]: [_("A benchmark that is removed has no numbers.")]})
        if not attrs["removed"]:
            missing = [name for name in ("floor", "target", "stretch") if name not in attrs]
            if missing:
                raise serializers.ValidationError({missing[0]: [_("This field is required.")]}, "required")
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A harder target and other weights",
            value={
                "programme": "main",
                "name": "Stricter revenue",
                "periods": ["2026-Q3", "2026-Q2"],
                "weights": [{"kpi": "REVENUE", "weight": "45"}, {"kpi": "CSAT", "weight": "55"}],
                "benchmarks": [
                    {
                        "kpi": "REVENUE",
                        "period_kind": "quarter",
                        "floor": "0",
                        "target": "275000",
                        "stretch": "350000",
                    }
                ],
            },
            request_only=True,
        )
    ]
)
class WhatIfBeginSerializer(StrictSerializer):
    """A draft to try out. What is left out stays as it is in force; weights are of all KPIs and total 100."""

    programme = KeyField(Programme, help_text="Key of the programme.")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    periods = serializers.ListField(
        child=serializers.CharField(max_length=8),
        required=False,
        max_length=MOST_PERIODS,
        help_text="Labels of one kind; without them the last four complete ones.",
    )
    template = serializers.UUIDField(required=False, help_text="A draft version to begin with.")
    weights = WeightSerializer(many=True, required=False)
    bands = BandSerializer(many=True, required=False)
    points_at_target = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    minimum_coverage = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=0, max_value=1, required=False, help_text="A share, 0 to 1."
    )
    benchmarks = DraftBenchmarkSerializer(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the draft and the tiers of the programme."""
        if "template" in attrs:
            attrs["template"] = ScorecardTemplate.objects.filter(public_id=attrs["template"], status="draft").first()
            if attrs["template"] is None:
                raise serializers.ValidationError({"template": [_("There is no such draft.")]}, "does_not_exist")
        for entry in attrs.get("benchmarks", ()):
            if "tier" in entry:
                entry["tier"] = Tier.objects.filter(programme=attrs["programme"], key=entry["tier"]).first()
                if entry["tier"] is None:
                    problem = {"benchmarks": [_("The programme has no such tier.")]}
                    raise serializers.ValidationError(problem, "does_not_exist")
        return attrs


class WhatIfPublishSerializer(StrictSerializer):
    """From when the draft counts, and how many warnings of the linter were seen."""

    valid_from = serializers.DateField(help_text="The first day of a month.")
    confirmed_warnings = serializers.IntegerField(required=False, default=0, min_value=0)

    def validate_valid_from(self, day: Any) -> Any:
        """Periods are whole calendar months."""
        if day.day != 1:
            raise serializers.ValidationError(_("Take the first day of a month: periods are whole calendar months."))
        return day


class WhatIfFilter(filters.FilterSet):
    """What-ifs by how they stand and by programme."""

    status = filters.ChoiceFilter(choices=WhatIfStatus.choices)
    programme = filters.CharFilter("programme__key", label="Key of the programme.")

    class Meta:
        model = WhatIf
        fields: list[str] = []


class MoveFilter(filters.FilterSet):
    """Moves by period and way."""

    period = filters.CharFilter("period__label", label="Label, such as 2026-Q1.")
    kind = filters.ChoiceFilter(choices=MoveKind.choices)

    class Meta:
        model = WhatIfMove
        fields: list[str] = []


class WhatIfView(ApiView):
    """What all addresses of what-ifs share."""

    permission = WHAT_IF_VIEW
    write_permission = WHAT_IF_EDIT
    serializer_class: Any = WhatIfSerializer

    def get_queryset(self) -> QuerySet[Any]:
        return what_ifs().order_by("id")

    def answer(self, what_if: WhatIf, *, status: int = 200) -> Response:
        """It as it stands now, with its figures."""
        row: Any = what_ifs().get(pk=what_if.pk)
        draft = Draft(row)
        row.replay_state = self.replay_state(draft)
        if row.is_open:
            row.changes = plain(draft.changes)
        row.outcomes = outcomes_of(row)
        return Response(WhatIfDetailSerializer(row).data, status=status)

    @staticmethod
    def replay_state(draft: Draft) -> str:
        """Whether the figures are those of the draft, and if not why."""
        row = draft.what_if
        job = latest_job(row) if row.is_open else None
        if job is not None and job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            return "running"
        if row.figures is None:
            return "failed" if job is not None and job.status == JobStatus.FAILED else "none"
        return "replayed" if is_fresh(draft) else "changed"


class WhatIfList(ListMixin, WhatIfView):
    """All what-ifs; trying a draft out."""

    filterset_class = WhatIfFilter

    @extend_schema(operation_id="list_what_ifs", summary="List what-ifs", tags=["what-ifs"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="begin_what_if",
        summary="Try a draft of a scorecard or of benchmarks out",
        description=(
            "Replays the draft over the periods and answers with the figures. Over many partners it is replayed in "
            "the background: 202, and `replay_state` is `running` until it is done. Nothing is scored with a draft."
        ),
        tags=["what-ifs"],
        request=WhatIfBeginSerializer,
        responses={201: WhatIfDetailSerializer, 202: WhatIfDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(WhatIfBeginSerializer)
        today = require_scope().tenant.local_date(timezone.now())
        with transaction.atomic():  # a refusal half-way leaves nothing behind
            what_if = begin_what_if(
                actor=self.actor,
                programme=values["programme"],
                today=today,
                name=values.get("name", ""),
                template=values.get("template"),
                period_labels=values.get("periods", ()),
            )
            edit_what_if(
                what_if=what_if,
                actor=self.actor,
                today=today,
                template=self.template_edit(values),
                benchmarks=[
                    (BenchmarkRemoval if entry.pop("removed") else BenchmarkEdit)(**entry)
                    for entry in values.get("benchmarks", ())
                ],
            )
            job = ask_for_replay(what_if=what_if, actor=self.actor)
        return self.answer(what_if, status=202 if job else 201)

    @staticmethod
    def template_edit(values: dict[str, Any]) -> TemplateEdit | None:
        """What of the scorecard is given."""
        settings: dict[str, Any] = {
            name: values[name] for name in ("points_at_target", "minimum_coverage") if name in values
        }
        if not settings and not {"weights", "bands"} & values.keys():
            return None
        bands = [BandSpec(row["grade"], row["minimum"], row["name"]) for row in values.get("bands", ())]
        return TemplateEdit(
            weights={row["kpi"].pk: row["weight"] for row in values["weights"]} if "weights" in values else None,
            bands=bands or None,
            settings=settings,
        )


class WhatIfDetail(WhatIfView):
    """One what-if with its figures."""

    serializer_class = WhatIfDetailSerializer

    @extend_schema(operation_id="get_what_if", summary="Read a what-if and its figures", tags=["what-ifs"])
    def get(self, request: Request, what_if: UUID) -> Response:
        return self.answer(self.one(public_id=what_if))


class WhatIfMoves(ListMixin, WhatIfView):
    """Who would change grade."""

    serializer_class = MoveSerializer
    filterset_class = MoveFilter

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return WhatIfMove.objects.none()
        what_if = what_ifs().filter(public_id=self.kwargs["what_if"]).first()
        if what_if is None:
            raise Http404
        return moves(what_if).order_by("id")

    @extend_schema(
        operation_id="list_what_if_moves", summary="List who would change grade by a what-if", tags=["what-ifs"]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class WhatIfPublish(WhatIfView):
    """Letting the draft count."""

    permission = WHAT_IF_EDIT
    serializer_class = WhatIfDetailSerializer

    @extend_schema(
        operation_id="publish_what_if",
        summary="Publish what was tried",
        description=(
            "The scorecard is published through its linter, benchmarks become new versions from that day on. 409 when "
            "the draft is not the one that was replayed, or is settled; 422 when the linter objects."
        ),
        tags=["what-ifs"],
        request=WhatIfPublishSerializer,
    )
    def post(self, request: Request, what_if: UUID) -> Response:
        row, values = self.one(public_id=what_if), self.body(WhatIfPublishSerializer)
        with transaction.atomic():
            row = publish_what_if(
                what_if=row,
                actor=self.actor,
                valid_from=values["valid_from"],
                today=timezone.localdate(),
                confirmed=values["confirmed_warnings"],
            )
        return self.answer(row)


class WhatIfDiscard(WhatIfView):
    """Letting the draft go."""

    permission = WHAT_IF_EDIT
    serializer_class = WhatIfDetailSerializer

    @extend_schema(
        operation_id="discard_what_if",
        summary="Discard a what-if",
        description="Its figures stay to be read.",
        tags=["what-ifs"],
        request=None,
    )
    def post(self, request: Request, what_if: UUID) -> Response:
        row = self.one(public_id=what_if)
        with transaction.atomic():
            row = discard_what_if(what_if=row, actor=self.actor)
        return self.answer(row)
