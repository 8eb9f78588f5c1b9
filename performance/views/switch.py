"""The switch between the ways to look at a period's scorecards: as a list, as a heat map, as groups side by side."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from performance.views.base import Selection
from prm.access.requests import TenantRequest

WAYS = (
    ("scorecard_list", _("List"), "list"),
    ("heat_map", _("Heat map"), "grid-3x3"),
    ("comparison", _("Comparison"), "chart-column"),
)
KEPT = ("region", "below", "type", "tier", "grade")
"""The filters that all three understand."""


@dataclass(frozen=True)
class Way:
    """One entry of the switch."""

    name: str
    label: Any
    icon: str
    url: str
    is_current: bool


def views_of_cards(request: TenantRequest, selection: Selection) -> list[Way]:
    """The three addresses with period and filters of the page that is open."""
    parameters, match = request.GET, request.resolver_match
    tenant = request.tenant.slug
    query = selection.query() | {name: parameters[name] for name in KEPT if parameters.get(name)}
    tail = f"?{urlencode(query)}" if query else ""
    return [
        Way(
            name,
            label,
            icon,
            reverse(f"performance:{name}", kwargs={"tenant": tenant}) + tail,
            bool(match and match.url_name == name),
        )
        for name, label, icon in WAYS
    ]
