"""Scorecards as reviews froze them: the same lines as on the card, from their own copy."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from performance.models import Scorecard
from performance.queries.lines import Line, lines_of_cards
from performance.queries.reference import templates_by_id
from performance.reviews.models import Review, Snapshot
from prm.audit.services import plain

NUMBERS = (
    "weight",
    "actual",
    "floor",
    "target",
    "stretch",
    "ceiling",
    "points",
    "attainment",
    "contribution",
    "points_lost",
    "gate_minimum",
)


def card_of(review: Review) -> Scorecard | None:
    """The scorecard of the review's partner, programme and period as it is now."""
    own = {"programme_id": review.programme_id, "period_id": review.period_id, "partner_id": review.partner_id}
    return Scorecard.objects.filter(**own).order_by().first()


def frozen_from(card: Scorecard) -> Snapshot:
    """A snapshot of the card as it is, not saved and of no review yet."""
    bands = templates_by_id()[card.template_id].bands.all()
    return Snapshot(
        card_id=card.pk,
        run_id=card.run_id,
        total=card.total,
        coverage=card.coverage,
        is_rated=card.rated,
        grade=card.grade,
        bands=[[band.key, band.name, str(band.minimum)] for band in sorted(bands, key=lambda band: band.minimum)],
        lines=[plain(asdict(line)) for line in lines_of_cards([card.pk])[card.pk]],
    )


def lines_of(snapshot: Snapshot) -> list[Line]:
    """The frozen lines, in the order of the scorecard."""
    return [_line(row) for row in snapshot.lines]


def _line(row: dict[str, Any]) -> Line:
    values = dict(row)
    for name in NUMBERS:
        values[name] = None if values[name] is None else Decimal(values[name])
    day = values["benchmark_from"]
    values["benchmark_from"] = None if day is None else date.fromisoformat(day)
    return Line(**values)


def snapshots_of(review: Review) -> QuerySet[Any]:
    """The review's frozen scorecards, the newest first, each with what its card says now: `now_total`, `now_grade`
    and `now_rated`."""
    card = Scorecard.objects.filter(pk=OuterRef("card_id")).order_by()
    return (
        Snapshot.objects.filter(review=review)
        .annotate(
            now_total=Subquery(card.values("total")),
            now_grade=Subquery(card.values("grade")),
            now_rated=Subquery(card.values("rated")),
        )
        .order_by("-version")
    )


def has_changed(snapshot: Any) -> bool:
    """Whether the card of a snapshot of `snapshots_of` has another total or grade now than when it was frozen."""
    if snapshot.now_rated is None:
        return False  # the card is gone
    now = snapshot.now_total, snapshot.now_grade, snapshot.now_rated
    return bool(now != (snapshot.total, snapshot.grade, snapshot.is_rated))
