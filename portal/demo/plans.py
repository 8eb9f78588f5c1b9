"""Improvement plans of a demo tenant, in every state, from its own figures and through the ordinary services.

They are made between the closings of the last three quarters, as they would have been: on days of the past, by what
was closed by then. Which partner gets which plan is looked up in the scorecards beforehand, so that one really has
recovered and another really has not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from partners.choices import PartnerStatus
from partners.models import Partner, Programme
from performance.models import KPI, PeriodRow, Scorecard
from performance.plans.choices import CommitmentState, ConsequenceKind, PlanOrigin, PlanStatus, Side, TriggerKind
from performance.plans.models import Plan, PlanTemplate, TriggerRule
from performance.plans.rules.progress import exit_value, is_under_floor, progress, reached
from performance.plans.services.consequences import choose_consequence
from performance.plans.services.drafting import dismiss, draft_plan, take_up
from performance.plans.services.editing import CommitmentSpec, edit_draft
from performance.plans.services.evaluation import evaluate_plans
from performance.plans.services.rules import save_rule, switch_rule
from performance.plans.services.running import settle_commitment, write_note
from performance.plans.services.signing import offer_to_partner, sign, start_plan
from performance.queries.lines import Line, lines_of_cards
from portal.demo.people import speaker_of
from prm.access.actor import Actor
from prm.accounts.models import User
from prm.errors import DomainError
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

QUARTERS = 3
"""How many closed quarters the story needs: before, during and after."""

AGREED_AFTER = timedelta(days=20)
DRAFTED_BEFORE = timedelta(days=9)
EACH = timedelta(days=5)
LONG = 360
MARGIN = Decimal(5)
WEAK = Decimal(60)
"""Points under which a figure may have a plan although it is not under its floor."""

MOST_LOOKED_AT = 400


@dataclass(slots=True)
class Story:
    """What the demo tells about plans: its quarters, who acts, and who plays which part."""

    tenant: Tenant
    quarters: list[PeriodRow]
    showcase: Partner
    lead: Actor
    manager: Actor
    parts: dict[str, tuple[Partner, KPI]] = field(default_factory=dict)


def begin_story(tenant: Tenant, quarters: Sequence[PeriodRow], showcase: Partner) -> Story:
    """Find who plays which part, and keep the rules off until the last quarter; inside the tenant's scope."""
    story = Story(
        tenant=tenant,
        quarters=list(quarters)[-QUARTERS:],
        showcase=showcase,
        lead=Actor.of_user(User.objects.get(email=f"programme@{tenant.slug}.example")),
        manager=Actor.of_user(User.objects.get(email=f"manager@{tenant.slug}.example")),
    )
    if len(story.quarters) == QUARTERS:
        _cast(story)
    save_rule(
        actor=story.lead,
        name="A figure stays under its floor for half a year",
        programme=Programme.objects.get(is_default=True),
        kind=TriggerKind.FLOOR,
        periods=2,
    )
    for rule in TriggerRule.objects.filter(is_active=True):
        switch_rule(rule=rule, actor=story.lead, is_active=False)
    return story


def before_closing(story: Story, period: PeriodRow) -> None:
    """The rules look at the last quarter alone; what they would have found before is dealt with."""
    if story.quarters and period.pk == story.quarters[-1].pk:
        for rule in TriggerRule.objects.filter(is_active=False):
            switch_rule(rule=rule, actor=story.lead, is_active=True)


def after_closing(story: Story, period: PeriodRow) -> None:
    """Agree on what this quarter's results ask for, and look at the plans every few days until the next one."""
    places = {quarter.pk: place for place, quarter in enumerate(story.quarters)}
    place = places.get(period.pk)
    if place is None:
        return
    begins = {0: ("succeeds", "fails"), 1: ("on_track", "behind", "stopped")}.get(place, ())
    first = period.end + AGREED_AFTER
    until = story.quarters[place + 1].end if place + 1 < len(story.quarters) else timezone.localdate()
    _look(story, period.end, min(first, until))
    with tenant_scope(story.tenant):
        for part in begins:
            if part in story.parts:
                _begin(story, part, period)
    _look(story, first, until)


def end_story(story: Story) -> None:
    """What is there today: what the failed plan asks for, suggestions taken up and dismissed, one to be signed."""
    with tenant_scope(story.tenant):
        failed = Plan.objects.filter(status=PlanStatus.FAILED).select_related("partner").first()
        if failed is not None:
            choose_consequence(
                plan=failed,
                kind=ConsequenceKind.EXIT,
                reason="Half a year of support has not moved the figure, and the agreed hires were never made.",
                actor=story.lead,
            )
        suggested = list(
            Plan.objects.filter(status=PlanStatus.SUGGESTED).exclude(partner=story.showcase).order_by("pk")
        )
        if len(suggested) > 2:
            dismiss(
                plan=suggested[1], actor=story.manager, reason="They closed two outlets for a rebuild; it is planned."
            )
            take_up(plan=suggested[2], actor=story.manager)
        _offer_showcase(story)


# --- Who plays which part --------------------------------------------------------------------------------------------


