"""Imports in the Django admin, inside one tenant: what came in, what was wrong. They run in the workspace."""

from django.contrib import admin

from prm.imports.models import ImportBatch, ImportFault, SavedMapping
from prm.operators.model_admin import WORK, TenantModelAdmin


@admin.register(ImportBatch)
class ImportBatchAdmin(TenantModelAdmin):
    section = WORK
    place = 30
    list_display = ["file_name", "kind", "status", "origin", "actor_label", "created_at", "imported_at", "undone_at"]
    list_filter = ["status", "kind", "origin"]
    search_fields = ["file_name", "actor_label", "message"]
    date_hierarchy = "created_at"
    fields = [
        ("file_name", "kind"),
        ("status", "origin", "skip_bad_rows"),
        ("actor_label", "created_at"),
        ("checked_at", "imported_at", "undone_at"),
        "message",
        "preview",
        "result",
        "mapping",
    ]


@admin.register(ImportFault)
class ImportFaultAdmin(TenantModelAdmin):
    section = WORK
    place = 40
    list_display = ["batch", "row", "column", "value", "code", "message"]
    list_filter = ["code", "column"]
    search_fields = ["=value", "code", "batch__file_name"]
    list_select_related = ["batch"]
    show_full_result_count = False


@admin.register(SavedMapping)
class SavedMappingAdmin(TenantModelAdmin):
    section = WORK
    place = 50
    list_display = ["name", "kind", "updated_at", "last_used_at"]
    list_filter = ["kind"]
    search_fields = ["name"]
    date_hierarchy = "updated_at"
