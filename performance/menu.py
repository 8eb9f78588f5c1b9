"""Entries of the menu, the command palette and the partner page that lead to figures."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.models import KPI
from performance.permissions import (
    ALERT_VIEW,
    KPI_VIEW,
    MEASUREMENT_VIEW,
    RESTATEMENT_VIEW,
    RUN_VIEW,
    SCORECARD_VIEW,
    SOURCE_VIEW,
    VENDOR_SCORECARD_VIEW,
    WHAT_IF_VIEW,
)
from performance.queries.alerts import ALERT_COUNTS, count_open
from prm.access.portfolio import portfolio_of
from prm.access.requests import AppRequest, ScopedRequest
from prm.ui.navigation import NavItem, register, register_section
from prm.ui.palette import PaletteItem, register_palette_provider

FOUND = 5


def find_kpis(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """KPIs for the palette, by name or code."""
    if KPI_VIEW not in request.can:
        return []
    found = KPI.objects.filter(name__icontains=query) | KPI.objects.filter(code__icontains=query)
    slug = request.tenant.slug
    return [
        PaletteItem(
            label=kpi.name,
            url=reverse("performance:kpi_detail", kwargs={"tenant": slug, "kpi": kpi.public_id}),
            group=_("KPIs"),
            icon="gauge",
            detail=kpi.code,
        )
        for kpi in found.order_by("name")[:FOUND]
    ]


def open_alerts(request: AppRequest) -> int | None:
    """How many alerts wait, about the partners this person may see; nothing where there is none."""
    membership = request.membership
    if membership is None:
        return None
    portfolio = portfolio_of(membership)
    whose = "all" if portfolio is None else f"u{membership.user_id}"
    return ALERT_COUNTS.get(whose, lambda: count_open(portfolio)) or None


def register_menu() -> None:
    """Called once the app is ready."""
    register_section("performance", gettext_lazy("Performance"), order=20)
    entries = (
        NavItem(
            "main",
            gettext_lazy("Overview"),
            "layout-dashboard",
            "performance:overview",
            SCORECARD_VIEW,
            order=10,
            quick=True,
            key="o",
        ),
        NavItem(
            "performance",
            gettext_lazy("Scorecards"),
            "gauge",
            "performance:scorecard_list",
            SCORECARD_VIEW,
            order=10,
            quick=True,
            also=("performance:receipt", "performance:heat_map", "performance:comparison"),
            key="s",
        ),
        NavItem(
            "performance",
            gettext_lazy("Consequences"),
            "flag",
            "performance:outcome_list",
            SCORECARD_VIEW,
            order=17,
            also=("performance:period_consequences",),
        ),
        NavItem(
            "performance",
            gettext_lazy("Our own scorecard"),
            "handshake",
            "performance:own_scorecard",
            VENDOR_SCORECARD_VIEW,
            order=45,
            also=("performance:own_",),
        ),
        NavItem(
            "performance",
            gettext_lazy("Measurements"),
            "database",
            "performance:measurement_list",
            MEASUREMENT_VIEW,
            order=20,
        ),
        NavItem(
            "performance",
            gettext_lazy("Sources"),
            "cable",
            "performance:source_list",
            SOURCE_VIEW,
            order=25,
            also=("performance:source",),
        ),
        NavItem(
            "performance",
            gettext_lazy("Runs"),
            "history",
            "performance:run_list",
            RUN_VIEW,
            order=30,
            also=("performance:period",),
        ),
        NavItem(
            "performance",
            gettext_lazy("Restatements"),
            "rotate-ccw",
            "performance:restatement_list",
            RESTATEMENT_VIEW,
            order=40,
            also=("performance:restatement",),
        ),
        NavItem(
            "performance",
            gettext_lazy("Alerts"),
            "bell",
            "performance:alert_list",
            ALERT_VIEW,
            order=15,
            count=open_alerts,
            is_alert=True,
            also=("performance:alert",),
            key="a",
        ),
        NavItem(
            "setup",
            gettext_lazy("KPIs and benchmarks"),
            "sliders-horizontal",
            "performance:kpi_list",
            KPI_VIEW,
            order=10,
            also=("performance:benchmark",),
        ),
        NavItem(
            "setup",
            gettext_lazy("What if"),
            "flask-conical",
            "performance:what_if_list",
            WHAT_IF_VIEW,
            order=17,
            also=("performance:what_if",),
        ),
        NavItem(
            "setup", gettext_lazy("Scorecard templates"), "list-checks", "performance:template_list", KPI_VIEW, order=15
        ),
    )
    for entry in entries:
        register(entry)
    register_palette_provider(find_kpis)
