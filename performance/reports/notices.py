"""The kinds of news that reports bring."""

from django.utils.translation import gettext_lazy as _

from performance.reports.permissions import OWN_REPORT_VIEW, REPORT_SCHEDULE, REPORT_VIEW
from prm.notifications.kinds import Area, NoticeKind, register_kind

SENT = "report.sent"
SENT_TO_PARTNER = "report.sent_to_us"
FAILED = "report.failed"


def register() -> None:
    """Called once the app is ready."""
    from performance.reports.queries import may_still_read  # that module names these kinds

    register_kind(
        NoticeKind(
            SENT,
            _("A scheduled report is ready"),
            area=Area.WORKSPACE,
            permission=REPORT_VIEW,
            stands=may_still_read,
        )
    )
    register_kind(
        NoticeKind(
            FAILED,
            _("A report I scheduled could not be delivered"),
            area=Area.WORKSPACE,
            permission=REPORT_SCHEDULE,
            order=51,
        )
    )
    register_kind(
        NoticeKind(SENT_TO_PARTNER, _("A report is sent to us"), area=Area.PORTAL, permission=OWN_REPORT_VIEW)
    )
