"""KPIs, for other systems."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters
from performance.choices import (
    Aggregation,
    Direction,
    GrowthBase,
    SourceKind,
)
from performance.models import KPI
from performance.permissions import (
    KPI_EDIT,
    KPI_VIEW,
)
from performance.services.kpis import create_kpi, update_kpi
from prm.api.serializers import StrictSerializer
from prm.api.views import ApiView, ListMixin
from prm.errors import InvalidInput
from prm.imports.expressions import MAX_LENGTH


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


def require_kpi_code(code: str) -> str:
    """A code in capitals.

    Raises:
        InvalidInput: it could never be one.
    """
    if len(code) > 60:
        raise InvalidInput(_("A code has up to 60 characters."), field="code")
    return code.strip().upper()


class KPIView(ApiView):
    """What all addresses of KPIs share."""

    permission = KPI_VIEW
    write_permission = KPI_EDIT
    serializer_class = KPISerializer

    def get_queryset(self) -> QuerySet[KPI]:
        return KPI.objects.prefetch_related("inputs__source").order_by("id")


class KPIList(ListMixin, KPIView):
    """The KPI library."""

    filterset_class = filters.KPIFilter

    @extend_schema(operation_id="list_kpis", summary="List KPIs", tags=["kpis"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class KPIDetail(KPIView):
    """One KPI by its code."""

    upserts = ("put",)

    @extend_schema(operation_id="get_kpi", summary="Read a KPI", tags=["kpis"])
    def get(self, request: Request, code: str) -> Response:
        return Response(self.get_serializer(self.one(code=code.upper())).data)

    @extend_schema(
        operation_id="upsert_kpi",
        summary="Create or change a KPI by its code",
        description=(
            "Idempotent. Only fields that are given are touched; a new KPI needs a name. The aggregation cannot "
            "change while measurements exist, nor the direction while benchmarks exist."
        ),
        tags=["kpis"],
        request=KPIUpsertSerializer,
        responses={200: KPIOutcomeSerializer, 201: KPIOutcomeSerializer},
    )
    def put(self, request: Request, code: str) -> Response:
        code = require_kpi_code(code)
        stored = self.get_queryset().filter(code=code).first()
        values = self.body(KPIUpsertSerializer, partial=stored is not None)
        if "input_codes" in values:
            values["inputs"] = values.pop("input_codes")
        if stored is None:
            kpi, outcome = create_kpi(actor=self.actor, code=code, **values), "created"
        else:
            kpi = update_kpi(kpi=stored, actor=self.actor, **values)
            outcome = "unchanged" if kpi.updated_at == stored.updated_at else "updated"
        body = KPIOutcomeSerializer({"outcome": outcome, "kpi": kpi}).data
        return Response(body, status=201 if outcome == "created" else 200)
