"""What the pages of reviews share: the review of the address within the person's reach, and where to go back to."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property

from performance.reviews.models import Review
from performance.reviews.queries.reviews import reviews
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView


def whole(rows: QuerySet[Review]) -> QuerySet[Review]:
    """The reviews with what their page shows."""
    return rows.select_related("template", "partner__owner", "programme", "period", "owner")


class OfReview(TenantView):
    """A view under the address of one review."""

    @cached_property
    def review(self) -> Review:
        """The review of the address; 404 beyond the person's reach."""
        review: Review = get_or_404(self.within_reach(), public_id=self.kwargs["review"])
        return review

    def within_reach(self) -> QuerySet[Review]:
        """The reviews of the partners this person may see, with what a page shows."""
        return whole(reviews(portfolio_of(self.request.membership)))

    def here(self, name: str, **kwargs: Any) -> str:
        """A page of reviews in the same workspace."""
        return reverse(f"reviews:{name}", kwargs={"tenant": self.kwargs["tenant"], **kwargs})

    @property
    def back_url(self) -> str:
        """The review's page."""
        return self.here("review_detail", review=self.kwargs["review"])


class ReviewPage(OfReview, Page):
    """A page about one review."""


class ReviewForm(OfReview, ServiceFormView):
    """A form about one review; afterwards its page."""

    template_name = "reviews/step_form.html"
    title: Any = ""
    text: Any = ""
    submit: Any = ""
    is_danger = False

    def get_success_url(self) -> str:
        return self.back_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "review": self.review,
            "back_url": self.back_url,
            "step_title": self.title,
            "step_text": self.text,
            "step_submit": self.submit,
            "is_danger": self.is_danger,
        }
        return super().get_context_data(**{**context, **kwargs})


def names_of(text: str) -> list[str]:
    """The lines of a field that asks for one name to a line."""
    return [line for line in text.splitlines() if line.strip()]
