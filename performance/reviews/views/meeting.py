"""The meeting: planning and recording it, its invitation, and the evidence of a contest as downloads."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from performance.reviews.forms.steps import HeldForm, MeetingForm
from performance.reviews.ics import invitation
from performance.reviews.models import Contest, Review
from performance.reviews.pdf import pack_name, review_pack
from performance.reviews.permissions import REVIEW_LEAD, REVIEW_VIEW
from performance.reviews.services.meeting import hold_meeting, plan_meeting
from performance.reviews.services.news import page_of
from performance.reviews.views.base import OfReview, ReviewForm, names_of
from prm.files.documents import download
from prm.pdf import pdf_response


class MeetingPlan(ReviewForm):
    """When and where; both sides are told."""

    permission = REVIEW_LEAD
    form_class = MeetingForm
    title = gettext_lazy("Plan the meeting")
    text = gettext_lazy("Both sides are told and find the invitation for their calendar on the review.")
    submit = gettext_lazy("Plan meeting")
    success_message = gettext_lazy("The meeting is planned. Both sides are told.")

    def get_initial(self) -> dict[str, Any]:
        review = self.review
        local = timezone.localtime(review.meeting_at) if review.meeting_at else None
        return {
            "day": local.date() if local else None,
            "at": local.time() if local else None,
            "minutes": review.meeting_minutes,
            "place": review.meeting_place,
            "agenda": review.agenda,
            "attendees": "\n".join(review.attendees),
        }

    def call(self, form: Any) -> Review:
        data = form.cleaned_data
        return plan_meeting(
            review=self.review,
            actor=self.actor,
            at=form.when,
            minutes=data["minutes"],
            place=data["place"],
            agenda=data["agenda"],
            attendees=names_of(data["attendees"]),
        )


class MeetingHeld(ReviewForm):
    """The meeting took place; the days to sign begin."""

    permission = REVIEW_LEAD
    form_class = HeldForm
    title = gettext_lazy("Record the meeting")
    text = gettext_lazy("Then both sides sign. What is not signed in time is closed as not acknowledged.")
    submit = gettext_lazy("Record meeting")
    success_message = gettext_lazy("The meeting is recorded. Both sides are asked to sign.")

    def get_initial(self) -> dict[str, Any]:
        return {"met_on": timezone.localdate(), "attendees": "\n".join(self.review.attendees)}

    def call(self, form: Any) -> Review:
        data = form.cleaned_data
        return hold_meeting(
            review=self.review,
            actor=self.actor,
            met_on=data["met_on"],
            notes=data["notes"],
            attendees=names_of(data["attendees"]),
        )


class MeetingInvitation(OfReview):
    """The meeting for one's own calendar."""

    permission = REVIEW_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return invitation_response(self.review, page_of(self.review))


def invitation_response(review: Review, page: str) -> HttpResponse:
    """The invitation as a download; 404 while no meeting is planned."""
    if review.meeting_at is None:
        raise Http404
    url = settings.PUBLIC_URL.rstrip("/") + page
    response = HttpResponse(invitation(review, url=url, made_at=timezone.now()), content_type="text/calendar")
    response["Content-Disposition"] = 'attachment; filename="review.ics"'
    return response


class ReviewPack(OfReview):
    """The review as a PDF for its meeting."""

    permission = REVIEW_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return pdf_response(review_pack(self.review), pack_name(self.review))


class ContestEvidence(OfReview):
    """The file that the partner gave with its contest."""

    permission = REVIEW_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> FileResponse:
        return evidence_response(self.review)


def evidence_response(review: Review) -> FileResponse:
    """The evidence of a review's contest as a download, or 404."""
    contest = Contest.objects.filter(review=review, evidence__isnull=False).select_related("evidence").first()
    if contest is None or contest.evidence is None:
        raise Http404
    return download(contest.evidence)
