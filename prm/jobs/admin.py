"""Background work in the Django admin, inside a tenant."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from prm.jobs.models import Job
from prm.jobs.retrying import retry_job
from prm.jobs.services import progress_of
from prm.operators.model_admin import WORK, TenantModelAdmin, selected


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
    actions = ["retry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("created_by")

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        at = progress_of(job)
        return f"{at.percent} % {at.phase}".strip() if at.percent is not None else at.phase or "-"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may start jobs again; a job itself is for reading."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Start again what failed"), permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda job: retry_job(job=job, actor=self.actor(request), reason=self.reason(request)),
        )
