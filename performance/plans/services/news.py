"""Telling people what becomes of plans: each side in its own place, in its own language."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.plans import notices
from performance.plans.addresses import list_address, plan_address, portal_address
from performance.plans.choices import Level, PlanStatus, StopReason
from performance.plans.models import CheckIn, Plan, PlanConsequence, PlanNote
from performance.plans.permissions import PLAN_DECIDE
from performance.services.alert_news import responsible_for
from prm.access.roles import Role
from prm.accounts.models import Membership
from prm.notifications.telling import Notice, Person, people_at, staff, tell
from prm.tenancy.scope import require_scope
from prm.ui import formats


def leaders_of(plan: Plan) -> list[Person]:
    """Who leads a plan here: its owner, else whoever looks after the partner."""
    found = staff([plan.owner_id])
    return found or staff(responsible_for([plan.partner_id]).get(plan.partner_id, []))


def people_of_level(plan: Plan, level: int) -> list[Person]:
    """Whom a missed checkpoint is taken to: the owner, then the programme managers, then the workspace's admins.

    Where nobody holds a role, the next one hears.
    """
    if level == Level.OWNER:
        return leaders_of(plan)
    roles = [Role.PROGRAMME_MANAGER, Role.TENANT_ADMIN] if level == Level.LEAD else [Role.TENANT_ADMIN]
    for role in roles:
        found = with_roles([role])
        if found:
            return found
    return leaders_of(plan)


def deciders(*, but: Iterable[int | None] = ()) -> list[Person]:
    """Everybody who may approve what follows from a failed plan, without some."""
    left_out = set(but)
    return [person for person in with_roles(PLAN_DECIDE.roles) if person.user_id not in left_out]


def with_roles(roles: Iterable[str]) -> list[Person]:
    """Everybody at work here with one of these roles."""
    rows = Membership.objects.filter(tenant_id=require_scope().tenant_id, is_active=True, role__in=list(roles))
    return staff(rows.order_by("pk").values_list("user_id", flat=True))


# --- To the workspace ------------------------------------------------------------------------------------------------


def tell_suggested(plans: Sequence[Plan]) -> None:
    """One line to each person about all plans that were suggested for their partners."""
    people = responsible_for({plan.partner_id for plan in plans})
    mine: dict[int, list[Plan]] = defaultdict(list)
    for plan in plans:
        for user_id in people.get(plan.partner_id, ()):
            mine[user_id].append(plan)
    for user_id, own in mine.items():
        tell(
            kind=notices.SUGGESTED,
            about=f"{own[0].pk}",
            people=staff([user_id]),
            write=partial(_suggested, own),
        )


def _suggested(own: Sequence[Plan]) -> Notice:
    if len(own) == 1:
        plan = own[0]
        title = _("A plan is suggested for %(partner)s") % {"partner": plan.partner}
        return Notice(title, plan.title, plan_address(plan))
    title = ngettext(
        "%(count)d plan is suggested for your partners", "%(count)d plans are suggested for your partners", len(own)
    ) % {"count": len(own)}
    address = list_address("state=suggested&mine=yes")
    return Notice(title, _("Results of closed periods set them off. Take them up or dismiss them."), address)


def tell_partner_signed(plan: Plan, remarks: str) -> None:
    """The partner has signed."""
    tell(
        kind=notices.SIGNED,
        about=f"{plan.pk}:{plan.version}",
        people=leaders_of(plan),
        write=lambda: Notice(
            _("%(partner)s has signed “%(plan)s”") % {"partner": plan.partner, "plan": plan},
            remarks or _next_step(plan),
            plan_address(plan),
        ),
    )


def _next_step(plan: Plan) -> str:
    if plan.status == PlanStatus.AGREED:
        return _("Both sides have signed. The plan can start.")
    return _("Your signature is still missing.")


def tell_behind(plan: Plan, check_in: CheckIn) -> None:
    """A checkpoint was missed: one level higher than the one before hears of it, and the partner does."""

    def write() -> Notice:
        title = _("%(partner)s is behind in “%(plan)s”") % {"plan": plan, "partner": plan.partner}
        words = [_found(check_in)]
        if check_in.escalated_to > Level.OWNER:
            words.append(_("It was taken to you because the checkpoint before was missed too."))
        return Notice(title, " ".join(words), plan_address(plan))

    tell(kind=notices.BEHIND, about=_about(check_in), people=people_of_level(plan, check_in.escalated_to), write=write)


def _found(check_in: CheckIn) -> str:
    figures = {
        "day": check_in.day,
        "progress": formats.number((check_in.progress or 0) * 100, 0),
        "expected": formats.number(check_in.expected * 100, 0),
    }
    return _("On day %(day)d it has come %(progress)s %% of the way; %(expected)s %% of the time is over.") % figures


def _about(check_in: CheckIn) -> str:
    return f"{check_in.plan_id}:{check_in.round}:{check_in.day}"


def tell_clock_stopped(plan: Plan) -> None:
    """The clock stands because of something that we promised."""
    if plan.stop_reason != StopReason.VENDOR:
        return
    tell(
        kind=notices.CLOCK,
        about=f"{plan.pk}:{plan.stopped_on}",
        people=leaders_of(plan),
        write=lambda: Notice(
            _("The clock of “%(plan)s” stands") % {"plan": plan},
            _("We promised %(partner)s something that is overdue. Days do not count until it is done.")
            % {"partner": plan.partner},
            plan_address(plan),
        ),
    )


def tell_ended(plan: Plan) -> None:
    """A plan succeeded or failed by its results, or fell back and was reopened: both sides hear of it."""
    about = f"{plan.pk}:{plan.relapses}:{plan.status}"

    def write() -> Notice:
        return Notice(_ending(plan), _ending_body(plan, ours=True), plan_address(plan))

    def write_to_partner() -> Notice:
        return Notice(_own_ending(plan), _ending_body(plan, ours=False), portal_address(plan))

    tell(kind=notices.ENDED, about=about, people=leaders_of(plan), write=write)
    tell(kind=notices.OWN_ENDED, about=about, people=people_at(plan.partner_id), write=write_to_partner)
    if plan.status == PlanStatus.FAILED:
        leaders = {person.user_id for person in leaders_of(plan)}
        tell(kind=notices.ENDED, about=about, people=deciders(but=leaders), write=write)


def _ending(plan: Plan) -> str:
    values = {"plan": plan, "partner": plan.partner}
    if plan.status == PlanStatus.SUCCEEDED:
        return _("%(partner)s has succeeded in “%(plan)s”") % values
    if plan.status == PlanStatus.FAILED:
        return _("“%(plan)s” of %(partner)s has failed") % values
    return _("“%(plan)s” of %(partner)s is open again") % values


def _own_ending(plan: Plan) -> str:
    if plan.status == PlanStatus.SUCCEEDED:
        return _("Your plan “%(plan)s” has succeeded") % {"plan": plan}
    if plan.status == PlanStatus.FAILED:
        return _("Your plan “%(plan)s” has not reached its values") % {"plan": plan}
    return _("Your plan “%(plan)s” is open again") % {"plan": plan}


def _ending_body(plan: Plan, *, ours: bool) -> str:
    if plan.status == PlanStatus.SUCCEEDED:
        return _("The results of %(period)s have confirmed it.") % {"period": plan.ended_by_period}
    if plan.status == PlanStatus.FAILED:
        if ours:
            return _("Its time is over without the results it asked for. Somebody has to choose what follows.")
        return _("Its time is over. What follows is decided now, and you will be told.")
    return _("The results of %(period)s have fallen back behind the line that set it off.") % {
        "period": plan.ended_by_period
    }


def tell_to_approve(consequence: PlanConsequence, *, but: Iterable[int | None]) -> None:
    """A consequence waits for another person's approval."""
    plan = consequence.plan
    tell(
        kind=notices.TO_APPROVE,
        about=f"{consequence.pk}",
        people=deciders(but=but),
        write=lambda: Notice(
            _("Your approval is needed for %(partner)s") % {"partner": plan.partner},
            _("After the failed plan “%(plan)s” this was chosen: %(what)s.")
            % {"plan": plan, "what": consequence.get_kind_display()},
            plan_address(plan),
        ),
    )


