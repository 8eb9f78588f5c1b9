"""The past of a demo tenant's own side: reviews of the last two years with the days they promised and kept.

Reviews that are at work are played through the services (`reviews.py`), today. What lies in the past is written as it
would stand there now, so that nobody's inbox fills with the news of two years. Early quarters have more that was late.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from partners.models import Partner, Programme
from performance.models import KPI, PeriodRow, Scorecard
from performance.queries.cards import complete
from performance.reviews.choices import ActionStatus, ContestOutcome, ReviewEnd, ReviewStatus, Side
from performance.reviews.models import ActionItem, Answer, Contest, Rater, Review, ReviewTemplate, Signature
from performance.reviews.queries.content import content_of, current_template
from performance.reviews.queries.frozen import frozen_from, lines_of
from performance.reviews.services.results import settle_result
from portal.demo.past_plans import add_past_plans
from portal.demo.people import speaker_of
from portal.demo.reviews import OURS, VIEWS
from prm.accounts.models import PartnerAccess, User
from prm.tenancy.models import Tenant
from prm.workdays import add_workdays

QUARTERS = 8
PARTNERS = 9
OUR_ACTIONS = ("Send the new price list", "Train two of their people", "Answer the open claims", "Book a joint visit")
THEIR_ACTION = "Report the figure every two weeks"


@dataclass(slots=True)
class Past:
    """What all reviews of the past share."""

    tenant: Tenant
    programme: Programme
    template: ReviewTemplate
    manager: User
    staff: dict[int, User]
    today: date

    def at(self, day: date, hour: int = 10) -> datetime:
        """An hour of a day where the tenant is."""
        return datetime.combine(day, time(hour), self.tenant.zone)


def add_past(tenant: Tenant, *, today: date) -> None:
    """Closed reviews and plans of partners whose reviews of today are others'. Inside the tenant's scope."""
    programme = Programme.objects.get(is_default=True)
    template = current_template(programme.pk)
    quarters = list(PeriodRow.objects.filter(kind="quarter", end__lte=today).order_by("-start")[:QUARTERS])
    if template is None or not quarters:
        return
    manager = User.objects.get(email=f"manager@{tenant.slug}.example")
    analyst = User.objects.get(email=f"analyst@{tenant.slug}.example")
    past = Past(tenant, programme, template, manager, {one.pk: one for one in (manager, analyst)}, today)
    cards = Scorecard.objects.filter(programme=programme, period=quarters[0], rated=True)
    busy = Review.objects.filter(programme=programme, period=quarters[0]).values("partner_id")
    free = cards.exclude(partner_id__in=busy).order_by("partner__external_id").values_list("partner_id", flat=True)
    own = PartnerAccess.objects.filter(tenant=tenant).earliest("pk").partner_id
    chosen = [own, *free[: min(PARTNERS, len(free) // 4)]]
    for age, quarter in enumerate(quarters):
        _quarter(past, quarter, chosen, age)
    add_past_plans(past, quarters, chosen[1:])


def _quarter(past: Past, quarter: PeriodRow, partner_ids: list[int], age: int) -> None:
    there = Review.objects.filter(programme=past.programme, period=quarter).values("partner_id")
    cards = Scorecard.objects.filter(programme=past.programme, period=quarter, partner_id__in=partner_ids)
    rows = cards.exclude(partner_id__in=there).select_related("partner").order_by("partner__external_id")
    for number, card in enumerate(complete(list(rows))):
        _review(past, quarter, card, age, number)


def _review(past: Past, quarter: PeriodRow, card: Any, age: int, number: int) -> None:
    """One review from its frozen score to its end. `age` and `number` say which of its days were missed."""
    partner, theirs = card.partner, speaker_of(card.partner).label
    opened = add_workdays(quarter.end, 3)
    rated = add_workdays(opened, 8)
    shared = add_workdays(rated, 3)
    met_due = add_workdays(shared, 9 + number % 4)
    met = met_due + timedelta(days=7 if (number + age) % (3 + (8 - age) // 2) == 0 else 0)
    closed = add_workdays(met, 6)
    if closed >= past.today:
        return
    review = Review.objects.create(
        programme=past.programme, partner=partner, period=quarter, template=past.template, owner=past.manager,
        status=ReviewStatus.CLOSED, end=ReviewEnd.SIGNED, status_at=past.at(closed), closed_at=past.at(closed),
        created_at=past.at(opened), opens_on=opened, assessed_at=past.at(opened + timedelta(days=6)),
        assessed_by=theirs[:160], shared_at=past.at(shared), meeting_at=past.at(met, 14), meeting_promised_on=met_due,
        meeting_place="Video call", attendees=[theirs, str(past.manager)], met_on=met,
        notes="Both sides agree on the result.",
    )  # fmt: skip
    snapshot = frozen_from(card)
    snapshot.review, snapshot.version, snapshot.taken_at = review, 1, past.at(opened)
    snapshot.save()
    _answers(past, review, add_workdays(opened, 2), rated, age, number)
    settle_result(review)
    if number % 3 != age % 3:
        _contest(past, review, snapshot, theirs, shared, age, number)
    _actions(past, review, partner, theirs, met, age, number)
    for side, name in ((Side.PARTNER, theirs), (Side.VENDOR, str(past.manager))):
        Signature.objects.create(review=review, side=side, name=name[:160], signed_at=past.at(closed))


def _answers(past: Past, review: Review, asked: date, due: date, age: int, number: int) -> None:
    content = content_of(review.template_id)
    answers = [
        Answer(review=review, section_id=item.section_id, question_id=item.question_id, level=3 + (place + number) % 3,
               comment=VIEWS[place % len(VIEWS)])
        for place, item in enumerate(content.partner_items())
    ]  # fmt: skip
    for place, role in enumerate(content.roles.values()):
        user_id = next(iter(role.member_ids), past.manager.pk)
        is_given = (number + 2 * place + age) % (4 + (8 - age)) != 0
        rater = Rater.objects.create(
            review=review, role_id=role.pk, user_id=user_id, asked_on=asked, due_on=due,
            submitted_at=past.at(due - timedelta(days=number % 3)) if is_given else None,
            released_on=None if is_given else due + timedelta(days=1),
        )  # fmt: skip
        if is_given:
            answers += [
                Answer(review=review, rater=rater, section_id=item.section_id, question_id=item.question_id,
                       level=2 + (number + at) % 3, comment=OURS[at % len(OURS)])
                for at, item in enumerate(content.role_items(role.pk))
            ]  # fmt: skip
    Answer.objects.bulk_create(answers)


def _contest(past: Past, review: Review, snapshot: Any, theirs: str, shared: date, age: int, number: int) -> None:
    scored = [line for line in lines_of(snapshot) if line.points is not None]
    if not scored:
        return
    worst = min(scored, key=lambda line: line.points or 0)
    raised = add_workdays(shared, 1 + number % 3)
    taken = 2 + (number * 3 + age) % 5 + (8 if (number + age) % (10 - age) == 0 else 0)
    Contest.objects.create(
        review=review, kpi=KPI.objects.get(pk=worst.kpi_id), text="Two orders of the last month are missing here.",
        raised_at=past.at(raised), raised_by=theirs[:160],
        answer_due_on=add_workdays(raised, past.template.answer_days), outcome=ContestOutcome.UPHELD,
        decided_at=past.at(add_workdays(raised, taken)), decided_by=str(past.manager)[:160],
        reason="We looked at every order. Both belong to the next quarter.",
    )  # fmt: skip


def _actions(past: Past, review: Review, partner: Partner, theirs: str, met: date, age: int, number: int) -> None:
    days = met + timedelta(days=24 + number), met + timedelta(days=40)
    for place, (side, title, owner) in enumerate(
        (
            (Side.VENDOR, OUR_ACTIONS[(number + age) % len(OUR_ACTIONS)], past.manager),
            (Side.PARTNER, THEIR_ACTION, None),
        )
    ):
        due = days[place]
        done = due + timedelta(days=9 if (number + age) % (9 - age) == 0 else -3)
        is_left = age < 2 and number in (1, 4) and side == Side.VENDOR
        is_done = done < past.today and not is_left
        ActionItem.objects.create(
            review=review, partner=partner, title=title, side=side, owner=owner, due_on=due,
            owner_name=(str(owner) if owner else theirs)[:160], created_at=past.at(met),
            status=ActionStatus.DONE if is_done else ActionStatus.ACCEPTED,
            settled_at=past.at(done) if is_done else None,
        )  # fmt: skip
