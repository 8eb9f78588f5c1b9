"""Many benchmarks in one call: row by row, or a period's carried forward; looked at first, then all of them or none.

The same plan as on screen (`services/benchmark_bulk.py`). A dry run answers with it and writes nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api.benchmark_rows import RowSerializer, percent_field, step_field, wanted_of
from performance.choices import BenchmarkBasis
from performance.models import KPI, PERIOD_KINDS
from performance.permissions import BENCHMARK_EDIT
from performance.queries import library
from performance.services.benchmark_bulk import (
    MOST_AT_ONCE,
    Factor,
    Plan,
    Row,
    Wanted,
    carried_over,
    check_carry,
    plan_benchmarks,
    set_benchmarks,
)
from prm.api.errors import invalid, problem
from prm.api.idempotency import HEADER, once
from prm.api.serializers import KeyListField, StrictSerializer
from prm.api.views import ApiView
from prm.errors import InvalidInput
from prm.periods import FiscalCalendar, Period
from prm.tenancy.scope import require_scope

NUMBER: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}

ONCE = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key with the same call gives the first answer again, for 24 hours. Dry runs are not kept.",
)


class PlannedSerializer(serializers.Serializer):
    """A benchmark before or after."""

    id = serializers.SerializerMethodField(help_text="Once it is written.")
    basis = serializers.ChoiceField(BenchmarkBasis.choices)
    floor = serializers.DecimalField(**NUMBER)
    target = serializers.DecimalField(**NUMBER)
    stretch = serializers.DecimalField(**NUMBER)
    ceiling = serializers.DecimalField(**NUMBER, allow_null=True)
    valid_from = serializers.DateField()
    last_day = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_id(self, row: Any) -> str | None:
        """The record's number; a benchmark that is only planned has none."""
        return str(row.public_id) if row.pk else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_last_day(self, row: Any) -> date | None:
        """The last day on which it holds, None while it has no end."""
        return None if row.valid_to is None else row.valid_to - timedelta(days=1)


class RowProblemSerializer(serializers.Serializer):
    """Why a row cannot be set."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField(source="refusal")


class PlanRowSerializer(serializers.Serializer):
    """One row of the plan, in the order of the call."""

    kpi = serializers.CharField(source="wanted.kpi.code")
    period_kind = serializers.ChoiceField(PERIOD_KINDS, source="wanted.period_kind")
    scope = serializers.CharField(source="wanted.group.scope")
    group = serializers.CharField(source="label", help_text="Whom it is for, in words.")
    outcome = serializers.ChoiceField(["created", "updated", "unchanged", "refused"])
    before = PlannedSerializer(source="former", allow_null=True, help_text="What holds on the first day.")
    after = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    @extend_schema_field(PlannedSerializer(allow_null=True))
    def get_after(self, row: Row) -> Any:
        """What will hold, or holds already."""
        shown = row.former if row.outcome == "unchanged" else row.new
        return None if shown is None else PlannedSerializer(shown).data

    @extend_schema_field(RowProblemSerializer(allow_null=True))
    def get_error(self, row: Row) -> Any:
        """Why it cannot be set."""
        return RowProblemSerializer(row).data if row.refusal else None


class PlanSerializer(serializers.Serializer):
    """What was set, or in a dry run what would be."""

    is_written = serializers.BooleanField()
    digest = serializers.CharField(help_text="Send it as `seen` to write just this and nothing else.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField(help_text="New versions that end a former one.")
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = PlanRowSerializer(many=True)


class _AskedSerializer(StrictSerializer):
    """What both calls have in common."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=2_000, default="")
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Answer with the plan, write nothing.")
    leave_out_refused = serializers.BooleanField(
        required=False, default=False, help_text="Without it one row that cannot be set stops them all."
    )
    seen = serializers.CharField(
        required=False, max_length=64, help_text="`digest` of a dry run: 409 when it would now come out otherwise."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new target for everybody, and what holds for gold partners raised by 5 %",
            value={
                "valid_from": "2026-07-01",
                "dry_run": True,
                "rows": [
                    {"kpi": "REVENUE", "period_kind": "quarter", "floor": "0", "target": "2500", "stretch": "3200"},
                    {
                        "kpi": "REVENUE",
                        "period_kind": "quarter",
                        "programme": "main",
                        "tier": "gold",
                        "percent": "5",
                        "round_to": "100",
                    },
                ],
            },
            request_only=True,
        )
    ]
)
class BenchmarkRowsSerializer(_AskedSerializer):
    """Benchmarks to set from a day on."""

    valid_from = serializers.DateField()
    last_day = serializers.DateField(required=False, help_text="The last day on which they hold; without it, no end.")
    rows = RowSerializer(many=True, allow_empty=False)


class CarryForwardSerializer(_AskedSerializer):
    """Benchmarks of a period to carry into a later one of the same length."""

    from_period = serializers.CharField(max_length=10, help_text="What holds on its first day is carried over.")
    to_period = serializers.CharField(max_length=10)
    only_that_period = serializers.BooleanField(
        required=False, default=False, help_text="Without it they hold until further notice."
    )
    kpis = KeyListField(KPI, "code", required=False, help_text="Codes; without them, those of all KPIs.")
    percent = percent_field(required=False, default=0, help_text="5 raises every threshold by 5 %, -5 lowers it.")
    round_to = step_field()

    def validate_round_to(self, step: Any) -> Any:
        """A multiple of nothing rounds nothing."""
        if not step:
            raise serializers.ValidationError(_("Round to more than 0."))
        return step


