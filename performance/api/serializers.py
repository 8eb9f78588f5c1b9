"""What the API says of figures and takes for them."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import (
    Aggregation,
    BenchmarkBasis,
    BenchmarkScope,
    ConsequenceTiming,
    Direction,
    GrowthBase,
    LineState,
    MissingPolicy,
    SourceKind,
    UnratedReason,
)
from performance.linter import Place, Severity
from performance.models import KPI, PERIOD_KINDS, Measurement, PeriodRow, Run, ScorecardTemplate
from performance.models.measurement import EXTERNAL_ID_LENGTH, SOURCE_LENGTH
from prm.api.serializers import KeyField, StrictSerializer
from prm.errors import InvalidInput
from prm.imports.expressions import MAX_LENGTH
from prm.jobs.models import JobStatus


class KPIFields(StrictSerializer):
    """A KPI as it is written."""

    name = serializers.CharField(max_length=160)
    definition = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=40)
    aggregation = serializers.ChoiceField(Aggregation.choices, required=False)
    direction = serializers.ChoiceField(Direction.choices, required=False)
    multiplier = serializers.DecimalField(max_digits=12, decimal_places=4, required=False)
    attribute = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=60,
        help_text="For `distinct`: the attribute of the measurements whose different values are counted.",
    )
    inputs = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=50,
        source="input_codes",
        help_text="Codes of the KPIs it is made from: one for `growth`, two for `quotient` (the one to divide first). "
        "A `formula` says by itself which it uses.",
    )
    compare_with = serializers.ChoiceField(
        GrowthBase.choices, required=False, help_text="For `growth`: the earlier period it looks back at."
    )
    formula = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_LENGTH,
        help_text="For `formula`: an expression over codes of KPIs, such as `(REVENUE - COST) / REVENUE * 100`.",
    )
    decimals = serializers.IntegerField(min_value=0, max_value=6, required=False)
    value_min = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True, required=False)
    value_max = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True, required=False)
    is_share = serializers.BooleanField(required=False)
    source_kind = serializers.ChoiceField(SourceKind.choices, required=False)
    needs_evidence = serializers.BooleanField(
        required=False, help_text="Whether a typed-in measurement needs a file as proof."
    )
    is_active = serializers.BooleanField(required=False)


class KPISerializer(KPIFields):
    """A KPI as it is read."""

    code = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Deliveries on time",
            value={
                "name": "Deliveries on time",
                "unit": "%",
                "aggregation": "ratio",
                "direction": "higher",
                "multiplier": "100",
                "is_share": True,
            },
            request_only=True,
        ),
        OpenApiExample(
            "Growth of another KPI",
            value={
                "name": "Growth on last year",
                "unit": "%",
                "aggregation": "growth",
                "inputs": ["REVENUE"],
                "compare_with": "year",
                "multiplier": "100",
            },
            request_only=True,
        ),
    ]
)
class KPIUpsertSerializer(KPIFields):
    """A KPI by its code: created when new, else changed where it differs."""


class KPIOutcomeSerializer(serializers.Serializer):
    """What an upsert did."""

    outcome = serializers.ChoiceField(["created", "updated", "unchanged"])
    kpi = KPISerializer()


class BenchmarkSerializer(serializers.Serializer):
    """A benchmark as it is read: one immutable version."""

    id = serializers.UUIDField(source="public_id")
    kpi = serializers.CharField(source="kpi.code")
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    scope = serializers.ChoiceField(BenchmarkScope.choices)
    programme = serializers.CharField(source="tier.programme.key", default=None, allow_null=True)
    tier = serializers.CharField(source="tier.key", default=None, allow_null=True)
    region = serializers.CharField(source="region.key", default=None, allow_null=True)
    partner_type = serializers.CharField(source="partner_type.key", default=None, allow_null=True)
    partner = serializers.CharField(source="partner.external_id", default=None, allow_null=True)
    valid_from = serializers.DateField()
    last_day = serializers.SerializerMethodField()
    direction = serializers.ChoiceField(Direction.choices)
    basis = serializers.ChoiceField(
        BenchmarkBasis.choices, help_text="What the numbers are: values, percent of an own result, or percentiles."
    )
    floor = serializers.DecimalField(max_digits=20, decimal_places=6)
    target = serializers.DecimalField(max_digits=20, decimal_places=6)
    stretch = serializers.DecimalField(max_digits=20, decimal_places=6)
    ceiling = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    def get_last_day(self, row: Any) -> date | None:
        """The last day on which it holds, None while it has no end."""
        return None if row.valid_to is None else row.valid_to - timedelta(days=1)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A target for gold partners",
            value={
                "kpi": "REVENUE",
                "period_kind": "quarter",
                "programme": "main",
                "tier": "gold",
                "valid_from": "2026-01-01",
                "floor": "0",
                "target": "250000",
                "stretch": "320000",
            },
            request_only=True,
        )
    ]
)
class BenchmarkSetSerializer(StrictSerializer):
    """A new benchmark, for everybody or for at most one group or partner."""

    kpi = KeyField(KPI, "code", help_text="Code of the KPI.")
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    programme = KeyField(Programme, required=False, help_text="Key; needed with a tier.")
    tier = serializers.CharField(required=False, max_length=60, help_text="Key of a tier of the programme.")
    region = KeyField(Region, required=False)
    partner_type = KeyField(PartnerType, required=False)
    partner = KeyField(Partner, "external_id", required=False, help_text="External number.")
    valid_from = serializers.DateField()
    last_day = serializers.DateField(required=False, help_text="The last day on which it holds; without it, no end.")
    basis = serializers.ChoiceField(
        BenchmarkBasis.choices,
        required=False,
        help_text=(
            "What the numbers are: values of the KPI (`absolute`), percent of the partner's own result a year earlier "
            "or in the period before (`own_year`, `own_period`), or percentiles of similar partners' results in the "
            "last closed period (`cohort`). Without it, values."
        ),
    )
    floor = serializers.DecimalField(max_digits=20, decimal_places=6)
    target = serializers.DecimalField(max_digits=20, decimal_places=6)
    stretch = serializers.DecimalField(max_digits=20, decimal_places=6)
    ceiling = serializers.DecimalField(max_digits=20, decimal_places=6, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the tier in its programme, turn the last day into the end."""
        programme, key, last_day = attrs.pop("programme", None), attrs.pop("tier", None), attrs.pop("last_day", None)
        if key is not None:
            if programme is None:
                raise serializers.ValidationError({"programme": [_("Name the programme that the tier belongs to.")]})
            attrs["tier"] = Tier.objects.filter(programme=programme, key=key).first()
            if attrs["tier"] is None:
                raise serializers.ValidationError({"tier": [_("The programme has no such tier.")]}, "does_not_exist")
        if last_day is not None:
            attrs["valid_to"] = last_day + timedelta(days=1)
        return attrs


