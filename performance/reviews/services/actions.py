"""What both sides agree to do: written down in a review, worked on by its owner, carried into the next one."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.models import KPI
from performance.reviews.choices import BEFORE_SHARING, ActionStatus, CarryVerdict, ReviewStatus, Side
from performance.reviews.models import ActionItem, CarriedAction, Review
from performance.reviews.queries.people import owner_choices
from performance.reviews.services import news
from performance.reviews.services.moves import lock
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput

TITLE_LENGTH = 200
NOTE_LENGTH = 500


def add_action(
    *,
    review: Review,
    actor: Actor,
    title: str,
    owner: str = "",
    due_on: date | None = None,
    kpi: KPI | None = None,
    status: ActionStatus = ActionStatus.PROPOSED,
) -> ActionItem:
    """Write an action down. `owner` is a key of `owner_choices`; owner and day may follow until the first signature.

    Where the next review was created before, it is carried into that one as well, unless that one is shared.

    Raises:
        Conflict: a side has signed the review, or it is closed.
        InvalidInput: no title, or an owner that is on neither side.
    """
    review = lock(review)
    if is_signed_by_a_side(review):
        raise Conflict(_("This review is signed. New actions belong into the next one."), code="signed")
    action = ActionItem(review=review, partner_id=review.partner_id, status=status)
    _fill(action, title=title, owner=owner, due_on=due_on, kpi=kpi)
    action.save()
    _carry_into_next(action, review)
    record(actor=actor, action="review.action_added", target=review, partner_id=review.partner_id,
           changes={"action": [None, action.title]})  # fmt: skip
    news.action_assigned(action, actor)
    return action


def change_action(
    *, action: ActionItem, actor: Actor, title: str, owner: str, due_on: date | None, kpi: KPI | None = None
) -> ActionItem:
    """Change an action before anybody signs the review.

    Raises:
        Conflict: a side has signed the review, or it is closed.
        InvalidInput: as for a new one.
    """
    review = lock(action.review)
    if is_signed_by_a_side(review):
        raise Conflict(_("What a side has signed stays as it is. Its status can still change."), code="signed")
    action = ActionItem.objects.select_for_update().get(pk=action.pk)
    action.review = review
    former_owner = action.owner_id
    names = ("title", "owner_name", "due_on", "kpi_id")
    before = {name: getattr(action, name) for name in names}
    _fill(action, title=title, owner=owner, due_on=due_on, kpi=kpi)
    action.save()
    record(actor=actor, action="review.action_changed", target=review, partner_id=review.partner_id,
           changes=changes_between(before, {name: getattr(action, name) for name in names}))  # fmt: skip
    if action.owner_id != former_owner:
        news.action_assigned(action, actor)
    return action


def is_signed_by_a_side(review: Review) -> bool:
    """Whether the actions of a review are fixed: each side signs what it has read."""
    return review.status in (ReviewStatus.SIGNED, ReviewStatus.CLOSED) or review.signatures.exists()


def _carry_into_next(action: ActionItem, review: Review) -> None:
    later = Review.objects.filter(
        partner_id=review.partner_id, programme_id=review.programme_id, pk__gt=review.pk, status__in=BEFORE_SHARING
    )
    CarriedAction.objects.bulk_create(CarriedAction(review=one, action=action) for one in later.order_by("pk"))


def _fill(action: ActionItem, *, title: str, owner: str, due_on: date | None, kpi: KPI | None) -> None:
    title = title.strip()
    if not title:
        raise InvalidInput(_("Say what is to be done."), field="title")
    if len(title) > TITLE_LENGTH:
        raise InvalidInput(_("Keep it to %(count)d characters.") % {"count": TITLE_LENGTH}, field="title")
    values: dict[str, Any] = {"side": "", "owner_id": None, "contact_id": None, "owner_name": ""}
    if owner:
        found = next((entry for entry in owner_choices(action.partner_id) if entry[0] == owner), None)
        if found is None:
            raise InvalidInput(_("The owner is a member of the workspace or somebody at the partner."), field="owner")
        key, name, side = found
        values |= {"side": side, "owner_name": name[:160]}
        values["owner_id" if key[0] == "u" else "contact_id"] = int(key[1:])
    if action.due_on != due_on:
        action.reminded_on = None  # a new day is reminded of anew
    action.title, action.due_on, action.kpi = title, due_on, kpi
    for attribute, value in values.items():
        setattr(action, attribute, value)


def set_action_status(
    *, action: ActionItem, actor: Actor, status: ActionStatus, note: str = "", side: Side = Side.VENDOR
) -> ActionItem:
    """Say where an action stands. A partner says so of its own side's actions, and may accept any that is proposed.

    Raises:
        Conflict: it is settled, or it is the other side's.
        InvalidInput: dropping it needs a note.
    """
    action = ActionItem.objects.select_for_update().get(pk=action.pk)
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise InvalidInput(_("A note has up to %(count)d characters.") % {"count": NOTE_LENGTH}, field="note")
    if action.status == status:
        raise Conflict(
            _("This action is “%(status)s” already.") % {"status": ActionStatus(status).label}, code="same_status"
        )
    is_accepting = (action.status, status) == (ActionStatus.PROPOSED, ActionStatus.ACCEPTED)
    if side == Side.PARTNER and action.side != Side.PARTNER and not is_accepting:
        raise Conflict(_("This action is the other side's."), code="other_side")
    if status == ActionStatus.DROPPED and not note:
        raise InvalidInput(_("Say why it is dropped."), field="note")
    if status == ActionStatus.PROPOSED:
        raise InvalidInput(_("An action that was agreed is not proposed again."), field="status")
    before = action.status
    action.status, action.note = status, note
    is_settled = status in (ActionStatus.DONE, ActionStatus.DROPPED)
    action.settled_at = timezone.now() if is_settled else None
    action.save(update_fields=["status", "note", "settled_at"])
    record(actor=actor, action="review.action_moved", target=action.review, partner_id=action.partner_id,
           changes={"action": [None, action.title], "status": [before, status.value]}, reason=note)  # fmt: skip
    if is_settled:
        verdict = CarryVerdict.DONE if status == ActionStatus.DONE else CarryVerdict.DROPPED
        _answer(CarriedAction.objects.filter(action=action, verdict=""), actor, verdict)
    return action


def say_of_carried(*, carried: CarriedAction, actor: Actor, verdict: CarryVerdict, note: str = "") -> CarriedAction:
    """Say in a review what became of an action of the one before.

    Raises:
        Conflict: the review is shared already.
        InvalidInput: dropping it needs a note.
    """
    review = lock(carried.review)
    if review.shared_at is not None:
        raise Conflict(_("This review is shared. Change the action itself."), code="shared")
    own = CarriedAction.objects.filter(pk=carried.pk)
    if verdict == CarryVerdict.GOES_ON:
        _answer(own, actor, verdict)
        record(actor=actor, action="review.action_goes_on", target=review, partner_id=review.partner_id,
               changes={"action": [None, carried.action.title]})  # fmt: skip
    else:
        status = ActionStatus.DONE if verdict == CarryVerdict.DONE else ActionStatus.DROPPED
        held = ActionItem.objects.select_for_update().get(pk=carried.action_id)
        if held.status == status:
            _answer(own, actor, verdict)
        else:
            own.update(verdict="")
            set_action_status(action=held, actor=actor, status=status, note=note)
    return own.get()


def _answer(rows: Any, actor: Actor, verdict: CarryVerdict) -> None:
    rows.update(verdict=verdict, said_at=timezone.now(), said_by=actor.label[:160])
