"""Reviews on the partner's side: its own view, the shared result with contest, actions and signature."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Partner
from performance.reviews import cells
from performance.reviews.choices import ActionStatus, ReviewStatus, Side
from performance.reviews.forms.answers import AnswersForm
from performance.reviews.forms.steps import ActionStatusForm, ContestForm, ReasonForm, SignForm
from performance.reviews.models import ActionItem, Review
from performance.reviews.pdf import pack_name, review_pack
from performance.reviews.permissions import OWN_REVIEW_ANSWER, OWN_REVIEW_SIGN, OWN_REVIEW_VIEW
from performance.reviews.queries.reviews import own_reviews
from performance.reviews.screens.review import ReviewScreen, role_points
from performance.reviews.services.actions import set_action_status
from performance.reviews.services.assessing import save_assessment
from performance.reviews.services.contesting import accept_review, contest_figure
from performance.reviews.services.news import portal_page_of
from performance.reviews.services.signing import sign_review
from performance.reviews.views.actions import status_choices
from performance.reviews.views.meeting import evidence_response, invitation_response
from performance.reviews.words.reviews import is_open_to_partner, status_words, tone_of, waits_words
from performance.views.base import get_or_404
from portal.views.base import PartnerPage
from prm.access.views import PortalView
from prm.errors import DomainError
from prm.pdf import pdf_response
from prm.ui.lists import Column, ListPage
from prm.ui.steps import ServiceForm


class ReviewList(ListPage, PortalView):
    """The own company's reviews, those that wait for it first."""

    permission = OWN_REVIEW_VIEW
    key = "own_reviews"
    title = gettext_lazy("Reviews")
    base_template = "base_portal.html"
    template_name = "portal/review_list.html"
    has_saved_views = False
    has_export = False
    default_sort = "-period"
    counted = ngettext_lazy("%(count)s review", "%(count)s reviews", "count")
    empty_title = gettext_lazy("No reviews yet")
    empty_text = gettext_lazy(
        "When a period of yours is reviewed, it stands here: both views, the result, the actions."
    )
    empty_art = "done"
    columns = (
        Column("period", gettext_lazy("Review"), value="period.label", sort="period__start", always=True, phone="head",
               draw=cells.own_review),
        Column("status", gettext_lazy("Status"), value=status_words, sort="status", phone="head", draw=cells.status),
        Column("waits", gettext_lazy("What is next"), value=waits_words, phone="full", css="wr"),
        Column("meeting", gettext_lazy("Meeting"), value="meeting_at", sort="meeting_at", phone="hide"),
        Column("final", gettext_lazy("Result"), value="final", numeric=True, draw=cells.own_final, phone="kv"),
    )  # fmt: skip

    def rows(self) -> QuerySet:
        return own_reviews(self.partner_id)


class _OwnReview(PartnerPage):
    permission = OWN_REVIEW_VIEW

    @cached_property
    def review(self) -> Review:
        """The review of the address, only ever the partner's own."""
        rows = own_reviews(self.partner_id).select_related("template")
        rows = rows.select_related("partner", "programme", "period", "owner")
        review: Review = get_or_404(rows, public_id=self.kwargs["review"])
        return review

    @property
    def partner(self) -> Partner:
        """The partner comes with its review."""
        return self.review.partner

    @property
    def back_url(self) -> str:
        return portal_page_of(self.review)


class _OwnForm(ServiceForm, _OwnReview):
    """A form of the partner about its review; all or nothing."""

    template_name = "portal/review_form.html"
    title: Any = ""
    text: Any = ""
    submit: Any = ""

    def form_kwargs(self) -> dict[str, Any]:
        return {"files": self.request.FILES} if self.request.method == "POST" else {}

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "partner": self.partner,
            "review": self.review,
            "back_url": self.back_url,
            "step_title": self.title,
            "step_text": self.text,
            "step_submit": self.submit,
        }

    def perform(self, form: Any) -> HttpResponse:
        with transaction.atomic():  # a refusal half-way leaves nothing behind
            self.call(form)
        return redirect(self.back_url)

    def call(self, form: Any) -> None:
        """Call the service."""
        raise NotImplementedError