class BenchmarkOutcomeSerializer(serializers.Serializer):
    """What setting a benchmark did; `updated` means that a former one was ended."""

    outcome = serializers.ChoiceField(["created", "updated", "unchanged"])
    benchmark = BenchmarkSerializer()


class BenchmarkEndSerializer(StrictSerializer):
    """When a benchmark ends."""

    last_day = serializers.DateField(help_text="The last day on which it holds.")


class WithdrawSerializer(StrictSerializer):
    """Why a benchmark is withdrawn."""

    reason = serializers.CharField(max_length=500)


class MeasurementSerializer(serializers.ModelSerializer):
    """A measurement as it is read."""

    partner = serializers.CharField(source="partner.external_id", read_only=True)
    kpi = serializers.CharField(source="kpi.code", read_only=True)

    class Meta:
        model = Measurement
        fields = [
            "source",
            "external_id",
            "partner",
            "kpi",
            "occurred_on",
            "occurred_at",
            "value",
            "weight",
            "attributes",
            "recorded_at",
        ]
        read_only_fields = fields


MEASUREMENT_EXAMPLE = {
    "partner": "10042",
    "kpi": "REVENUE",
    "occurred_on": "2026-03-14",
    "value": "1249.90",
    "external_id": "SO-88123-1",
}


