"""The steps of our side, each on a page that says what will happen before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.reviews.choices import Side
from performance.reviews.forms.steps import OwnerForm, RaterForm, ReasonForm, SignForm
from performance.reviews.models import Review
from performance.reviews.permissions import REVIEW_CREATE, REVIEW_LEAD
from performance.reviews.queries.content import content_of
from performance.reviews.queries.people import member_names
from performance.reviews.services.assessing import add_rater, remove_rater
from performance.reviews.services.contesting import correct_figure, uphold_figure
from performance.reviews.services.creating import change_owner, withdraw_review
from performance.reviews.services.signing import close_review, sign_review
from performance.reviews.services.steps import (
    ask_self_assessment,
    end_ratings,
    go_on_without,
    open_review,
    share_review,
)
from performance.reviews.views.base import OfReview, ReviewForm
from prm.ui.steps import ServiceButton


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what its page says, the service behind it, and whether it asks for a reason."""

    title: Any
    text: Any
    submit: Any
    done: Any
    call: Callable[..., Any]
    reason: Any = ""
    is_optional: bool = False


STEPS = {
    "open": Step(
        gettext_lazy("Freeze the score and ask the partner"),
        gettext_lazy(
            "The scorecard of the period is copied into the review as it is now, and the partner is asked to assess "
            "itself. Later restatements show a note here and change nothing."
        ),
        gettext_lazy("Freeze and ask"),
        gettext_lazy("The score is frozen. The partner is asked for its side."),
        open_review,
    ),
    "ask": Step(
        gettext_lazy("Ask for the self-assessment"),
        gettext_lazy("Everybody with access to the partner's portal is told."),
        gettext_lazy("Ask the partner"),
        gettext_lazy("The partner is asked for its side."),
        ask_self_assessment,
    ),
    "rate": Step(
        gettext_lazy("Go on without the self-assessment"),
        gettext_lazy("The partner's days have passed. Its side stays empty and the ratings begin."),
        gettext_lazy("Begin the ratings"),
        gettext_lazy("The ratings have begun."),
        go_on_without,
    ),
    "draft": Step(
        gettext_lazy("End the ratings"),
        gettext_lazy(
            "Whoever has not submitted is shown and not counted. With too few raters there is no result from ratings."
        ),
        gettext_lazy("End the ratings"),
        gettext_lazy("The ratings have ended. The draft is ready."),
        end_ratings,
    ),
    "share": Step(
        gettext_lazy("Share with the partner"),
        gettext_lazy(
            "The partner reads both sides, the result and the actions. From then on it can accept the figures or "
            "contest one of them in time. Raters stand there by their role, not by name."
        ),
        gettext_lazy("Share with partner"),
        gettext_lazy("The review is shared with the partner."),
        share_review,
    ),
    "uphold": Step(
        gettext_lazy("Uphold the contested figure"),
        gettext_lazy("The figure stays as it is. The partner reads your reason."),
        gettext_lazy("Uphold the figure"),
        gettext_lazy("The figure is upheld and the partner is told why."),
        uphold_figure,
        reason=gettext_lazy("Why it stands"),
    ),
    "correct": Step(
        gettext_lazy("The data was corrected"),
        gettext_lazy(
            "No figure is typed in here. Correct the measurement where it is kept; once the scorecard says something "
            "else of this KPI, it is frozen anew as the next version and the result is worked out again."
        ),
        gettext_lazy("Freeze the corrected score"),
        gettext_lazy("The corrected score is frozen and the partner is told."),
        correct_figure,
        reason=gettext_lazy("What was corrected"),
        is_optional=True,
    ),
    "close": Step(
        gettext_lazy("Close the review"),
        gettext_lazy("Open actions go on and are carried into the next review."),
        gettext_lazy("Close"),
        gettext_lazy("The review is closed."),
        close_review,
    ),
}