def _cast(story: Story) -> None:
    """Partners whose real results of the three quarters tell each part, each partner once."""
    taken = {story.showcase.pk}
    parts: tuple[tuple[str, Callable[[Sequence[Line]], Decimal | None]], ...] = (
        ("succeeds", _recovers),
        ("fails", _stays),
        ("on_track", _comes_back),
        ("behind", _stands),
        ("stopped", _stands),
    )
    histories = [(partner, lines) for partner, lines in _histories(story) if partner.pk not in taken]
    for part, fits in parts:
        scored = [
            (merit, -partner.pk, -lines[0].kpi_id, partner, lines)
            for partner, lines in histories
            if partner.pk not in taken and (merit := fits(lines)) is not None
        ]
        if scored:
            *_order, partner, lines = max(scored, key=lambda row: row[:3])
            story.parts[part] = partner, KPI.objects.get(pk=lines[0].kpi_id)
            taken.add(partner.pk)


def _histories(story: Story) -> Iterator[tuple[Partner, list[Line]]]:
    """Each KPI of each partner with its lines of the three quarters, all of them scored."""
    programme = Programme.objects.get(is_default=True)
    cards = Scorecard.objects.filter(
        programme=programme, period__in=story.quarters, rated=True, partner__status=PartnerStatus.ACTIVE
    )
    by_partner: dict[int, dict[int, int]] = {}
    for pk, partner, period in cards.order_by("partner_id").values_list("pk", "partner_id", "period_id"):
        by_partner.setdefault(partner, {})[period] = pk
    whole = [(partner, own) for partner, own in by_partner.items() if len(own) == QUARTERS][:MOST_LOOKED_AT]
    partners = Partner.objects.in_bulk([partner for partner, _own in whole])
    found = lines_of_cards([pk for _partner, own in whole for pk in own.values()])
    for partner, own in whole:
        by_kpi: dict[int, list[Line]] = {}
        for quarter in story.quarters:
            for line in found.get(own[quarter.pk], ()):
                if line.state == "scored" and line.actual is not None and line.direction != "band":
                    by_kpi.setdefault(line.kpi_id, []).append(line)
        for lines in by_kpi.values():
            if len(lines) == QUARTERS:
                yield partners[partner], lines


def _exit(line: Line) -> Decimal | None:
    return exit_value(
        line.direction, line.actual, line.floor, line.target, line.ceiling, MARGIN, decimals=line.decimals
    )


def _is_red(line: Line) -> bool:
    return line.actual is not None and is_under_floor(line.direction, line.actual, line.floor, line.ceiling)


def _way(start: Line, now: Line) -> Decimal | None:
    """How far the way to the exit is done; None where it cannot be walked."""
    goal = _exit(start)
    if goal is None or start.actual is None or now.actual is None or goal == start.actual:
        return None
    return progress(start.actual, goal, now.actual)


def _is_there(start: Line, now: Line) -> bool:
    goal = _exit(start)
    return goal is not None and now.actual is not None and reached(start.direction, now.actual, goal)


def _merit(start: Line) -> Decimal:
    """Under the floor before merely weak, and what weighs more first."""
    return start.weight + (1000 if _is_red(start) else 0)


def _is_weak(line: Line) -> bool:
    return _is_red(line) or (line.points or Decimal(0)) < WEAK


def _recovers(lines: Sequence[Line]) -> Decimal | None:
    """Weak, then two quarters beyond the exit."""
    start, middle, end = lines
    if not _is_weak(start) or not _is_there(start, middle) or not _is_there(start, end):
        return None
    return _merit(start)


def _stays(lines: Sequence[Line]) -> Decimal | None:
    """Weak, and in neither of the next two quarters at the exit."""
    start, middle, end = lines
    if not _is_weak(start) or _is_there(start, middle) or _is_there(start, end):
        return None
    return _merit(start)


def _comes_back(lines: Sequence[Line]) -> Decimal | None:
    """Weak in the second quarter, and most of the way back in the third."""
    way = _way(lines[1], lines[2])
    return _merit(lines[1]) if _is_weak(lines[1]) and way is not None and way >= Decimal("0.7") else None


def _stands(lines: Sequence[Line]) -> Decimal | None:
    """Weak in the second quarter, and no further in the third."""
    way = _way(lines[1], lines[2])
    return _merit(lines[1]) if _is_weak(lines[1]) and way is not None and way <= Decimal("0.15") else None


# --- Making them -----------------------------------------------------------------------------------------------------


