"""Serious breaches for other systems: reading them and reporting one.

Two people decide about a report, signed in under their own names. A key is no person, whoever made it, so there is no
address for deciding.
"""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner, Programme
from performance.plans.api.serializers import ApprovalSerializer
from performance.plans.choices import BreachKind, BreachStatus
from performance.plans.models import Breach
from performance.plans.permissions import BREACH_REPORT, BREACH_VIEW
from performance.plans.queries.breaches import breaches, one_breach
from performance.plans.services.breaches import TEXT_LENGTH, WHAT_LENGTH, report_breach
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin

TAGS = ["breaches"]


class BreachSerializer(serializers.Serializer):
    """A report of a serious breach and where it stands."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="programme.key", default=None, allow_null=True, help_text="Null: all.")
    kind = serializers.ChoiceField(BreachKind.choices)
    status = serializers.ChoiceField(BreachStatus.choices)
    happened_on = serializers.DateField()
    reported_by = serializers.CharField()
    reported_at = serializers.DateTimeField()
    agreed = serializers.IntegerField(help_text="How many people have agreed; two are needed.")
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField()
    suspended_on = serializers.DateField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_by = serializers.CharField()


class BreachFileSerializer(serializers.Serializer):
    """A file of the evidence. Its content is read in the workspace."""

    name = serializers.CharField(source="file.name")
    added_by = serializers.CharField()
    added_at = serializers.DateTimeField()


class BreachDetailSerializer(BreachSerializer):
    """A report with what was said, the evidence and who agreed."""

    what = serializers.CharField(help_text="For the workspace alone.")
    partner_text = serializers.CharField(help_text="All that the partner reads once it is suspended.")
    settled_reason = serializers.CharField(help_text="Why it was refused or withdrawn.")
    lifted_reason = serializers.CharField()
    approvals = ApprovalSerializer(many=True)
    files = BreachFileSerializer(many=True)


class BreachInputSerializer(StrictSerializer):
    """A new report."""

    partner = KeyField(Partner, slug_field="external_id", help_text="External number.")
    programme = KeyField(Programme, allow_null=True, default=None, help_text="Key. Null: all programmes.")
    kind = serializers.ChoiceField(BreachKind.choices)
    happened_on = serializers.DateField()
    what = serializers.CharField(max_length=WHAT_LENGTH, help_text="For the workspace alone.")
    partner_text = serializers.CharField(
        max_length=TEXT_LENGTH, help_text="All that the partner reads once it is suspended."
    )


class BreachApiFilter(filters.FilterSet):
    """Reports by where they stand and whom they are about."""

    status = filters.ChoiceFilter(choices=BreachStatus.choices)
    kind = filters.ChoiceFilter(choices=BreachKind.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    reported_since = filters.IsoDateTimeFilter("reported_at", lookup_expr="gte", label="Reported at or after.")

    class Meta:
        model = Breach
        fields: list[str] = []


class BreachView(ApiView):
    """What both addresses share."""

    permission = BREACH_VIEW
    serializer_class: Any = BreachDetailSerializer

    def answer(self, breach: UUID, status: int = 200) -> Response:
        """The report with everything that belongs to it."""
        try:
            row = one_breach(breach)
        except Breach.DoesNotExist:
            raise Http404 from None
        return Response(BreachDetailSerializer(row).data, status=status)


class BreachList(ListMixin, BreachView):
    """Reports about all partners, and reporting one."""

    write_permission = BREACH_REPORT
    serializer_class = BreachSerializer
    filterset_class = BreachApiFilter

    def get_queryset(self) -> QuerySet[Breach]:
        return breaches().order_by("id")

    @extend_schema(operation_id="list_breaches", summary="List serious breaches", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="report_breach",
        summary="Report a serious breach",
        description="Two people who hold the right decide about it in the workspace; whoever made the key is none of "
        "them. With the second agreement the partner is suspended. Evidence is given in the workspace.",
        tags=TAGS,
        request=BreachInputSerializer,
        responses={201: BreachDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(BreachInputSerializer)
        with transaction.atomic():
            row = report_breach(actor=self.actor, **values)
        return self.answer(row.public_id, status=201)


class BreachDetail(BreachView):
    """One report."""

    @extend_schema(operation_id="get_breach", summary="Read a serious breach", tags=TAGS)
    def get(self, request: Request, breach: UUID) -> Response:
        return self.answer(breach)
