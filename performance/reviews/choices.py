"""The closed sets of words that reviews use. Stored as short text, never as database enums."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReviewStatus(TextChoices):
    """How far a review is. `lifecycle.py` has the moves between them."""

    SCHEDULED = "scheduled", _("Scheduled")
    SNAPSHOT_TAKEN = "snapshot_taken", _("Score frozen")
    SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
    RATING = "rating", _("Rating")
    DRAFT_READY = "draft_ready", _("Draft ready")
    SHARED = "shared", _("Shared")
    ACCEPTED = "accepted", _("Accepted")
    CONTESTED = "contested", _("Contested")
    CORRECTED = "corrected", _("Corrected")
    UPHELD = "upheld", _("Upheld")
    MEETING_HELD = "meeting_held", _("Meeting held")
    SIGNED = "signed", _("Signed")
    CLOSED = "closed", _("Closed")


BEFORE_SHARING = (
    ReviewStatus.SCHEDULED,
    ReviewStatus.SNAPSHOT_TAKEN,
    ReviewStatus.SELF_ASSESSMENT,
    ReviewStatus.RATING,
    ReviewStatus.DRAFT_READY,
)
"""In these the partner sees its own side alone."""

SETTLED = (ReviewStatus.ACCEPTED, ReviewStatus.CORRECTED, ReviewStatus.UPHELD)
"""Shared, and nothing is contested any more: the meeting can be held."""


class ReviewEnd(TextChoices):
    """How a closed review ended."""

    SIGNED = "signed", _("Signed by both sides")
    NOT_ACKNOWLEDGED = "silent", _("Not acknowledged")


class Side(TextChoices):
    """The two sides of a review."""

    VENDOR = "vendor", _("Our side")
    PARTNER = "partner", _("Partner")


class ContestOutcome(TextChoices):
    """What became of a contested figure."""

    OPEN = "open", _("Open")
    CORRECTED = "corrected", _("Corrected")
    UPHELD = "upheld", _("Upheld")


class ActionStatus(TextChoices):
    """Where an agreed action stands."""

    PROPOSED = "proposed", _("Proposed")
    ACCEPTED = "accepted", _("Accepted")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


OPEN_ACTIONS = (ActionStatus.PROPOSED, ActionStatus.ACCEPTED)


class CarryVerdict(TextChoices):
    """What a review says of an action of the review before."""

    DONE = "done", _("Done")
    GOES_ON = "goes_on", _("Goes on")
    DROPPED = "dropped", _("Dropped")
