"""What waits for a person in improvement plans, on the overview of the workspace and on the home of the portal."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.plans.addresses import breach_address, list_address, plan_address, portal_address
from performance.plans.choices import (
    RUNNING,
    CommitmentState,
    ConsequenceKind,
    ConsequenceState,
    PlanStatus,
    Side,
)
from performance.plans.models import Commitment, ConsequenceApproval, Plan, PlanConsequence, Signature
from performance.plans.permissions import BREACH_DECIDE, OWN_PLAN_SIGN, OWN_PLAN_WORK, PLAN_DECIDE, PLAN_EDIT
from performance.plans.queries.breaches import breaches, waits_for
from performance.plans.queries.mine import is_mine
from performance.plans.words.breaches import agreed_words
from prm.access.portfolio import portfolio_of
from prm.access.requests import ScopedRequest
from prm.ui.waiting import WaitingItem, WaitingSource, first_of, register_waiting

NEAR = timedelta(days=7)
"""What one side promised is shown from this long before its day."""

EACH = 2
"""Up to so many suggestions stand each for itself; more are one line."""

EACH_STEP = 5
"""Up to so many plans to move on, and promises to keep, stand each for itself; the rest of them is one line."""


def register() -> None:
    """Called once the app is ready."""
    register_waiting(WaitingSource("breaches", breaches_to_decide, BREACH_DECIDE, order=5))
    register_waiting(WaitingSource("plans", in_workspace, PLAN_EDIT, order=20))
    register_waiting(WaitingSource("plans", to_sign, OWN_PLAN_SIGN, order=10), area="portal")
    register_waiting(WaitingSource("plan_commitments", own_commitments, OWN_PLAN_WORK, order=20), area="portal")


# --- In the workspace ------------------------------------------------------------------------------------------------


def in_workspace(request: ScopedRequest) -> list[WaitingItem]:
    """What is this person's to move on; however much it is, only what is shown is read.

    Plans suggested about their partners, offered drafts that we have not signed, agreed ones to start, what we
    promised and is due soon or overdue; and for those who decide: what follows from failed plans.
    """
    if request.membership is None:
        return []
    me, portfolio = request.membership.user_id, portfolio_of(request.membership)
    mine = is_mine(me)
    steps = mine & _steps()
    if PLAN_DECIDE in request.can:
        steps |= _decisions(me)
    plans = _within(portfolio, Plan.objects.select_related("partner").order_by("created_at", "pk"))
    to_move, more_to_move = first_of(plans.filter(steps).annotate(chosen=Subquery(_chosen())), EACH_STEP)
    running = _within(portfolio, Plan.objects.filter(mine, status__in=RUNNING))
    ours = Q(owner_id=me) | Q(owner_id=None, plan__in=running.order_by().values("pk"))
    owed = _due(Side.VENDOR, timezone.localdate()).filter(ours)
    if portfolio is not None:
        owed = owed.filter(plan__partner_id__in=portfolio)
    promises, more_promises = first_of(owed, EACH_STEP)
    return [
        *(_to_move(plan) for plan in to_move),
        *_suggestions(plans.filter(mine, status=PlanStatus.SUGGESTED)),
        *(_owed(row, row.plan.partner.name, plan_address(row.plan)) for row in promises),
        *_the_rest(more_to_move + more_promises),
    ]


def _the_rest(count: int) -> Iterable[WaitingItem]:
    if count:
        title = ngettext("%(count)d more thing to do in plans", "%(count)d more things to do in plans", count)
        detail = _("They wait for you as well.")
        yield WaitingItem(title % {"count": count}, detail, list_address("todo=yes"), icon="target", amount=count)


def breaches_to_decide(request: ScopedRequest) -> list[WaitingItem]:
    """Serious breaches about which this person can decide: reported by somebody else, and not agreed to by them yet."""
    if request.membership is None:
        return []
    rows = breaches(portfolio_of(request.membership)).filter(waits_for(request.membership.user_id))
    return [
        WaitingItem(
            title=_("Decide about a serious breach of %(partner)s") % {"partner": row.partner},
            detail=_("%(kind)s, reported by %(who)s. Agreed so far: %(agreed)s.")
            % {"kind": row.get_kind_display(), "who": row.reported_by, "agreed": agreed_words(row)},
            url=breach_address(row),
            icon="shield-alert",
        )
        for row in rows.order_by("reported_at", "pk")
    ]


def _steps() -> Q:
    unsigned = Q(status=PlanStatus.DRAFT, offered_at__isnull=False) & ~Q(pk__in=_signed_by(Side.VENDOR))
    return Q(status=PlanStatus.AGREED) | unsigned


def _decisions(me: int) -> Q:
    """Failed plans about which nobody has decided, and those that wait for another person than those who agreed."""
    given = ConsequenceApproval.objects.filter(user_id=me).order_by().values("consequence_id")
    done = PlanConsequence.objects.filter(Q(state=ConsequenceState.TAKEN) | Q(pk__in=given) & _WAITS)
    return Q(status=PlanStatus.FAILED) & ~Q(pk__in=done.order_by().values("plan_id"))


_WAITS = Q(state=ConsequenceState.WAITING)


def _chosen() -> QuerySet[PlanConsequence]:
    return PlanConsequence.objects.filter(_WAITS, plan=OuterRef("pk")).order_by().values("kind")[:1]


def _within(portfolio: Any | None, rows: QuerySet[Plan]) -> QuerySet[Plan]:
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def _suggestions(rows: QuerySet[Plan]) -> Iterable[WaitingItem]:
    plans, more = first_of(rows, EACH)
    if not more:
        for plan in plans:
            yield WaitingItem(
                title=_("A plan is suggested for %(partner)s") % {"partner": plan.partner},
                detail=_("%(title)s. Take it up, or say why none is needed.") % {"title": plan.title},
                url=plan_address(plan),
                icon="clipboard-list",
            )
        return
    total = len(plans) + more
    partners = rows.order_by().values("partner").distinct().count()
    count = ngettext("%(count)d plan is suggested", "%(count)d plans are suggested", total) % {"count": total}
    about = ngettext("about %(count)d partner", "about %(count)d partners", partners) % {"count": partners}
    yield WaitingItem(
        title=f"{count} {about}",
        detail=_("Take them up, or say why none is needed."),
        url=list_address("state=suggested&mine=yes"),
        icon="clipboard-list",
        amount=total,
    )


def _to_move(plan: Any) -> WaitingItem:
    icon = "pencil"
    if plan.status == PlanStatus.AGREED:
        title, detail = _("Start the plan of %(partner)s"), _("%(title)s. Both sides have signed.")
    elif plan.status == PlanStatus.DRAFT:
        title, detail = _("Sign the plan of %(partner)s"), _("%(title)s. The partner can read it already.")
    elif plan.chosen:
        icon, title = "clipboard-check", _("Agree to what follows for %(partner)s, or refuse it")
        detail = _("%(kind)s. It waits for another person.")
    else:
        icon, title = "clipboard-check", _("Choose what follows for %(partner)s")
        detail = _("%(title)s. The plan has failed.")
    kind = ConsequenceKind(plan.chosen).label if plan.chosen else ""
    return WaitingItem(
        title=title % {"partner": plan.partner},
        detail=detail % {"title": plan.title, "kind": kind},
        url=plan_address(plan),
        icon=icon,
    )


# --- In the portal ---------------------------------------------------------------------------------------------------


def to_sign(request: ScopedRequest) -> list[WaitingItem]:
    """Plans that were offered to the company and that it has not signed as they stand."""
    partner = _partner(request)
    rows = Plan.objects.filter(partner_id=partner, status=PlanStatus.DRAFT, offered_at__isnull=False)
    return [
        WaitingItem(
            title=_("Sign the improvement plan “%(title)s”") % {"title": plan.title},
            detail=_("Read what both sides are to do. You may ask for changes before you sign."),
            url=portal_address(plan),
            icon="pencil",
        )
        for plan in rows.exclude(pk__in=_signed_by(Side.PARTNER)).select_related("partner").order_by("offered_at", "pk")
    ]


def own_commitments(request: ScopedRequest) -> list[WaitingItem]:
    """What the company promised and is due soon, or overdue."""
    partner = _partner(request)
    rows = _due(Side.PARTNER, timezone.localdate()).filter(plan__partner_id=partner, plan__offered_at__isnull=False)
    return [_owed(row, row.plan.title, portal_address(row.plan)) for row in rows]


# --- What both share -------------------------------------------------------------------------------------------------


def _due(side: str, today: date) -> QuerySet[Commitment]:
    rows = Commitment.objects.filter(
        side=side, state=CommitmentState.OPEN, due_on__lte=today + NEAR, plan__status__in=RUNNING
    )
    return rows.select_related("plan__partner").order_by("due_on", "place", "pk")


def _owed(row: Commitment, about: str, url: str) -> WaitingItem:
    return WaitingItem(
        title=row.title,
        detail=_("Promised for %(about)s") % {"about": about},
        url=url,
        due=row.due_on,
        icon="handshake",
    )


def _signed_by(side: str) -> QuerySet[Signature]:
    return Signature.objects.filter(side=side, version=F("plan__version")).order_by().values("plan_id")


def _partner(request: ScopedRequest) -> int:
    access = request.partner_access
    return access.partner_id if access else 0