class ReviewDetail(_OwnForm):
    """One review: the own view to fill in, later both sides beside each other."""

    permission = OWN_REVIEW_VIEW
    write_permission = OWN_REVIEW_ANSWER
    template_name = "portal/review_detail.html"
    form_class = AnswersForm

    @cached_property
    def screen(self) -> ReviewScreen:
        return ReviewScreen(self.review, is_portal=True)

    @property
    def is_submitting(self) -> bool:
        """Which button was pressed."""
        return self.request.POST.get("decision") == "submit"

    @property
    def is_assessing(self) -> bool:
        """Whether the review waits for the partner's side."""
        return self.review.status == ReviewStatus.SELF_ASSESSMENT

    def form_kwargs(self) -> dict[str, Any]:
        may = self.is_assessing and OWN_REVIEW_ANSWER in self.request.can
        return {
            "items": self.screen.content.partner_items() if may else [],
            "levels": self.screen.levels,
            "initial": AnswersForm.initial_of(answer for answer in self.screen.answers if answer.rater_id is None),
        }

    def call(self, form: Any) -> None:
        try:
            with transaction.atomic():
                save_assessment(review=self.review, actor=self.actor, answers=form.given, submit=self.is_submitting)
        except DomainError as refusal:
            refusal.field = f"level-{refusal.field}" if refusal.field else None
            raise

    @property
    def success_message(self) -> str:
        if self.is_submitting:
            return _("Thank you. Your side is submitted.")
        return _("Saved. Nobody else reads it before you submit it.")

    def context(self, form: Any) -> dict[str, Any]:
        review, screen = self.review, self.screen
        is_open = is_open_to_partner(review)
        return {
            **super().context(form),
            "screen": screen,
            "section_rows": [(view, form.rows_of(view.section.pk)) for view in screen.sections],
            "is_rating": bool(form.items),
            "is_open": is_open,
            "status_words": status_words(review),
            "status_tone": tone_of(review),
            "waits_words": waits_words(review),
            "can_answer": review.status == ReviewStatus.SHARED,
            "can_sign": review.status == ReviewStatus.MEETING_HELD and Side.PARTNER not in screen.signatures,
            "is_signing": review.status == ReviewStatus.MEETING_HELD,
            "roles": role_points(screen) if is_open and screen.has_result else [],
        }


class ReviewAccept(_OwnForm):
    """The figures are right."""

    permission = OWN_REVIEW_SIGN
    form_class = ReasonForm
    title = gettext_lazy("Accept the figures")
    text = gettext_lazy("You accept the frozen scorecard of this review. After that no figure of it can be contested.")
    submit = gettext_lazy("Accept the figures")
    success_message = gettext_lazy("You have accepted the figures.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"is_required": False}

    def show(self, form: Any, **kwargs: Any) -> HttpResponse:
        form.fields.pop("reason", None)
        return super().show(form, **kwargs)

    def call(self, form: Any) -> None:
        accept_review(review=self.review, actor=self.actor)


class ReviewContest(_OwnForm):
    """One figure is wrong."""

    permission = OWN_REVIEW_SIGN
    form_class = ContestForm
    title = gettext_lazy("Contest a figure")
    text = gettext_lazy(
        "Name one figure, say what is wrong and add the proof. It is either corrected where the data is kept and the "
        "score is computed again, or upheld with a reason. Nobody changes a score by hand."
    )
    submit = gettext_lazy("Contest this figure")
    success_message = gettext_lazy("The figure is contested. You hear what becomes of it.")

    @cached_property
    def screen(self) -> ReviewScreen:
        return ReviewScreen(self.review, is_portal=True)

    def form_kwargs(self) -> dict[str, Any]:
        lines = self.screen.lines if is_open_to_partner(self.review) else []
        return {**super().form_kwargs(), "kpi_ids": [line.kpi_id for line in lines]}

    def call(self, form: Any) -> None:
        contest_figure(review=self.review, actor=self.actor, **form.cleaned_data)


class ReviewSign(_OwnForm):
    """The partner's signature, with remarks where it has some."""

    permission = OWN_REVIEW_SIGN
    form_class = SignForm
    title = gettext_lazy("Sign the review")
    text = gettext_lazy("Signing keeps the review with your name and a time stamp. You may sign with remarks.")
    submit = gettext_lazy("Sign review")
    success_message = gettext_lazy("You have signed the review.")

    def call(self, form: Any) -> None:
        sign_review(review=self.review, actor=self.actor, side=Side.PARTNER, remarks=form.cleaned_data["remarks"])


class ReviewAction(_OwnForm):
    """Accept an action, or say that an own one is done."""

    permission = OWN_REVIEW_ANSWER
    form_class = ActionStatusForm
    submit = gettext_lazy("Save status")
    success_message = gettext_lazy("The action has a new status.")

    @cached_property
    def action(self) -> ActionItem:
        action: ActionItem = get_or_404(ActionItem.objects.filter(review=self.review), public_id=self.kwargs["action"])
        if not is_open_to_partner(self.review):
            raise Http404
        return action

    @property
    def title(self) -> str:
        return self.action.title

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "choices": status_choices(self.action, Side.PARTNER)}

    def call(self, form: Any) -> None:
        data = form.cleaned_data
        set_action_status(
            action=self.action,
            actor=self.actor,
            status=ActionStatus(data["status"]),
            note=data["note"],
            side=Side.PARTNER,
        )


class ReviewInvitation(_OwnReview):
    """The meeting for one's own calendar."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return invitation_response(self.review, portal_page_of(self.review))


class ReviewPack(_OwnReview):
    """The shared review as a PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open_to_partner(self.review):
            raise Http404
        return pdf_response(review_pack(self.review, is_portal=True), pack_name(self.review))


class ReviewEvidence(_OwnReview):
    """The file that was given with the contest."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:  # type: ignore[override]
        return evidence_response(self.review)
