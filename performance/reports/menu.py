"""Entries of the menu and the command palette that lead to reports."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.reports.catalogue import all_reports
from performance.reports.permissions import REPORT_VIEW
from prm.access.requests import ScopedRequest
from prm.ui.navigation import NavItem, register, register_section
from prm.ui.palette import PaletteItem, register_palette_provider

FOUND = 5


def find_reports(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """Reports for the palette, by what they are called or answer."""
    if REPORT_VIEW not in request.can:
        return []
    words = query.casefold()
    found = [
        report
        for report in all_reports()
        if report.permission in request.can and words in f"{report.title} {report.answers}".casefold()
    ]
    return [
        PaletteItem(
            label=str(report.title),
            url=reverse("reports:report", kwargs={"tenant": request.tenant.slug, "report": report.key}),
            group=_("Reports"),
            icon=report.icon,
        )
        for report in found[:FOUND]
    ]


def register_menu() -> None:
    """Called once the app is ready."""
    register_section("performance", gettext_lazy("Performance"), order=20)
    register(
        NavItem(
            "performance",
            gettext_lazy("Reports"),
            "file-text",
            "reports:report_list",
            REPORT_VIEW,
            order=45,
            also=("reports:",),
            key="t",
        )
    )
    register_palette_provider(find_reports)
