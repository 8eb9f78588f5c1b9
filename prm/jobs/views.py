"""Background work on screen: the list, one job, and its progress."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from prm.access.views import TenantView
from prm.accounts.permissions import JOB_VIEW
from prm.jobs.models import JobStatus
from prm.jobs.queries import jobs
from prm.jobs.services import progress_of

PAGE_SIZE = 25


class JobListView(TenantView):
    """What ran, runs and waits."""

    permission = JOB_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        status = request.GET.get("status", "")
        status = status if status in JobStatus.values else ""
        page = Paginator(jobs(status=status), PAGE_SIZE).get_page(request.GET.get("page"))
        rows = [(job, None if job.is_done else progress_of(job)) for job in page]
        return render(
            request,
            "settings/job_list.html",
            {"page": page, "rows": rows, "status": status, "statuses": JobStatus.choices},
        )


class JobDetailView(TenantView):
    """One job: progress while it runs, then what came of it."""

    permission = JOB_VIEW
    template_name = "settings/job_detail.html"

    def get(self, request: HttpRequest, *, job: Any, **_kwargs: Any) -> HttpResponse:
        row = get_object_or_404(jobs(), public_id=job)
        return render(request, self.template_name, {"job": row, "progress": progress_of(row)})


class JobProgressView(JobDetailView):
    """The part of the job's page that asks again every two seconds until the job is done."""

    template_name = "settings/_job_progress.html"
