"""Saved reports, schedules, sendings and produced files in the Django admin, for reading, inside one tenant."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from performance.reports.models import Delivery, Dispatch, Produced, SavedReport, Schedule
from prm.operators.model_admin import TenantModelAdmin

REPORTS = (55, _("Reports"))


@admin.register(SavedReport)
class SavedReportAdmin(TenantModelAdmin):
    section = REPORTS
    place = 10
    list_display = ["name", "report", "owner", "is_shared", "updated_at"]
    list_filter = ["report", "is_shared"]
    search_fields = ["name"]
    list_select_related = ["owner"]
    fields = ["name", "report", "filters", "is_shared", "owner", "created_at", "updated_at"]


@admin.register(Schedule)
class ScheduleAdmin(TenantModelAdmin):
    section = REPORTS
    place = 20
    list_display = ["name", "report", "format", "rhythm", "status", "next_due_at", "updated_at"]
    list_filter = ["status", "rhythm", "report"]
    search_fields = ["name"]
    fields = [
        ("name", "status"),
        ("report", "format"),
        "filters",
        ("rhythm", "at"),
        ("weekday", "day"),
        ("period_kind", "days_after"),
        ("roles", "to_partners"),
        "message",
        ("next_due_at", "version"),
        ("created_at", "updated_at"),
    ]


@admin.register(Dispatch)
class DispatchAdmin(TenantModelAdmin):
    section = REPORTS
    place = 30
    list_display = ["schedule", "due_at", "period", "status", "as_of", "finished_at"]
    list_filter = ["status"]
    search_fields = ["schedule__name", "occasion"]
    list_select_related = ["schedule"]
    date_hierarchy = "due_at"
    fields = ["schedule", "occasion", ("due_at", "period"), ("status", "as_of"), ("planned_at", "finished_at"), "error"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispatch]:
        return super().get_queryset(request).select_related("schedule")


@admin.register(Delivery)
class DeliveryAdmin(TenantModelAdmin):
    section = REPORTS
    place = 40
    list_display = ["key", "dispatch", "user", "partner", "status", "reason", "people", "tries", "settled_at"]
    list_filter = ["status", "reason"]
    search_fields = ["dispatch__schedule__name", "partner__name", "user__email"]
    fields = [
        ("dispatch", "key"),
        ("user", "partner"),
        ("status", "reason"),
        ("people", "tries"),
        ("produced", "audience"),
        "error",
        "settled_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("dispatch__schedule", "user", "partner", "produced")


@admin.register(Produced)
class ProducedAdmin(TenantModelAdmin):
    section = REPORTS
    place = 50
    list_display = ["title", "format", "partner", "row_count", "as_of", "run_id", "created_at", "expires_on"]
    list_filter = ["format", "report"]
    search_fields = ["title", "partner__name"]
    date_hierarchy = "created_at"
    fields = [
        ("title", "report"),
        ("format", "row_count"),
        ("as_of", "run_id"),
        ("period", "partner"),
        ("dispatch", "audience"),
        "filters",
        "file",
        "asked_by",
        ("created_at", "expires_on"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Produced]:
        rows = super().get_queryset(request)
        return rows.select_related("partner", "dispatch__schedule", "file", "asked_by")
