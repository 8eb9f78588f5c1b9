"""The moves of a partner's status, in one table. The service asks it, the screens draw their menus from it.

    prospect -> applicant -> onboarding -> active <-> suspended
    every status -> terminated -> onboarding (reinstated)

Steps may be skipped forwards, since many partners are already working when they are first recorded. Steps back need
a reason, because somebody will ask.
"""

from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus as S
from partners.permissions import PARTNER_STATUS, PARTNER_TERMINATE
from prm.access.permissions import Can
from prm.lifecycle import Lifecycle, Move

PARTNER_LIFECYCLE = Lifecycle(
    _("partner"),
    S,
    [
        Move(S.PROSPECT, S.APPLICANT, PARTNER_STATUS, _("Record an application")),
        Move(S.PROSPECT, S.ONBOARDING, PARTNER_STATUS, _("Begin onboarding")),
        Move(S.PROSPECT, S.ACTIVE, PARTNER_STATUS, _("Make active")),
        Move(S.PROSPECT, S.TERMINATED, PARTNER_TERMINATE, _("Give up"), needs_reason=True),
        Move(S.APPLICANT, S.PROSPECT, PARTNER_STATUS, _("Back to prospect"), needs_reason=True),
        Move(S.APPLICANT, S.ONBOARDING, PARTNER_STATUS, _("Accept and begin onboarding")),
        Move(S.APPLICANT, S.ACTIVE, PARTNER_STATUS, _("Accept and make active")),
        Move(S.APPLICANT, S.TERMINATED, PARTNER_TERMINATE, _("Decline"), needs_reason=True),
        Move(S.ONBOARDING, S.APPLICANT, PARTNER_STATUS, _("Back to applicant"), needs_reason=True),
        Move(S.ONBOARDING, S.ACTIVE, PARTNER_STATUS, _("Finish onboarding")),
        Move(S.ONBOARDING, S.TERMINATED, PARTNER_TERMINATE, _("Terminate"), needs_reason=True),
        Move(S.ACTIVE, S.ONBOARDING, PARTNER_STATUS, _("Back to onboarding"), needs_reason=True),
        Move(S.ACTIVE, S.SUSPENDED, PARTNER_STATUS, _("Suspend"), needs_reason=True),
        Move(S.ACTIVE, S.TERMINATED, PARTNER_TERMINATE, _("Terminate"), needs_reason=True),
        Move(S.SUSPENDED, S.ACTIVE, PARTNER_STATUS, _("Lift the suspension"), needs_reason=True),
        Move(S.SUSPENDED, S.TERMINATED, PARTNER_TERMINATE, _("Terminate"), needs_reason=True),
        Move(S.TERMINATED, S.ONBOARDING, PARTNER_TERMINATE, _("Reinstate"), needs_reason=True),
    ],
)


def moves_for(status: str, can: Can) -> list[Move]:
    """The moves that leave a status and that this person may take."""
    return [move for move in PARTNER_LIFECYCLE.from_status(status) if move.permission in can]
