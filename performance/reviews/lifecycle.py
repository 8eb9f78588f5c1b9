"""The moves of a review, in one table. Services ask it, screens draw their buttons from it.

    scheduled > snapshot_taken > self_assessment > rating > draft_ready > shared
    shared > accepted | contested > (corrected | upheld) > meeting_held > signed > closed

A review nobody signed in time goes from meeting_held to closed, as “not acknowledged”.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.reviews.choices import ReviewStatus as S
from performance.reviews.permissions import OWN_REVIEW_ANSWER, OWN_REVIEW_SIGN, REVIEW_LEAD
from prm.errors import Conflict
from prm.lifecycle import Lifecycle, Move

REVIEW_LIFECYCLE = Lifecycle(
    "review",
    [
        Move(S.SCHEDULED, S.SNAPSHOT_TAKEN, REVIEW_LEAD, gettext_lazy("Freeze the score")),
        Move(S.SNAPSHOT_TAKEN, S.SELF_ASSESSMENT, REVIEW_LEAD, gettext_lazy("Ask for the self-assessment")),
        Move(S.SELF_ASSESSMENT, S.RATING, OWN_REVIEW_ANSWER, gettext_lazy("Submit the self-assessment")),
        Move(S.RATING, S.DRAFT_READY, REVIEW_LEAD, gettext_lazy("End the ratings")),
        Move(S.DRAFT_READY, S.SHARED, REVIEW_LEAD, gettext_lazy("Share with partner")),
        Move(S.SHARED, S.ACCEPTED, OWN_REVIEW_SIGN, gettext_lazy("Accept the figures")),
        Move(S.SHARED, S.CONTESTED, OWN_REVIEW_SIGN, gettext_lazy("Contest a figure"), needs_reason=True),
        Move(S.CONTESTED, S.CORRECTED, REVIEW_LEAD, gettext_lazy("Corrected at the source")),
        Move(S.CONTESTED, S.UPHELD, REVIEW_LEAD, gettext_lazy("Uphold the figure"), needs_reason=True),
        Move(S.ACCEPTED, S.MEETING_HELD, REVIEW_LEAD, gettext_lazy("Record the meeting")),
        Move(S.CORRECTED, S.MEETING_HELD, REVIEW_LEAD, gettext_lazy("Record the meeting")),
        Move(S.UPHELD, S.MEETING_HELD, REVIEW_LEAD, gettext_lazy("Record the meeting")),
        Move(S.MEETING_HELD, S.SIGNED, REVIEW_LEAD, gettext_lazy("Sign")),
        Move(S.MEETING_HELD, S.CLOSED, REVIEW_LEAD, gettext_lazy("Close as not acknowledged")),
        Move(S.SIGNED, S.CLOSED, REVIEW_LEAD, gettext_lazy("Close")),
    ],
)


def check_move(source: str, target: str) -> Move:
    """The move between two statuses.

    Raises:
        Conflict: when the table has no such move; the sentence names both statuses and what is possible.
    """
    try:
        return REVIEW_LIFECYCLE.check(source, target)
    except Conflict as refusal:
        possible = ", ".join(str(S(move.target).label) for move in REVIEW_LIFECYCLE.from_status(source))
        raise Conflict(
            _("This review is at “%(source)s” and cannot go to “%(target)s”. Possible: %(possible)s.")
            % {"source": S(source).label, "target": S(target).label, "possible": possible or _("nothing")},
            code=refusal.code,
            field="status",
        ) from None
