"""Saved reports, schedules with what they sent, and the files that were produced."""

from performance.reports.models.produced import Produced
from performance.reports.models.saved import SavedReport
from performance.reports.models.schedule import Delivery, Dispatch, Schedule, ScheduleMember

__all__ = ["Delivery", "Dispatch", "Produced", "SavedReport", "Schedule", "ScheduleMember"]
