"""Measurements: one, a batch, a stream, and what became of it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters
from performance.api.bulk import Batch, read_batch, take_in
from performance.api.intake import IN_BACKGROUND_FROM, JOB_KIND, ask_for_intake, note
from performance.api.stream import read_stream
from performance.choices import (
    SourceType,
)
from performance.models import Measurement
from performance.models.measurement import EXTERNAL_ID_LENGTH, SOURCE_LENGTH
from performance.permissions import (
    MEASUREMENT_ENTER,
    MEASUREMENT_VIEW,
)
from performance.services.deliveries import Origin
from performance.services.removal import remove_measurement
from prm.access.permissions import Permission
from prm.api.idempotency import once
from prm.api.parameters import refuse_unknown
from prm.api.parsers import CSVParser, NDJSONParser, StreamedBody, StrictJSONParser
from prm.api.views import ApiView, ListMixin
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import progress_of

MEASUREMENT_EXAMPLE = {
    "partner": "10042",
    "kpi": "REVENUE",
    "occurred_on": "2026-03-14",
    "value": "1249.90",
    "external_id": "SO-88123-1",
}
DEFAULT_SOURCE = "api"
STREAM_PARAMETERS = {"source", "skip_bad_rows"}


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
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]  # taken off the class


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


class MeasurementView(ApiView):
    """What all addresses of measurements share."""

    permission = MEASUREMENT_VIEW
    write_permission: Permission | None = MEASUREMENT_ENTER
    serializer_class = MeasurementSerializer

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
        request=MeasurementRowSerializer,
        responses={200: MeasurementOutcomeSerializer, 201: MeasurementOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        outcome = take_in(read_batch({"rows": [request.data]}, default_source=DEFAULT_SOURCE), self.origin)
        if outcome.errors:
            raise ValidationError({error.column: [ErrorDetail(error.message, error.code)] for error in outcome.errors})
        note(self.actor, outcome)
        row: Any = request.data
        stored = self.one(source=row.get("source") or DEFAULT_SOURCE, external_id=row["external_id"])
        word = "created" if outcome.counts.created else "updated" if outcome.counts.updated else "unchanged"
        body = MeasurementOutcomeSerializer({"outcome": word, "measurement": stored}).data
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
            "application/json": BulkSerializer,
            "application/x-ndjson": OpenApiTypes.STR,
            "text/csv": OpenApiTypes.STR,
        },
        responses={
            200: BulkOutcomeSerializer,
            202: IntakeSerializer,
            422: BulkRefusalSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        return once(request, self.take)

    def in_background(self, body: StreamedBody) -> Response:
        """202 with the address of the job that takes a long stream in."""
        asked = self.stream_settings()
        job = ask_for_intake(actor=self.actor, body=body, **asked)
        address = reverse("api:measurement_intake", kwargs={"job": job.public_id})
        answer = Response(IntakeSerializer(shown_intake(job)).data, status=202)
        answer["Location"] = self.request.build_absolute_uri(address)
        return answer

    def stream_settings(self) -> dict[str, Any]:
        """What the parameters of a stream say.

        Raises:
            ValidationError: one is unknown or not true or false.
        """
        asked = self.request.query_params
        refuse_unknown(self.request, STREAM_PARAMETERS)
        skip = asked.get("skip_bad_rows", "false")
        if skip not in ("true", "false"):
            raise ValidationError({"skip_bad_rows": [ErrorDetail(_("This is true or false."), "invalid")]})
        return {"source": asked.get("source", DEFAULT_SOURCE), "skip_bad_rows": skip == "true"}

    def batch(self) -> Batch:
        """The rows of the call, whichever way they came.

        Raises:
            InvalidInput, ValidationError: it is no batch, or has parameters that do not exist.
        """
        body: Any = self.request.data
        if isinstance(body, StreamedBody):
            return read_stream(body, **self.stream_settings())
        refuse_unknown(self.request, set())
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
    serializer_class: Any = IntakeSerializer

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
