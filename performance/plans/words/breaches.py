"""Where a report of a serious breach stands, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.plans.choices import BREACH_APPROVERS, RUNNING, BreachStatus
from performance.plans.models import Breach, Plan
from prm.ui import formats

TONES = {
    BreachStatus.REPORTED: "warn",
    BreachStatus.SUSPENDED: "neg",
    BreachStatus.LIFTED: "pos",
    BreachStatus.ENDED: "neg",
}

ACTIONS: dict[str, Any] = {
    "breach.reported": gettext_lazy("Serious breach reported"),
    "breach.approved": gettext_lazy("Suspension agreed to"),
    "breach.suspended": gettext_lazy("Suspended for a serious breach"),
    "breach.refused": gettext_lazy("Report of a breach refused"),
    "breach.withdrawn": gettext_lazy("Report of a breach withdrawn"),
    "breach.lifted": gettext_lazy("Suspension for a breach lifted"),
    "breach.ended": gettext_lazy("Partnership ended after a breach"),
}


def tone_of_breach(status: str) -> str:
    """The colour of a status."""
    return TONES.get(BreachStatus(status), "")


def agreed_words(breach: Any) -> str:
    """How many of the people that are needed have agreed."""
    return _("%(given)d of %(needed)d") % {"given": breach.agreed, "needed": BREACH_APPROVERS}


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands on top of a report's page."""

    title: str
    text: str = ""
    tone: str = ""
    icon: str = ""


def notice_of(breach: Any, *, is_reporter: bool, others: int) -> Notice:
    """What a report waits for, or how it ended. `others` is how many people could still agree."""
    day = formats.stamp
    match breach.status:
        case BreachStatus.REPORTED:
            return _waits(breach, is_reporter, others)
        case BreachStatus.SUSPENDED:
            title = _("%(partner)s is suspended since %(day)s") % {
                "partner": breach.partner,
                "day": formats.day(breach.suspended_on),
            }
            return Notice(title, _("It is lifted with the step of the partner's status."), "neg", "ban")
        case BreachStatus.REFUSED:
            title = _("Refused by %(who)s, %(at)s") % {"who": breach.settled_by, "at": day(breach.settled_at)}
            return Notice(title, breach.settled_reason, icon="circle-x")
        case BreachStatus.WITHDRAWN:
            title = _("Withdrawn by %(who)s, %(at)s") % {"who": breach.settled_by, "at": day(breach.settled_at)}
            return Notice(title, breach.settled_reason, icon="undo-2")
        case BreachStatus.LIFTED:
            title = _("Lifted by %(who)s, %(at)s") % {"who": breach.lifted_by, "at": day(breach.lifted_at)}
            return Notice(title, breach.lifted_reason, "pos")
        case _:
            title = _("Partnership ended by %(who)s, %(at)s") % {"who": breach.lifted_by, "at": day(breach.lifted_at)}
            return Notice(title, breach.lifted_reason, "neg", "ban")


def _waits(breach: Any, is_reporter: bool, others: int) -> Notice:
    missing = BREACH_APPROVERS - breach.agreed
    title = ngettext("One more person has to agree", "Two people have to agree", missing)
    text = _("Whoever reported it is none of them. With the second agreement the partner is suspended at once.")
    if is_reporter:
        text = _("You reported it, so others decide. You can withdraw it until then.")
    if others < missing:
        text += " " + ngettext(
            "Only %(count)d other person here may decide. An admin can give that right to more people.",
            "Only %(count)d other people here may decide. An admin can give that right to more people.",
            others,
        ) % {"count": others}
    return Notice(title, text, "warn", "clock")


def plan_effect(breach: Breach, plan: Plan) -> str:
    """What a suspension does to an open plan."""
    is_running = plan.status in RUNNING
    if breach.status == BreachStatus.SUSPENDED:
        return (
            _("Goes on once the suspension is lifted")
            if is_running
            else _("Cannot start until the suspension is lifted")
        )
    return _("Its clock will stand") if is_running else _("Could not start while the partner is suspended")
