"""The kinds of news that figures make."""

from django.utils.translation import gettext_lazy as _

from performance.permissions import ALERT_VIEW, OWN_SCORECARD_VIEW, RESTATEMENT_VIEW, SCORECARD_VIEW, SOURCE_VIEW
from prm.notifications.kinds import Area, NoticeKind, register_kind

ALERT_RAISED = "alert.raised"
GRADE_OF_MINE = "grade.owner_told"
CARD_RESTATED = "scorecard.restated"
SOURCE_NEW = "source.new"
SOURCE_LATE = "source.late"
SOURCE_AGAIN = "source.again"
SOURCE_REFUSED = "source.refused"
OWN_CARD_FINAL = "scorecard.final"
OWN_CARD_RESTATED = "own_scorecard.restated"
OWN_GRADE = "grade.partner_told"

WORKSPACE_NEWS = (
    (ALERT_RAISED, _("Alerts about my partners"), ALERT_VIEW),
    (GRADE_OF_MINE, _("Grades of my partners, when a period is closed"), SCORECARD_VIEW),
    (CARD_RESTATED, _("Scorecards of my partners that were restated"), RESTATEMENT_VIEW),
    (SOURCE_NEW, _("New sources of measurements"), SOURCE_VIEW),
    (SOURCE_LATE, _("Sources that are late"), SOURCE_VIEW),
    (SOURCE_AGAIN, _("Sources that deliver again"), SOURCE_VIEW),
    (SOURCE_REFUSED, _("Deliveries that were refused"), SOURCE_VIEW),
)
"""No mails of their own: the morning mail has them."""

PORTAL_NEWS = (
    (OWN_CARD_FINAL, _("A scorecard of ours is final"), False),
    (OWN_GRADE, _("Our grade for a period"), True),
    (OWN_CARD_RESTATED, _("A scorecard of ours was restated"), False),
)


def register() -> None:
    """Called once the app is ready."""
    for order, (key, label, permission) in enumerate(WORKSPACE_NEWS, 10):
        register_kind(NoticeKind(key, label, Area.WORKSPACE, permission, may_mail=False, order=order))
    for order, (key, label, may_mail) in enumerate(PORTAL_NEWS, 10):
        register_kind(NoticeKind(key, label, Area.PORTAL, OWN_SCORECARD_VIEW, may_mail=may_mail, order=order))
