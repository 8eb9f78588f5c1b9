"""Where a plan stands and what it waits for, in sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.plans.choices import PlanStatus, StopReason, TriggerKind
from performance.plans.models import Plan, TriggerRule
from prm.ui import formats

TONES = {
    PlanStatus.SUGGESTED: "acc",
    PlanStatus.AGREED: "acc",
    PlanStatus.ACTIVE: "acc",
    PlanStatus.EXTENDED: "warn",
    PlanStatus.AWAITING_DATA: "warn",
    PlanStatus.SUCCEEDED: "pos",
    PlanStatus.FAILED: "neg",
}


def tone_of(status: str) -> str:
    """The colour of a status."""
    return TONES.get(PlanStatus(status), "")


def exit_sentence(plan: Plan) -> str:
    """When the plan succeeds."""
    return ngettext(
        "Every KPI at its value to reach in %(count)d closed period",
        "Every KPI at its value to reach in %(count)d closed periods in a row",
        plan.periods_to_succeed,
    ) % {"count": plan.periods_to_succeed}


def stop_sentence(plan: Plan) -> str:
    """Why the clock of a plan stands."""
    if plan.stopped_on is None:
        return ""
    reason = {
        StopReason.DATA: _("Results are missing. Days do not count until they have arrived."),
        StopReason.VENDOR: _(
            "Something that was promised to the partner is overdue. Days do not count until it is done."
        ),
        StopReason.SUSPENDED: _("The partner is suspended. Days do not count until that is lifted."),
    }[StopReason(plan.stop_reason)]
    return _("The clock stands since %(day)s. %(reason)s") % {"day": formats.day(plan.stopped_on), "reason": reason}


def rule_sentence(rule: TriggerRule) -> str:
    """When a rule proposes a plan."""
    if rule.kind == TriggerKind.GRADE:
        return _("Proposes a plan when the grade is %(grade)s or worse") % {"grade": rule.grade}
    if rule.kind == TriggerKind.RED:
        return ngettext(
            "Proposes a plan when %(count)d KPI is under its floor in one period",
            "Proposes a plan when %(count)d KPIs are under their floors in one period",
            rule.count,
        ) % {"count": rule.count}
    kpi = rule.kpi.name if rule.kpi else _("any KPI")
    return ngettext(
        "Proposes a plan when %(kpi)s is under its floor in %(count)d closed period",
        "Proposes a plan when %(kpi)s is under its floor in %(count)d closed periods in a row",
        rule.periods,
    ) % {"kpi": kpi, "count": rule.periods}
