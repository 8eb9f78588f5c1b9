"""Words that reports, schedules and what is produced are described with."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FileFormat(TextChoices):
    """What a report is written as."""

    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel (XLSX)")
    CSV = "csv", _("CSV")


class Rhythm(TextChoices):
    """When a schedule is due."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")
    CLOSING = "closing", _("After a period closes")


class Weekday(TextChoices):
    """Days of the week, Monday first; the values are those of `date.weekday()`."""

    MONDAY = "0", _("Monday")
    TUESDAY = "1", _("Tuesday")
    WEDNESDAY = "2", _("Wednesday")
    THURSDAY = "3", _("Thursday")
    FRIDAY = "4", _("Friday")
    SATURDAY = "5", _("Saturday")
    SUNDAY = "6", _("Sunday")


class ScheduleStatus(TextChoices):
    """How a schedule stands."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class DispatchStatus(TextChoices):
    """How one sending of a schedule stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being produced")
    DONE = "done", _("Done")
    FAILED = "failed", _("Partly failed")


class DeliveryStatus(TextChoices):
    """What became of a report for one recipient."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Delivered")
    WITHHELD = "withheld", _("Not sent")
    FAILED = "failed", _("Failed")


class Withheld(TextChoices):
    """Why a recipient got nothing."""

    LEFT = "left", _("is no longer active here")
    NO_RIGHT = "no_right", _("may not see this report")
    NO_ROWS = "no_rows", _("has no rows in it")
