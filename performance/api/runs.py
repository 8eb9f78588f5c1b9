"""Runs of the engine."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api import filters
from performance.models import Run
from performance.permissions import (
    RUN_VIEW,
)
from prm.api.views import ApiView, ListMixin


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


class RunView(ApiView):
    """What all addresses of runs share."""

    permission = RUN_VIEW
    serializer_class: Any = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        return Run.objects.order_by("id")


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
