"""The kinds of news that improvement plans make."""

from django.utils.translation import gettext_lazy as _

from performance.plans.permissions import BREACH_DECIDE, BREACH_VIEW, OWN_PLAN_VIEW, PLAN_DECIDE, PLAN_VIEW
from prm.notifications.kinds import Area, NoticeKind, register_kind

SUGGESTED = "plan.suggested"
SIGNED = "plan.signed"
NOTE = "plan.note"
BEHIND = "plan.behind"
CLOCK = "plan.clock"
ENDED = "plan.ended"
TO_APPROVE = "plan.to_approve"
DUE = "plan.due"
BREACH_TO_APPROVE = "breach.to_approve"
BREACH_DECIDED = "breach.decided"
OWN_OFFERED = "own_plan.offered"
OWN_STARTED = "own_plan.started"
OWN_NOTE = "own_plan.note"
OWN_BEHIND = "own_plan.behind"
OWN_ENDED = "own_plan.ended"
OWN_DUE = "own_plan.due"
OWN_SUSPENSION = "own_breach.suspension"

# key, label, area, permission, whether a mail goes with it, whether its line can be switched off
KINDS = (
    (SUGGESTED, _("Plans suggested for my partners"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (SIGNED, _("Plans that a partner signed"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (NOTE, _("Notes of partners on plans"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (BEHIND, _("Plans that are behind at a checkpoint"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (CLOCK, _("Plans whose clock stands because we owe something"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (ENDED, _("Plans that succeeded, failed or were reopened"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (TO_APPROVE, _("Consequences of failed plans that wait for approval"), Area.WORKSPACE, PLAN_DECIDE, True, False),
    (DUE, _("What we promised in a plan is due soon"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (BREACH_TO_APPROVE, _("Serious breaches that wait for my decision"), Area.WORKSPACE, BREACH_DECIDE, True, False),
    (BREACH_DECIDED, _("Serious breaches that were decided about or lifted"), Area.WORKSPACE, BREACH_VIEW, True, True),
    (OWN_OFFERED, _("A plan is to be read and signed"), Area.PORTAL, OWN_PLAN_VIEW, True, False),
    (OWN_STARTED, _("A plan starts, is extended or is changed"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_NOTE, _("Notes on our plans"), Area.PORTAL, OWN_PLAN_VIEW, False, True),
    (OWN_BEHIND, _("A checkpoint of our plan was judged"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_ENDED, _("A plan of ours has ended"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_DUE, _("What we promised in a plan is due soon"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_SUSPENSION, _("Our company is suspended or active again"), Area.PORTAL, OWN_PLAN_VIEW, True, False),
)


def register() -> None:
    """Called once the app is ready."""
    for order, (key, label, area, permission, mails, may_be_silenced) in enumerate(KINDS, 40):
        register_kind(
            NoticeKind(key, label, area, permission, mails=mails, may_be_silenced=may_be_silenced, order=order)
        )
