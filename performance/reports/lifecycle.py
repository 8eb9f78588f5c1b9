"""How schedules and their sendings may move on. Services ask these tables before they write."""

from django.utils.translation import gettext_lazy as _

from performance.reports.choices import DeliveryStatus, DispatchStatus, ScheduleStatus
from performance.reports.permissions import REPORT_SCHEDULE
from prm.lifecycle import Lifecycle, Move

SCHEDULES = Lifecycle(
    _("schedule"),
    ScheduleStatus,
    [
        Move(ScheduleStatus.ACTIVE, ScheduleStatus.PAUSED, REPORT_SCHEDULE, _("Pause")),
        Move(ScheduleStatus.PAUSED, ScheduleStatus.ACTIVE, REPORT_SCHEDULE, _("Go on")),
        Move(ScheduleStatus.ACTIVE, ScheduleStatus.ENDED, REPORT_SCHEDULE, _("End")),
        Move(ScheduleStatus.PAUSED, ScheduleStatus.ENDED, REPORT_SCHEDULE, _("End")),
    ],
)

DISPATCHES = Lifecycle(
    _("sending"),
    DispatchStatus,
    [
        Move(DispatchStatus.WAITING, DispatchStatus.RUNNING, REPORT_SCHEDULE, _("Begin")),
        Move(DispatchStatus.RUNNING, DispatchStatus.DONE, REPORT_SCHEDULE, _("Finish")),
        Move(DispatchStatus.RUNNING, DispatchStatus.FAILED, REPORT_SCHEDULE, _("Give up on some")),
        Move(DispatchStatus.FAILED, DispatchStatus.RUNNING, REPORT_SCHEDULE, _("Try again")),
    ],
)

DELIVERIES = Lifecycle(
    _("delivery"),
    DeliveryStatus,
    [
        Move(DeliveryStatus.WAITING, DeliveryStatus.SENT, REPORT_SCHEDULE, _("Deliver")),
        Move(DeliveryStatus.WAITING, DeliveryStatus.WITHHELD, REPORT_SCHEDULE, _("Withhold")),
        Move(DeliveryStatus.WAITING, DeliveryStatus.FAILED, REPORT_SCHEDULE, _("Fail")),
        Move(DeliveryStatus.FAILED, DeliveryStatus.WAITING, REPORT_SCHEDULE, _("Try again")),
    ],
)
