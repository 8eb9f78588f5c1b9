"""What reviews add to a partner's page: a tab with its reviews and open actions."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from partners.registries import PartnerTab, partner_tabs
from performance.reviews.permissions import REVIEW_VIEW
from performance.reviews.queries.reviews import open_actions_of, reviews, with_score
from performance.reviews.words.reviews import status_words, tone_of, waits_words
from prm.access.requests import TenantRequest

SHOWN = 20


def tab_context(_request: TenantRequest, partner: Any) -> Mapping[str, Any]:
    """The partner's reviews, newest first, and what it or we still have to do."""
    rows = with_score(reviews().filter(partner_id=partner.pk)).order_by("-period__start", "-pk")[:SHOWN]
    return {
        "review_rows": [(row, status_words(row), tone_of(row), waits_words(row)) for row in rows],
        "open_actions": list(open_actions_of(partner.pk)[:SHOWN]),
    }


def register() -> None:
    """Called once the app is ready."""
    partner_tabs.register(
        PartnerTab(
            key="reviews",
            order=40,
            label=gettext_lazy("Reviews"),
            template="reviews/tabs/reviews.html",
            actions_template="reviews/tabs/reviews_actions.html",
            permission=REVIEW_VIEW,
            context=tab_context,
        )
    )
