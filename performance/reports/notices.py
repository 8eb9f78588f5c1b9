"""The kinds of news that reports bring."""

from django.utils.translation import gettext_lazy as _

from performance.reports.permissions import OWN_REPORT_VIEW, REPORT_VIEW
from prm.notifications.kinds import Area, NoticeKind, register_kind

SENT = "report.sent"
SENT_TO_PARTNER = "report.sent_to_us"


def register() -> None:
    """Called once the app is ready."""
    register_kind(NoticeKind(SENT, _("A scheduled report is ready"), area=Area.WORKSPACE, permission=REPORT_VIEW))
    register_kind(
        NoticeKind(SENT_TO_PARTNER, _("A report is sent to us"), area=Area.PORTAL, permission=OWN_REPORT_VIEW)
    )