class ReviewStep(ReviewForm):
    """One of the steps."""

    permission = REVIEW_LEAD
    form_class = ReasonForm

    @property
    def step(self) -> Step:
        found = STEPS.get(self.kwargs["step"])
        if found is None:
            raise Http404
        return found

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if not self.step.reason:
            del form.fields["reason"]
        return form

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        return {**kwargs, "label": self.step.reason, "is_required": not self.step.is_optional}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step = self.step
        words = {"step_title": step.title, "step_text": step.text, "step_submit": step.submit}
        return super().get_context_data(**{**words, "is_danger": False, **kwargs})

    def call(self, form: Any) -> Any:
        given = {"reason": form.cleaned_data["reason"]} if "reason" in form.fields else {}
        return self.step.call(review=self.review, actor=self.actor, **given)

    @property
    def success_message(self) -> Any:
        return self.step.done


class ReviewSign(ReviewForm):
    """Our side's signature."""

    permission = REVIEW_LEAD
    form_class = SignForm
    title = gettext_lazy("Sign the review")
    text = gettext_lazy("Signing keeps the review with your name and a time stamp. It cannot be taken back.")
    submit = gettext_lazy("Sign review")
    success_message = gettext_lazy("You have signed for our side.")

    def call(self, form: Any) -> Any:
        return sign_review(review=self.review, actor=self.actor, side=Side.VENDOR, remarks=form.cleaned_data["remarks"])


class ReviewOwner(ReviewForm):
    """Another member leads the review."""

    permission = REVIEW_LEAD
    form_class = OwnerForm
    title = gettext_lazy("Change the owner")
    text = gettext_lazy("The owner takes the steps of our side and hears what the partner answers.")
    submit = gettext_lazy("Change owner")
    success_message = gettext_lazy("The review has another owner.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "members": sorted(member_names().items(), key=lambda one: one[1])}

    def get_initial(self) -> dict[str, Any]:
        return {"owner": self.review.owner_id}

    def call(self, form: Any) -> Any:
        return change_owner(review=self.review, actor=self.actor, owner_id=form.cleaned_data["owner"])


class RaterAdd(ReviewForm):
    """Ask one more member."""

    permission = REVIEW_LEAD
    form_class = RaterForm
    title = gettext_lazy("Ask one more rater")
    text = gettext_lazy("They are told once the ratings begin.")
    submit = gettext_lazy("Ask")
    success_message = gettext_lazy("One more rater is asked.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "roles": [(role.pk, role.name) for role in content_of(self.review.template_id).roles.values()],
            "members": sorted(member_names().items(), key=lambda one: one[1]),
        }

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return add_rater(review=self.review, actor=self.actor, role_id=data["role"], user_id=data["member"])


class RaterRemove(ServiceButton, OfReview):
    """No longer ask somebody."""

    permission = REVIEW_LEAD
    http_method_names = ("post",)
    rater_id = 0

    def load(self, *, rater: int, **_kwargs: Any) -> None:
        self.rater_id = rater
        if not self.review.raters.filter(pk=rater).exists():
            raise Http404

    def perform(self) -> str:
        remove_rater(review=self.review, actor=self.actor, rater_id=self.rater_id)
        return _("They are no longer asked.")

    def back(self) -> str:
        return self.back_url


class ReviewWithdraw(ReviewForm):
    """Take back a review that has not begun."""

    permission = REVIEW_CREATE
    form_class = ReasonForm
    title = gettext_lazy("Take the review back")
    text = gettext_lazy("Nothing has happened in it yet. It disappears, and can be created again.")
    submit = gettext_lazy("Take back")
    is_danger = True
    success_message = gettext_lazy("The review is taken back.")

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        del form.fields["reason"]
        return form

    def call(self, form: Any) -> Any:
        review: Review = self.review
        withdraw_review(review=review, actor=self.actor)

    def get_success_url(self) -> str:
        return self.here("review_list")
