"""What the clock does with reviews, once a night and as often as one likes: opening, reminding, going on, closing."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from performance.reviews.choices import OPEN_ACTIONS, ReviewStatus
from performance.reviews.models import ActionItem, Review
from performance.reviews.queries.frozen import card_of
from performance.reviews.services import news
from performance.reviews.services.contesting import accept_review
from performance.reviews.services.moves import lock
from performance.reviews.services.signing import close_review
from performance.reviews.services.steps import end_ratings, open_review, start_rating
from prm.access.actor import SYSTEM
from prm.errors import DomainError
from prm.reminders import STAGES, stage_to_send
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope
from prm.workdays import add_workdays, workdays_between

logger = structlog.get_logger(__name__)

REMIND_BEFORE = 3
"""Business days before a step is due."""

WAITING = (ReviewStatus.SELF_ASSESSMENT, ReviewStatus.RATING, ReviewStatus.SHARED, ReviewStatus.MEETING_HELD)


def look_after_reviews(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Take every step whose day has come and remind of those that are near; how many reviews changed or were told.

    Each review is a transaction of its own. A second look on the same day finds nothing left to do.
    """
    at = at or timezone.now()
    done = 0
    for pk in _candidates(tenant, at):
        with tenant_scope(tenant), translation.override(tenant.language), timezone.override(tenant.zone):
            done += _look(pk, tenant.local_date(at))
    with tenant_scope(tenant), translation.override(tenant.language), timezone.override(tenant.zone):
        done += _remind_of_actions(tenant.local_date(at))
    if done:
        logger.info("reviews.looked_after", count=done)
    return done


def _candidates(tenant: Tenant, at: datetime) -> Iterator[int]:
    with tenant_scope(tenant):
        today = tenant.local_date(at)
        due = Review.objects.filter(status=ReviewStatus.SCHEDULED, opens_on__lte=today)
        waiting = Review.objects.filter(status__in=WAITING, due_on__isnull=False)
        signed = Review.objects.filter(status=ReviewStatus.SIGNED)
        rows = (due | waiting | signed).order_by("pk").values_list("pk", flat=True)
        yield from list(rows)


def _look(pk: int, today: date) -> int:
    try:
        with transaction.atomic():
            review = lock(Review(pk=pk))
            return int(_step(review, today))
    except DomainError as refusal:
        logger.warning("review.left_alone", review=pk, code=refusal.code)
        return 0
    except Exception:
        logger.exception("review.look_failed", review=pk)  # looked at again tomorrow; the others must not wait for it
        return 0


def _step(review: Review, today: date) -> bool:
    has_left = review.partner.status == PartnerStatus.TERMINATED
    if review.status == ReviewStatus.SCHEDULED:
        if has_left or review.period.end > today or card_of(review) is None:
            return False
        open_review(review=review, actor=SYSTEM)
        return True
    if review.status == ReviewStatus.SIGNED:
        close_review(review=review, actor=SYSTEM)
        return True
    if review.due_on is None:
        return False
    if review.due_on < today:
        return _overdue(review)
    return False if has_left else _remind(review, today)


def _overdue(review: Review) -> bool:
    """The day has passed: the review goes on without whoever did not answer."""
    match review.status:
        case ReviewStatus.SELF_ASSESSMENT:
            start_rating(review, SYSTEM, reason=_("No self-assessment in time."))
        case ReviewStatus.RATING:
            end_ratings(review=review, actor=SYSTEM)
        case ReviewStatus.SHARED:
            accept_review(review=review, actor=SYSTEM, was_silent=True)
        case ReviewStatus.MEETING_HELD:
            close_review(review=review, actor=SYSTEM)
        case _:
            return False
    return True


REMINDERS: dict[str, Callable[..., int]] = {
    ReviewStatus.SELF_ASSESSMENT: news.ask_self_assessment,
    ReviewStatus.RATING: news.ask_raters,
    ReviewStatus.SHARED: news.shared,
    ReviewStatus.MEETING_HELD: news.please_sign,
}


def _remind(review: Review, today: date) -> bool:
    """Some business days before the day, and on the day itself; each once."""
    assert review.due_on is not None, "Only steps with a day are looked at."
    left = workdays_between(today, review.due_on)
    said = None if review.reminded_on is None else workdays_between(review.reminded_on, review.due_on)
    if left not in (0, REMIND_BEFORE) or left == said:  # a weekend leaves as many as its Friday
        return False
    Review.objects.filter(pk=review.pk).update(reminded_on=today)
    REMINDERS[review.status](review, again=f":{today:%Y%m%d}")
    return True


def _remind_of_actions(today: date) -> int:
    """Owners hear of their actions some business days before they are due and on the day itself, each once.

    Where the day itself was missed they hear of it afterwards.
    """
    near = ActionItem.objects.filter(status__in=OPEN_ACTIONS, due_on__lte=add_workdays(today, max(STAGES) + 1))
    rows = near.filter(Q(reminded_on=None) | Q(reminded_on__lt=F("due_on"))).order_by("pk")
    rows = rows.select_for_update(of=("self",), skip_locked=True).select_related("review__partner", "review__period")
    return sum(_remind_of_action(action, today) for action in rows)


def _remind_of_action(action: ActionItem, today: date) -> bool:
    assert action.due_on is not None, "Only actions with a day are looked at."
    stage = stage_to_send(today, action.due_on, reminded_on=action.reminded_on, stages=(*STAGES, 0))
    if stage is None and action.due_on >= today:
        return False
    action.reminded_on = today
    action.save(update_fields=["reminded_on"])
    news.action_assigned(action, SYSTEM, again=f":due:{today:%Y%m%d}")
    return True
