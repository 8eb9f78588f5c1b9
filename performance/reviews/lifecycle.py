"""The moves of a review, in one table. Services ask it, screens draw their buttons from it.

    scheduled > snapshot_taken > self_assessment > rating > draft_ready > shared
    shared > accepted | contested > (corrected | upheld) > meeting_held > signed > closed

A review nobody signed in time goes from meeting_held to closed, as “not acknowledged”.
"""

from django.utils.translation import gettext_lazy as _

from performance.reviews.choices import ReviewStatus as S
from performance.reviews.permissions import OWN_REVIEW_ANSWER, OWN_REVIEW_SIGN, REVIEW_LEAD
from prm.lifecycle import Lifecycle, Move

REVIEW_LIFECYCLE = Lifecycle(
    _("review"),
    S,
    [
        Move(S.SCHEDULED, S.SNAPSHOT_TAKEN, REVIEW_LEAD, _("Freeze the score")),
        Move(S.SNAPSHOT_TAKEN, S.SELF_ASSESSMENT, REVIEW_LEAD, _("Ask for the self-assessment")),
        Move(S.SELF_ASSESSMENT, S.RATING, OWN_REVIEW_ANSWER, _("Submit the self-assessment")),
        Move(S.RATING, S.DRAFT_READY, REVIEW_LEAD, _("End the ratings")),
        Move(S.DRAFT_READY, S.SHARED, REVIEW_LEAD, _("Share with partner")),
        Move(S.SHARED, S.ACCEPTED, OWN_REVIEW_SIGN, _("Accept the figures")),
        Move(S.SHARED, S.CONTESTED, OWN_REVIEW_SIGN, _("Contest a figure"), needs_reason=True),
        Move(S.CONTESTED, S.CORRECTED, REVIEW_LEAD, _("Corrected at the source")),
        Move(S.CONTESTED, S.UPHELD, REVIEW_LEAD, _("Uphold the figure"), needs_reason=True),
        Move(S.ACCEPTED, S.MEETING_HELD, REVIEW_LEAD, _("Record the meeting")),
        Move(S.CORRECTED, S.MEETING_HELD, REVIEW_LEAD, _("Record the meeting")),
        Move(S.UPHELD, S.MEETING_HELD, REVIEW_LEAD, _("Record the meeting")),
        Move(S.MEETING_HELD, S.SIGNED, REVIEW_LEAD, _("Sign")),
        Move(S.MEETING_HELD, S.CLOSED, REVIEW_LEAD, _("Close as not acknowledged")),
        Move(S.SIGNED, S.CLOSED, REVIEW_LEAD, _("Close")),
    ],
)
