"""Restatements of closed scorecards and comparisons of runs, for other systems."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api.runs import RunView
from performance.api.scorecards import LineSerializer
from performance.choices import RestatementStatus
from performance.errors import NotComparable
from performance.models import Restatement, Run
from performance.permissions import RESTATEMENT_DECIDE, RESTATEMENT_VIEW, RUN_START
from performance.queries.restatements import explain, with_status
from performance.queries.runs import comparable_with, compare_runs
from performance.services.replaying import ask_for_replay, latest_replay
from performance.services.restatements import REASON_LENGTH, apply_restatements, dismiss_restatements
from prm.api.serializers import StrictSerializer
from prm.api.views import ApiView, ListMixin

TOTAL: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}


class RestatementSerializer(serializers.Serializer):
    """A proposal to restate a closed scorecard, or what became of it."""

    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(RestatementStatus.choices)
    programme = serializers.CharField(source="scorecard.programme.key")
    period = serializers.CharField(source="scorecard.period.label")
    partner = serializers.CharField(source="scorecard.partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="scorecard.partner.public_id")
    old_total = serializers.DecimalField(**TOTAL)
    new_total = serializers.DecimalField(**TOTAL, help_text="Null while it is worked out, within seconds.")
    old_grade = serializers.CharField()
    new_grade = serializers.CharField()
    first_noticed_at = serializers.DateTimeField()
    last_noticed_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField()
    reason = serializers.CharField()


class VersionSerializer(serializers.Serializer):
    """One version of a card with its lines."""

    total = serializers.DecimalField(**TOTAL)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    rated = serializers.BooleanField()
    grade = serializers.CharField()
    raw_grade = serializers.CharField(help_text="Before gates.")
    rank = serializers.IntegerField(allow_null=True)
    cohort = serializers.IntegerField(allow_null=True)
    percentile = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    delta = serializers.DecimalField(**TOTAL)
    digest = serializers.CharField(help_text="Equal for equal scores and lines.")
    lines = LineSerializer(many=True)


class CauseSerializer(serializers.Serializer):
    """A fact that arrived, changed or went after the closing, with both values."""

    kind = serializers.ChoiceField(["added", "changed", "removed", "moved_in", "moved_out"])
    kpi = serializers.CharField(source="code")
    occurred_on = serializers.DateField()
    old_value = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    old_weight = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    new_value = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    new_weight = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    was_dismissed = serializers.BooleanField(help_text="It was there when a proposal was last dismissed.")


class RestatementDetailSerializer(RestatementSerializer):
    """A proposal with both versions of the card and the facts behind the difference."""

    before = VersionSerializer(allow_null=True)
    after = VersionSerializer(allow_null=True)
    causes = CauseSerializer(many=True)


class DismissSerializer(StrictSerializer):
    """Why the card stays as it is."""

    reason = serializers.CharField(max_length=REASON_LENGTH)


class ApplySerializer(DismissSerializer):
    """Why the card is restated; the partner reads it too."""

    digest = serializers.CharField(
        required=False, max_length=64, help_text="`after.digest` as you read it. If the figures have moved since: 409."
    )


class RestatementFilter(filters.FilterSet):
    """Restatements by what became of them, period, programme or partner."""

    status = filters.ChoiceFilter(choices=RestatementStatus.choices, method="filter_status")
    period = filters.CharFilter("scorecard__period__label", label="Label, such as 2026-Q1.")
    programme = filters.CharFilter("scorecard__programme__key", label="Key of the programme.")
    partner = filters.CharFilter("scorecard__partner__external_id", label="External number of the partner.")
    noticed_since = filters.IsoDateTimeFilter("last_noticed_at", lookup_expr="gte", label="Noticed at or after.")

    class Meta:
        model = Restatement
        fields: list[str] = []

    def filter_status(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return with_status(rows, value)


class RestatementView(ApiView):
    """What all addresses of restatements share."""

    permission = RESTATEMENT_VIEW
    serializer_class: Any = RestatementSerializer

    def get_queryset(self) -> QuerySet[Restatement]:
        return Restatement.objects.select_related(
            "scorecard__programme", "scorecard__period", "scorecard__partner", "scorecard__template"
        ).order_by("id")

    def answer(self, restatement: UUID) -> Response:
        """The proposal as it stands now, with both versions."""
        row: Any = self.one(public_id=restatement)
        explained = explain(row)
        row.before, row.after, row.causes = explained.before, explained.after, explained.causes
        return Response(RestatementDetailSerializer(row).data)


class RestatementList(ListMixin, RestatementView):
    """Proposals, open and settled."""

    filterset_class = RestatementFilter

    @extend_schema(operation_id="list_restatements", summary="List restatements", tags=["restatements"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RestatementDetail(RestatementView):
    """One proposal with both versions and its cause."""

    serializer_class = RestatementDetailSerializer

    @extend_schema(operation_id="get_restatement", summary="Read a restatement", tags=["restatements"])
    def get(self, request: Request, restatement: UUID) -> Response:
        return self.answer(restatement)


class RestatementApply(RestatementView):
    """Restating the card."""

    permission = RESTATEMENT_DECIDE
    serializer_class = RestatementDetailSerializer

    @extend_schema(
        operation_id="apply_restatement",
        summary="Restate a closed scorecard",
        description=(
            "The closed card takes the new figures and keeps the former ones on record, its cohort is ranked again, "
            "and the partner is told. 409 when somebody has decided already, or the figures have moved."
        ),
        tags=["restatements"],
        request=ApplySerializer,
    )
    def post(self, request: Request, restatement: UUID) -> Response:
        row = self.one(public_id=restatement)
        values = self.body(ApplySerializer)
        seen = {row.pk: values["digest"]} if "digest" in values else None
        apply_restatements(restatements=[row], actor=self.actor, reason=values["reason"], seen=seen)
        return self.answer(restatement)


class RestatementDismiss(RestatementView):
    """Leaving the card as it is."""

    permission = RESTATEMENT_DECIDE
    serializer_class = RestatementDetailSerializer

    @extend_schema(
        operation_id="dismiss_restatement",
        summary="Dismiss a restatement",
        description="The card stays as it is. The same facts are not proposed again; later ones are.",
        tags=["restatements"],
        request=DismissSerializer,
    )
    def post(self, request: Request, restatement: UUID) -> Response:
        row = self.one(public_id=restatement)
        dismiss_restatements(restatements=[row], actor=self.actor, reason=self.body(DismissSerializer)["reason"])
        return self.answer(restatement)


class ManifestDifferenceSerializer(serializers.Serializer):
    """One entry of two manifests."""

    key = serializers.CharField()
    first = serializers.JSONField(allow_null=True)
    second = serializers.JSONField(allow_null=True)
    is_same = serializers.BooleanField()


class RuleChangeSerializer(serializers.Serializer):
    """A rule that came, changed or went between two runs."""

    what = serializers.CharField()
    name = serializers.CharField()
    at = serializers.DateTimeField()


class RunsComparedSerializer(serializers.Serializer):
    """Two runs of the same periods, the earlier first, by what they put on record."""

    first = serializers.UUIDField(source="first.public_id")
    second = serializers.UUIDField(source="second.public_id")
    same_results = serializers.BooleanField()
    same_rules = serializers.BooleanField()
    same_facts = serializers.BooleanField()
    cards = serializers.IntegerField(help_text="Cards as written after the first, up to the second.")
    differences = ManifestDifferenceSerializer(many=True)
    rules = RuleChangeSerializer(many=True)


class RunCompare(RunView):
    """Two runs side by side."""

    serializer_class: Any = RunsComparedSerializer

    @extend_schema(
        operation_id="compare_runs",
        summary="Compare two runs of the same periods",
        description=(
            "Only runs that scored all cards of their periods: nightly, asked for, before closing. Without `with` the "
            "newest earlier one; 204 when there is none."
        ),
        tags=["runs"],
        parameters=[OpenApiParameter("with", OpenApiTypes.UUID, description="The other run.")],
        responses={200: RunsComparedSerializer, 204: OpenApiResponse(description="There is no other such run.")},
    )
    def get(self, request: Request, run: UUID) -> Response:
        row: Run = self.one(public_id=run)
        wanted = request.query_params.get("with")
        if wanted is None:
            other = comparable_with(row).filter(pk__lt=row.pk).first()
            if other is None:
                return Response(status=204)
        else:
            other = self.other(row, wanted)
        return Response(self.get_serializer(compare_runs(row, other)).data)

    def other(self, row: Run, wanted: str) -> Run:
        """The run to compare with.

        Raises:
            ValidationError: this is no id.
            NotComparable: the two did not score the same.
        """
        try:
            other: Run = self.one(public_id=UUID(wanted))
        except ValueError as error:
            raise serializers.ValidationError({"with": [_("Give the id of the other run.")]}) from error
        if not comparable_with(row).filter(pk=other.pk).exists():
            raise NotComparable(_("These runs did not both score all scorecards of the same periods."))
        return other


class ReplayedCardSerializer(serializers.Serializer):
    """A card as it stands and as it would come out now."""

    programme = serializers.CharField()
    period = serializers.CharField()
    partner = serializers.CharField(source="external_id", help_text="External number.")
    is_closed = serializers.BooleanField()
    stands = serializers.BooleanField(help_text="There is such a card.")
    would = serializers.BooleanField(help_text="There would be one.")
    old_total = serializers.DecimalField(**TOTAL)
    new_total = serializers.DecimalField(**TOTAL)
    old_grade = serializers.CharField(allow_null=True)
    new_grade = serializers.CharField(allow_null=True)
    old_rank = serializers.IntegerField(allow_null=True)
    new_rank = serializers.IntegerField(allow_null=True)


class ReplaySerializer(serializers.Serializer):
    """A run that was run again without keeping anything. Empty but for `state` until it is done."""

    state = serializers.CharField(help_text="none, queued, running, succeeded or failed.")
    output_hash = serializers.CharField(required=False)
    same_hash = serializers.BooleanField(
        required=False, allow_null=True, help_text="Null where the run's hash covers only some cards of its periods."
    )
    same_rules = serializers.BooleanField(required=False)
    facts_after = serializers.IntegerField(required=False, help_text="Facts recorded or removed after the run.")
    cards_compared = serializers.IntegerField(required=False)
    cards_differing = serializers.IntegerField(required=False)
    cards = ReplayedCardSerializer(many=True, required=False, help_text="At most 200, the largest differences first.")
    error = serializers.CharField(required=False)


class RunReplay(RunView):
    """Running a run again to compare."""

    write_permission = RUN_START
    serializer_class: Any = ReplaySerializer

    @extend_schema(operation_id="get_replay", summary="Read how a run came out again", tags=["runs"])
    def get(self, request: Request, run: UUID) -> Response:
        job = latest_replay(self.one(public_id=run))
        return Response(self.get_serializer(self.shown(job) if job else {"state": "none"}).data)

    @extend_schema(
        operation_id="replay_run",
        summary="Run a run again and compare",
        description=(
            "Scores the run's periods by the rules and facts of now and takes everything back. The answer comes at "
            "once; ask with GET for the result."
        ),
        tags=["runs"],
        request=None,
        responses={202: ReplaySerializer},
    )
    def post(self, request: Request, run: UUID) -> Response:
        job = ask_for_replay(run=self.one(public_id=run), actor=self.actor)
        return Response(self.get_serializer(self.shown(job)).data, status=202)

    @staticmethod
    def shown(job: Any) -> dict[str, Any]:
        """The job's state with what it found."""
        return {"state": job.status, **job.result, **({"error": job.error} if job.error else {})}
