"""The meeting of a review: planned with an invitation, then recorded."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reviews.choices import ReviewStatus
from performance.reviews.models import Review
from performance.reviews.services import news
from performance.reviews.services.moves import lock, move
from performance.reviews.services.steps import today
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope
from prm.workdays import add_workdays

FURTHEST = timedelta(days=36_525)
OVER = (ReviewStatus.MEETING_HELD, ReviewStatus.SIGNED, ReviewStatus.CLOSED)


def plan_meeting(
    *,
    review: Review,
    actor: Actor,
    at: datetime,
    minutes: int = 60,
    place: str = "",
    agenda: str = "",
    attendees: Sequence[str] = (),
) -> Review:
    """Set or move the meeting; both sides get the invitation.

    Moved in time, the new day is what was promised. Once the day has passed without a meeting, it stays promised.

    Raises:
        Conflict: the meeting has been held.
        InvalidInput: it lies in the past or too far ahead, or has no length.
    """
    review = lock(review)
    if review.status in OVER:
        raise Conflict(_("The meeting has been held already."), code="meeting_held")
    if at <= timezone.now():
        raise InvalidInput(_("Choose a time to come."), field="at")
    if at > timezone.now() + FURTHEST:
        raise InvalidInput(_("This day is too far ahead."), field="at")
    if not 5 <= minutes <= 600:
        raise InvalidInput(_("A meeting lasts from 5 to 600 minutes."), field="minutes")
    before = review.meeting_at
    review.meeting_at, review.meeting_minutes, review.meeting_place = at, minutes, place.strip()
    review.agenda, review.attendees = agenda.strip(), _people(attendees)
    review.ics_sequence += 1
    if review.meeting_promised_on is None or review.meeting_promised_on >= today():
        review.meeting_promised_on = require_scope().tenant.local_date(at)
    review.save(
        update_fields=[
            "meeting_at",
            "meeting_promised_on",
            "meeting_minutes",
            "meeting_place",
            "agenda",
            "attendees",
            "ics_sequence",
        ]
    )
    record(actor=actor, action="review.meeting_planned", target=review, partner_id=review.partner_id,
           changes={"meeting_at": [before, at]})  # fmt: skip
    news.meeting(review)
    return review


def hold_meeting(
    *, review: Review, actor: Actor, met_on: date, notes: str = "", attendees: Sequence[str] = ()
) -> Review:
    """Record that the meeting took place. Both sides have the template's business days to sign from then on.

    Raises:
        Conflict: the figures are not settled yet.
        InvalidInput: the day is to come, or before the review was shared.
    """
    review = lock(review)
    if met_on > today():
        raise InvalidInput(_("A meeting to come cannot have been held."), field="met_on")
    if review.shared_at is not None and met_on < timezone.localdate(review.shared_at):
        raise InvalidInput(_("Hold the meeting after the review was shared."), field="met_on")
    due = add_workdays(today(), review.template.sign_days)
    move(
        review,
        ReviewStatus.MEETING_HELD,
        actor,
        due_on=due,
        met_on=met_on,
        notes=notes.strip(),
        attendees=_people(attendees) or review.attendees,
    )
    news.please_sign(review)
    return review


def _people(names: Sequence[str]) -> list[str]:
    return [name.strip()[:160] for name in names if name.strip()]
