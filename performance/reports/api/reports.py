"""The catalogue, the rows of a report, and its files."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.http.response import FileResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from performance.permissions import RESTATEMENT_VIEW, RUN_VIEW, SCORECARD_VIEW, SOURCE_VIEW
from performance.plans.permissions import PLAN_VIEW
from performance.reports.api.serializers import (
    ExportSerializer,
    FileInputSerializer,
    ProducedSerializer,
    ReportSerializer,
    RowsSerializer,
)
from performance.reports.catalogue import FILTERS, Report, get_report
from performance.reports.choices import FileFormat
from performance.reports.models import Produced
from performance.reports.permissions import REPORT_VIEW
from performance.reports.queries import produced_for, reports_for
from performance.reports.question import Reader, ask
from performance.reports.services.checking import clean_filters
from performance.reports.services.producing import JOB_KIND, ask_for_file
from performance.reviews.permissions import REVIEW_VIEW
from prm.access.permissions import all_permissions
from prm.access.requests import app_request
from prm.api.views import ApiView, ListMixin
from prm.errors import InvalidInput
from prm.files.documents import download
from prm.jobs.models import Job

MOST_ROWS = 500
ROWS = 100


class ReportApi(ApiView):
    """What all addresses of reports share: a key reads the whole workspace, within its scopes."""

    permission = REPORT_VIEW
    further_permissions = (SCORECARD_VIEW, RUN_VIEW, RESTATEMENT_VIEW, SOURCE_VIEW, PLAN_VIEW, REVIEW_VIEW)
    serializer_class: Any = ReportSerializer

    @property
    def reader(self) -> Reader:
        """Whose rights answers keep within."""
        can = app_request(self.request._request).can
        return Reader.of_workspace(str(one) for one in all_permissions() if one in can)

    def report(self, key: str) -> Report:
        """The report, or 404; 403 where the key lacks its scope."""
        report = get_report(key)
        if report is None:
            raise Http404
        self.require(report.permission)
        return report


class ReportList(ReportApi):
    """The catalogue."""

    @extend_schema(
        operation_id="list_reports", summary="List reports", tags=["reports"], responses=ReportSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        return Response(ReportSerializer(reports_for(app_request(request._request).can), many=True).data)


class ReportRows(ReportApi):
    """The rows of a report."""

    @extend_schema(
        operation_id="get_report",
        summary="Read a report",
        description="The first rows with what they are as of. For all of them ask for a file.",
        tags=["reports"],
        parameters=[
            *(
                OpenApiParameter(name, str, description="Filter; the catalogue says which a report has.")
                for name in FILTERS
            ),
            OpenApiParameter("limit", int, description="At most 500."),
        ],
        responses=RowsSerializer,
    )
    def get(self, request: Request, report_key: str) -> Response:
        report = self.report(report_key)
        given = {name: value for name, value in request.query_params.items() if name != "limit"}
        question = ask(clean_filters(report, given, reader=self.reader), self.reader, today=timezone.localdate())
        columns = report.columns_for(question)
        rows = report.rows(question, _limit(request))
        return Response(
            RowsSerializer(
                {
                    "report": report.key,
                    "as_of": question.today,
                    "run": question.run_id,
                    "period": question.period.label if question.period and "period" in report.filters else None,
                    "filters": dict(question.words(report.filters)),
                    "count": report.count(question),
                    "columns": columns,
                    "rows": [{column.key: column.export_value(row) for column in columns} for row in rows],
                }
            ).data
        )


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(ROWS))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_ROWS:
        raise InvalidInput(f"Give a number from 1 to {MOST_ROWS}.", field="limit")
    return int(text)


class ReportFile(ReportApi):
    """Producing a file."""

    kind_of_write = "bulk"

    @extend_schema(
        operation_id="produce_report",
        summary="Produce a report as a file",
        description="Answered with 202; `Location` and `url` lead to the export, which names its file in the end.",
        tags=["reports"],
        request=FileInputSerializer,
        responses={202: ExportSerializer},
    )
    def post(self, request: Request, report_key: str) -> Response:
        report = self.report(report_key)
        values = self.body(FileInputSerializer)
        with transaction.atomic():
            job = ask_for_file(
                actor=self.actor,
                membership=None,
                report=report.key,
                filters=values["filters"],
                kind=values["format"],
            )
        job.refresh_from_db()
        answer = Response(ExportSerializer(shown_export(job)).data, status=202)
        answer["Location"] = reverse("api:report_export", kwargs={"job": job.public_id})
        return answer


def shown_export(job: Job) -> dict[str, Any]:
    """An export as it stands."""
    return {
        "id": job.public_id,
        "status": job.status,
        "url": reverse("api:report_export", kwargs={"job": job.public_id}),
        "produced": job.result.get("produced"),
        "error": job.error,
    }


class ReportExport(ReportApi):
    """An export under way."""

    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.filter(kind=JOB_KIND)

    @extend_schema(operation_id="get_report_export", summary="Read an export", tags=["reports"])
    def get(self, request: Request, job: UUID) -> Response:
        return Response(ExportSerializer(shown_export(self.one(public_id=job))).data)


class ProducedApiFilter(filters.FilterSet):
    """Files by report, format, partner and schedule."""

    report = filters.CharFilter(label="Key of the report.")
    format = filters.ChoiceFilter(choices=FileFormat.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    schedule = filters.UUIDFilter("dispatch__schedule__public_id", label="Id of the schedule.")

    class Meta:
        model = Produced
        fields: list[str] = []


class ProducedList(ListMixin, ReportApi):
    """Files that are kept."""

    serializer_class = ProducedSerializer
    filterset_class = ProducedApiFilter

    def get_queryset(self) -> QuerySet[Produced]:
        if getattr(self, "swagger_fake_view", False):  # the schema is made without a key
            return Produced.objects.none()
        return produced_for(self.reader).order_by("id")

    @extend_schema(operation_id="list_produced_reports", summary="List produced reports", tags=["reports"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ProducedFile(ReportApi):
    """One file."""

    serializer_class = ProducedSerializer

    def get_queryset(self) -> QuerySet[Produced]:
        return produced_for(self.reader)

    @extend_schema(
        operation_id="download_produced_report",
        summary="Download a produced report",
        tags=["reports"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, produced: UUID) -> FileResponse:
        row = self.one(public_id=produced)
        if row.file is None:
            raise Http404
        return download(row.file)
