"""Reviews as a person may see them, and which of them wait for that person."""

from typing import Any

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from performance.reviews.choices import BEFORE_SHARING, OPEN_ACTIONS, SETTLED, ReviewStatus, Side
from performance.reviews.models import ActionItem, Rater, Review, Signature, Snapshot
from prm.ui.counts import KeptCount

REVIEW_COUNTS = KeptCount("reviews", seconds=600)
"""Reviews that wait. A partner can change hands without a review changing; then a manager with an own portfolio sees
the old number so long."""
OWNER_STEPS = (
    ReviewStatus.SNAPSHOT_TAKEN,
    ReviewStatus.DRAFT_READY,
    ReviewStatus.CONTESTED,
    *SETTLED,
)
"""In these the next step is the owner's."""


def reviews(portfolio: Any | None = None) -> QuerySet[Review]:
    """All reviews of the partners a person may see, with what a line of a list shows."""
    rows = Review.objects.select_related("partner", "programme", "period", "owner")
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def with_score(rows: QuerySet[Review]) -> QuerySet[Review]:
    """The reviews with `score` and `grade` of their newest snapshot; empty before there is one."""
    newest = Snapshot.objects.filter(review=OuterRef("pk")).order_by("-version")
    return rows.annotate(score=Subquery(newest.values("total")[:1]), grade=Subquery(newest.values("grade")[:1]))


def with_next_day(rows: QuerySet[Review]) -> QuerySet[Review]:
    """The reviews with `next_on`, the day by which something has to happen: that of the present step or of the meeting,
    today where somebody can go on at once, none once they are closed.
    """
    today = Value(timezone.localdate(), DateField())
    meets = When(status__in=SETTLED, meeting_at__isnull=False, then=TruncDate("meeting_at"))
    closed = When(status=ReviewStatus.CLOSED, then=Value(None))
    return rows.annotate(next_on=Case(closed, meets, default=Coalesce("due_on", today), output_field=DateField()))


def waits_for(user_id: int) -> Q:
    """Reviews in which this member has something to do: rate, or as owner take the next step or sign."""
    unsigned = ~Exists(Signature.objects.filter(review=OuterRef("pk"), side=Side.VENDOR))
    return (
        waits_for_rating(user_id)
        | Q(owner_id=user_id, status__in=OWNER_STEPS)
        | Q(unsigned, owner_id=user_id, status=ReviewStatus.MEETING_HELD)
    )


def waits_for_rating(user_id: int) -> Q:
    """Reviews that wait for this member's rating."""
    asked = Rater.objects.filter(review=OuterRef("pk"), user_id=user_id, submitted_at=None)
    return Q(Exists(asked), status=ReviewStatus.RATING)


def waiting_for_member(user_id: int, portfolio: Any | None) -> QuerySet[Review]:
    """What waits for a member. Who sees own partners alone is still asked to rate others, and nothing more of them."""
    rows = reviews().filter(waits_for(user_id))
    if portfolio is None:
        return rows
    return rows.filter(Q(partner_id__in=portfolio) | waits_for_rating(user_id))


def to_rate_elsewhere(user_id: int, portfolio: Any) -> QuerySet[Review]:
    """Reviews that wait for a member's rating though their partners are not theirs; lists have no line of them."""
    return reviews().filter(waits_for_rating(user_id)).exclude(partner_id__in=portfolio).order_by("due_on", "pk")


def rated_by(user_id: int) -> QuerySet[Review]:
    """Reviews that a member is or was asked to rate, whoever looks after the partner: for the rating alone."""
    return reviews().filter(Exists(Rater.objects.filter(review=OuterRef("pk"), user_id=user_id)))


def is_overdue() -> Q:
    """Reviews whose present step should have been done before today."""
    return Q(due_on__lt=timezone.localdate()) & ~Q(status=ReviewStatus.CLOSED)


def open_actions_of(partner_id: int) -> QuerySet[ActionItem]:
    """The actions of a partner that are not done or dropped."""
    rows = ActionItem.objects.filter(partner_id=partner_id, status__in=OPEN_ACTIONS)
    return rows.select_related("review__period", "kpi").order_by("due_on", "pk")


def own_reviews(partner_id: int) -> QuerySet[Review]:
    """A partner's reviews as its portal lists them: those that were opened, and those with a meeting planned."""
    rows = reviews().filter(partner_id=partner_id)
    return rows.exclude(status=ReviewStatus.SCHEDULED, meeting_at=None)


def waiting_for_partner(partner_id: int) -> QuerySet[Review]:
    """The reviews that wait for the partner: to assess itself, to answer, to sign."""
    unsigned = ~Exists(Signature.objects.filter(review=OuterRef("pk"), side=Side.PARTNER))
    waits = Q(status__in=(ReviewStatus.SELF_ASSESSMENT, ReviewStatus.SHARED))
    waits |= Q(unsigned, status=ReviewStatus.MEETING_HELD)
    return Review.objects.filter(waits, partner_id=partner_id)


def shared_review_of(partner_id: int, programme_id: int, period_id: int) -> Review | None:
    """The review of a partner and period once both sides may read it, the newest; with what a screen needs."""
    rows = reviews().select_related("template").filter(partner_id=partner_id, programme_id=programme_id)
    return rows.filter(period_id=period_id).exclude(status__in=BEFORE_SHARING).order_by("-pk").first()


def shared_actions_of(partner_id: int, programme_id: int) -> list[ActionItem]:
    """What either side still has to do from reviews that are shared with the partner, the earliest first."""
    rows = ActionItem.objects.filter(partner_id=partner_id, review__programme_id=programme_id, status__in=OPEN_ACTIONS)
    rows = rows.exclude(review__status__in=BEFORE_SHARING).select_related("review__period")
    return list(rows.order_by(F("due_on").asc(nulls_last=True), "pk"))