# --- To the partner --------------------------------------------------------------------------------------------------


def tell_offered(plan: Plan) -> None:
    """A plan, or a new version of it, is there to be read and signed."""

    def write() -> Notice:
        title = _("A plan for you to read and sign: “%(plan)s”") % {"plan": plan}
        body = _("It says what you do and what we do. It starts once both sides have signed.")
        return Notice(title, body, portal_address(plan))

    tell(kind=notices.OWN_OFFERED, about=f"{plan.pk}:{plan.version}", people=people_at(plan.partner_id), write=write)


def tell_started(plan: Plan) -> None:
    """A plan runs from now on."""

    def write() -> Notice:
        title = _("Your plan “%(plan)s” has started") % {"plan": plan}
        body = _("It runs until %(day)s.") % {"day": formats.day(plan.ends_on)}
        return Notice(title, body, portal_address(plan))

    tell(kind=notices.OWN_STARTED, about=f"{plan.pk}:start", people=people_at(plan.partner_id), write=write)


def tell_extended(plan: Plan) -> None:
    """A plan has more time."""

    def write() -> Notice:
        title = _("Your plan “%(plan)s” has more time") % {"plan": plan}
        body = _("It runs until %(day)s now. %(reason)s") % {
            "day": formats.day(plan.ends_on),
            "reason": plan.extension_reason,
        }
        return Notice(title, body, portal_address(plan))

    tell(kind=notices.OWN_STARTED, about=f"{plan.pk}:more", people=people_at(plan.partner_id), write=write)


def tell_checked(plan: Plan, check_in: CheckIn) -> None:
    """A checkpoint found the plan on its way or behind."""

    def write() -> Notice:
        title = _("Day %(day)d of “%(plan)s”: %(found)s") % {
            "day": check_in.day,
            "plan": plan,
            "found": check_in.get_verdict_display(),
        }
        return Notice(title, _found(check_in), portal_address(plan))

    tell(kind=notices.OWN_BEHIND, about=_about(check_in), people=people_at(plan.partner_id), write=write)


def tell_cancelled(plan: Plan) -> None:
    """A plan that the partner knows of was cancelled."""
    if plan.offered_at is None:
        return

    def write() -> Notice:
        title = _("Your plan “%(plan)s” was cancelled") % {"plan": plan}
        return Notice(title, plan.end_reason, portal_address(plan))

    tell(kind=notices.OWN_ENDED, about=f"{plan.pk}:cancelled", people=people_at(plan.partner_id), write=write)


def tell_note(plan: Plan, row: PlanNote) -> None:
    """A note of one side, to the other."""
    values = {"who": row.written_by, "plan": plan}

    def write_to_us() -> Notice:
        return Notice(_("%(who)s wrote on “%(plan)s”") % values, row.text, plan_address(plan))

    def write_to_partner() -> Notice:
        return Notice(_("%(who)s wrote on “%(plan)s”") % values, row.text, portal_address(plan))

    if row.side == "partner":
        tell(kind=notices.NOTE, about=f"{row.pk}", people=leaders_of(plan), write=write_to_us)
    elif plan.offered_at is not None:
        tell(kind=notices.OWN_NOTE, about=f"{row.pk}", people=people_at(plan.partner_id), write=write_to_partner)
