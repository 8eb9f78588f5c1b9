"""Working a review's result out from its ratings and its newest snapshot."""

from performance.reviews.models import Answer, Rater, Review, Snapshot
from performance.reviews.queries.content import content_of
from performance.reviews.rules.result import Quality, Rating, final_of, quality_of


def quality_of_review(review: Review) -> Quality:
    """What the submitted ratings come to."""
    roles = content_of(review.template_id).roles
    levels: dict[int, list[int]] = {}
    given = Answer.objects.filter(review=review, rater__submitted_at__isnull=False, level__isnull=False)
    for rater_id, level in given.values_list("rater_id", "level"):
        levels.setdefault(rater_id, []).append(level)
    raters = Rater.objects.filter(review=review, submitted_at__isnull=False)
    return quality_of(
        (
            Rating(rater.user_id, rater.role_id, roles[rater.role_id].weight, tuple(levels.get(rater.pk, ())))
            for rater in raters
        ),
        minimum_raters=review.template.minimum_raters,
    )


def settle_result(review: Review) -> None:
    """Write what ratings and score come to onto the locked review. Nobody can type these figures."""
    snapshot = Snapshot.objects.filter(review=review).order_by("-version").first()
    review.quality = quality_of_review(review).points
    score = snapshot.total if snapshot is not None else None
    review.final = final_of(score, review.quality, score_share=review.template.score_share)
    review.save(update_fields=["quality", "final"])
