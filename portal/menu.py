"""Entries of the portal's menu that belong to this app."""

from django.utils.translation import gettext_lazy

from performance.permissions import OWN_SCORECARD_VIEW, OWN_VENDOR_VIEW
from performance.plans.permissions import OWN_PLAN_VIEW
from performance.queries.vendor import is_shown_to_partners
from performance.recognition.permissions import OWN_RECOGNITION_VIEW
from performance.reports.permissions import OWN_REPORT_VIEW
from performance.reviews.permissions import OWN_REVIEW_VIEW
from performance.reviews.queries.reviews import REVIEW_COUNTS, waiting_for_partner
from portal.plans import has_plans, plans_to_do
from prm.access.requests import AppRequest
from prm.ui.navigation import NavItem, register


def waiting_reviews(request: AppRequest) -> int | None:
    """How many reviews wait for this partner; nothing where none does."""
    access = request.partner_access
    if access is None:
        return None
    return REVIEW_COUNTS.get(f"p{access.partner_id}", waiting_for_partner(access.partner_id).count) or None


def register_menu() -> None:
    """Called once the app is ready."""
    register(
        NavItem("main", gettext_lazy("Home"), "house", "portal:home", OWN_SCORECARD_VIEW, order=10, quick=True),
        area="portal",
    )
    register(
        NavItem(
            "main",
            gettext_lazy("Scorecard"),
            "gauge",
            "portal:scorecard",
            OWN_SCORECARD_VIEW,
            order=20,
            quick=True,
            also=("portal:receipt",),
        ),
        area="portal",
    )
    register(
        NavItem(
            "main",
            gettext_lazy("Recognition"),
            "award",
            "portal:recognition",
            OWN_RECOGNITION_VIEW,
            order=60,
            also=("portal:award", "portal:league"),
        ),
        area="portal",
    )
    register(
        NavItem(
            "main",
            gettext_lazy("Promises to you"),
            "handshake",
            "portal:vendor",
            OWN_VENDOR_VIEW,
            order=65,
            shown=lambda _request: is_shown_to_partners(),
        ),
        area="portal",
    )
    register(
        NavItem("main", gettext_lazy("Reports"), "file-text", "portal:report_list", OWN_REPORT_VIEW, order=70),
        area="portal",
    )
    register(
        NavItem(
            "main",
            gettext_lazy("Reviews"),
            "clipboard-check",
            "portal:review_list",
            OWN_REVIEW_VIEW,
            order=30,
            quick=True,
            count=waiting_reviews,
            is_alert=True,
            also=("portal:review",),
        ),
        area="portal",
    )
    register(
        NavItem(
            "main",
            gettext_lazy("Plans"),
            "target",
            "portal:plan_list",
            OWN_PLAN_VIEW,
            order=35,
            quick=True,
            count=plans_to_do,
            is_alert=True,
            shown=has_plans,
            also=("portal:plan",),
        ),
        area="portal",
    )
