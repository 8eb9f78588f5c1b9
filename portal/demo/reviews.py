"""Reviews of a demo tenant in every state, through the ordinary services."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from partners.models import Partner, Programme, Tier
from performance.models import KPI, PeriodRow, Scorecard
from performance.queries.reference import template_for
from performance.reviews.choices import ActionStatus, Side
from performance.reviews.models import Review
from performance.reviews.queries.content import content_of
from performance.reviews.queries.frozen import lines_of
from performance.reviews.queries.starter import starter_spec
from performance.reviews.services.actions import add_action, set_action_status
from performance.reviews.services.assessing import Given, save_assessment, save_rating
from performance.reviews.services.contesting import accept_review, contest_figure
from performance.reviews.services.creating import create_review
from performance.reviews.services.meeting import hold_meeting, plan_meeting
from performance.reviews.services.signing import close_review, sign_review
from performance.reviews.services.steps import share_review
from performance.reviews.services.templates import RoleSpec, publish_review_template, set_cadence
from portal.demo.people import speaker_of
from prm.access.actor import Actor
from prm.accounts.models import PartnerAccess, User
from prm.tenancy.models import Tenant
from prm.workdays import add_workdays

VIEWS = [
    "Third strong quarter. Demand exceeds what we can get delivered.",
    "We answer within a working day. Complaints are mostly one recall.",
    "Two people started in July. We want them on the course before winter.",
    "The joint campaign worked well for both of us.",
]
OURS = [
    "Agreed. Growth was held back by allocation, not by demand.",
    "Response is strong. Some of the claims are handling errors; this needs an action.",
    "Good progress. Booking both new people would put the team above target.",
    "Planning is open and on time.",
]
OTHERS = 7
"""Partners besides the one whose portal visitors open."""


def add_reviews(tenant: Tenant, *, today: date) -> None:
    """A template, a cadence, and reviews from scheduled to closed. Inside the tenant's scope."""
    programme = Programme.objects.get(is_default=True)
    quarters = list(PeriodRow.objects.filter(kind="quarter", end__lte=today).order_by("-start")[:2])
    if len(quarters) < 2 or template_for(programme.pk, quarters[1].start) is None:
        return
    staff = {
        name: User.objects.get(email=f"{name}@{tenant.slug}.example") for name in ("programme", "manager", "analyst")
    }
    _set_up(programme, staff, today)
    own = Partner.objects.get(public_id=PartnerAccess.objects.filter(tenant=tenant).earliest("pk").partner_public_id)
    _of_the_portal(own, programme, quarters, staff, tenant)
    cards = Scorecard.objects.filter(programme=programme, period=quarters[0], rated=True).exclude(partner=own)
    mine = cards.filter(partner__owner=staff["manager"]).order_by("partner__external_id").select_related("partner")
    _of_others([card.partner for card in mine[:OTHERS]], programme, quarters, staff)


def _set_up(programme: Programme, staff: dict[str, User], today: date) -> None:
    actor = Actor.of_user(staff["programme"])
    spec = starter_spec(programme, today)
    sales, support = spec.roles
    roles = [sales, RoleSpec(support.name, support.weight, members=[staff["analyst"].pk])]
    publish_review_template(actor=actor, programme=programme, spec=type(spec)(spec.name, spec.sections, roles))
    tiers = list(Tier.objects.filter(programme=programme).order_by("-rank"))
    for tier in tiers[:2]:
        set_cadence(actor=actor, programme=programme, period_kind="quarter", tier=tier)
    set_cadence(actor=actor, programme=programme, period_kind="year")


def _of_the_portal(
    partner: Partner, programme: Programme, quarters: list[PeriodRow], staff: dict[str, User], tenant: Tenant
) -> None:
    """The quarter before signed, with actions that are carried; the last one waits for the self-assessment."""
    people = PartnerAccess.objects.filter(tenant=tenant, partner_id=partner.pk).select_related("user").order_by("pk")
    theirs = people[0].user
    first = _begin(partner, programme, quarters[1], staff)
    before = _met(first, Actor.of_user(theirs), staff, today=timezone.localdate())
    manager = Actor.of_user(staff["manager"])
    for title, owner, status in (
        ("Book two people on the product course", theirs, ActionStatus.ACCEPTED),
        ("Secure extra stock for the next quarter", staff["manager"], ActionStatus.ACCEPTED),
        ("Share the results of the winter campaign", people[len(people) - 1].user, ActionStatus.DONE),
    ):
        due = timezone.localdate() + timedelta(days=21)
        action = add_action(review=before, actor=manager, title=title, owner=f"u{owner.pk}", due_on=due)
        set_action_status(action=action, actor=manager, status=status)
    sign_review(review=before, actor=manager, side=Side.VENDOR)
    sign_review(review=before, actor=Actor.of_user(theirs), side=Side.PARTNER, remarks="Stock was late in May.")
    close_review(review=before, actor=manager)
    _begin(partner, programme, quarters[0], staff)


