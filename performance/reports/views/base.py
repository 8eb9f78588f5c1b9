"""What the pages of reports share: the reader behind a request, the report of the address, its question."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from performance.reports.catalogue import Report, get_report
from performance.reports.question import Question, Reader, ask
from prm.access.requests import TenantRequest
from prm.access.views import TenantView


class ReportView(TenantView):
    """A page for a reader of reports."""

    request: TenantRequest

    @cached_property
    def reader(self) -> Reader:
        """Whose rights answers keep within."""
        assert self.request.membership is not None, "TenantView has proven the membership."
        return Reader.of_member(self.request.membership)

    def report_or_404(self, key: str) -> Report:
        """The report of the catalogue; 403 where the person may not see it."""
        report = get_report(key)
        if report is None:
            raise Http404
        if str(report.permission) not in self.reader.permissions:
            raise PermissionDenied
        return report

    def ask(self, filters: Mapping[str, Any]) -> Question:
        """The question of this reader today."""
        return ask(filters, self.reader, today=timezone.localdate())

    def address(self, name: str, **kwargs: Any) -> str:
        """A page of reports in the same workspace."""
        return reverse(f"reports:{name}", kwargs={"tenant": self.kwargs["tenant"], **kwargs})
