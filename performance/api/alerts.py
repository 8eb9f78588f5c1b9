"""Alerts and the rules that raise them, for other systems."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Programme
from performance.choices import (
    AlertKind,
    AlertLimit,
    AlertResolution,
    AlertSeverity,
    AlertStatus,
    AlertTiming,
    GradeMove,
    MissingData,
)
from performance.models import KPI, PERIOD_KINDS, Alert, AlertRule
from performance.permissions import ALERT_RULE_EDIT, ALERT_SETTLE, ALERT_VIEW
from performance.queries.alerts import alerts, rules
from performance.screens.alerts import build_preview
from performance.services.alert_rules import (
    check_rule,
    delete_rule,
    fill,
    pause_rule,
    resume_rule,
    save_rule,
)
from performance.services.alerts import NOTE_LENGTH, reopen_alert, resolve_alerts, snooze_alerts
from performance.words.alerts import rule_sentence, sentence
from prm.api.serializers import KeyField, StrictSerializer
from prm.api.views import ApiView, ListMixin

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6, "allow_null": True}


class AlertFoundSerializer(serializers.Serializer):
    """What was found about a partner."""

    kind = serializers.ChoiceField(AlertKind.choices)
    severity = serializers.ChoiceField(AlertSeverity.choices)
    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    programme = serializers.CharField(source="programme.key", default=None, allow_null=True)
    period = serializers.CharField(source="period.label", default=None, allow_null=True)
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True)
    text = serializers.SerializerMethodField(help_text="The alert in words.")
    value = serializers.DecimalField(**FIGURE, help_text="The KPI's result, the score, a share, or days.")
    limit = serializers.DecimalField(**FIGURE, source="bound", help_text="What it is held against.")
    former = serializers.DecimalField(**FIGURE, help_text="The score of the period before.")
    grade = serializers.CharField()
    former_grade = serializers.CharField()
    since = serializers.DateField(allow_null=True, help_text="Where measurements are missing: the last day with one.")

    def get_text(self, alert: Alert) -> str:
        return sentence(alert)


class AlertSerializer(AlertFoundSerializer):
    """An alert and where it stands."""

    id = serializers.UUIDField(source="public_id")
    rule = serializers.UUIDField(source="rule.public_id", default=None, allow_null=True)
    status = serializers.ChoiceField(AlertStatus.choices)
    holds = serializers.BooleanField(help_text="The condition was there at the last look.")
    raised_at = serializers.DateTimeField()
    snoozed_until = serializers.DateField(allow_null=True)
    resolution = serializers.ChoiceField([("", ""), *AlertResolution.choices])
    resolved_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField()
    note = serializers.CharField()


class SnoozeSerializer(StrictSerializer):
    """Until when."""

    until = serializers.DateField(help_text="In the morning of this day the alert is open again.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_LENGTH, default="")


class ResolveSerializer(StrictSerializer):
    """What was done."""

    note = serializers.CharField(max_length=NOTE_LENGTH)


class RuleSerializer(serializers.Serializer):
    """A rule and what it has raised."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField(AlertKind.of_rules())
    text = serializers.SerializerMethodField(help_text="The rule in words.")
    severity = serializers.ChoiceField(AlertSeverity.choices)
    programme = serializers.CharField(source="programme.key", default=None, allow_null=True)
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    timing = serializers.ChoiceField(AlertTiming.choices)
    wait_days = serializers.IntegerField()
    kpi = serializers.CharField(source="kpi.code", default=None, allow_null=True)
    limit = serializers.ChoiceField([("", ""), *AlertLimit.choices])
    figure = serializers.DecimalField(**FIGURE)
    grade_move = serializers.ChoiceField([("", ""), *GradeMove.choices])
    grade = serializers.CharField()
    missing = serializers.ChoiceField([("", ""), *MissingData.choices])
    days = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    open_alerts = serializers.IntegerField(source="open_count")
    raised_alerts = serializers.IntegerField(source="raised_count")
    last_raised_at = serializers.DateTimeField(allow_null=True)

    def get_text(self, rule: AlertRule) -> str:
        return rule_sentence(rule)


