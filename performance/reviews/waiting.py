"""What waits for a person in reviews, on the overview of the workspace and on the home of the portal."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.reviews.choices import ReviewStatus
from performance.reviews.permissions import OWN_REVIEW_VIEW, REVIEW_VIEW
from performance.reviews.queries.reviews import waiting_for_member, waiting_for_partner
from performance.reviews.services.news import page_of, portal_page_of
from performance.reviews.words.reviews import waits_words
from prm.access.portfolio import portfolio_of
from prm.access.requests import ScopedRequest
from prm.ui.waiting import WaitingItem, WaitingSource, first_of, register_waiting

EACH = 5
"""Up to so many reviews stand each for itself; more are one line."""

ICON = "clipboard-check"


def in_workspace(request: ScopedRequest) -> Sequence[WaitingItem]:
    """Reviews to rate, and as their owner to share, decide, meet about and sign; one statement."""
    membership = request.membership
    if membership is None:
        return []
    rows = waiting_for_member(membership.user_id, portfolio_of(membership))
    found, more = first_of(rows.order_by("due_on", "pk"), EACH)
    items = [
        WaitingItem(
            _("Please rate %(review)s") % {"review": row} if row.status == ReviewStatus.RATING else str(row),
            waits_words(row),
            page_of(row),
            row.due_on,
            ICON,
        )
        for row in found
    ]
    if more:
        items.append(_the_rest(more, request))
    return items


def _the_rest(count: int, request: ScopedRequest) -> WaitingItem:
    title = ngettext("%(count)d more review", "%(count)d more reviews", count) % {"count": count}
    url = reverse("reviews:review_list", kwargs={"tenant": request.tenant.slug})
    return WaitingItem(title, _("They wait for you as well."), f"{url}?mine=yes", None, ICON, count)


def in_portal(request: ScopedRequest) -> Sequence[WaitingItem]:
    """Reviews that wait for the partner: its view, its answer, its signature; one statement."""
    access = request.partner_access
    if access is None:
        return []
    titles = {
        ReviewStatus.SELF_ASSESSMENT: _("Assess yourselves: review %(period)s"),
        ReviewStatus.SHARED: _("Answer the review %(period)s"),
        ReviewStatus.MEETING_HELD: _("Sign the review %(period)s"),
    }
    rows = waiting_for_partner(access.partner_id).select_related("partner", "period").order_by("due_on", "pk")
    return [
        WaitingItem(
            titles[ReviewStatus(row.status)] % {"period": row.period},
            waits_words(row),
            portal_page_of(row),
            row.due_on,
            ICON,
        )
        for row in rows
    ]


def register() -> None:
    """Called once the app is ready."""
    register_waiting(WaitingSource("reviews", in_workspace, REVIEW_VIEW, order=30))
    register_waiting(WaitingSource("reviews", in_portal, OWN_REVIEW_VIEW, order=15), area="portal")
