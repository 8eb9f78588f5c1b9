"""Words and keys of improvement plans."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlanStatus(models.TextChoices):
    """Where a plan stands. The moves between them are in `lifecycle.py`."""

    SUGGESTED = "suggested", _("Suggested")
    DRAFT = "draft", _("Draft")
    AGREED = "agreed", _("Agreed")
    ACTIVE = "active", _("Active")
    EXTENDED = "extended", _("Extended")
    AWAITING_DATA = "awaiting_data", _("Clock stopped")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (
    PlanStatus.SUGGESTED,
    PlanStatus.DRAFT,
    PlanStatus.AGREED,
    PlanStatus.ACTIVE,
    PlanStatus.EXTENDED,
    PlanStatus.AWAITING_DATA,
)
"""The statuses in which a plan keeps its KPIs: no other plan of the partner may be about one of them."""

RUNNING = (PlanStatus.ACTIVE, PlanStatus.EXTENDED, PlanStatus.AWAITING_DATA)


class PlanOrigin(models.TextChoices):
    """What a plan came from."""

    TRIGGER = "trigger", _("A rule")
    GRADE = "grade", _("A grade")
    REVIEW = "review", _("A review")
    TEMPLATE = "template", _("A plan template")
    MANUAL = "manual", _("By hand")
    PLAN = "plan", _("A failed plan")


class Side(models.TextChoices):
    """Who promised something, or wrote it."""

    PARTNER = "partner", _("Partner")
    VENDOR = "vendor", _("Vendor")


class StopReason(models.TextChoices):
    """Why the clock of a plan stands still."""

    DATA = "data", _("Data is missing")
    VENDOR = "vendor", _("We owe the partner something")
    SUSPENDED = "suspend", _("The partner is suspended for a serious breach")


class CommitmentState(models.TextChoices):
    """What became of a commitment. Overdue follows from the day."""

    OPEN = "open", _("To do")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class Verdict(models.TextChoices):
    """What a checkpoint found."""

    ON_TRACK = "on_track", _("On track")
    MISSED = "missed", _("Behind")
    NO_DATA = "no_data", _("No data yet")


class Level(models.IntegerChoices):
    """How high a missed checkpoint has been taken."""

    NONE = 0, _("Nobody yet")
    OWNER = 1, _("Owner")
    LEAD = 2, _("Programme lead")
    HEAD = 3, _("Head of partners")


class TriggerKind(models.TextChoices):
    """What makes a rule propose a plan."""

    FLOOR = "floor", _("A KPI stays under its floor")
    GRADE = "grade", _("The grade is low")
    RED = "red", _("Several KPIs are under their floors at once")


class ConsequenceKind(models.TextChoices):
    """What may follow from a failed plan."""

    NEW_PLAN = "new_plan", _("A new plan")
    TIER = "tier", _("A tier lower is proposed")
    SUSPEND = "suspend", _("Benefits are suspended")
    EXIT = "exit", _("The partnership ends")


class ConsequenceState(models.TextChoices):
    """Where a chosen consequence stands."""

    WAITING = "waiting", _("Waits for approval")
    TAKEN = "taken", _("Taken")
    REJECTED = "rejected", _("Rejected")


APPROVERS = {
    ConsequenceKind.NEW_PLAN: 1,
    ConsequenceKind.TIER: 1,
    ConsequenceKind.SUSPEND: 1,
    ConsequenceKind.EXIT: 2,
}
"""How many people must agree, the one who chose it counted as the first."""


class BreachKind(models.TextChoices):
    """What a serious breach was."""

    FRAUD = "fraud", _("Fraud")
    CONTRACT = "contract", _("Breach of contract")
    DATA = "data", _("Data protection or security")
    SAFETY = "safety", _("Danger to people")
    BRIBERY = "bribery", _("Bribery or conflict of interest")
    OTHER = "other", _("Something else")


class BreachStatus(models.TextChoices):
    """Where a report of a serious breach stands. The moves between them are in `lifecycle.py`."""

    REPORTED = "reported", _("Waits for approval")
    SUSPENDED = "suspended", _("Partner suspended")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LIFTED = "lifted", _("Suspension lifted")
    ENDED = "ended", _("Partnership ended")


BREACH_APPROVERS = 2
"""How many people must agree to a suspension for a serious breach; whoever reported it is none of them."""