class RuleInputSerializer(StrictSerializer):
    """A rule as it is written. What its kind does not use is ignored."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(AlertKind.of_rules())
    severity = serializers.ChoiceField(AlertSeverity.choices, default=AlertSeverity.WARNING)
    programme = KeyField(Programme, allow_null=True, default=None, help_text="Key; null for all programmes.")
    period_kind = serializers.ChoiceField(PERIOD_KINDS, default="quarter")
    timing = serializers.ChoiceField(AlertTiming.choices, default=AlertTiming.ENDED)
    wait_days = serializers.IntegerField(min_value=0, max_value=60, default=3)
    kpi = KeyField(KPI, slug_field="code", allow_null=True, default=None, help_text="Code.")
    limit = serializers.ChoiceField(AlertLimit.choices, required=False, allow_blank=True, default="")
    figure = serializers.DecimalField(
        max_digits=20, decimal_places=6, allow_null=True, default=None, help_text="A coverage as a share, 0 to 1."
    )
    grade_move = serializers.ChoiceField(GradeMove.choices, required=False, allow_blank=True, default="")
    grade = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    missing = serializers.ChoiceField(MissingData.choices, required=False, allow_blank=True, default="")
    days = serializers.IntegerField(min_value=1, max_value=730, allow_null=True, default=None)


class RuleChangeSerializer(RuleInputSerializer):
    """Changes of a rule; what is left out stays."""

    is_active = serializers.BooleanField(required=False, help_text="False pauses the rule and resolves its alerts.")


class RulePreviewSerializer(serializers.Serializer):
    """What a rule would have raised."""

    period = serializers.CharField(source="period.label", default=None, allow_null=True)
    count = serializers.IntegerField()
    alerts = AlertFoundSerializer(many=True, help_text="The worst 50.")


class AlertApiFilter(filters.FilterSet):
    """Alerts by where they stand and what they are about."""

    status = filters.ChoiceFilter(choices=AlertStatus.choices)
    kind = filters.ChoiceFilter(choices=AlertKind.choices)
    severity = filters.ChoiceFilter(choices=AlertSeverity.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    period = filters.CharFilter("period__label", label="Label, such as 2026-Q1.")
    raised_since = filters.IsoDateTimeFilter("raised_at", lookup_expr="gte", label="Raised at or after.")

    class Meta:
        model = Alert
        fields: list[str] = []


class AlertView(ApiView):
    """What all addresses of alerts share."""

    permission = ALERT_VIEW
    serializer_class: Any = AlertSerializer

    def get_queryset(self) -> QuerySet[Alert]:
        return alerts().order_by("id")

    def answer(self, alert: UUID) -> Response:
        return Response(AlertSerializer(self.one(public_id=alert)).data)


class AlertList(ListMixin, AlertView):
    """Alerts of all partners."""

    filterset_class = AlertApiFilter

    @extend_schema(operation_id="list_alerts", summary="List alerts", tags=["alerts"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class AlertDetail(AlertView):
    """One alert."""

    @extend_schema(operation_id="get_alert", summary="Read an alert", tags=["alerts"])
    def get(self, request: Request, alert: UUID) -> Response:
        return self.answer(alert)


class AlertSnooze(AlertView):
    """Putting an alert away for some days."""

    permission = ALERT_SETTLE

    @extend_schema(operation_id="snooze_alert", summary="Snooze an alert", tags=["alerts"], request=SnoozeSerializer)
    def post(self, request: Request, alert: UUID) -> Response:
        row = self.one(public_id=alert)
        values = self.body(SnoozeSerializer)
        with transaction.atomic():
            snooze_alerts(alerts=[row], actor=self.actor, until=values["until"], note=values["note"])
        return self.answer(alert)


class AlertResolve(AlertView):
    """Closing an alert."""

    permission = ALERT_SETTLE

    @extend_schema(
        operation_id="resolve_alert",
        summary="Resolve an alert",
        description="It stays quiet while the condition lasts, and opens again when it has gone and come back.",
        tags=["alerts"],
        request=ResolveSerializer,
    )
    def post(self, request: Request, alert: UUID) -> Response:
        row = self.one(public_id=alert)
        note = self.body(ResolveSerializer)["note"]
        with transaction.atomic():
            resolve_alerts(alerts=[row], actor=self.actor, note=note)
        return self.answer(alert)


class AlertReopen(AlertView):
    """Waking a snoozed alert, or opening a resolved one again."""

    permission = ALERT_SETTLE

    @extend_schema(operation_id="reopen_alert", summary="Reopen an alert", tags=["alerts"], request=None)
    def post(self, request: Request, alert: UUID) -> Response:
        row = self.one(public_id=alert)
        with transaction.atomic():
            reopen_alert(alert=row, actor=self.actor)
        return self.answer(alert)


class RuleView(ApiView):
    """What all addresses of rules share."""

    permission = ALERT_VIEW
    write_permission = ALERT_RULE_EDIT
    serializer_class: Any = RuleSerializer

    def get_queryset(self) -> QuerySet[AlertRule]:
        return rules().order_by("id")

    def answer(self, rule: UUID, status: int = 200) -> Response:
        return Response(RuleSerializer(self.one(public_id=rule)).data, status=status)


class RuleList(ListMixin, RuleView):
    """Rules, and writing a new one."""

    @extend_schema(operation_id="list_alert_rules", summary="List alert rules", tags=["alerts"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_alert_rule",
        summary="Create an alert rule",
        description="It is switched on at once. Ask the preview first for what it would have raised.",
        tags=["alerts"],
        request=RuleInputSerializer,
        responses={201: RuleSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(RuleInputSerializer)
        with transaction.atomic():
            row = save_rule(actor=self.actor, **values)
        row.refresh_from_db(fields=["public_id"])
        return self.answer(row.public_id, status=201)


class RuleDetail(RuleView):
    """One rule."""

    @extend_schema(operation_id="get_alert_rule", summary="Read an alert rule", tags=["alerts"])
    def get(self, request: Request, rule: UUID) -> Response:
        return self.answer(rule)

    @extend_schema(
        operation_id="update_alert_rule",
        summary="Change, pause or switch on an alert rule",
        tags=["alerts"],
        request=RuleChangeSerializer,
    )
    def patch(self, request: Request, rule: UUID) -> Response:
        row = self.one(public_id=rule)
        values = self.body(RuleChangeSerializer, partial=True)
        is_active = values.pop("is_active", None)
        with transaction.atomic():
            if values:
                row = save_rule(actor=self.actor, rule=row, **values)
            if is_active is not None:
                (resume_rule if is_active else pause_rule)(rule=row, actor=self.actor)
        return self.answer(rule)

    @extend_schema(
        operation_id="delete_alert_rule",
        summary="Delete an alert rule",
        description="Only one that has raised nothing; else 409, and you pause it instead.",
        tags=["alerts"],
        responses={204: OpenApiResponse(description="It is gone.")},
    )
    def delete(self, request: Request, rule: UUID) -> Response:
        with transaction.atomic():
            delete_rule(rule=self.one(public_id=rule), actor=self.actor)
        return Response(status=204)


class RulePreview(RuleView):
    """Trying a rule without saving it."""

    permission = ALERT_RULE_EDIT

    @extend_schema(
        operation_id="preview_alert_rule",
        summary="Preview an alert rule",
        description="What the rule would have raised in the last closed period, without writing anything.",
        tags=["alerts"],
        request=RuleInputSerializer,
        responses=RulePreviewSerializer,
    )
    def post(self, request: Request) -> Response:
        rule = fill(AlertRule(), **self.body(RuleInputSerializer))
        check_rule(rule)
        return Response(RulePreviewSerializer(build_preview(rule, today=timezone.localdate())).data)
