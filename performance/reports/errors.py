"""Named refusals of reports and schedules."""

from prm.errors import Conflict


class NameTaken(Conflict):
    """Something else has the name already."""

    code = "name_taken"


class ScheduleChanged(Conflict):
    """Somebody else changed the schedule meanwhile."""

    code = "schedule_changed"


class DispatchUnderWay(Conflict):
    """The schedule is being sent already."""

    code = "dispatch_under_way"
