"""KPIs, benchmarks, measurements, scorecards and runs, for other systems."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters, serializers
from performance.api.bulk import Batch, read_batch, take_in
from performance.api.intake import IN_BACKGROUND_FROM, JOB_KIND, ask_for_intake, note
from performance.api.stream import read_stream
from performance.choices import SourceType
from performance.models import KPI, Benchmark, Measurement, PeriodRow, Run, Scorecard, ScorecardTemplate
from performance.pdf import receipt_response
from performance.permissions import (
    BENCHMARK_EDIT,
    KPI_EDIT,
    KPI_VIEW,
    MEASUREMENT_ENTER,
    MEASUREMENT_VIEW,
    RUN_VIEW,
    SCORECARD_VIEW,
)
from performance.queries.benchmark_versions import versions_of
from performance.queries.lines import lines_of_cards
from performance.queries.receipt import facts_of, receipt_of
from performance.screens.preview import preview_of
from performance.services.benchmarks import end_benchmark, set_benchmark, withdraw_benchmark
from performance.services.deliveries import Origin
from performance.services.kpis import create_kpi, update_kpi
from performance.services.removal import remove_measurement
from performance.services.templates import lint_template
from prm.access.permissions import Permission
from prm.access.requests import scoped_request
from prm.api.idempotency import once
from prm.api.negotiation import WhateverIsAccepted
from prm.api.parsers import CSVParser, NDJSONParser, StreamedBody, StrictJSONParser
from prm.api.views import ApiView, ListMixin
from prm.jobs.models import Job
from prm.jobs.services import progress_of

DEFAULT_SOURCE = "api"
PAGE_OF_FACTS = 200
STREAM_PARAMETERS = {"source", "skip_bad_rows"}


class KPIView(ApiView):
    """What all addresses of KPIs share."""

    permission = KPI_VIEW
    write_permission = KPI_EDIT
    serializer_class = serializers.KPISerializer

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
        request=serializers.KPIUpsertSerializer,
        responses={200: serializers.KPIOutcomeSerializer, 201: serializers.KPIOutcomeSerializer},
    )
    def put(self, request: Request, code: str) -> Response:
        code = serializers.require_kpi_code(code)
        stored = self.get_queryset().filter(code=code).first()
        values = self.body(serializers.KPIUpsertSerializer, partial=stored is not None)
        if "input_codes" in values:
            values["inputs"] = values.pop("input_codes")
        if stored is None:
            kpi, outcome = create_kpi(actor=self.actor, code=code, **values), "created"
        else:
            kpi = update_kpi(kpi=stored, actor=self.actor, **values)
            outcome = "unchanged" if kpi.updated_at == stored.updated_at else "updated"
        body = serializers.KPIOutcomeSerializer({"outcome": outcome, "kpi": kpi}).data
        return Response(body, status=201 if outcome == "created" else 200)


class BenchmarkView(ApiView):
    """What all addresses of benchmarks share."""

    permission = KPI_VIEW
    write_permission = BENCHMARK_EDIT
    serializer_class = serializers.BenchmarkSerializer

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
        request=serializers.BenchmarkSetSerializer,
        responses={200: serializers.BenchmarkOutcomeSerializer, 201: serializers.BenchmarkOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        result = set_benchmark(actor=self.actor, **self.body(serializers.BenchmarkSetSerializer))
        body = {"outcome": result.outcome, "benchmark": self.one(pk=result.benchmark.pk)}
        return Response(
            serializers.BenchmarkOutcomeSerializer(body).data, status=200 if result.outcome == "unchanged" else 201
        )


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
        request=serializers.BenchmarkEndSerializer,
    )
    def post(self, request: Request, benchmark: UUID) -> Response:
        stored = self.one(public_id=benchmark)
        values = self.body(serializers.BenchmarkEndSerializer)
        return self.answer(end_benchmark(benchmark=stored, actor=self.actor, **values))


class BenchmarkWithdraw(BenchmarkView):
    """Withdrawing a mistaken benchmark."""

    permission = BENCHMARK_EDIT

    @extend_schema(
        operation_id="withdraw_benchmark",
        summary="Withdraw a mistaken benchmark",
        description="It leaves the scoring of all open periods and stays on record.",
        tags=["benchmarks"],
        request=serializers.WithdrawSerializer,
    )
    def post(self, request: Request, benchmark: UUID) -> Response:
        stored = self.one(public_id=benchmark)
        values = self.body(serializers.WithdrawSerializer)
        return self.answer(withdraw_benchmark(benchmark=stored, actor=self.actor, **values))


class MeasurementView(ApiView):
    """What all addresses of measurements share."""

    permission = MEASUREMENT_VIEW
    write_permission: Permission | None = MEASUREMENT_ENTER
    serializer_class = serializers.MeasurementSerializer

    @property
    def origin(self) -> Origin:
        """Whose call brings measurements."""
        return Origin(SourceType.API, self.actor.label)

    def get_queryset(self) -> QuerySet[Measurement]:
        return Measurement.objects.select_related("partner", "kpi").order_by("id")


class MeasurementList(ListMixin, MeasurementView):
    """All measurements; taking one in."""

    filterset_class = filters.MeasurementFilter

    @extend_schema(operation_id="list_measurements", summary="List measurements", tags=["measurements"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="send_measurement",
        summary="Create or change a measurement",
        description=(
            "Idempotent by source and external number. A value that differs replaces the stored one, which stays in "
            "the history; the score follows within seconds."
        ),
        tags=["measurements"],
        request=serializers.MeasurementRowSerializer,
        responses={200: serializers.MeasurementOutcomeSerializer, 201: serializers.MeasurementOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        outcome = take_in(read_batch({"rows": [request.data]}, default_source=DEFAULT_SOURCE), self.origin)
        if outcome.errors:
            raise ValidationError({error.column: [ErrorDetail(error.message, error.code)] for error in outcome.errors})
        note(self.actor, outcome)
        row: Any = request.data
        stored = self.one(source=row.get("source") or DEFAULT_SOURCE, external_id=row["external_id"])
        word = "created" if outcome.counts.created else "updated" if outcome.counts.updated else "unchanged"
        body = serializers.MeasurementOutcomeSerializer({"outcome": word, "measurement": stored}).data
        return Response(body, status=201 if word == "created" else 200)


class MeasurementBulk(MeasurementView):
    """Many measurements in one call."""

    permission = MEASUREMENT_ENTER
    write_permission = None
    parser_classes = (StrictJSONParser, NDJSONParser, CSVParser)
    max_body_bytes = 32 * 1024 * 1024
    max_stream_bytes = 128 * 1024 * 1024
    kind_of_write = "bulk"

    @extend_schema(
        operation_id="send_measurements",
        summary="Create or change many measurements",
        description=(
            "Judged and written in one transaction. One bad row refuses the whole call with 422 and every error by "
            "row, unless `skip_bad_rows` is true. Idempotent: sent again, all rows are `unchanged`.\n\n"
            "As JSON up to 50,000 rows and 32 MB. As a stream of lines up to 200,000 rows and 128 MB: NDJSON with one "
            "measurement a line, or CSV with a head that names the fields; `source` and `skip_bad_rows` are then query "
            "parameters. A stream of 8 MB and more is answered with 202 at once; `Location` and `url` lead to its job."
        ),
        tags=["measurements"],
        parameters=[
            OpenApiParameter("source", OpenApiTypes.STR, description="For NDJSON and CSV: where they come from."),
            OpenApiParameter("skip_bad_rows", OpenApiTypes.BOOL, description="For NDJSON and CSV."),
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description=(
                    "The same key with the same call gives the first answer again, for 24 hours; with another call it "
                    "is refused with 409. Refused calls are not kept."
                ),
            ),
        ],
        request={
            "application/json": serializers.BulkSerializer,
            "application/x-ndjson": OpenApiTypes.STR,
            "text/csv": OpenApiTypes.STR,
        },
        responses={
            200: serializers.BulkOutcomeSerializer,
            202: serializers.IntakeSerializer,
            422: serializers.BulkRefusalSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        return once(request, self.take)

    def in_background(self, body: StreamedBody) -> Response:
        """202 with the address of the job that takes a long stream in."""
        asked = self.stream_settings()
        job = ask_for_intake(actor=self.actor, body=body, **asked)
        address = reverse("api:measurement_intake", kwargs={"job": job.public_id})
        answer = Response(serializers.IntakeSerializer(shown_intake(job)).data, status=202)
        answer["Location"] = self.request.build_absolute_uri(address)
        return answer

    def stream_settings(self) -> dict[str, Any]:
        """What the parameters of a stream say.

        Raises:
            ValidationError: one is unknown or not true or false.
        """
        asked = self.request.query_params
        self.refuse_parameters(STREAM_PARAMETERS)
        skip = asked.get("skip_bad_rows", "false")
        if skip not in ("true", "false"):
            raise ValidationError({"skip_bad_rows": [ErrorDetail(_("This is true or false."), "invalid")]})
        return {"source": asked.get("source", DEFAULT_SOURCE), "skip_bad_rows": skip == "true"}

    def refuse_parameters(self, known: set[str]) -> None:
        """A misspelt parameter would take rows in that should have been refused."""
        unknown = sorted(set(self.request.query_params) - known)
        if unknown:
            problem = ErrorDetail(_("There is no such parameter."), "unknown_parameter")
            raise ValidationError({name: [problem] for name in unknown})

    def batch(self) -> Batch:
        """The rows of the call, whichever way they came.

        Raises:
            InvalidInput, ValidationError: it is no batch, or has parameters that do not exist.
        """
        body: Any = self.request.data
        if isinstance(body, StreamedBody):
            return read_stream(body, **self.stream_settings())
        self.refuse_parameters(set())
        return read_batch(body, default_source=DEFAULT_SOURCE)

    def take(self) -> Response:
        """Take the rows in and answer; of a long stream say where its job is."""
        if isinstance(self.request.data, StreamedBody) and self.request.data.size >= IN_BACKGROUND_FROM:
            return self.in_background(self.request.data)
        outcome = take_in(self.batch(), self.origin)
        body = outcome.as_dict()
        if not outcome.is_written:
            count = outcome.counts.errors
            detail = ngettext(
                "%(count)d row is wrong, so nothing was written.",
                "%(count)d rows are wrong, so nothing was written.",
                count,
            ) % {"count": count}
            return Response({"detail": detail, "code": "bad_rows", **body}, status=422)
        note(self.actor, outcome)
        return Response(body)


def shown_intake(job: Job) -> dict[str, Any]:
    """An intake's job as it stands."""
    result = dict(job.result)
    is_written, message = result.pop("is_written", None), result.pop("message", "")
    return {
        "id": job.public_id,
        "url": reverse("api:measurement_intake", kwargs={"job": job.public_id}),
        "state": job.status,
        "percent": 100 if job.finished_at else progress_of(job).percent,
        "is_written": is_written,
        "message": message or job.error,
        "result": result or None,
    }


