"""What other systems send about improvement plans."""

from typing import Any

from rest_framework import serializers

from partners.models import Partner, Programme
from performance.models import KPI, PERIOD_KINDS
from performance.plans.choices import CommitmentState, Side
from performance.plans.models import PlanTemplate
from performance.plans.services.moving import REASON_LENGTH
from performance.plans.services.running import NOTE_LENGTH, TEXT_LENGTH
from performance.plans.services.signing import REMARKS_LENGTH
from prm.api.serializers import KeyField, KeyListField, StrictSerializer

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6}


class PlanInputSerializer(StrictSerializer):
    """Whom a new draft is for and which KPIs it is to bring back."""

    partner = KeyField(Partner, slug_field="external_id", help_text="External number.")
    programme = KeyField(Programme, help_text="Key.")
    kpis = KeyListField(KPI, slug_field="code", help_text="Codes; the one that matters most first.")
    template = KeyField(
        PlanTemplate, slug_field="name", allow_null=True, default=None, help_text="Name of the template to begin with."
    )
    title = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")
    period_kind = serializers.ChoiceField(
        PERIOD_KINDS, required=False, allow_blank=True, default="", help_text="Left out: the usual one."
    )


class PlanObjectiveInputSerializer(StrictSerializer):
    """A KPI with the value to reach."""

    kpi = KeyField(KPI, slug_field="code", help_text="Code.")
    exit_value = serializers.DecimalField(
        **FIGURE, allow_null=True, default=None, help_text="Null: found from floor, target and margin."
    )


class PlanCommitmentInputSerializer(StrictSerializer):
    """What one side promises."""

    id = serializers.UUIDField(
        source="public_id", allow_null=True, default=None, help_text="Of one that is there already."
    )
    side = serializers.ChoiceField(Side.choices)
    title = serializers.CharField(max_length=200)
    due_on = serializers.DateField()
    kpi = KeyField(KPI, slug_field="code", allow_null=True, default=None, help_text="Null: for the whole plan.")


class PlanChangeSerializer(StrictSerializer):
    """Changes of a draft; what is left out stays. A list replaces the whole list."""

    version = serializers.IntegerField(min_value=1, help_text="The version that was read.")
    title = serializers.CharField(max_length=160, required=False)
    length_days = serializers.IntegerField(min_value=14, max_value=730, required=False)
    margin_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    periods_to_succeed = serializers.IntegerField(min_value=1, max_value=8, required=False)
    checkpoint_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=730), max_length=12, required=False
    )
    vendor_support = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    objectives = PlanObjectiveInputSerializer(many=True, required=False)
    commitments = PlanCommitmentInputSerializer(many=True, required=False)


class PlanSignSerializer(StrictSerializer):
    """The vendor's signature."""

    version = serializers.IntegerField(min_value=1, help_text="The version that was read.")
    remarks = serializers.CharField(max_length=REMARKS_LENGTH, required=False, allow_blank=True, default="")


class PlanStartSerializer(StrictSerializer):
    """When a plan starts."""

    starts_on = serializers.DateField(allow_null=True, default=None, help_text="Null: today.")


class PlanReasonSerializer(StrictSerializer):
    """Why."""

    reason = serializers.CharField(max_length=REASON_LENGTH)


class CommitmentSettleSerializer(StrictSerializer):
    """What became of a commitment. The vendor reports its own done, and drops those of both sides."""

    state = serializers.ChoiceField([CommitmentState.DONE.value, CommitmentState.DROPPED.value])
    note = serializers.CharField(max_length=NOTE_LENGTH, required=False, allow_blank=True, default="")


class PlanNoteInputSerializer(StrictSerializer):
    """A note of the vendor's."""

    text = serializers.CharField(max_length=TEXT_LENGTH)
    is_internal = serializers.BooleanField(default=True, help_text="False: the partner reads it and is told.")
