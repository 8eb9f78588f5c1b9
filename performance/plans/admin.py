"""Improvement plans in the Django admin, for reading: people write and sign them in the workspace, results end them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from performance.plans.models import (
    Breach,
    BreachApproval,
    BreachFile,
    CheckIn,
    Commitment,
    ConsequenceApproval,
    Objective,
    Plan,
    PlanConsequence,
    PlanNote,
    PlanTemplate,
    Signature,
    TemplateCommitment,
    TriggerRule,
)
from prm.operators.model_admin import ReadOnlyInline, TenantModelAdmin

PLANS = (53, _("Improvement plans"))


class PartInline(ReadOnlyInline):
    """Rows of a plan, which have no page of their own."""

    show_change_link = False


class ObjectiveInline(PartInline):
    model = Objective
    fields = ["kpi", "trigger_value", "baseline", "exit_value", "last_value", "last_period", "reached"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objective]:
        return super().get_queryset(request).select_related("kpi")


class CommitmentInline(PartInline):
    model = Commitment
    fields = ["side", "title", "due_on", "state", "settled_at", "settled_by"]


class CheckInInline(PartInline):
    model = CheckIn
    fields = ["round", "day", "due_on", "verdict", "expected", "progress", "escalated_to", "judged_at"]


class SignatureInline(PartInline):
    model = Signature
    fields = ["side", "version", "signed_by", "signed_at", "remarks"]


class NoteInline(PartInline):
    model = PlanNote
    fields = ["written_at", "written_by", "side", "is_internal", "text"]


@admin.register(Plan)
class PlanAdmin(TenantModelAdmin):
    """Plans with all that stands in them."""

    section = PLANS
    place = 10
    list_display = ["title", "partner", "programme", "status", "origin", "starts_on", "ends_on", "stopped_on"]
    list_filter = ["status", "origin", "programme", "period_kind", "escalated_to"]
    search_fields = ["title", "partner__name", "partner__external_id"]
    list_select_related = ["partner", "programme"]
    date_hierarchy = "created_at"
    exclude = ["owner", "partner_lead"]
    show_full_result_count = False
    inlines = [ObjectiveInline, CommitmentInline, CheckInInline, SignatureInline, NoteInline]


@admin.register(Commitment)
class CommitmentAdmin(TenantModelAdmin):
    """What both sides promised."""

    section = PLANS
    place = 20
    list_display = ["title", "plan", "side", "due_on", "state", "settled_at", "settled_by"]
    list_filter = ["state", "side", ("due_on", admin.DateFieldListFilter)]
    search_fields = ["title", "plan__title", "plan__partner__name"]
    list_select_related = ["plan"]
    exclude = ["owner"]
    show_full_result_count = False


class ApprovalInline(PartInline):
    fields = ["label", "given_at"]


class ConsequenceApprovalInline(ApprovalInline):
    model = ConsequenceApproval


class BreachApprovalInline(ApprovalInline):
    model = BreachApproval


class BreachFileInline(PartInline):
    model = BreachFile
    fields = ["file", "added_by", "added_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BreachFile]:
        return super().get_queryset(request).select_related("file")


@admin.register(Breach)
class BreachAdmin(TenantModelAdmin):
    """Serious breaches, with who agreed. Two people decide about them in the workspace, nobody here."""

    section = PLANS
    place = 35
    list_display = ["partner", "kind", "status", "happened_on", "reported_by", "reported_at", "suspended_on"]
    list_filter = ["status", "kind"]
    search_fields = ["partner__name", "partner__external_id", "reported_by"]
    list_select_related = ["partner"]
    date_hierarchy = "reported_at"
    exclude = ["reporter"]
    show_full_result_count = False
    inlines = [BreachApprovalInline, BreachFileInline]


@admin.register(PlanConsequence)
class PlanConsequenceAdmin(TenantModelAdmin):
    """What followed from failed plans, with who agreed."""

    section = PLANS
    place = 30
    list_display = ["plan", "kind", "state", "chosen_at", "settled_at"]
    list_filter = ["state", "kind"]
    search_fields = ["plan__title", "plan__partner__name", "reason"]
    list_select_related = ["plan"]
    date_hierarchy = "chosen_at"
    inlines = [ConsequenceApprovalInline]


class UsualCommitmentInline(PartInline):
    model = TemplateCommitment
    fields = ["side", "title", "due_day"]


@admin.register(PlanTemplate)
class PlanTemplateAdmin(TenantModelAdmin):
    """Plans to begin with."""

    section = PLANS
    place = 40
    list_display = ["name", "length_days", "margin_percent", "periods_to_succeed", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "description"]
    inlines = [UsualCommitmentInline]


@admin.register(TriggerRule)
class TriggerRuleAdmin(TenantModelAdmin):
    """When plans are proposed."""

    section = PLANS
    place = 50
    list_display = ["name", "programme", "kind", "kpi", "period_kind", "template", "is_active"]
    list_filter = ["is_active", "kind", "programme"]
    search_fields = ["name", "kpi__code", "kpi__name"]
    list_select_related = ["programme", "kpi", "template"]
