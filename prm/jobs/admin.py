"""Background work in the Django admin, inside a tenant."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from prm.jobs.models import Job
from prm.jobs.services import progress_of
from prm.operators.model_admin import WORK, TenantModelAdmin


@admin.register(Job)
class JobAdmin(TenantModelAdmin):
    section = WORK
    place = 10
    list_display = ["title", "kind", "status", "progress", "created_by", "created_at", "started_at", "finished_at"]
    list_filter = ["status", "kind"]
    search_fields = ["title", "kind", "error"]
    list_select_related = ["created_by"]
    date_hierarchy = "created_at"
    fields = [
        ("title", "kind"),
        ("status", "progress"),
        ("created_by", "created_at"),
        ("started_at", "finished_at"),
        "params",
        "result",
        "result_url",
        "error",
    ]
    readonly_fields = ["progress"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("created_by")

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        at = progress_of(job)
        return f"{at.percent} % {at.phase}".strip() if at.percent is not None else at.phase or "-"
