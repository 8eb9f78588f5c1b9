"""Files that were produced: the list, one of them, its download, and exports under way."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from performance.reports import cells
from performance.reports.catalogue import all_reports
from performance.reports.choices import FileFormat
from performance.reports.models import Produced
from performance.reports.permissions import REPORT_VIEW
from performance.reports.queries import produced_for
from performance.reports.services.producing import JOB_KIND
from performance.reports.views.base import ReportView
from performance.views.base import Page, get_or_404
from prm.files.documents import download
from prm.jobs.models import Job
from prm.jobs.services import progress_of
from prm.ui.lists import Column, ListPage


class ProducedFilter(filters.FilterSet):
    """Files by report, format and sending."""

    report = filters.ChoiceFilter(
        label=gettext_lazy("Report"), choices=lambda: [(one.key, one.title) for one in all_reports()]
    )
    format = filters.ChoiceFilter(label=gettext_lazy("File"), choices=FileFormat.choices)
    sending = filters.UUIDFilter("dispatch__public_id", label=gettext_lazy("Sending"))

    class Meta:
        model = Produced
        fields: list[str] = []


class ProducedList(ListPage, ReportView):
    """Every file that is kept and that this person may see."""

    permission = REPORT_VIEW
    key = "produced-reports"
    title = gettext_lazy("Produced files")
    template_name = "reports/produced_list.html"
    filterset_class = ProducedFilter
    default_sort = "-made"
    search_fields = ("title", "partner__name", "dispatch__schedule__name")
    search_placeholder = gettext_lazy("Report, partner or schedule")
    counted = ngettext_lazy("%(count)s file", "%(count)s files", "count")
    empty_title = gettext_lazy("Nothing produced yet")
    empty_text = gettext_lazy("Files of schedules and of long exports are kept here for a while.")
    empty_art = "inbox"
    has_saved_views = False
    has_export = False
    columns = (
        Column("title", gettext_lazy("Report"), sort="title", always=True, phone="head", draw=cells.produced_title),
        Column("by", gettext_lazy("Made for"), draw=cells.made_for, value="pk", phone="kv"),
        Column("format", gettext_lazy("File"), value="get_format_display", sort="format", draw=cells.file_format),
        Column("rows", gettext_lazy("Rows"), value="row_count", sort="row_count", numeric=True, phone="hide"),
        Column("made", gettext_lazy("Produced"), value="created_at", sort="created_at", descending_first=True),
        Column("as_of", gettext_lazy("As of"), value="as_of", sort="as_of", default=False),
        Column("run", gettext_lazy("Run"), value="run_id", sort="run_id", numeric=True, phone="hide", default=False),
        Column("until", gettext_lazy("Kept until"), value="expires_on", sort="expires_on", phone="hide"),
        Column("download", gettext_lazy("Download"), value="pk", draw=cells.download, phone="full", always=True),
    )

    def rows(self) -> QuerySet:
        return produced_for(self.reader)

    def prepare(self, objects: list[Any]) -> list[Any]:
        slug = self.kwargs["tenant"]
        for row in objects:
            row.url = reverse("reports:produced", args=[slug, row.public_id])
        return objects


class _OfProduced(ReportView):
    permission = REPORT_VIEW

    @cached_property
    def produced(self) -> Produced:
        row: Produced = get_or_404(produced_for(self.reader), public_id=self.kwargs["produced"])
        return row


class ProducedPage(Page, _OfProduced):
    """What was asked, as of when, and the download."""

    template_name = "reports/produced_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(produced=self.produced, **kwargs)


class ProducedDownload(_OfProduced):
    """The file."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        if self.produced.file is None:
            raise Http404
        return download(self.produced.file)


class ExportJobPage(Page, ReportView):
    """A long export of one's own: how far it is, then the way to its file."""

    permission = REPORT_VIEW
    template_name = "reports/export_job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Job.objects.filter(kind=JOB_KIND, created_by_id=self.request.user.pk)
        job = get_or_404(mine, public_id=self.kwargs["job"])
        return super().get_context_data(job=job, progress=progress_of(job), **kwargs)


class ExportJobProgress(ExportJobPage):
    """The part that asks for itself again while the export runs."""

    template_name = "reports/_export_progress.html"
