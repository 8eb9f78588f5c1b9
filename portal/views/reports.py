"""The reports that the workspace sent to the partner."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from performance.reports.permissions import OWN_REPORT_VIEW
from performance.reports.queries import produced_for_partner
from performance.views.base import get_or_404
from portal.views.base import PartnerPage
from prm.files.documents import download

PAGE = 25


class ReportList(PartnerPage):
    """Every file that was sent and is still kept, the newest first."""

    permission = OWN_REPORT_VIEW
    template_name = "portal/report_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(produced_for_partner(self.partner_id), PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, **kwargs)


class ReportDownload(PartnerPage):
    """One file, only ever the partner's own."""

    permission = OWN_REPORT_VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        row = get_or_404(produced_for_partner(self.partner_id), public_id=self.kwargs["produced"])
        return download(row.file)
