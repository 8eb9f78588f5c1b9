"""What reviews add to our own scorecard: answers to contested figures, agreed actions, ratings and meetings."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.choices import Direction, MeasureUnit
from performance.queries.promises import NEVER, as_promises, local_day
from performance.reviews.choices import ActionStatus, ContestOutcome, Side
from performance.reviews.models import ActionItem, Contest, Rater, Review
from performance.rules.promises import mean_days
from performance.vendor_measures import Expected, VendorMeasure, vendor_measures
from prm.tenancy.scope import require_scope


def contests() -> QuerySet:
    """Contested figures, which we answer by the day that the template gave us."""
    return as_promises(
        Contest.objects.filter(answer_due_on__isnull=False),
        partner="review__partner",
        person=F("review__owner_id"),
        asked=local_day("raised_at"),
        due="answer_due_on",
        kept=Case(When(~Q(outcome=ContestOutcome.OPEN), then=local_day("decided_at")), default=NEVER),
        what=F("kpi__name"),
        about=F("review__period__label"),
        record="review__public_id",
    )


def actions() -> QuerySet:
    """What our side agreed to do in reviews that the partner has seen. What is only proposed is nothing agreed."""
    seen = ActionItem.objects.filter(side=Side.VENDOR, due_on__isnull=False, review__shared_at__isnull=False)
    agreed = seen.exclude(status=ActionStatus.PROPOSED)
    return as_promises(
        agreed,
        partner="partner",
        person=F("owner_id"),
        due="due_on",
        kept=Case(When(status=ActionStatus.DONE, then=local_day("settled_at")), default=NEVER),
        given_up=Case(When(status=ActionStatus.DROPPED, then=local_day("settled_at")), default=NEVER),
        what=F("title"),
        about=F("review__period__label"),
        record="review__public_id",
    )


def ratings() -> QuerySet:
    """Ratings that our people were asked for. Once the ratings of a review have ended, nobody can give one any more."""
    return as_promises(
        Rater.objects.filter(due_on__isnull=False),
        partner="review__partner",
        person=F("user_id"),
        asked=F("asked_on"),
        due="due_on",
        kept=local_day("submitted_at"),
        given_up=F("released_on"),
        what=F("role__name"),
        about=F("review__period__label"),
        record="review__public_id",
    )


def meetings() -> QuerySet:
    """Meetings that had a day."""
    return as_promises(
        Review.objects.filter(meeting_promised_on__isnull=False),
        partner="partner",
        person=F("owner_id"),
        due="meeting_promised_on",
        kept=F("met_on"),
        what=Value(_("Review meeting")),
        about=F("period__label"),
        record="public_id",
    )


def address(record: UUID) -> str:
    """The review in the workspace."""
    return f"/t/{require_scope().tenant.slug}/reviews/{record}/"


def own_address(portal: str, record: UUID) -> str:
    """The review in the partner's portal."""
    return f"{portal}reviews/{record}/"


REVIEW: dict[str, Any] = {"address": address, "own_address": own_address}


def register() -> None:
    """Called once the app is ready."""
    for measure in (
        VendorMeasure(
            key="review-actions",
            label=gettext_lazy("Agreed actions done on time"),
            formula=gettext_lazy(
                "Of the actions that our side agreed to in reviews and that were due in the period, the share done by "
                "their day. What was dropped after its day was not kept; dropped by its day it is not counted."
            ),
            rows=actions,
            partner="partner",
            default=Expected(Decimal(50), Decimal(90), Decimal(100), Decimal(20)),
            order=20,
            **REVIEW,
        ),
        VendorMeasure(
            key="contests-answered",
            label=gettext_lazy("Contested figures answered on time"),
            formula=gettext_lazy(
                "Of the figures that partners contested and that we had to answer in the period, the share corrected "
                "or upheld by their day. The day is set when the figure is contested, from the review template."
            ),
            rows=contests,
            partner="review__partner",
            default=Expected(Decimal(50), Decimal(90), Decimal(100), Decimal(20)),
            order=30,
            **REVIEW,
        ),
        VendorMeasure(
            key="contest-days",
            label=gettext_lazy("Days until a contested figure is answered"),
            formula=gettext_lazy(
                "Calendar days between the day a figure was contested and the day of our answer, on average over the "
                "contested figures that were due in the period. One without an answer counts until today."
            ),
            rows=contests,
            partner="review__partner",
            default=Expected(Decimal(20), Decimal(7), Decimal(3), Decimal(10)),
            unit=MeasureUnit.DAYS,
            direction=Direction.LOWER,
            value=mean_days,
            repeats="contests-answered",
            order=40,
            **REVIEW,
        ),
        VendorMeasure(
            key="review-meetings",
            label=gettext_lazy("Review meetings held as planned"),
            formula=gettext_lazy(
                "Of the review meetings that were planned for a day of the period, the share held on that day or "
                "before. A meeting moved in time counts by its new day; moved after its day it was not held as planned."
            ),
            rows=meetings,
            partner="partner",
            default=Expected(Decimal(50), Decimal(90), Decimal(100), Decimal(10)),
            order=50,
            **REVIEW,
        ),
        VendorMeasure(
            key="review-ratings",
            label=gettext_lazy("Ratings given on time"),
            formula=gettext_lazy(
                "Of the ratings that our people were asked for and that were due in the period, the share given by "
                "their day. One that was never given was not kept, unless we ended the ratings by its day."
            ),
            rows=ratings,
            partner="review__partner",
            default=Expected(Decimal(50), Decimal(90), Decimal(100), Decimal(10)),
            own_what=gettext_lazy("A rating of ours"),
            order=60,
            **REVIEW,
        ),
    ):
        vendor_measures.register(measure)