def _of_others(
    partners: list[Partner], programme: Programme, quarters: list[PeriodRow], staff: dict[str, User]
) -> None:
    """One in each state: scheduled, self-assessment, rating, draft, shared, contested, meeting, not acknowledged."""
    manager, today = Actor.of_user(staff["manager"]), timezone.localdate()
    running = PeriodRow.objects.filter(kind="quarter", start__lte=today, end__gt=today).first()
    if running is not None:
        for partner in partners[:3]:
            create_review(actor=manager, partner=partner, programme=programme, period=running)
    states = ["assess", "rating", "draft", "shared", "contested", "met", "silent"]
    for partner, state in zip(partners, states, strict=False):
        review = _begin(partner, programme, quarters[0], staff)
        theirs = speaker_of(partner)
        if state == "assess":
            continue
        review = _assessed(review, theirs)
        if state == "rating":
            continue
        review = _rated(review, staff)
        if state == "draft":
            continue
        if state in ("met", "silent"):
            review = _closing(review, theirs, staff, is_silent=state == "silent")
            continue
        review = share_review(review=review, actor=manager)
        at = timezone.make_aware(datetime.combine(add_workdays(timezone.localdate(), 4), time(14)))
        plan_meeting(review=review, actor=manager, at=at,
                     place="Video call", agenda="Result and both views\nContested figures\nActions",
                     attendees=[theirs.label, manager.label])  # fmt: skip
        if state == "contested":
            line = min(
                (one for one in lines_of(review.snapshots.get()) if one.points is not None),
                key=lambda one: one.points or 0,
            )
            contest_figure(review=review, actor=theirs, kpi=KPI.objects.get(pk=line.kpi_id),
                           text="Two large orders of last month are missing in this figure.")  # fmt: skip


def _begin(partner: Partner, programme: Programme, period: PeriodRow, staff: dict[str, User]) -> Review:
    return create_review(
        actor=Actor.of_user(staff["programme"]),
        partner=partner,
        programme=programme,
        period=period,
        owner_id=staff["manager"].pk,
    )


def _assessed(review: Review, theirs: Actor) -> Review:
    items = list(content_of(review.template_id).partner_items())
    answers = {
        item.key: Given(3 + (place + review.pk) % 3, VIEWS[place % len(VIEWS)]) for place, item in enumerate(items)
    }
    return save_assessment(review=review, actor=theirs, answers=answers, submit=True)


def _rated(review: Review, staff: dict[str, User]) -> Review:
    content = content_of(review.template_id)
    for rater in review.raters.select_related("user").order_by("pk"):
        items = list(content.role_items(rater.role_id))
        answers = {
            item.key: Given(2 + (place + rater.pk) % 3, OURS[place % len(OURS)]) for place, item in enumerate(items)
        }
        review = save_rating(
            review=review, actor=Actor.of_user(rater.user), user_id=rater.user_id, answers=answers, submit=True
        )
    return review


def _met(review: Review, theirs: Actor, staff: dict[str, User], *, today: date) -> Review:
    manager = Actor.of_user(staff["manager"])
    review = _rated(_assessed(review, theirs), staff)
    review = share_review(review=review, actor=manager)
    review = accept_review(review=review, actor=theirs)
    return hold_meeting(
        review=review,
        actor=manager,
        met_on=today,
        notes="Both sides agree on the result. Supply is the main topic of the next quarter.",
        attendees=[theirs.label, manager.label],
    )


def _closing(review: Review, theirs: Actor, staff: dict[str, User], *, is_silent: bool) -> Review:
    manager, today = Actor.of_user(staff["manager"]), timezone.localdate()
    review = share_review(review=review, actor=manager)
    review = accept_review(review=review, actor=theirs)
    review = hold_meeting(review=review, actor=manager, met_on=today, notes="Short talk about claims.")
    add_action(review=review, actor=manager, title="Check every claim before it is sent",
               owner=f"u{staff['manager'].pk}", due_on=today + timedelta(days=30))  # fmt: skip
    if is_silent:
        Review.objects.filter(pk=review.pk).update(due_on=today - timedelta(days=1))
        return close_review(review=review, actor=manager)
    sign_review(review=review, actor=manager, side=Side.VENDOR)
    return review
