"""Named refusals about people and their places."""

from django.utils.translation import gettext_lazy as _

from prm.errors import Conflict, DomainError, InvalidInput


class AlreadyThere(Conflict):
    """The person already has a place where they are invited to."""

    code = "already_there"


class AlreadyInvited(Conflict):
    """An open invitation to the same place waits for the person."""

    code = "already_invited"


class TooManyInvitations(Conflict):
    """More invitations than somebody honest needs."""

    code = "too_many_invitations"


class InvitationNotUsable(DomainError):
    """The link is unknown, used, revoked or too old. `reason` is one of these words."""

    code = "invitation_not_usable"
    status = 410

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            {
                "unknown": _("This invitation link does not exist. Copy the whole address from the mail."),
                "used": _("This invitation has been accepted already. Sign in to open your workspace."),
                "revoked": _("This invitation was taken back. Ask the person who invited you for a new one."),
                "expired": _("This invitation is too old. Ask the person who invited you to send it again."),
                "closed": _("This workspace is closed. Ask the person who invited you."),
            }[reason],
            code=f"invitation_{reason}",
        )


class OtherPerson(Conflict):
    """The signed-in person is not the one invited."""

    code = "other_person"


class LastAdmin(Conflict):
    """Without this person nobody could manage the place any more."""

    code = "last_admin"


class WrongRole(InvalidInput):
    """The role does not fit the place."""

    code = "wrong_role"


class SettingsLocked(Conflict):
    """Data exists that the change would make wrong."""

    code = "settings_locked"
