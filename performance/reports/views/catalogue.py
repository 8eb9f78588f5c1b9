"""The catalogue: what reports there are, by subject, with one's own and shared ones."""

import hashlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.utils.translation import get_language

from performance.reports.catalogue import Figure, Report
from performance.reports.permissions import REPORT_SCHEDULE, REPORT_VIEW
from performance.reports.queries import reports_for, saved_reports, title_of
from performance.reports.question import Question
from performance.reports.views.base import ReportView
from performance.views.base import Page
from prm.tenancy.scope import require_scope

OWN_SHOWN = 50
KEPT_SECONDS = 300


def kept_figures(reports: Sequence[Report], question: Question) -> dict[str, Figure]:
    """The previews, worked out once in five minutes and after every run: some read every line of a period."""
    whose = hashlib.sha256(repr(question.reader.portfolio).encode()).hexdigest()[:16]
    parts = (get_language(), question.period and question.period.pk, question.run_id, question.today, whose)
    key = f"t{require_scope().tenant_id}:reports:figures:{':'.join(str(part) for part in parts)}"
    found: dict[str, Figure] = cache.get(key) or {}
    missing = [one for one in reports if one.figure is not None and one.key not in found]
    if missing:
        for one in missing:
            figure = one.figure(question) if one.figure else None
            if figure is not None:
                found[one.key] = figure
        cache.set(key, found, KEPT_SECONDS)
    return found


class ReportList(Page, ReportView):
    """Cards by subject, each with one figure as a preview. With `?to=schedule` a card leads to a new schedule."""

    permission = REPORT_VIEW
    template_name = "reports/report_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = self.ask({})
        reports = reports_for(self.request.can)
        figures = kept_figures(reports, question)
        cards = [(one, figures.get(one.key)) for one in reports]
        subjects = [(subject, list(part)) for subject, part in groupby(cards, key=lambda card: card[0].subject)]
        saved = list(saved_reports(self.request.user.pk, self.reader.permissions)[:OWN_SHOWN])
        for row in saved:
            row.query = urlencode({**row.filters, "saved": str(row.public_id)})  # type: ignore[attr-defined]  # for the page
            row.title = title_of(row.report)  # type: ignore[attr-defined]  # for the page
        is_scheduling = self.request.GET.get("to") == "schedule" and REPORT_SCHEDULE in self.request.can
        return super().get_context_data(
            subjects=subjects, saved=saved, period=question.period, is_scheduling=is_scheduling, **kwargs
        )
