"""Sources of measurements for other systems: which there are, how each stands, describing and retiring one."""

from typing import Any

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.choices import SourceState, SourceType
from performance.models import KPI, MeasurementSource
from performance.permissions import SOURCE_EDIT, SOURCE_VIEW
from performance.queries.sources import sources, standing_of
from performance.rules.sources import Standing
from performance.services.sources import create_source, resume_source, retire_source, update_source
from prm.accounts.models import User
from prm.api.serializers import KeyListField, StrictSerializer
from prm.api.views import ApiView, ListMixin
from prm.tenancy.scope import require_scope


class SourceSerializer(serializers.Serializer):
    """A source and how it stands today."""

    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField(help_text="What measurements carry in `source`.")
    name = serializers.CharField()
    kind = serializers.ChoiceField(SourceType.choices, help_text="How it usually comes.")
    description = serializers.CharField()
    owner = serializers.CharField(source="owner.email", default=None, allow_null=True, help_text="E-mail address.")
    system_url = serializers.CharField()
    expected_every = serializers.IntegerField(allow_null=True, help_text="Days; null where it has no rhythm.")
    grace_days = serializers.IntegerField()
    is_active = serializers.BooleanField(help_text="False: retired, its measurements are refused.")
    is_described = serializers.BooleanField(help_text="False: its first delivery made it.")
    kpis = serializers.SerializerMethodField(help_text="Codes of the KPIs it feeds, named or seen.")
    state = serializers.ChoiceField(SourceState.choices)
    due_on = serializers.SerializerMethodField(help_text="When the next delivery is or was due.")
    days_late = serializers.SerializerMethodField(help_text="Days since it was due, where it is late; else 0.")
    last_received_at = serializers.DateTimeField(source="received_at", allow_null=True)
    rows_in_30_days = serializers.IntegerField(source="rows_recent", help_text="New and changed rows.")
    wrong_rows_in_30_days = serializers.IntegerField(source="bad_recent")

    def get_kpis(self, source: Any) -> list[str]:
        return sorted(feed.kpi.code for feed in source.feeds.all())

    def get_due_on(self, source: Any) -> str | None:
        due = self._standing(source).due_on
        return due.isoformat() if due else None

    def get_days_late(self, source: Any) -> int:
        now = self._standing(source)
        return now.days if now.is_late else 0

    def _standing(self, source: Any) -> Standing:
        return standing_of(source, timezone.localdate())


class SourceInputSerializer(StrictSerializer):
    """A source as it is written."""

    code = serializers.CharField(max_length=40, help_text="Small letters, digits, dots, dashes, underlines.")
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(SourceType.of_people(), default=SourceType.API)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    owner = serializers.EmailField(
        allow_null=True, default=None, help_text="E-mail address of somebody who works in the workspace."
    )
    system_url = serializers.URLField(required=False, allow_blank=True, default="", max_length=500)
    expected_every = serializers.IntegerField(min_value=1, max_value=400, allow_null=True, default=None)
    grace_days = serializers.IntegerField(min_value=0, max_value=90, default=0)
    kpis = KeyListField(KPI, slug_field="code", required=False, help_text="Codes of KPIs it is to feed.")

    def validate_owner(self, value: str | None) -> User | None:
        if value is None:
            return None
        tenant = require_scope().tenant
        members = User.objects.filter(memberships__tenant=tenant, memberships__is_active=True)
        owner = members.filter(email__iexact=value).first()
        if owner is None:
            raise serializers.ValidationError(_("Nobody who works in this workspace has this address."))
        return owner


class SourceChangeSerializer(SourceInputSerializer):
    """Changes of a source; what is left out stays. The code stays in any case."""

    code = None  # type: ignore[assignment]  # taken off
    is_active = serializers.BooleanField(required=False, help_text="False retires the source, true takes it back.")


class SourceApiFilter(filters.FilterSet):
    """Sources by how they stand and how they come."""

    state = filters.ChoiceFilter(choices=SourceState.choices)
    kind = filters.ChoiceFilter(choices=SourceType.choices)
    kpi = filters.CharFilter("feeds__kpi__code", lookup_expr="iexact", label="Code of a KPI that it feeds.")
    is_described = filters.BooleanFilter(label="Whether somebody has described it.")

    class Meta:
        model = MeasurementSource
        fields: list[str] = []


class SourceView(ApiView):
    """What all addresses of sources share."""

    permission = SOURCE_VIEW
    write_permission = SOURCE_EDIT
    serializer_class: Any = SourceSerializer

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # the schema is made outside of any workspace
            return MeasurementSource.objects.none()
        return sources(timezone.localdate()).prefetch_related("feeds__kpi").order_by("id")

    def answer(self, code: str, status: int = 200) -> Response:
        """One source as it stands now."""
        return Response(SourceSerializer(self.one(code=code)).data, status=status)


class SourceList(ListMixin, SourceView):
    """Sources, and adding one."""

    filterset_class = SourceApiFilter

    @extend_schema(operation_id="list_sources", summary="List sources of measurements", tags=["sources"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_source",
        summary="Add a source of measurements",
        description="Before its first delivery, so that it is expected. A delivery adds its source by itself.",
        tags=["sources"],
        request=SourceInputSerializer,
        responses={201: SourceSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(SourceInputSerializer)
        with transaction.atomic():
            source = create_source(actor=self.actor, **values)
        return self.answer(source.code, status=201)


class SourceDetail(SourceView):
    """One source by its code."""

    @extend_schema(operation_id="get_source", summary="Read a source of measurements", tags=["sources"])
    def get(self, request: Request, source_code: str) -> Response:
        return self.answer(source_code)

    @extend_schema(
        operation_id="update_source",
        summary="Change, retire or take back a source of measurements",
        tags=["sources"],
        request=SourceChangeSerializer,
    )
    def patch(self, request: Request, source_code: str) -> Response:
        source = self.one(code=source_code)
        values = self.body(SourceChangeSerializer, partial=True)
        is_active = values.pop("is_active", None)
        with transaction.atomic():
            if values:
                update_source(source=source, actor=self.actor, **values)
            if is_active is not None:
                (resume_source if is_active else retire_source)(source=source, actor=self.actor)
        return self.answer(source_code)
