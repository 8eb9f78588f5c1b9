"""The partner's answer to a shared review: accepted, or one figure contested and then corrected or upheld."""

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.models import KPI
from performance.reviews.choices import ContestOutcome, ReviewStatus
from performance.reviews.lifecycle import REVIEW_LIFECYCLE
from performance.reviews.models import Contest, Review
from performance.reviews.queries.frozen import card_of, frozen_from, lines_of
from performance.reviews.services import news
from performance.reviews.services.moves import lock, move
from performance.reviews.services.results import settle_result
from performance.reviews.services.steps import take_snapshot, today
from prm.access.actor import Actor
from prm.errors import Conflict, InvalidInput
from prm.files.documents import keep_document
from prm.workdays import add_workdays

TEXT_LENGTH = 4000


def accept_review(*, review: Review, actor: Actor, was_silent: bool = False) -> Review:
    """The partner accepts the figures, or has let the days to contest them pass."""
    review = lock(review)
    reason = _("Nothing was contested in time.") if was_silent else ""
    move(review, ReviewStatus.ACCEPTED, actor, reason=reason, due_on=None, was_silent=was_silent)
    news.answered(review)
    return review


def contest_figure(
    *, review: Review, actor: Actor, kpi: KPI, text: str, evidence: UploadedFile | None = None
) -> Contest:
    """The partner contests one KPI of the frozen scorecard, within the template's business days of sharing.

    From now on we have the template's business days to answer.

    Raises:
        Conflict: the review is not shared, or the days are over.
        InvalidInput: no text, or a KPI that is not on the scorecard.
    """
    review = lock(review)
    text = text.strip()
    if not text:
        raise InvalidInput(_("Say what is wrong with the figure."), field="text")
    if len(text) > TEXT_LENGTH:
        raise InvalidInput(_("Keep it to %(count)d characters.") % {"count": TEXT_LENGTH}, field="text")
    snapshot = review.snapshots.order_by("-version").first()
    if snapshot is None or kpi.pk not in {line.kpi_id for line in lines_of(snapshot)}:
        raise InvalidInput(_("This KPI is not on the scorecard of the review."), field="kpi")
    if review.status == ReviewStatus.SHARED and review.due_on is not None and today() > review.due_on:
        raise Conflict(_("Figures could be contested until %(day)s.") % {"day": review.due_on}, code="contest_late")
    REVIEW_LIFECYCLE.check(review.status, ReviewStatus.CONTESTED)
    stored = None
    if evidence is not None:
        stored = keep_document(actor=actor, upload=evidence, field="evidence", purpose="review_contest")
    due = add_workdays(today(), review.template.answer_days)
    move(review, ReviewStatus.CONTESTED, actor, reason=text, due_on=due)
    contest = Contest.objects.create(
        review=review, kpi=kpi, text=text, evidence=stored, raised_by=actor.label[:160], answer_due_on=due
    )
    news.answered(review)
    return contest


def uphold_figure(*, review: Review, actor: Actor, reason: str) -> Review:
    """The contested figure stands, for a reason that the partner reads.

    Raises:
        InvalidInput: there is no reason.
    """
    review = lock(review)
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("Say why the figure stands. The partner reads it."), field="reason")
    move(review, ReviewStatus.UPHELD, actor, reason=reason, due_on=None)
    return _decided(review, actor, ContestOutcome.UPHELD, reason)


def correct_figure(*, review: Review, actor: Actor, reason: str = "") -> Review:
    """The source data of the contested figure was corrected: freeze the card anew and work the result out again.

    Nobody types a figure: the new snapshot is the card as it is computed now.

    Raises:
        Conflict: the card still says of this KPI what the snapshot says.
    """
    review = lock(review)
    REVIEW_LIFECYCLE.check(review.status, ReviewStatus.CORRECTED)
    contest = review.contests.select_related("kpi").get()
    former = review.snapshots.order_by("-version").first()
    card = card_of(review)
    if (
        card is None
        or former is None
        or _figure(lines_of(former), contest) == _figure(lines_of(frozen_from(card)), contest)
    ):
        raise Conflict(
            _(
                "%(kpi)s is still the same on the scorecard. Correct its measurements first; where the period is "
                "closed, apply the restatement as well. Then come back."
            )
            % {"kpi": contest.kpi.name},
            code="nothing_corrected",
        )
    move(review, ReviewStatus.CORRECTED, actor, reason=reason.strip(), due_on=None)
    take_snapshot(review, reason=_("%(kpi)s was corrected at its source") % {"kpi": contest.kpi.name})
    settle_result(review)
    return _decided(review, actor, ContestOutcome.CORRECTED, reason.strip())


def _figure(lines: list, contest: Contest) -> object:
    line = next((line for line in lines if line.kpi_id == contest.kpi_id), None)
    return None if line is None else (line.actual, line.points, line.state)


def _decided(review: Review, actor: Actor, outcome: ContestOutcome, reason: str) -> Review:
    Contest.objects.filter(review=review, outcome=ContestOutcome.OPEN).update(
        outcome=outcome, decided_at=timezone.now(), decided_by=actor.label[:160], reason=reason
    )
    news.decided(review)
    return review
