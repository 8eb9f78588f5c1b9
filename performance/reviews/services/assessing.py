"""Both sides' views: the partner's self-assessment and the ratings of members."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reviews.choices import ReviewStatus
from performance.reviews.models import Answer, Rater, Review
from performance.reviews.queries.content import Item, content_of
from performance.reviews.queries.people import member_names
from performance.reviews.queries.reviews import REVIEW_COUNTS
from performance.reviews.rules.result import LEVELS
from performance.reviews.services import news
from performance.reviews.services.moves import lock
from performance.reviews.services.steps import finish_rating, start_rating
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput

COMMENT_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody says about one item."""

    level: int | None
    comment: str = ""


def save_assessment(*, review: Review, actor: Actor, answers: Mapping[str, Given], submit: bool) -> Review:
    """Keep the partner's side as a draft, or submit it, which begins the ratings.

    Raises:
        Conflict: the review does not wait for it.
        InvalidInput: an item is unknown or, to submit, has no level; `field` is the item's key.
    """
    review = lock(review)
    if review.status != ReviewStatus.SELF_ASSESSMENT:
        if review.assessed_at is not None:
            raise Conflict(_("The self-assessment has been submitted."), code="submitted")
        raise Conflict(_("This review does not wait for the self-assessment now."), code="not_assessing")
    _keep(review, None, content_of(review.template_id).partner_items(), answers, is_whole=submit)
    if not submit:
        record(actor=actor, action="review.assessment_saved", target=review, partner_id=review.partner_id)
        return review
    review.assessed_at, review.assessed_by = timezone.now(), actor.label[:160]
    review.save(update_fields=["assessed_at", "assessed_by"])
    news.assessed(review)
    return start_rating(review, actor)


def save_rating(
    *, review: Review, actor: Actor, user_id: int | None, answers: Mapping[str, Given], submit: bool
) -> Review:
    """Keep a member's ratings in all the roles asked of them, or submit them. The last submission ends the ratings.

    Raises:
        Conflict: the review does not wait for ratings, or not for this member's.
        InvalidInput: an item is unknown or, to submit, has no level; `field` is the item's key.
    """
    review = lock(review)
    if review.status != ReviewStatus.RATING:
        raise Conflict(_("This review does not wait for ratings now."), code="not_rating")
    asked = Q(user_id=user_id, submitted_at=None)
    raters = list(review.raters.filter(asked).select_related("role")) if user_id else []
    if not raters:
        raise Conflict(_("Your rating is not asked for here, or it has been submitted."), code="not_asked")
    content = content_of(review.template_id)
    items = {rater.pk: list(content.role_items(rater.role_id)) for rater in raters}
    known = {item.key for own in items.values() for item in own}
    _refuse_unknown(answers, known)
    for rater in raters:
        own = {item.key for item in items[rater.pk]}
        given = {key: value for key, value in answers.items() if key in own}
        _keep(review, rater, items[rater.pk], given, is_whole=submit)
        rater.saved_at = timezone.now()
        rater.submitted_at = rater.saved_at if submit else None
        rater.save(update_fields=["saved_at", "submitted_at"])
    if not submit:
        return review
    record(actor=actor, action="review.rated", target=review, partner_id=review.partner_id,
           changes={"roles": [None, [rater.role.name for rater in raters]]})  # fmt: skip
    REVIEW_COUNTS.forget()
    if not review.raters.filter(submitted_at=None).exists():
        return finish_rating(review, actor)
    return review


def add_rater(*, review: Review, actor: Actor, role_id: int, user_id: int) -> Rater:
    """Ask one more member to rate in a role.

    Raises:
        Conflict: the ratings are over, or the member is asked already.
        InvalidInput: no such role or member.
    """
    review = lock(review)
    if review.status not in (*_BEFORE_RATING, ReviewStatus.RATING):
        raise Conflict(_("The ratings of this review have ended."), code="not_rating")
    role = content_of(review.template_id).roles.get(role_id)
    name = member_names().get(user_id)
    if role is None or name is None:
        raise InvalidInput(_("Choose a role of the template and a member of the workspace."), field="rater")
    is_asked_now = review.status == ReviewStatus.RATING
    days = {"asked_on": timezone.localdate(), "due_on": review.due_on} if is_asked_now else {}
    rater, is_new = Rater.objects.get_or_create(review=review, role_id=role_id, user_id=user_id, defaults=days)
    if not is_new:
        raise Conflict(_("%(who)s is asked already.") % {"who": name}, code="asked", field="rater")
    _record_rater(review, actor, "review.rater_added", name, role.name)
    if is_asked_now:
        news.ask_raters(review, only=user_id)
    return rater


def remove_rater(*, review: Review, actor: Actor, rater_id: int) -> None:
    """No longer ask somebody who has not submitted. When nobody is left to wait for, the ratings end.

    Raises:
        Conflict: they have submitted, or the ratings are over.
    """
    review = lock(review)
    rater = review.raters.select_related("user", "role").filter(pk=rater_id).first()
    if rater is None or rater.submitted_at is not None:
        raise Conflict(_("A submitted rating stays with the review."), code="submitted")
    if review.status not in (*_BEFORE_RATING, ReviewStatus.RATING):
        raise Conflict(_("The ratings of this review have ended."), code="not_rating")
    rater.delete()
    _record_rater(review, actor, "review.rater_removed", str(rater.user), rater.role.name)
    waits = review.status == ReviewStatus.RATING and not review.raters.filter(submitted_at=None).exists()
    if waits and review.raters.exists():
        finish_rating(review, actor)


_BEFORE_RATING = (ReviewStatus.SCHEDULED, ReviewStatus.SNAPSHOT_TAKEN, ReviewStatus.SELF_ASSESSMENT)


def _record_rater(review: Review, actor: Actor, action: str, name: str, role: str) -> None:
    REVIEW_COUNTS.forget()
    record(actor=actor, action=action, target=review, partner_id=review.partner_id,
           changes={"rater": [None, f"{name}, {role}"]})  # fmt: skip


def _refuse_unknown(answers: Mapping[str, Given], known: set[str]) -> None:
    unknown = next((key for key in answers if key not in known), None)
    if unknown is not None:
        raise InvalidInput(_("There is no question “%(key)s” here.") % {"key": unknown}, field=unknown)


def _keep(
    review: Review, rater: Rater | None, items: Iterable[Item], answers: Mapping[str, Given], *, is_whole: bool
) -> None:
    items = list(items)
    _refuse_unknown(answers, {item.key for item in items})
    for item in items:
        given = answers.get(item.key, Given(None))
        if given.level is not None and not 1 <= given.level <= LEVELS:
            raise InvalidInput(_("A level is a number from 1 to 5."), field=item.key)
        if given.level is None and is_whole:
            raise InvalidInput(_("Choose a level for “%(item)s”.") % {"item": item.text}, field=item.key)
        if len(given.comment) > COMMENT_LENGTH:
            raise InvalidInput(
                _("A comment has up to %(count)d characters.") % {"count": COMMENT_LENGTH}, field=item.key
            )
    own = Answer.objects.filter(review=review, rater=rater)
    own.filter(section_id__in={item.section_id for item in items}).delete()
    found = [(item, answers[item.key]) for item in items if item.key in answers]
    Answer.objects.bulk_create(
        Answer(
            review=review,
            rater=rater,
            section_id=item.section_id,
            question_id=item.question_id,
            level=given.level,
            comment=given.comment.strip(),
        )
        for item, given in found
        if given.level is not None or given.comment.strip()
    )
