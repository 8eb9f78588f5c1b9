"""How improvement plans look to other systems."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from performance.models import PERIOD_KINDS
from performance.plans.choices import (
    CommitmentState,
    ConsequenceKind,
    ConsequenceState,
    Level,
    PlanOrigin,
    PlanStatus,
    Side,
    StopReason,
    Verdict,
)
from performance.plans.models import Commitment, Plan

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6, "allow_null": True}
SHARE: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}


class PlanObjectiveSerializer(serializers.Serializer):
    """One KPI that a plan is to bring back, and how far it is."""

    kpi = serializers.CharField(source="objective.kpi.code", help_text="Code.")
    direction = serializers.CharField(source="objective.direction")
    floor = serializers.DecimalField(source="objective.floor", **FIGURE)
    target = serializers.DecimalField(source="objective.target", **FIGURE)
    trigger_value = serializers.DecimalField(
        source="objective.trigger_value", **FIGURE, help_text="The result when the plan was proposed."
    )
    baseline = serializers.DecimalField(
        source="objective.baseline", **FIGURE, help_text="The result when it began; fixed."
    )
    exit_value = serializers.DecimalField(source="objective.exit_value", **FIGURE, help_text="What has to be reached.")
    value = serializers.DecimalField(source="objective.last_value", **FIGURE, help_text="The newest closed result.")
    period = serializers.CharField(source="objective.last_period", help_text="The period of that result.")
    periods_reached = serializers.IntegerField(
        source="objective.reached", help_text="Closed periods in a row at or beyond the exit value."
    )
    progress = serializers.DecimalField(**SHARE, help_text="Share of the way from baseline to exit value, 0 to 1.")
    verdict = serializers.ChoiceField(Verdict.choices)


class ImprovementPlanSerializer(serializers.Serializer):
    """A plan and how it stands today."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="programme.key")
    status = serializers.ChoiceField(PlanStatus.choices)
    origin = serializers.ChoiceField(PlanOrigin.choices)
    origin_label = serializers.CharField()
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    version = serializers.IntegerField(help_text="Changes and signatures name the version that was read.")
    created_at = serializers.DateTimeField()
    offered_at = serializers.DateTimeField(allow_null=True, help_text="Since when the partner sees it.")
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True, help_text="The last day, inclusive.")
    extended_by = serializers.IntegerField(help_text="Days.")
    stopped_on = serializers.DateField(allow_null=True, help_text="Since when the clock stands.")
    stop_reason = serializers.ChoiceField([("", ""), *StopReason.choices])
    stopped_days = serializers.IntegerField(source="standing.stopped_days", help_text="Days that do not count.")
    relapses = serializers.IntegerField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by_period = serializers.CharField(help_text="The period whose results ended it.")
    end_reason = serializers.CharField()
    expected = serializers.DecimalField(
        source="standing.expected", **SHARE, help_text="Share of its time that is over."
    )
    progress = serializers.DecimalField(
        source="standing.worst", **SHARE, help_text="Of the objective that is furthest behind."
    )
    verdict = serializers.ChoiceField(Verdict.choices, source="standing.verdict")
    overdue_commitments = serializers.SerializerMethodField(help_text="Open ones whose day is over, of both sides.")
    objectives = PlanObjectiveSerializer(source="standing.objectives", many=True)

    def get_overdue_commitments(self, plan: Any) -> int:
        return len(plan.standing.overdue)


class CommitmentFileSerializer(serializers.Serializer):
    """A file that shows what was done. Its content is read in the workspace."""

    name = serializers.CharField(source="file.name")
    side = serializers.ChoiceField(Side.choices)
    added_by = serializers.CharField()
    added_at = serializers.DateTimeField()


class PlanCommitmentSerializer(serializers.Serializer):
    """What one side promised."""

    id = serializers.UUIDField(source="public_id")
    side = serializers.ChoiceField(Side.choices)
    title = serializers.CharField()
    due_on = serializers.DateField()
    kpi = serializers.SerializerMethodField(help_text="Code of the KPI it is for; null for the whole plan.")
    state = serializers.ChoiceField(CommitmentState.choices)
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField()
    note = serializers.CharField()
    files = CommitmentFileSerializer(many=True)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_kpi(self, row: Commitment) -> str | None:
        return row.objective.kpi.code if row.objective else None


class PlanCheckInSerializer(serializers.Serializer):
    """A checkpoint that was judged."""

    day = serializers.IntegerField(help_text="Days after the start.")
    round = serializers.IntegerField(help_text="How often the plan had been reopened before.")
    due_on = serializers.DateField()
    judged_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(Verdict.choices)
    expected = serializers.DecimalField(**SHARE)
    progress = serializers.DecimalField(**SHARE)
    escalated_to = serializers.ChoiceField(Level.choices, help_text="How high it was taken.")


class PlanSignatureSerializer(serializers.Serializer):
    """One side's agreement to one version."""

    side = serializers.ChoiceField(Side.choices)
    version = serializers.IntegerField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField()
    remarks = serializers.CharField()


class PlanNoteSerializer(serializers.Serializer):
    """A note. The partner never sees an internal one."""

    side = serializers.ChoiceField(Side.choices)
    is_internal = serializers.BooleanField()
    text = serializers.CharField()
    written_by = serializers.CharField()
    written_at = serializers.DateTimeField()


class ApprovalSerializer(serializers.Serializer):
    """One person's agreement to something that needs several people."""

    by = serializers.CharField(source="label")
    given_at = serializers.DateTimeField()


class PlanConsequenceSerializer(serializers.Serializer):
    """What was chosen to follow from a failed plan. People decide it, signed in; a key cannot."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(ConsequenceKind.choices)
    reason = serializers.CharField()
    state = serializers.ChoiceField(ConsequenceState.choices)
    chosen_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    approvals = ApprovalSerializer(many=True)


class ImprovementPlanDetailSerializer(ImprovementPlanSerializer):
    """A plan with everything that stands in it."""

    length_days = serializers.IntegerField()
    margin_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    periods_to_succeed = serializers.IntegerField()
    checkpoint_days = serializers.ListField(child=serializers.IntegerField())
    vendor_support = serializers.CharField()
    former = serializers.SerializerMethodField(help_text="The failed plan that this one follows.")
    commitments = PlanCommitmentSerializer(source="all_commitments", many=True)
    check_ins = PlanCheckInSerializer(many=True)
    signatures = PlanSignatureSerializer(many=True)
    notes = PlanNoteSerializer(many=True)
    consequences = PlanConsequenceSerializer(many=True)

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_former(self, plan: Plan) -> Any:
        return plan.former.public_id if plan.former else None
