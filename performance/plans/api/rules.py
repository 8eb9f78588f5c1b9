"""The rules that propose improvement plans, for other systems to read."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.models import PERIOD_KINDS
from performance.plans.choices import TriggerKind
from performance.plans.models import TriggerRule
from performance.plans.permissions import PLAN_VIEW
from performance.plans.words.plans import rule_sentence
from prm.api.views import ApiView, ListMixin


class PlanRuleSerializer(serializers.Serializer):
    """When a plan is proposed, looked at once a period is closed."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    programme = serializers.CharField(source="programme.key")
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    kind = serializers.ChoiceField(TriggerKind.choices)
    text = serializers.SerializerMethodField(help_text="The rule in words.")
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True, help_text="Null: any KPI.")
    periods = serializers.IntegerField(help_text="Of `floor`: closed periods in a row.")
    grade = serializers.CharField(help_text="Of `grade`: this one or worse.")
    count = serializers.IntegerField(help_text="Of `red`: KPIs under their floors at once.")
    template = serializers.CharField(source="template.name", default=None, allow_null=True)
    is_active = serializers.BooleanField()

    def get_text(self, rule: TriggerRule) -> str:
        return rule_sentence(rule)


class PlanRuleList(ListMixin, ApiView):
    """Rules that propose plans."""

    permission = PLAN_VIEW
    serializer_class: Any = PlanRuleSerializer

    def get_queryset(self) -> QuerySet[TriggerRule]:
        return TriggerRule.objects.select_related("programme", "kpi", "template").order_by("id")

    @extend_schema(operation_id="list_plan_rules", summary="List rules that propose plans", tags=["plans"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
