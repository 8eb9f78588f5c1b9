"""A member's own rating: the form that the review's page has in place, and the page that has nothing else."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from performance.reviews.choices import ReviewStatus
from performance.reviews.forms.answers import AnswersForm
from performance.reviews.models import Answer, Rater, Review
from performance.reviews.permissions import REVIEW_RATE
from performance.reviews.queries.content import Content, content_of
from performance.reviews.queries.reviews import rated_by
from performance.reviews.services.assessing import save_rating
from performance.reviews.views.base import ReviewForm, whole
from performance.views.base import get_or_404
from prm.errors import DomainError


class RatingForm(ReviewForm):
    """The questions of the roles in which this member is asked and has not submitted yet."""

    form_class = AnswersForm

    @property
    def content(self) -> Content:
        """What the review's version asks."""
        return content_of(self.review.template_id)

    @cached_property
    def own_roles(self) -> Sequence[Rater]:
        """The places of this member among the raters."""
        return list(self.review.raters.filter(user_id=self.request.membership.user_id).order_by("pk"))

    def saved_answers(self, raters: set[int]) -> Iterable[Answer]:
        """What was saved in these places."""
        return Answer.objects.filter(review=self.review, rater_id__in=raters)

    @property
    def is_submitting(self) -> bool:
        """Which button was pressed."""
        return self.request.POST.get("decision") == "submit"

    def get_form_kwargs(self) -> dict[str, Any]:
        is_rating = self.review.status == ReviewStatus.RATING
        own = [rater for rater in self.own_roles if rater.submitted_at is None] if is_rating else []
        saved = self.saved_answers({rater.pk for rater in own}) if own else ()
        return {
            **super().get_form_kwargs(),
            "items": [item for rater in own for item in self.content.role_items(rater.role_id)],
            "levels": self.review.template.levels,
            "initial": AnswersForm.initial_of(saved),
        }

    def call(self, form: Any) -> Any:
        return save_rating(
            review=self.review,
            actor=self.actor,
            user_id=self.request.user.pk,
            answers=form.given,
            submit=self.is_submitting,
        )

    def refused(self, form: Any, refusal: DomainError) -> None:
        form.refuse_item(refusal.field, str(refusal.message))

    @property
    def success_message(self) -> str:
        if not self.is_submitting:
            return _("Saved. Nobody reads it before you submit it.")
        return _("Your rating is submitted. Thank you.")


def sent_to_rating(view: ReviewForm) -> HttpResponseRedirectBase | None:
    """The way to the rating alone, for a rater who may not see the partner; what was typed goes along."""
    public_id = view.kwargs["review"]
    if view.within_reach().filter(public_id=public_id).exists():
        return None
    if not rated_by(view.request.membership.user_id).filter(public_id=public_id).exists():
        return None
    return redirect(view.here("review_rate", review=public_id), preserve_request=True)


class ReviewRate(RatingForm):
    """One's own rating and nothing else: no score, no words of the partner, no other rater.

    It serves members who see their own partners alone and are asked about another one. Whoever may see the partner is
    led to the review itself.
    """

    permission = REVIEW_RATE
    template_name = "reviews/rating.html"

    @cached_property
    def is_in_reach(self) -> bool:
        """Whether this person may see the partner anyway."""
        return self.within_reach().filter(public_id=self.kwargs["review"]).exists()

    @cached_property
    def review(self) -> Review:
        """The review of the address, if this person is asked to rate in it or may see the partner."""
        rows = self.within_reach() if self.is_in_reach else whole(rated_by(self.request.membership.user_id))
        review: Review = get_or_404(rows, public_id=self.kwargs["review"])
        return review

    @property
    def back_url(self) -> str:
        """This page, which says that the rating is kept."""
        return self.here("review_rate", review=self.kwargs["review"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_in_reach:
            return redirect(self.here("review_detail", review=self.review.public_id))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form") or self.get_form()
        sections = [(section, form.rows_of(section.pk)) for section in self.content.sections]
        return super().get_context_data(
            **{
                **kwargs,
                "form": form,
                "section_rows": [(section, rows) for section, rows in sections if rows],
                "levels": self.review.template.levels,
                "has_submitted": all(rater.submitted_at for rater in self.own_roles),
                "is_before": self.review.status
                in (ReviewStatus.SCHEDULED, ReviewStatus.SNAPSHOT_TAKEN, ReviewStatus.SELF_ASSESSMENT),
            }
        )
