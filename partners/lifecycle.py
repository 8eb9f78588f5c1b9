"""The moves of a partner's status, in one table. The service asks it, the screens draw their menus from it.

    prospect -> applicant -> onboarding -> active <-> suspended
    every status -> terminated -> onboarding (reinstated)

Steps may be skipped forwards, since many partners are already working when they are first recorded. Steps back need
a reason, because somebody will ask.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import PartnerStatus as S
from partners.permissions import PARTNER_STATUS, PARTNER_TERMINATE
from prm.access.permissions import Can
from prm.errors import Conflict
from prm.lifecycle import Lifecycle, Move

PARTNER_LIFECYCLE = Lifecycle(
    "partner",
    [
        Move(S.PROSPECT, S.APPLICANT, PARTNER_STATUS, gettext_lazy("Record an application")),
        Move(S.PROSPECT, S.ONBOARDING, PARTNER_STATUS, gettext_lazy("Begin onboarding")),
        Move(S.PROSPECT, S.ACTIVE, PARTNER_STATUS, gettext_lazy("Make active")),
        Move(S.PROSPECT, S.TERMINATED, PARTNER_TERMINATE, gettext_lazy("Give up"), needs_reason=True),
        Move(S.APPLICANT, S.PROSPECT, PARTNER_STATUS, gettext_lazy("Back to prospect"), needs_reason=True),
        Move(S.APPLICANT, S.ONBOARDING, PARTNER_STATUS, gettext_lazy("Accept and begin onboarding")),
        Move(S.APPLICANT, S.ACTIVE, PARTNER_STATUS, gettext_lazy("Accept and make active")),
        Move(S.APPLICANT, S.TERMINATED, PARTNER_TERMINATE, gettext_lazy("Decline"), needs_reason=True),
        Move(S.ONBOARDING, S.APPLICANT, PARTNER_STATUS, gettext_lazy("Back to applicant"), needs_reason=True),
        Move(S.ONBOARDING, S.ACTIVE, PARTNER_STATUS, gettext_lazy("Finish onboarding")),
        Move(S.ONBOARDING, S.TERMINATED, PARTNER_TERMINATE, gettext_lazy("Terminate"), needs_reason=True),
        Move(S.ACTIVE, S.ONBOARDING, PARTNER_STATUS, gettext_lazy("Back to onboarding"), needs_reason=True),
        Move(S.ACTIVE, S.SUSPENDED, PARTNER_STATUS, gettext_lazy("Suspend"), needs_reason=True),
        Move(S.ACTIVE, S.TERMINATED, PARTNER_TERMINATE, gettext_lazy("Terminate"), needs_reason=True),
        Move(S.SUSPENDED, S.ACTIVE, PARTNER_STATUS, gettext_lazy("Lift the suspension"), needs_reason=True),
        Move(S.SUSPENDED, S.TERMINATED, PARTNER_TERMINATE, gettext_lazy("Terminate"), needs_reason=True),
        Move(S.TERMINATED, S.ONBOARDING, PARTNER_TERMINATE, gettext_lazy("Reinstate"), needs_reason=True),
    ],
)


def check_move(source: str, target: str) -> Move:
    """The move between two statuses.

    Raises:
        Conflict: when the table has no such move; the sentence names both statuses and what is possible.
    """
    try:
        return PARTNER_LIFECYCLE.check(source, target)
    except Conflict as refusal:
        possible = ", ".join(str(S(move.target).label) for move in PARTNER_LIFECYCLE.from_status(source))
        raise Conflict(
            _("A partner cannot go from “%(source)s” to “%(target)s”. Possible: %(possible)s.")
            % {"source": S(source).label, "target": S(target).label, "possible": possible},
            code=refusal.code,
            field="status",
        ) from None


def moves_for(status: str, can: Can) -> list[Move]:
    """The moves that leave a status and that this person may take."""
    return [move for move in PARTNER_LIFECYCLE.from_status(status) if move.permission in can]