class MeasurementIntake(MeasurementView):
    """How a long stream of measurements is getting on."""

    write_permission = None
    serializer_class: Any = serializers.IntakeSerializer

    def get_queryset(self) -> QuerySet[Job]:  # type: ignore[override]
        return Job.objects.filter(kind=JOB_KIND).order_by("id")

    @extend_schema(
        operation_id="get_intake",
        summary="Read how a long stream of measurements came out",
        description="Progress while it runs; afterwards the counts and, by row, the first 1,000 errors.",
        tags=["measurements"],
    )
    def get(self, request: Request, job: UUID) -> Response:
        return Response(self.get_serializer(shown_intake(self.one(public_id=job))).data)


class MeasurementByNumber(MeasurementView):
    """One measurement by its source and external number."""

    @extend_schema(operation_id="get_measurement", summary="Read a measurement", tags=["measurements"])
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return Response(self.get_serializer(self.one(source=source, external_id=external_id)).data)

    @extend_schema(
        operation_id="delete_measurement",
        summary="Delete a measurement",
        description="It stays in the history as removed, and the score follows within seconds.",
        tags=["measurements"],
        responses={204: OpenApiResponse(description="Deleted.")},
    )
    def delete(self, request: Request, source: str, external_id: str) -> Response:
        remove_measurement(measurement=self.one(source=source, external_id=external_id), actor=self.actor)
        return Response(status=204)


