"""Review templates, a review in the middle of its life for each partner, and what belongs to it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone

from partners.models import Programme
from performance.models import KPI, PeriodRow
from performance.reviews.models import (
    ActionItem,
    CarriedAction,
    Contest,
    Rater,
    RaterRole,
    Review,
    ReviewCadence,
    ReviewTemplate,
    Snapshot,
)
from performance.reviews.queries.frozen import card_of, frozen_from
from performance.reviews.services.bulk import JOB_KIND
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.files.services import store_file
from prm.jobs.services import create_job
from tests.factories.reviews import make_review_template


def _programme() -> Programme:
    return Programme.objects.get(key="main")


def _template(side: Any) -> ReviewTemplate:
    found = ReviewTemplate.objects.filter(programme=_programme()).first()
    return found or make_review_template(_programme(), [side.people[Role.CHANNEL_MANAGER]])


def _period() -> PeriodRow:
    return PeriodRow.objects.get(label="2024-Q2")


def _review(side: Any) -> Review:
    """Contested with evidence, its meeting planned, with an action, a rater and something carried."""
    template = _template(side)
    review, is_new = Review.objects.get_or_create(
        programme=_programme(),
        partner=side.partner,
        period=_period(),
        defaults={
            "template": template,
            "owner": side.people[Role.CHANNEL_MANAGER],
            "status": "contested",
            "opens_on": timezone.localdate(),
            "assessed_at": timezone.now(),
            "shared_at": timezone.now(),
            "meeting_at": timezone.now() + timedelta(days=3),
        },
    )
    if is_new:
        review.refresh_from_db()
        card = card_of(review)
        snapshot = frozen_from(card) if card is not None else Snapshot(card_id=0, is_rated=False)
        snapshot.review, snapshot.version = review, 1
        snapshot.save()
        file = store_file(actor=SYSTEM, content=BytesIO(b"proof"), name="proof.txt", purpose="review_contest")
        kpi = side.made["scored"].revenue if "scored" in side.made else _any_kpi()
        Contest.objects.create(review=review, kpi=kpi, text="Wrong.", evidence=file)
        role = RaterRole.objects.filter(template=template).first()
        Rater.objects.create(review=review, role=role, user=side.people[Role.CHANNEL_MANAGER])
        action = ActionItem.objects.create(review=review, partner=side.partner, title="Sample")
        CarriedAction.objects.create(review=review, action=action)
    return review


def _any_kpi() -> Any:

    return KPI.objects.order_by("pk").first()


def _cadence(side: Any) -> int:
    return ReviewCadence.objects.get_or_create(programme=_programme(), defaults={"period_kind": "quarter"})[0].pk


SAMPLES = {
    "review": lambda side: _review(side).public_id,
    "action": lambda side: ActionItem.objects.get(review=_review(side)).public_id,
    "carried": lambda side: CarriedAction.objects.get(review=_review(side)).pk,
    "rater": lambda side: Rater.objects.get(review=_review(side)).pk,
    "review_template": lambda side: _template(side).public_id,
    "cadence": _cadence,
    "reviews:round_job.job": lambda _side: create_job(actor=SYSTEM, kind=JOB_KIND, title="Sample").public_id,
}
PARTNER_BOUND = {"review", "action", "carried", "rater"}
WORDS = {"step": "uphold"}
