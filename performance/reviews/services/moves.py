"""Moving a review: the row is locked, the table is asked, the change is recorded."""

from typing import Any

from django.utils import timezone

from performance.reviews.choices import ReviewStatus
from performance.reviews.lifecycle import REVIEW_LIFECYCLE
from performance.reviews.models import Review
from performance.reviews.queries.reviews import REVIEW_COUNTS
from prm.access.actor import Actor
from prm.audit.services import record


def lock(review: Review) -> Review:
    """The review as it is now, locked until the transaction ends: two people deciding at once take turns."""
    return (
        Review.objects.select_related("partner", "programme", "period", "template", "owner")
        .select_for_update(of=("self",))
        .get(pk=review.pk)
    )


def move(review: Review, target: ReviewStatus, actor: Actor, *, reason: str = "", **values: Any) -> Review:
    """Take a locked review to another status and keep who did it.

    Raises:
        Conflict: the table has no such move.
    """
    REVIEW_LIFECYCLE.check(review.status, target)
    changes = {"status": [review.status, target.value]}
    review.status, review.status_at, review.reminded_on = target, timezone.now(), None
    for name, value in values.items():
        setattr(review, name, value)
    review.save(update_fields=["status", "status_at", "reminded_on", *values])
    record(actor=actor, action=f"review.{target.value}", target=review, partner_id=review.partner_id, changes=changes,
           reason=reason)  # fmt: skip
    REVIEW_COUNTS.forget()
    return review
