"""Benchmarks, one by one; many at once stand in `benchmark_bulk.py`."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.api import filters
from performance.choices import (
    BenchmarkBasis,
    BenchmarkScope,
    Direction,
)
from performance.models import KPI, PERIOD_KINDS, Benchmark
from performance.permissions import (
    BENCHMARK_EDIT,
    KPI_VIEW,
)
from performance.services.benchmarks import end_benchmark, set_benchmark, withdraw_benchmark
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin


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


class BenchmarkView(ApiView):
    """What all addresses of benchmarks share."""

    permission = KPI_VIEW
    write_permission = BENCHMARK_EDIT
    serializer_class = BenchmarkSerializer

    def get_queryset(self) -> QuerySet[Benchmark]:
        return Benchmark.objects.select_related("kpi", "tier__programme", "region", "partner_type", "partner").order_by(
            "id"
        )

    def answer(self, benchmark: Benchmark) -> Response:
        """The benchmark as it stands now."""
        return Response(self.serializer_class(self.one(pk=benchmark.pk)).data)


class BenchmarkList(ListMixin, BenchmarkView):
    """All benchmarks, former and withdrawn ones too; setting one."""

    filterset_class = filters.BenchmarkFilter

    @extend_schema(operation_id="list_benchmarks", summary="List benchmarks", tags=["benchmarks"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="set_benchmark",
        summary="Set a benchmark",
        description=(
            "Idempotent: the same values on the same day say `unchanged`. A change ends the former benchmark the day "
            "before; one that began on the same day is withdrawn, which keeps it on record."
        ),
        tags=["benchmarks"],
        request=BenchmarkSetSerializer,
        responses={200: BenchmarkOutcomeSerializer, 201: BenchmarkOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        result = set_benchmark(actor=self.actor, **self.body(BenchmarkSetSerializer))
        body = {"outcome": result.outcome, "benchmark": self.one(pk=result.benchmark.pk)}
        return Response(BenchmarkOutcomeSerializer(body).data, status=200 if result.outcome == "unchanged" else 201)


class BenchmarkDetail(BenchmarkView):
    """One benchmark."""

    @extend_schema(operation_id="get_benchmark", summary="Read a benchmark", tags=["benchmarks"])
    def get(self, request: Request, benchmark: UUID) -> Response:
        return Response(self.get_serializer(self.one(public_id=benchmark)).data)


class BenchmarkEnd(BenchmarkView):
    """Ending a benchmark."""

    permission = BENCHMARK_EDIT

    @extend_schema(
        operation_id="end_benchmark",
        summary="End a benchmark",
        tags=["benchmarks"],
        request=BenchmarkEndSerializer,
    )
    def post(self, request: Request, benchmark: UUID) -> Response:
        stored = self.one(public_id=benchmark)
        values = self.body(BenchmarkEndSerializer)
        return self.answer(end_benchmark(benchmark=stored, actor=self.actor, **values))


class BenchmarkWithdraw(BenchmarkView):
    """Withdrawing a mistaken benchmark."""

    permission = BENCHMARK_EDIT

    @extend_schema(
        operation_id="withdraw_benchmark",
        summary="Withdraw a mistaken benchmark",
        description="It leaves the scoring of all open periods and stays on record.",
        tags=["benchmarks"],
        request=WithdrawSerializer,
    )
    def post(self, request: Request, benchmark: UUID) -> Response:
        stored = self.one(public_id=benchmark)
        values = self.body(WithdrawSerializer)
        return self.answer(withdraw_benchmark(benchmark=stored, actor=self.actor, **values))
