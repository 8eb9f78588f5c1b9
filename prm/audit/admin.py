"""The audit trail in the Django admin: for reading, inside a tenant."""

from django.contrib import admin
from django.http import HttpRequest

from prm.audit.models import AuditEntry
from prm.operators.model_admin import WORK, TenantModelAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantModelAdmin):
    section = WORK
    place = 90
    list_display = ["at", "actor_label", "actor_kind", "action", "target_label", "target_type", "reason"]
    list_filter = ["actor_kind", "target_type", "action"]
    search_fields = ["actor_label", "action", "target_label", "reason", "request_id"]
    date_hierarchy = "at"
    show_full_result_count = False
    fields = [
        ("at", "request_id", "address"),
        ("actor_label", "actor_kind"),
        "action",
        ("target_label", "target_type", "target_id"),
        "changes",
        "reason",
    ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "target_id__exact" or super().lookup_allowed(lookup, value, request)
