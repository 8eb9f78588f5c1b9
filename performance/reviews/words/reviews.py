"""What a review says of itself in words: its steps, what it waits for, what happened."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.reviews.choices import BEFORE_SHARING, ReviewEnd, ReviewStatus
from performance.reviews.models import Review
from prm.audit.models import AuditEntry
from prm.ui import formats

TONES = {
    ReviewStatus.SCHEDULED: "",
    ReviewStatus.CONTESTED: "warn",
    ReviewStatus.ACCEPTED: "pos",
    ReviewStatus.SIGNED: "pos",
    ReviewStatus.CLOSED: "",
}


def tone_of(review: Review) -> str:
    """The colour of the status."""
    if review.status == ReviewStatus.CLOSED:
        return "pos" if review.end == ReviewEnd.SIGNED else "neg"
    return TONES.get(ReviewStatus(review.status), "acc")


def status_words(review: Review) -> str:
    """The status; of a closed review how it ended."""
    if review.status == ReviewStatus.CLOSED:
        return str(ReviewEnd(review.end).label)
    return str(ReviewStatus(review.status).label)


def steps_of(review: Review) -> list[tuple[str, str]]:
    """The five steps of the head, as (state, name); state is done, now or next."""
    order = [_("Self-assessment"), _("Ratings"), _("Shared"), _("Meeting"), _("Sign-off")]
    status = ReviewStatus(review.status)
    place = {
        ReviewStatus.SCHEDULED: 0,
        ReviewStatus.SNAPSHOT_TAKEN: 0,
        ReviewStatus.SELF_ASSESSMENT: 0,
        ReviewStatus.RATING: 1,
        ReviewStatus.DRAFT_READY: 2,
        ReviewStatus.SHARED: 2,
        ReviewStatus.CONTESTED: 2,
        ReviewStatus.ACCEPTED: 3,
        ReviewStatus.CORRECTED: 3,
        ReviewStatus.UPHELD: 3,
        ReviewStatus.MEETING_HELD: 4,
        ReviewStatus.SIGNED: 5,
        ReviewStatus.CLOSED: 5,
    }[status]
    return [("done" if n < place else "now" if n == place else "next", name) for n, name in enumerate(order)]


def waits_words(review: Review) -> str:
    """What the review waits for, in one sentence, with the day it is due."""
    day = formats.day(review.due_on, year=True) if review.due_on else ""
    match review.status:
        case ReviewStatus.SCHEDULED:
            opens = formats.day(review.opens_on, year=True)
            return _("The score is frozen on %(day)s, then the partner is asked.") % {"day": opens}
        case ReviewStatus.SNAPSHOT_TAKEN:
            return _("The score is frozen. The partner has not been asked yet.")
        case ReviewStatus.SELF_ASSESSMENT:
            return _("The self-assessment is due on %(day)s.") % {"day": day}
        case ReviewStatus.RATING:
            return _("The ratings are due on %(day)s.") % {"day": day}
        case ReviewStatus.DRAFT_READY:
            return _("Both sides are in. The draft can be shared.")
        case ReviewStatus.SHARED:
            return _("The partner can accept or contest until %(day)s.") % {"day": day}
        case ReviewStatus.CONTESTED:
            if not day:
                return _("A figure is contested and needs a decision.")
            return _("A figure is contested. The answer is due on %(day)s.") % {"day": day}
        case ReviewStatus.ACCEPTED | ReviewStatus.CORRECTED | ReviewStatus.UPHELD:
            if review.meeting_at is None:
                return _("The meeting has no date yet.")
            return _("The meeting is on %(at)s.") % {"at": formats.stamp(review.meeting_at)}
        case ReviewStatus.MEETING_HELD:
            return _("Both sides sign until %(day)s.") % {"day": day}
        case ReviewStatus.SIGNED:
            return _("Both sides have signed.")
    return _("The review is closed.")


def due_words(review: Review) -> str:
    """What has to be done on the day the present step is due, in a word or two."""
    said = {
        ReviewStatus.SCHEDULED: _("Score is frozen"),
        ReviewStatus.SELF_ASSESSMENT: _("Self-assessment due"),
        ReviewStatus.RATING: _("Ratings due"),
        ReviewStatus.SHARED: _("Answer due"),
        ReviewStatus.MEETING_HELD: _("Signatures due"),
    }
    return said.get(ReviewStatus(review.status)) or status_words(review)


def overdue_words(review: Review, days: int) -> str:
    """How late the present step is."""
    return ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}


def event_words(entry: AuditEntry) -> str:
    """What an entry of the audit trail says on the review."""
    said = {
        "review.created": _("Review created"),
        "review.snapshot_taken": _("Score frozen"),
        "review.self_assessment": _("Self-assessment asked for"),
        "review.assessment_saved": _("Self-assessment saved"),
        "review.rating": _("Ratings began"),
        "review.rated": _("Rating submitted"),
        "review.rater_added": _("Rater added"),
        "review.rater_removed": _("Rater removed"),
        "review.draft_ready": _("Draft ready"),
        "review.shared": _("Shared with the partner"),
        "review.accepted": _("Figures accepted"),
        "review.contested": _("Figure contested"),
        "review.corrected": _("Corrected at the source"),
        "review.upheld": _("Figure upheld"),
        "review.meeting_planned": _("Meeting planned"),
        "review.meeting_held": _("Meeting held"),
        "review.signature": _("Signed by one side"),
        "review.signed": _("Signed by both sides"),
        "review.closed": _("Closed"),
        "review.action_added": _("Action added"),
        "review.action_changed": _("Action changed"),
        "review.action_moved": _("Action settled"),
        "review.action_goes_on": _("Action goes on"),
        "review.owner_changed": _("Owner changed"),
    }
    return said.get(entry.action, entry.action)


SHOWN_TO_PARTNERS = (
    "review.self_assessment",
    "review.shared",
    "review.accepted",
    "review.contested",
    "review.corrected",
    "review.upheld",
    "review.meeting_planned",
    "review.meeting_held",
    "review.signature",
    "review.signed",
    "review.closed",
)
"""What a partner reads of the history."""


def is_open_to_partner(review: Review) -> bool:
    """Whether the partner sees both sides."""
    return review.status not in BEFORE_SHARING
