"""The kinds of news about people and teams."""

from django.utils.translation import gettext_lazy as _

from prm.accounts.permissions import MEMBER_MANAGE, WORKSPACE_USE
from prm.notifications.kinds import Area, NoticeKind, register_kind

ACCEPTED = "invitation.accepted"
TEAM_CHANGED = "partner_access.changed"


def register() -> None:
    """Called once the app is ready."""
    accepted = _("Invitations of mine that were accepted")
    changed = _("Changes in the teams of my partners")
    register_kind(NoticeKind(ACCEPTED, accepted, Area.WORKSPACE, MEMBER_MANAGE, may_mail=False, order=91))
    register_kind(NoticeKind(TEAM_CHANGED, changed, Area.WORKSPACE, WORKSPACE_USE, may_mail=False, order=92))