class MeasurementRowSerializer(serializers.Serializer):
    """One measurement as it is sent. Numbers may be JSON numbers or texts; texts keep every digit on the way."""

    partner = serializers.CharField(help_text="External number of the partner.")
    kpi = serializers.CharField(help_text="Code of the KPI, in any case.")
    occurred_on = serializers.DateField(help_text="The day in the tenant's time zone.")
    external_id = serializers.CharField(max_length=EXTERNAL_ID_LENGTH, help_text="Unique within the source.")
    value = serializers.DecimalField(max_digits=20, decimal_places=6, required=False, allow_null=True)
    weight = serializers.DecimalField(max_digits=20, decimal_places=6, required=False, allow_null=True)
    occurred_at = serializers.DateTimeField(required=False, allow_null=True)
    attributes = serializers.DictField(required=False, allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]  # taken off the class
        required=False, max_length=SOURCE_LENGTH, help_text="The system it comes from; `api` if left out."
    )


class MeasurementOutcomeSerializer(serializers.Serializer):
    """What one measurement did."""

    outcome = serializers.ChoiceField(["created", "updated", "unchanged"])
    measurement = MeasurementSerializer()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two order lines",
            value={
                "source": "erp",
                "rows": [MEASUREMENT_EXAMPLE, {**MEASUREMENT_EXAMPLE, "external_id": "SO-88123-2", "value": "89.00"}],
            },
            request_only=True,
        )
    ]
)
class BulkSerializer(serializers.Serializer):
    """Many measurements."""

    source = serializers.CharField(  # type: ignore[assignment]  # taken off the class
        required=False, max_length=SOURCE_LENGTH, help_text="For rows without their own; `api` if left out."
    )
    rows = MeasurementRowSerializer(many=True, help_text="Up to 50,000.")
    skip_bad_rows = serializers.BooleanField(
        default=False, help_text="Write the good rows although others are bad. Otherwise one bad row refuses all."
    )


class RowErrorSerializer(serializers.Serializer):
    """Why a row was not taken."""

    row = serializers.IntegerField(help_text="Position in `rows`, the first is 1.")
    column = serializers.CharField()
    value = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class BulkOutcomeSerializer(serializers.Serializer):
    """What the rows came to. `errors` holds the first 1,000."""

    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    bad_rows = serializers.IntegerField()
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]


class BulkRefusalSerializer(BulkOutcomeSerializer):
    """Nothing was written."""

    detail = serializers.CharField()
    code = serializers.CharField()


class IntakeSerializer(serializers.Serializer):
    """A long stream of measurements that a worker takes in. `result` is there when it has ended."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    state = serializers.ChoiceField(JobStatus.choices)
    percent = serializers.IntegerField(allow_null=True)
    is_written = serializers.BooleanField(
        allow_null=True, help_text="False when bad rows refused all of it; null while it is not known."
    )
    message = serializers.CharField(allow_blank=True)
    result = BulkOutcomeSerializer(allow_null=True)


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

    errors = serializers.IntegerField(help_text="How many there are.")  # type: ignore[assignment]
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


class FactSerializer(serializers.Serializer):
    """A measurement behind a card, counted or left out with the reason."""

    kpi = serializers.CharField(source="code")
    occurred_on = serializers.DateField()
    value = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    weight = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
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


class RunSerializer(serializers.ModelSerializer):
    """The manifest of one recompute."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Run
        fields = [
            "id",
            "kind",
            "status",
            "as_of",
            "started_at",
            "duration_ms",
            "periods",
            "rules_hash",
            "watermark",
            "counts",
            "output_hash",
            "code_version",
            "error",
        ]
        read_only_fields = fields


def require_kpi_code(code: str) -> str:
    """A code in capitals.

    Raises:
        InvalidInput: it could never be one.
    """
    if len(code) > 60:
        raise InvalidInput(_("A code has up to 60 characters."), field="code")
    return code.strip().upper()
