"""The audit trail on screen and as a file."""

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.accounts.permissions import AUDIT_VIEW
from prm.audit.export import trail_as_csv
from prm.audit.forms import AuditFilterForm
from prm.audit.queries import filtered, visible_entries
from prm.audit.words import action_words, field_words, value_words

PAGE_SIZE = 50


class AuditTrailView(TenantView):
    """Who did what, when and why, newest first."""

    permission = AUDIT_VIEW

    def get(self, request: TenantRequest, **_kwargs: Any) -> HttpResponse:
        form = AuditFilterForm(request.GET)
        form.is_valid()
        rows = filtered(visible_entries(request.membership), form.wanted())
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        query = request.GET.copy()
        query.pop("page", None)
        return render(
            request,
            "settings/audit_trail.html",
            {
                "form": form,
                "page": page,
                "entries": [_line(entry) for entry in page],
                "query": query.urlencode(),
                "is_filtered": any(query.values()),
            },
        )


class AuditExportView(TenantView):
    """The filtered trail as CSV."""

    permission = AUDIT_VIEW

    def get(self, request: TenantRequest, **_kwargs: Any) -> FileResponse:
        form = AuditFilterForm(request.GET)
        form.is_valid()
        rows = filtered(visible_entries(request.membership), form.wanted())
        day = request.tenant.local_date(timezone.now())
        return FileResponse(
            trail_as_csv(rows),
            as_attachment=True,
            filename=f"audit-{request.tenant.slug}-{day:%Y-%m-%d}.csv",
            content_type="text/csv; charset=utf-8",
        )


def _line(entry: Any) -> dict[str, Any]:
    return {
        "entry": entry,
        "action": action_words(entry.action),
        "changes": [
            {
                "field": field_words(field),
                "before": value_words(pair[0]) if isinstance(pair, list) and len(pair) == 2 else "",
                "after": value_words(pair[1] if isinstance(pair, list) and len(pair) == 2 else pair),
            }
            for field, pair in entry.changes.items()
        ],
    }