class BulkView(ApiView):
    """What both calls share: a plan for a dry run, else the plan written once."""

    permission = BENCHMARK_EDIT
    serializer_class = PlanSerializer
    kind_of_write = "bulk"

    def take(self) -> Response:
        """The answer to the body."""
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        """A dry run is worked out at every call; what writes is done once for its key."""
        is_dry = isinstance(request.data, dict) and request.data.get("dry_run") is True
        return self.take() if is_dry else once(request, self.take)

    def settle(
        self, wanted: Sequence[Wanted], values: dict[str, Any], *, valid_from: date, valid_to: date | None
    ) -> Response:
        """The plan, or the plan written.

        Raises:
            BenchmarksMoved: it is not the one that was `seen`.
            InvalidInput: as for `plan_benchmarks`.
        """
        asked: dict[str, Any] = {"valid_from": valid_from, "valid_to": valid_to, "note": values["note"]}
        leave_out = values["leave_out_refused"]
        plan = plan_benchmarks(wanted, actor=self.actor, **asked)
        if values["dry_run"]:
            return Response(shown(plan, is_written=False))
        if plan.refused and not leave_out:
            return invalid([problem(*_problem(number, row)) for number, row in enumerate(plan.rows) if row.refusal])
        plan = set_benchmarks(wanted, actor=self.actor, seen=values.get("seen"), leave_out_refused=leave_out, **asked)
        is_written = bool(plan.to_write)
        return Response(shown(plan, is_written=is_written), status=201 if is_written else 200)


def _problem(number: int, row: Row) -> tuple[str, str, str]:
    """The row, its field, and in words whom it is for."""
    place = f"rows.{number}.{row.field}" if row.field else f"rows.{number}"
    return place, row.code, f"{row.wanted.kpi.code}, {row.label}: {row.refusal}"


def shown(plan: Plan, *, is_written: bool) -> Any:
    """The plan as an answer."""
    outcomes = [row.outcome for row in plan.rows]
    counts = {name: outcomes.count(name) for name in ("created", "updated", "unchanged", "refused")}
    return PlanSerializer({"is_written": is_written, "digest": plan.digest, "rows": plan.rows, **counts}).data


class BenchmarkRows(BulkView):
    """Setting many benchmarks from a day on."""

    @extend_schema(
        operation_id="set_benchmarks",
        summary="Set many benchmarks",
        description=(
            f"Up to {MOST_AT_ONCE:,} rows, each by numbers or by a percent of what holds; all of them or none, unless "
            "`leave_out_refused` is true. `dry_run` answers with every row before and after and writes nothing. Errors "
            "name row and field, such as `rows.3.target`; the first row is 0. Sent again, all rows are `unchanged`; a "
            "change by percent would be made again, so give it an idempotency key."
        ),
        tags=["benchmarks"],
        parameters=[ONCE],
        request=BenchmarkRowsSerializer,
        responses={200: PlanSerializer, 201: PlanSerializer},
    )
    def post(self, request: Request) -> Response:
        return self.answer(request)

    def take(self) -> Response:
        values = self.body(BenchmarkRowsSerializer)
        last = values.get("last_day")
        if last is not None and last < values["valid_from"]:
            raise InvalidInput(_("The last day must not be before the first day."), field="last_day")
        return self.settle(
            wanted_of(values["rows"]),
            values,
            valid_from=values["valid_from"],
            valid_to=last + timedelta(days=1) if last else None,
        )


class BenchmarkCarryForward(BulkView):
    """Carrying a period's benchmarks into a later one."""

    @extend_schema(
        operation_id="carry_benchmarks_forward",
        summary="Carry the benchmarks of a period forward",
        description=(
            "What holds on the first day of `from_period` begins anew with `to_period`, changed by `percent` and "
            "rounded. As for many benchmarks: `dry_run`, `seen`, all or none; `rows.3` in an error is the row of the "
            "dry run's answer."
        ),
        tags=["benchmarks"],
        parameters=[ONCE],
        request=CarryForwardSerializer,
        responses={200: PlanSerializer, 201: PlanSerializer},
    )
    def post(self, request: Request) -> Response:
        return self.answer(request)

    def take(self) -> Response:
        values = self.body(CarryForwardSerializer)
        source, aim = (self.period(values, name) for name in ("from_period", "to_period"))
        try:
            check_carry(source, aim)
        except InvalidInput as refusal:
            raise InvalidInput(refusal.message, field="to_period") from refusal
        held = library.held_in(source)
        chosen = [kpi.pk for kpi in values["kpis"]] if "kpis" in values else None
        factor = Factor(values["percent"], values.get("round_to"))
        wanted = carried_over(held, factor=factor, kpi_ids=chosen)
        if not wanted:
            said = _("No benchmark holds on the first day of %(period)s.") % {"period": source.label}
            raise InvalidInput(said, field="from_period", code="nothing_holds")
        return self.settle(
            wanted, values, valid_from=aim.start, valid_to=aim.end if values["only_that_period"] else None
        )

    @staticmethod
    def period(values: dict[str, Any], name: str) -> Period:
        """The period of a label.

        Raises:
            InvalidInput: it is none.
        """
        try:
            return FiscalCalendar(require_scope().tenant.fiscal_year_start).parse(values[name])
        except InvalidInput as refusal:
            raise InvalidInput(refusal.message, field=name, code=refusal.code) from refusal