def _begin(story: Story, part: str, period: PeriodRow) -> None:
    """Draft, offer, sign and start a plan some weeks after the quarter, and do what was promised, or not."""
    partner, kpi = story.parts[part]
    template = PlanTemplate.objects.filter(name__in=_titles_of(kpi)).first()
    first = period.end + AGREED_AFTER
    at = _moment(story, first - DRAFTED_BEFORE)
    try:
        plan = draft_plan(
            partner=partner,
            programme=Programme.objects.get(is_default=True),
            kpis=[kpi],
            actor=story.manager,
            origin=PlanOrigin.TEMPLATE if template else PlanOrigin.MANUAL,
            template=template,
            period_kind=period.kind,
            at=at,
        )
    except DomainError:
        return  # an older suggestion is about it already
    runs_long = part in ("on_track", "behind", "stopped")
    plan = edit_draft(
        plan=plan,
        version=plan.version,
        actor=story.manager,
        length_days=LONG if runs_long else None,
        checkpoint_days=[30, 60, 90, 180, 270] if runs_long else None,
        vendor_support="A day on site each month, and two places on the next course.",
        commitments=list(_promises(part, first, drafted=DRAFTED_BEFORE)),
    )
    offer_to_partner(plan=plan, actor=story.manager, at=at + timedelta(hours=2))
    for side, actor in ((Side.PARTNER, speaker_of(partner)), (Side.VENDOR, story.manager)):
        sign(plan=plan, side=side, version=plan.version, actor=actor, at=at + timedelta(days=3))
    plan = start_plan(plan=plan, actor=story.manager, starts_on=first, at=_moment(story, first))
    write_note(
        plan=plan,
        side=Side.VENDOR,
        actor=story.manager,
        text="We went through the figures together. They know where it comes from.",
        at=_moment(story, first + timedelta(days=4)),
    )
    _keep_promises(story, plan, part)


def _titles_of(kpi: KPI) -> list[str]:
    """The names of templates that rules use for a KPI."""
    rules = TriggerRule.objects.filter(kpi=kpi, template__isnull=False)
    return list(rules.values_list("template__name", flat=True))


def _promises(part: str, first: date, *, drafted: timedelta = timedelta(0)) -> Iterator[CommitmentSpec]:
    """What both sides promise. Days of a draft move with its start, by which it was `drafted` earlier."""
    today = timezone.localdate()
    last = today - timedelta(days=9) if part == "stopped" else first + timedelta(days=75)
    promised = [
        (Side.PARTNER, "Name one person who looks after it", first + timedelta(days=14)),
        (Side.VENDOR, "Go through the last twenty cases", first + timedelta(days=30)),
        (Side.PARTNER, "Report the figure every two weeks", first + timedelta(days=45)),
        (Side.VENDOR, "Train two of their people", last),
    ]
    if part in ("on_track", "behind"):
        promised.append((Side.VENDOR, "Visit their largest outlet", today + timedelta(days=5)))
        promised.append((Side.PARTNER, "Hire for the open position", today + timedelta(days=25)))
    for side, title, due_on in promised:
        yield CommitmentSpec(side=side, title=title, due_on=due_on - drafted)


def _keep_promises(story: Story, plan: Plan, part: str) -> None:
    """What is due by today is done in time, but for what the part leaves open."""
    contact, today = speaker_of(plan.partner), timezone.localdate()
    left_open = {"stopped": "Train two of their people", "behind": "Report the figure every two weeks"}.get(part)
    rows = plan.commitments.filter(due_on__lt=today).exclude(title=left_open or "").order_by("due_on", "pk")
    for row in rows:
        settle_commitment(
            commitment=row,
            side=row.side,
            actor=contact if row.side == Side.PARTNER else story.manager,
            state=CommitmentState.DONE,
            at=_moment(story, row.due_on - timedelta(days=2)),
        )


def _offer_showcase(story: Story) -> None:
    """The partner whose portal visitors open has a plan to read and sign, about what costs it most."""
    newest = Scorecard.objects.filter(
        partner=story.showcase, period=story.quarters[-1] if story.quarters else None, programme__is_default=True
    )
    found = lines_of_cards(list(newest.values_list("pk", flat=True))).values()
    scored = [line for own in found for line in own if line.state == "scored"]
    plan = Plan.objects.filter(partner=story.showcase, status=PlanStatus.SUGGESTED).first()
    if plan is not None:
        plan = take_up(plan=plan, actor=story.manager)
    elif scored:
        worst = max(scored, key=lambda line: (line.weight * (100 - (line.points or 0)), -line.position))
        plan = draft_plan(
            partner=story.showcase,
            programme=Programme.objects.get(is_default=True),
            kpis=[KPI.objects.get(pk=worst.kpi_id)],
            actor=story.manager,
            period_kind="quarter",
        )
    if plan is None:
        return
    first = timezone.localdate()
    plan = edit_draft(
        plan=plan,
        version=plan.version,
        actor=story.manager,
        vendor_support="A day on site each month until the end of the plan.",
        commitments=[*_promises("offered", first)],
    )
    sign(plan=plan, side=Side.VENDOR, version=plan.version, actor=story.manager, remarks="We are in this together.")


# --- Days ------------------------------------------------------------------------------------------------------------


def _moment(story: Story, day: date) -> datetime:
    """Ten in the morning of a day where the tenant is, never in the future."""
    return min(datetime.combine(day, time(10, 0), story.tenant.zone), timezone.now())


def _look(story: Story, since: date, until: date) -> None:
    """The nightly look at plans, every few days, up to and with the last one."""
    day = since + EACH
    while day < until:
        evaluate_plans(tenant=story.tenant, at=_moment(story, day))
        day += EACH
    evaluate_plans(tenant=story.tenant, at=_moment(story, until))
