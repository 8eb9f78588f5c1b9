"""The kinds of news that improvement plans make."""

from django.utils.translation import gettext_lazy as _

from performance.plans.permissions import OWN_PLAN_VIEW, PLAN_DECIDE, PLAN_VIEW
from prm.notifications.kinds import Area, NoticeKind, register_kind

SUGGESTED = "plan.suggested"
SIGNED = "plan.signed"
NOTE = "plan.note"
BEHIND = "plan.behind"
CLOCK = "plan.clock"
ENDED = "plan.ended"
TO_APPROVE = "plan.to_approve"
OWN_OFFERED = "own_plan.offered"
OWN_STARTED = "own_plan.started"
OWN_NOTE = "own_plan.note"
OWN_BEHIND = "own_plan.behind"
OWN_ENDED = "own_plan.ended"

# key, label, area, permission, whether a mail goes with it, whether its line can be switched off
KINDS = (
    (SUGGESTED, _("Plans suggested for my partners"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (SIGNED, _("Plans that a partner signed"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (NOTE, _("Notes of partners on plans"), Area.WORKSPACE, PLAN_VIEW, False, True),
    (BEHIND, _("Plans that are behind at a checkpoint"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (CLOCK, _("Plans whose clock stands because we owe something"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (ENDED, _("Plans that succeeded, failed or were reopened"), Area.WORKSPACE, PLAN_VIEW, True, True),
    (TO_APPROVE, _("Consequences of failed plans that wait for approval"), Area.WORKSPACE, PLAN_DECIDE, True, False),
    (OWN_OFFERED, _("A plan is to be read and signed"), Area.PORTAL, OWN_PLAN_VIEW, True, False),
    (OWN_STARTED, _("A plan starts, is extended or is changed"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_NOTE, _("Notes on our plans"), Area.PORTAL, OWN_PLAN_VIEW, False, True),
    (OWN_BEHIND, _("A checkpoint of our plan was judged"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
    (OWN_ENDED, _("A plan of ours has ended"), Area.PORTAL, OWN_PLAN_VIEW, True, True),
)


def register() -> None:
    """Called once the app is ready."""
    for order, (key, label, area, permission, mails, may_be_silenced) in enumerate(KINDS, 40):
        register_kind(
            NoticeKind(key, label, area, permission, mails=mails, may_be_silenced=may_be_silenced, order=order)
        )
