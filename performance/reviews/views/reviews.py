"""Reviews: the list, and one review with both sides beside each other and one's own rating in place."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from performance.reviews import cells
from performance.reviews.choices import SETTLED, ReviewStatus, Side
from performance.reviews.filters import ReviewFilter
from performance.reviews.models import Answer, Rater, Review
from performance.reviews.permissions import REVIEW_RATE, REVIEW_VIEW
from performance.reviews.queries.reviews import reviews, to_rate_elsewhere, with_next_day, with_score
from performance.reviews.screens.review import ReviewScreen, days_late, role_points
from performance.reviews.views.rating import RatingForm, sent_to_rating
from performance.reviews.words.reviews import overdue_words, status_words, tone_of, waits_words
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.ui.lists import Column, ListPage, ReadyView

MOST_TO_RATE = 12


class ReviewList(ListPage, TenantView):
    """Every review, those that are due first."""

    permission = REVIEW_VIEW
    key = "reviews"
    title = gettext_lazy("Reviews")
    template_name = "reviews/review_list.html"
    filterset_class = ReviewFilter
    default_sort = "due"
    search_fields = ("partner__name", "partner__external_id")
    search_placeholder = gettext_lazy("Partner or number")
    counted = ngettext_lazy("%(count)s review", "%(count)s reviews", "count")
    empty_title = gettext_lazy("No reviews yet")
    empty_text = gettext_lazy(
        "A review freezes a partner's scorecard and puts both sides' views beside it. Create them for a whole period."
    )
    empty_art = "done"
    empty_template = "reviews/parts/list_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Waits for me"), "mine=yes"),
        ReadyView(gettext_lazy("Overdue"), "overdue=yes"),
        ReadyView(gettext_lazy("Open"), "open=yes"),
        ReadyView(gettext_lazy("Contested"), "status=contested"),
        ReadyView(gettext_lazy("Not acknowledged"), "end=silent"),
    )
    columns = (
        Column("partner", gettext_lazy("Partner"), value="partner.name", sort="partner__name", always=True,
               phone="head", draw=cells.partner),
        Column("period", gettext_lazy("Period"), value="period.label", sort="period__start", default=False),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("status", gettext_lazy("Status"), value=status_words, sort="status", phone="head", draw=cells.status),
        Column("due", gettext_lazy("Due"), value="next_on", sort=("next_on", "partner__name"), phone="kv",
               draw=cells.due),
        Column("score", gettext_lazy("Score"), value="score", sort="score", descending_first=True,
               phone="kv", draw=cells.score),
        Column("final", gettext_lazy("Final"), value="final", sort="final", numeric=True, descending_first=True,
               draw=cells.final, phone="hide"),
        Column("meeting", gettext_lazy("Meeting"), value="meeting_at", sort="meeting_at", phone="hide"),
        Column("owner", gettext_lazy("Owner"), value="owner", sort="owner__full_name", draw=cells.owner, phone="hide"),
        Column("created", gettext_lazy("Created"), value="created_at", sort="created_at", default=False),
    )  # fmt: skip

    def rows(self) -> QuerySet:
        return with_next_day(with_score(reviews(portfolio_of(self.request.membership))))

    def extra_context(self) -> dict[str, Any]:
        return {"to_rate": self._to_rate()}

    def _to_rate(self) -> list[Review]:
        """What somebody with an own portfolio is asked to rate beyond it."""
        membership = self.request.membership
        portfolio = portfolio_of(membership)
        return [] if portfolio is None else list(to_rate_elsewhere(membership.user_id, portfolio)[:MOST_TO_RATE])


def step_links(review: Review) -> list[tuple[str, Any, bool]]:
    """The steps that our side can take now, as (key, label, whether it is the main one)."""
    status = review.status
    found: list[tuple[str, Any, bool]] = []
    if status == ReviewStatus.SCHEDULED:
        found = [("open", _("Freeze the score and ask"), True)]
    elif status == ReviewStatus.SNAPSHOT_TAKEN:
        found = [("ask", _("Ask for the self-assessment"), True)]
    elif status == ReviewStatus.SELF_ASSESSMENT and days_late(review):
        found = [("rate", _("Go on without it"), False)]
    elif status == ReviewStatus.RATING:
        found = [("draft", _("End the ratings"), False)]
    elif status == ReviewStatus.DRAFT_READY:
        found = [("share", _("Share with partner"), True)]
    elif status == ReviewStatus.CONTESTED:
        found = [("correct", _("Corrected at the source"), False), ("uphold", _("Uphold"), True)]
    elif status == ReviewStatus.SIGNED:
        found = [("close", _("Close the review"), True)]
    elif status == ReviewStatus.MEETING_HELD and days_late(review):
        found = [("close", _("Close as not acknowledged"), False)]
    return found


class ReviewDetail(RatingForm):
    """One review; whoever is asked to rate does it here, section by section."""

    permission = REVIEW_VIEW
    write_permission = REVIEW_RATE
    template_name = "reviews/review_detail.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            elsewhere = sent_to_rating(self) if self.request.membership is not None else None
            if elsewhere is None:
                raise
            return elsewhere

    @cached_property
    def screen(self) -> ReviewScreen:
        return ReviewScreen(self.review, is_portal=False)

    @cached_property
    def own_roles(self) -> Sequence[Rater]:
        return [rater for rater in self.screen.raters if rater.user_id == self.request.user.pk]

    def saved_answers(self, raters: set[int]) -> Iterable[Answer]:
        return (answer for answer in self.screen.answers if answer.rater_id in raters)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        review, screen = self.review, self.screen
        form = kwargs.get("form") or self.get_form()
        late = days_late(review)
        return super().get_context_data(
            **{
                **kwargs,
                "form": form,
                "screen": screen,
                "section_rows": [(view, form.rows_of(view.section.pk)) for view in screen.sections],
                "is_rating": bool(form.items),
                "status_words": status_words(review),
                "status_tone": tone_of(review),
                "waits_words": waits_words(review),
                "late_words": overdue_words(review, late) if late else "",
                "step_links": step_links(review),
                "roles": role_points(screen) if screen.has_result else [],
                "can_meet": review.status in SETTLED,
                "can_sign": review.status == ReviewStatus.MEETING_HELD and Side.VENDOR not in screen.signatures,
                "is_signing": review.status == ReviewStatus.MEETING_HELD,
                "can_plan": review.status not in (ReviewStatus.MEETING_HELD, ReviewStatus.SIGNED, ReviewStatus.CLOSED),
                "can_act": review.status not in (ReviewStatus.SIGNED, ReviewStatus.CLOSED) and not screen.signatures,
                "can_carry": review.shared_at is None,
                "can_ask": review.status
                in (
                    ReviewStatus.SCHEDULED,
                    ReviewStatus.SNAPSHOT_TAKEN,
                    ReviewStatus.SELF_ASSESSMENT,
                    ReviewStatus.RATING,
                ),
            }
        )
