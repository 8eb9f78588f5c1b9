"""Creating reviews, one or in the middle of many, and taking back one that has not begun."""

from datetime import date

from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import Partner, Programme
from performance.models import PeriodRow
from performance.reviews.choices import OPEN_ACTIONS, ReviewStatus
from performance.reviews.models import ActionItem, CarriedAction, Rater, Review, ReviewTemplate
from performance.reviews.queries.content import content_of, current_template
from performance.reviews.queries.frozen import card_of
from performance.reviews.queries.people import member_names
from performance.reviews.queries.reviews import REVIEW_COUNTS
from performance.reviews.services.moves import lock
from performance.reviews.services.steps import open_review, today
from performance.services.alert_news import responsible_for
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.workdays import add_workdays

DAYS_AFTER_END = 5
"""Business days for late figures before a scheduled review freezes the score."""


def opening_day(period: PeriodRow) -> date:
    """The day on which reviews of a period freeze the score unless somebody says otherwise; today if it has passed."""
    return max(add_workdays(period.end, DAYS_AFTER_END), today())


def create_review(
    *,
    actor: Actor,
    partner: Partner,
    programme: Programme,
    period: PeriodRow,
    owner_id: int | None = None,
    opens_on: date | None = None,
) -> Review:
    """A review of a partner for a period. If its day has come it freezes the score and asks the partner at once.

    Without an owner it belongs to whoever looks after the partner. Raters follow from the template. The actions still
    open from earlier reviews of the partner in this programme are carried into it.

    Raises:
        Conflict: there is one already, there is no template, or the partner has ended.
        InvalidInput: the owner is no member.
    """
    template = current_template(programme.pk)
    if template is None:
        raise Conflict(
            _("%(programme)s has no review template yet. Write it first.") % {"programme": programme},
            code="no_template",
        )
    if partner.status == PartnerStatus.TERMINATED:
        raise Conflict(_("%(partner)s is no partner any more.") % {"partner": partner}, code="terminated")
    names = member_names()
    if owner_id is not None and owner_id not in names:
        raise InvalidInput(_("The owner must be a member of the workspace."), field="owner")
    if owner_id is None:
        owner_id = next(iter(responsible_for([partner.pk]).get(partner.pk, ())), None)
    key = {"programme": programme, "partner": partner, "period": period}
    opens_on = opens_on or opening_day(period)
    review, is_new = Review.objects.get_or_create(
        **key, defaults={"template": template, "owner_id": owner_id, "opens_on": opens_on, "due_on": opens_on}
    )
    if not is_new:
        raise Conflict(
            _("There is a review of %(partner)s for %(period)s already.") % {"partner": partner, "period": period},
            code="review_exists",
        )
    review.refresh_from_db(fields=["public_id"])
    _ask(review, template, set(names))
    _carry(review)
    record(actor=actor, action="review.created", target=review, partner_id=partner.pk,
           changes={"opens_on": [None, opens_on]})  # fmt: skip
    REVIEW_COUNTS.forget()
    if opens_on <= today() and period.end <= today() and card_of(review) is not None:
        return open_review(review=review, actor=actor)
    return review


def _ask(review: Review, template: ReviewTemplate, members: set[int]) -> None:
    """The raters that the template names, and the owner of the review in the roles that have it."""
    raters: list[Rater] = []
    for role in content_of(template.pk).roles.values():
        users = [*role.member_ids, *([review.owner_id] if role.has_owner else ())]
        raters += [
            Rater(review=review, role_id=role.pk, user_id=user_id)
            for user_id in dict.fromkeys(users)
            if user_id in members
        ]
    Rater.objects.bulk_create(raters)


def _carry(review: Review) -> None:
    open_before = ActionItem.objects.filter(
        partner_id=review.partner_id, review__programme_id=review.programme_id, status__in=OPEN_ACTIONS
    ).exclude(review=review)
    CarriedAction.objects.bulk_create(
        CarriedAction(review=review, action=action) for action in open_before.order_by("due_on", "pk")
    )


def withdraw_review(*, review: Review, actor: Actor) -> None:
    """Take back a review that nothing has happened in.

    Raises:
        Conflict: its score is frozen.
    """
    review = lock(review)
    if review.status != ReviewStatus.SCHEDULED:
        raise Conflict(_("This review has begun. It can only be carried through."), code="begun")
    record(actor=actor, action="review.withdrawn", target=review, partner_id=review.partner_id)
    review.delete()
    REVIEW_COUNTS.forget()


def change_owner(*, review: Review, actor: Actor, owner_id: int) -> Review:
    """Give the review to another member.

    Raises:
        Conflict: it is closed.
        InvalidInput: no such member.
    """
    review = lock(review)
    names = member_names()
    if owner_id not in names:
        raise InvalidInput(_("The owner must be a member of the workspace."), field="owner")
    if review.status == ReviewStatus.CLOSED:
        raise Conflict(_("This review is closed."), code="closed")
    before = str(review.owner) if review.owner else ""
    review.owner_id = owner_id
    review.save(update_fields=["owner"])
    record(actor=actor, action="review.owner_changed", target=review, partner_id=review.partner_id,
           changes={"owner": [before, names[owner_id]]})  # fmt: skip
    REVIEW_COUNTS.forget()
    return review
