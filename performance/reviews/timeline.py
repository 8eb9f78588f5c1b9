"""What happened in a partner's reviews, as events on its timeline."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from partners.registries import TimelineItem, TimelineSource, timeline_sources
from performance.reviews.choices import ReviewEnd
from performance.reviews.models import Review
from performance.reviews.services.news import page_of
from performance.reviews.words.reviews import event_words
from prm.audit.models import AuditEntry

KIND = "reviews"
TOLD = {
    "review.shared": "acc",
    "review.contested": "warn",
    "review.corrected": "",
    "review.upheld": "",
    "review.meeting_held": "",
    "review.signed": "pos",
    "review.closed": "",
}
"""The steps that are told, with their tone; what both sides type on the way stays on the review."""


def fetch(partner: Partner, _kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The newest steps of the partner's reviews, in two statements."""
    entries = AuditEntry.objects.filter(
        partner_id=partner.pk, target_type=Review._meta.label_lower, action__in=TOLD
    ).order_by("-at", "-pk")
    if until is not None:
        entries = entries.filter(at__lte=until)
    found = list(entries[:limit])
    rows = Review.objects.filter(pk__in={entry.target_id for entry in found}).select_related("period", "partner")
    reviews = {row.pk: row for row in rows}
    return [_item(entry, reviews[entry.target_id]) for entry in found if entry.target_id in reviews]


def _item(entry: AuditEntry, review: Review) -> TimelineItem:
    words, tone = event_words(entry), TOLD[entry.action]
    if entry.action == "review.closed" and review.end == ReviewEnd.NOT_ACKNOWLEDGED:
        words, tone = _("Closed as not acknowledged"), "neg"
    return TimelineItem(
        at=entry.at,
        kind=KIND,
        key=f"review-{entry.pk:020d}",
        title=_("Review %(period)s: %(step)s") % {"period": review.period, "step": words},
        meta=entry.actor_label or _("System"),
        body=entry.reason,
        url=page_of(review),
        tone=tone,
        icon="clipboard-check",
    )


def register() -> None:
    """Called once the app is ready."""
    timeline_sources.register(
        TimelineSource(
            key="reviews",
            order=30,
            kinds={KIND: gettext_lazy("Reviews")},
            fetch=fetch,
            audit_prefixes=("review.",),
        )
    )
