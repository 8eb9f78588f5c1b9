"""The end of a review: both sides sign, or the time runs out."""

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reviews.choices import OPEN_ACTIONS, ReviewEnd, ReviewStatus, Side
from performance.reviews.models import Review, Signature
from performance.reviews.queries.reviews import REVIEW_COUNTS
from performance.reviews.services import news
from performance.reviews.services.moves import lock, move
from performance.reviews.services.steps import today
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict


def sign_review(*, review: Review, actor: Actor, side: Side, remarks: str = "") -> Signature:
    """Sign for one side. The second signature makes the review signed.

    Raises:
        Conflict: the meeting was not held, the side has signed, or an action lacks its owner or its day.
    """
    review = lock(review)
    if review.status != ReviewStatus.MEETING_HELD:
        raise Conflict(_("A review is signed after its meeting, and once by each side."), code="not_signable")
    if review.signatures.filter(side=side).exists():
        raise Conflict(_("Your side has signed already."), code="signed_already")
    lacking = [action.title for action in review.actions.filter(status__in=OPEN_ACTIONS) if not action.is_complete]
    if lacking:
        raise Conflict(
            _("These actions need an owner and a due date first: %(titles)s.") % {"titles": ", ".join(lacking)},
            code="actions_incomplete",
        )
    signature = Signature.objects.create(
        review=review, side=side, user_id=actor.user_id, name=actor.label[:160], remarks=remarks.strip()
    )
    record(actor=actor, action="review.signature", target=review, partner_id=review.partner_id,
           changes={"side": [None, side.value]}, reason=remarks.strip())  # fmt: skip
    REVIEW_COUNTS.forget()
    if review.signatures.count() == len(Side):
        move(review, ReviewStatus.SIGNED, actor, due_on=None)
    news.signed(review, signature)
    return signature


def close_review(*, review: Review, actor: Actor) -> Review:
    """Close a signed review, or one that nobody acknowledged in time.

    Raises:
        Conflict: the days to sign are not over yet.
    """
    review = lock(review)
    end = ReviewEnd.SIGNED
    if review.status == ReviewStatus.MEETING_HELD:
        if review.due_on is not None and today() <= review.due_on:
            raise Conflict(
                _("Both sides can sign until %(day)s. After that the review closes as not acknowledged.")
                % {"day": review.due_on},
                code="too_early",
            )
        end = ReviewEnd.NOT_ACKNOWLEDGED
    move(review, ReviewStatus.CLOSED, actor, due_on=None, end=end, closed_at=timezone.now())
    if end == ReviewEnd.NOT_ACKNOWLEDGED:
        news.not_acknowledged(review)
    return review
