"""Schedules: reading and writing them, sending one at once, what they sent."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from performance.reports.api.serializers import (
    ScheduleChangeSerializer,
    ScheduleInputSerializer,
    ScheduleSerializer,
    SendingSerializer,
)
from performance.reports.models import Dispatch, Schedule
from performance.reports.permissions import REPORT_SCHEDULE
from performance.reports.queries import dispatches
from performance.reports.services.schedules import FIELDS, move_schedule, save_schedule, send_now
from prm.accounts.models import Membership
from prm.api.views import ApiView, ListMixin
from prm.errors import InvalidInput
from prm.tenancy.scope import require_scope


class ScheduleView(ApiView):
    """What all addresses of schedules share."""

    permission = REPORT_SCHEDULE
    serializer_class: Any = ScheduleSerializer

    def get_queryset(self) -> QuerySet[Schedule]:
        return Schedule.objects.prefetch_related("members__user").order_by("id")

    def answer(self, schedule: UUID, status: int = 200) -> Response:
        return Response(ScheduleSerializer(self.one(public_id=schedule)).data, status=status)


def _people(addresses: list[str]) -> list[int]:
    rows = Membership.objects.filter(tenant_id=require_scope().tenant_id, user__email__in=addresses, is_active=True)
    found = dict(rows.values_list("user__email", "user_id"))
    missing = sorted(set(addresses) - set(found))
    if missing:
        raise InvalidInput(f"No active member has the address {missing[0]}.", field="members")
    return list(found.values())


class ScheduleList(ListMixin, ScheduleView):
    """Schedules, and writing a new one."""

    @extend_schema(operation_id="list_report_schedules", summary="List report schedules", tags=["reports"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_report_schedule",
        summary="Create a report schedule",
        tags=["reports"],
        request=ScheduleInputSerializer,
        responses={201: ScheduleSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(ScheduleInputSerializer)
        members = _people(values.pop("members"))
        with transaction.atomic():
            row = save_schedule(actor=self.actor, members=members, **values)
        row.refresh_from_db(fields=["public_id"])
        return self.answer(row.public_id, status=201)


class ScheduleDetail(ScheduleView):
    """One schedule."""

    @extend_schema(operation_id="get_report_schedule", summary="Read a report schedule", tags=["reports"])
    def get(self, request: Request, schedule: UUID) -> Response:
        return self.answer(schedule)

    @extend_schema(
        operation_id="update_report_schedule",
        summary="Change, pause, resume or end a report schedule",
        tags=["reports"],
        request=ScheduleChangeSerializer,
    )
    def patch(self, request: Request, schedule: UUID) -> Response:
        row = self.one(public_id=schedule)
        values = self.body(ScheduleChangeSerializer, partial=True)
        status, version = values.pop("status", None), values.pop("version", None)
        members = _people(values.pop("members")) if "members" in values else [one.user_id for one in row.members.all()]
        with transaction.atomic():
            if values or "members" in request.data:
                given = {name: getattr(row, name) for name in FIELDS} | values
                row = save_schedule(actor=self.actor, schedule=row, version=version, members=members, **given)
            if status is not None and status != row.status:
                move_schedule(actor=self.actor, schedule=row, target=status)
        return self.answer(schedule)


class ScheduleSend(ScheduleView):
    """Sending at once."""

    @extend_schema(
        operation_id="send_report_schedule",
        summary="Send a report schedule now",
        tags=["reports"],
        request=None,
        responses={202: SendingSerializer},
    )
    def post(self, request: Request, schedule: UUID) -> Response:
        row = self.one(public_id=schedule)
        with transaction.atomic():
            made = send_now(actor=self.actor, schedule=row)
        return Response(SendingSerializer(dispatches().get(pk=made.pk)).data, status=202)


class SendingList(ListMixin, ScheduleView):
    """What a schedule sent."""

    serializer_class = SendingSerializer

    def get_queryset(self) -> QuerySet[Dispatch]:  # type: ignore[override]
        schedules = Schedule.objects.filter(public_id=self.kwargs.get("schedule"))
        return dispatches().filter(schedule__in=schedules).order_by("id")

    @extend_schema(operation_id="list_report_sendings", summary="List what a schedule sent", tags=["reports"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.one_schedule()
        return super().get(request, *args, **kwargs)

    def one_schedule(self) -> None:
        """404 for a schedule that is not there."""
        get_object_or_404(Schedule.objects.all(), public_id=self.kwargs["schedule"])