class PeriodList(ListMixin, ApiView):
    """Periods that have scorecards."""

    permission = SCORECARD_VIEW
    serializer_class = serializers.PeriodSerializer
    filterset_class = filters.PeriodFilter

    def get_queryset(self) -> QuerySet[PeriodRow]:
        return PeriodRow.objects.order_by("id")

    @extend_schema(operation_id="list_periods", summary="List periods with scorecards", tags=["scorecards"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CardView(ApiView):
    """What all addresses of scorecards share."""

    permission = SCORECARD_VIEW
    serializer_class: Any = serializers.CardSerializer

    def get_queryset(self) -> QuerySet[Scorecard]:
        return Scorecard.objects.select_related(
            "programme", "period", "partner", "partner_type", "tier", "region", "template", "limited_by"
        ).order_by("id")

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

    serializer_class = serializers.CardDetailSerializer

    @extend_schema(operation_id="get_scorecard", summary="Read a scorecard with its lines", tags=["scorecards"])
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> Response:
        return Response(self.get_serializer(self.card(programme, period, partner)).data)


class CardReceipt(CardView):
    """A score explained down to its measurements."""

    serializer_class = serializers.ReceiptSerializer

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
        facts = facts_of(receipt, offset=self.offset(request), limit=PAGE_OF_FACTS)
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

    def offset(self, request: Request) -> int:
        """How many measurements to skip.

        Raises:
            ValidationError: it is not a number.
        """
        text = request.query_params.get("offset", "0")
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise ValidationError({"offset": [_("Give a whole number from 0.")]})
        return int(text)


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


class RunView(ApiView):
    """What all addresses of runs share."""

    permission = RUN_VIEW
    serializer_class: Any = serializers.RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        return Run.objects.order_by("id")


class TemplateView(ApiView):
    """What all addresses of scorecard templates share."""

    permission = KPI_VIEW
    serializer_class: Any = serializers.TemplateSerializer

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

    serializer_class = serializers.LintSerializer

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
    serializer_class = serializers.PreviewSerializer

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
        self.refuse_other_parameters(request)
        preview = preview_of(
            self.one(public_id=template),
            partner=request.query_params.get("partner", ""),
            period=request.query_params.get("period", ""),
            portfolio=None,
            today=timezone.localdate(),
        )
        return Response(self.get_serializer(preview.as_dict()).data)

    @staticmethod
    def refuse_other_parameters(request: Request) -> None:
        """A misspelt parameter would try the version on somebody else."""
        unknown = sorted(set(request.query_params) - {"partner", "period"})
        if unknown:
            problem = ErrorDetail(_("There is no such parameter."), "unknown_parameter")
            raise ValidationError({name: [problem] for name in unknown})


class RunList(ListMixin, RunView):
    """The run log."""

    filterset_class = filters.RunFilter

    @extend_schema(operation_id="list_runs", summary="List recompute runs", tags=["runs"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RunDetail(RunView):
    """One run."""

    @extend_schema(operation_id="get_run", summary="Read a run's manifest", tags=["runs"])
    def get(self, request: Request, run: UUID) -> Response:
        return Response(self.get_serializer(self.one(public_id=run)).data)
