"""The moves of a plan, and those of a report of a serious breach, in one table each.

    suggested > draft > agreed (both sign) > active > succeeded | failed | cancelled(reason)
    active > extended (once) > ...     active, extended > awaiting_data (clock stopped) > back

Moves with `PLAN_JUDGE` belong to the evaluation of measured results; no person may take them.

    reported > suspended (two approve, neither of them the reporter) | refused(reason) | withdrawn(reason)
    suspended > lifted | ended      by the steps of the partner's status
"""

from django.utils.translation import gettext_lazy as _

from partners.permissions import PARTNER_STATUS, PARTNER_TERMINATE
from performance.plans.choices import BreachStatus
from performance.plans.choices import PlanStatus as S
from performance.plans.permissions import BREACH_DECIDE, BREACH_REPORT, PLAN_EDIT, PLAN_JUDGE
from prm.lifecycle import Lifecycle, Move

PLAN_LIFECYCLE = Lifecycle(
    _("plan"),
    S,
    [
        Move(S.SUGGESTED, S.DRAFT, PLAN_EDIT, _("Take up")),
        Move(S.SUGGESTED, S.CANCELLED, PLAN_EDIT, _("Dismiss"), needs_reason=True),
        Move(S.DRAFT, S.AGREED, PLAN_EDIT, _("Both sign")),
        Move(S.DRAFT, S.CANCELLED, PLAN_EDIT, _("Cancel"), needs_reason=True),
        Move(S.AGREED, S.DRAFT, PLAN_EDIT, _("Change again"), needs_reason=True),
        Move(S.AGREED, S.ACTIVE, PLAN_EDIT, _("Start")),
        Move(S.AGREED, S.CANCELLED, PLAN_EDIT, _("Cancel"), needs_reason=True),
        Move(S.ACTIVE, S.EXTENDED, PLAN_EDIT, _("Extend"), needs_reason=True),
        *(
            move
            for source in (S.ACTIVE, S.EXTENDED)
            for move in (
                Move(source, S.CANCELLED, PLAN_EDIT, _("Cancel"), needs_reason=True),
                Move(source, S.AWAITING_DATA, PLAN_JUDGE, _("Stop the clock")),
                Move(source, S.SUCCEEDED, PLAN_JUDGE, _("Succeed")),
                Move(source, S.FAILED, PLAN_JUDGE, _("Fail")),
            )
        ),
        Move(S.AWAITING_DATA, S.ACTIVE, PLAN_JUDGE, _("Go on")),
        Move(S.AWAITING_DATA, S.EXTENDED, PLAN_JUDGE, _("Go on")),
        Move(S.AWAITING_DATA, S.SUCCEEDED, PLAN_JUDGE, _("Succeed")),
        Move(S.AWAITING_DATA, S.CANCELLED, PLAN_EDIT, _("Cancel"), needs_reason=True),
        Move(S.SUCCEEDED, S.ACTIVE, PLAN_JUDGE, _("Reopen after a relapse")),
    ],
)

BREACH_LIFECYCLE = Lifecycle(
    _("report"),
    BreachStatus,
    [
        Move(BreachStatus.REPORTED, BreachStatus.SUSPENDED, BREACH_DECIDE, _("Approve")),
        Move(BreachStatus.REPORTED, BreachStatus.REFUSED, BREACH_DECIDE, _("Refuse"), needs_reason=True),
        Move(BreachStatus.REPORTED, BreachStatus.WITHDRAWN, BREACH_REPORT, _("Withdraw"), needs_reason=True),
        Move(BreachStatus.SUSPENDED, BreachStatus.LIFTED, PARTNER_STATUS, _("Lift the suspension"), needs_reason=True),
        Move(BreachStatus.SUSPENDED, BreachStatus.ENDED, PARTNER_TERMINATE, _("Terminate"), needs_reason=True),
    ],
)
