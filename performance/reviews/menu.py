"""Entries of the menu that lead to reviews."""

from django.utils.translation import gettext_lazy

from performance.reviews.permissions import REVIEW_SETUP, REVIEW_VIEW
from performance.reviews.queries.reviews import REVIEW_COUNTS, waiting_for_member
from prm.access.portfolio import portfolio_of
from prm.access.requests import AppRequest
from prm.ui.navigation import NavItem, register


def waiting_reviews(request: AppRequest) -> int | None:
    """How many reviews wait for this person; nothing where none does."""
    membership = request.membership
    if membership is None:
        return None
    rows = waiting_for_member(membership.user_id, portfolio_of(membership))
    return REVIEW_COUNTS.get(f"u{membership.user_id}", rows.count) or None


def register_menu() -> None:
    """Called once the app is ready."""
    register(
        NavItem(
            "performance",
            gettext_lazy("Reviews"),
            "clipboard-check",
            "reviews:review_list",
            REVIEW_VIEW,
            order=12,
            quick=True,
            count=waiting_reviews,
            is_alert=True,
            also=("reviews:review", "reviews:calendar", "reviews:round"),
            key="r",
        )
    )
    register(
        NavItem(
            "setup",
            gettext_lazy("Review templates"),
            "clipboard-list",
            "reviews:template_list",
            REVIEW_SETUP,
            order=16,
            also=("reviews:template", "reviews:cadence"),
        )
    )
