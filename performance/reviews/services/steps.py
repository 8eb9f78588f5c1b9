"""The first half of a review: freezing the score, asking both sides, sharing the draft."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reviews.choices import ReviewStatus
from performance.reviews.lifecycle import REVIEW_LIFECYCLE
from performance.reviews.models import Review, Snapshot
from performance.reviews.queries.frozen import card_of, frozen_from
from performance.reviews.services import news
from performance.reviews.services.moves import lock, move
from performance.reviews.services.results import settle_result
from prm.access.actor import SYSTEM, Actor
from prm.errors import Conflict
from prm.tenancy.scope import require_scope
from prm.workdays import add_workdays


def today() -> date:
    """The tenant's day."""
    return require_scope().tenant.local_date(timezone.now())


def freeze_score(*, review: Review, actor: Actor) -> Review:
    """Freeze the scorecard of an ended period into the review's first snapshot.

    Raises:
        Conflict: the period still runs, or the partner has no scorecard in it.
    """
    review = lock(review)
    REVIEW_LIFECYCLE.check(review.status, ReviewStatus.SNAPSHOT_TAKEN)
    if review.period.end > today():
        raise Conflict(
            _("%(period)s is still running. The score can be frozen once it has ended.") % {"period": review.period},
            code="period_running",
        )
    take_snapshot(review, reason="")
    return move(review, ReviewStatus.SNAPSHOT_TAKEN, actor, due_on=None)


def take_snapshot(review: Review, *, reason: str) -> Snapshot:
    """The next version of the review's frozen scorecard, from the card as it is now.

    Raises:
        Conflict: there is no scorecard.
    """
    card = card_of(review)
    if card is None:
        raise Conflict(
            _("%(partner)s has no scorecard for %(period)s, so there is nothing to review.")
            % {"partner": review.partner, "period": review.period},
            code="no_scorecard",
        )
    former = Snapshot.objects.filter(review=review).order_by("-version").first()
    snapshot = frozen_from(card)
    snapshot.review, snapshot.version, snapshot.reason = review, former.version + 1 if former else 1, reason[:240]
    snapshot.save()
    return snapshot


def ask_self_assessment(*, review: Review, actor: Actor) -> Review:
    """Ask the partner for its side; it has the template's days for it."""
    review = lock(review)
    due = add_workdays(today(), review.template.self_days)
    move(review, ReviewStatus.SELF_ASSESSMENT, actor, due_on=due)
    news.ask_self_assessment(review)
    return review


def open_review(*, review: Review, actor: Actor) -> Review:
    """Freeze the score and ask the partner for its side, in one step."""
    freeze_score(review=review, actor=actor)
    return ask_self_assessment(review=review, actor=actor)


def start_rating(review: Review, actor: Actor, *, reason: str = "") -> Review:
    """From a locked self-assessment to the ratings, with or without the partner's side; without raters to the draft."""
    due = add_workdays(today(), review.template.rating_days)
    move(review, ReviewStatus.RATING, actor, reason=reason, due_on=due)
    if review.raters.update(asked_on=today(), due_on=due):
        news.ask_raters(review)
        return review
    return finish_rating(review, SYSTEM)


def go_on_without(*, review: Review, actor: Actor) -> Review:
    """Start the ratings although the partner did not assess itself in time.

    Raises:
        Conflict: its days are not over yet.
    """
    review = lock(review)
    if review.status == ReviewStatus.SELF_ASSESSMENT and review.due_on is not None and review.due_on >= today():
        raise Conflict(
            _("%(partner)s has time until %(day)s.") % {"partner": review.partner, "day": review.due_on},
            code="too_early",
        )
    return start_rating(review, actor, reason=_("No self-assessment in time."))


def end_ratings(*, review: Review, actor: Actor) -> Review:
    """End the ratings; whoever has not rated is shown and not counted."""
    return finish_rating(lock(review), actor)


def finish_rating(review: Review, actor: Actor) -> Review:
    """From a locked rating to the draft, with the result worked out."""
    move(review, ReviewStatus.DRAFT_READY, actor, due_on=None)
    review.raters.filter(submitted_at=None).update(released_on=today())
    settle_result(review)
    news.draft_ready(review, actor)
    return review


def share_review(*, review: Review, actor: Actor) -> Review:
    """Show the partner the whole review. From now on it has the template's days to contest a figure.

    Raises:
        Conflict: it is no draft, or an action of the review before has no status yet.
    """
    review = lock(review)
    left = review.carried.filter(verdict="").count() if review.status == ReviewStatus.DRAFT_READY else 0
    if left:
        raise Conflict(
            _("%(count)s actions of the last review have no status yet. Say what became of each of them first.")
            % {"count": left},
            code="carried_open",
        )
    due = add_workdays(today(), review.template.contest_days)
    move(review, ReviewStatus.SHARED, actor, due_on=due, shared_at=timezone.now())
    news.shared(review)
    return review
