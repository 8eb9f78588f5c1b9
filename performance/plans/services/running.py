"""What people do while a plan runs: extend it, cancel it, settle what was promised, give files, write notes."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.plans.choices import RUNNING, CommitmentState, PlanStatus, Side
from performance.plans.models import Commitment, CommitmentFile, Plan, PlanNote
from performance.plans.services.moving import check_status, checked_reason, end, locked, move, note
from performance.plans.services.news import tell_cancelled, tell_extended, tell_note
from prm.access.actor import Actor
from prm.errors import Conflict, InvalidInput
from prm.files.documents import keep_document

EXTENSION_DAYS = 30
TEXT_LENGTH = 2000
NOTE_LENGTH = 1000
FILES = 10


def extend_plan(*, plan: Plan, actor: Actor, reason: str) -> Plan:
    """Give a plan 30 more days, once.

    Raises:
        InvalidInput: there is no reason.
        Conflict: it does not run, its clock stands, or it was extended before.
    """
    plan = locked(plan)
    reason = checked_reason(reason, _("Say why the plan needs more time. The partner sees the reason."))
    if plan.extended_by:
        raise Conflict(_("A plan is extended once. This one was."), code="extended_before")
    if plan.stopped_on is not None:
        raise Conflict(
            _("The clock of this plan stands, so it loses no days. Extend it once the clock goes again."),
            code="clock_stands",
            field="status",
        )
    check_status(plan, [PlanStatus.ACTIVE], _("A plan that runs can be extended. This plan is “%(status)s”."))
    assert plan.ends_on is not None, "A plan that runs has its days."
    ends_on = plan.ends_on + timedelta(days=EXTENSION_DAYS)
    values: dict[str, Any] = {"ends_on": ends_on, "extended_by": EXTENSION_DAYS, "extension_reason": reason}
    move(plan, PlanStatus.EXTENDED, actor=actor, action="plan.extended", reason=reason, **values)
    tell_extended(plan)
    return plan


def cancel_plan(*, plan: Plan, actor: Actor, reason: str, at: datetime | None = None) -> Plan:
    """Stop a plan that is not needed any more, at any time before it has ended.

    Raises:
        InvalidInput: there is no reason.
        Conflict: it has ended.
    """
    plan = locked(plan)
    reason = checked_reason(reason, _("Say why the plan is cancelled. The partner sees the reason."))
    end(plan, PlanStatus.CANCELLED, actor=actor, action="plan.cancelled", reason=reason, at=at or timezone.now())
    tell_cancelled(plan)
    return plan


# --- Commitments -----------------------------------------------------------------------------------------------------


def settle_commitment(
    *,
    commitment: Commitment,
    side: str,
    actor: Actor,
    state: str = CommitmentState.DONE,
    note: str = "",
    upload: UploadedFile | None = None,
    at: datetime | None = None,
) -> Commitment:
    """Say that something promised was done, each side for its own; or drop it, which the vendor alone does.

    Raises:
        InvalidInput: dropping needs a note; a note is too long; a file is refused.
        Conflict: the plan does not run, the commitment was settled before, or is the other side's.
    """
    plan, row = _locked_commitment(commitment)
    check_status(plan, RUNNING, _("Commitments are settled while a plan runs. This one is “%(status)s”."))
    if row.state != CommitmentState.OPEN:
        raise Conflict(
            _("“%(what)s” is “%(state)s” already.") % {"what": row, "state": CommitmentState(row.state).label},
            code="settled_before",
        )
    words = note.strip()
    _check_settling(row, side, state, words)
    if upload is not None:
        _attach(row, side, actor, upload)
    row.state, row.note, row.settled_by = state, words, actor.label[:160]
    row.settled_at = at or timezone.now()
    row.save(update_fields=["state", "note", "settled_by", "settled_at"])
    action = "plan.commitment_done" if state == CommitmentState.DONE else "plan.commitment_dropped"
    _note(plan, row, actor, action, reason=words)
    return row


def _check_settling(row: Commitment, side: str, state: str, words: str) -> None:
    if state not in (CommitmentState.DONE, CommitmentState.DROPPED):
        raise InvalidInput(_("Say whether it was done or is dropped."), field="state")
    if state == CommitmentState.DONE:
        _check_side(row, side)
    elif side != Side.VENDOR:
        raise Conflict(_("The partner cannot drop a commitment. Write a note and ask for it."), code="other_side")
    elif not words:
        raise InvalidInput(_("Say why it is dropped. The partner sees the note."), field="note", code="required")
    if len(words) > NOTE_LENGTH:
        raise InvalidInput(_("A note has up to %(count)d characters.") % {"count": NOTE_LENGTH}, field="note")


def add_file(*, commitment: Commitment, side: str, actor: Actor, upload: UploadedFile) -> CommitmentFile:
    """Keep a file that shows what was done, with a commitment of one's own side, also after it was settled.

    Raises:
        InvalidInput: the file is refused, or there are too many.
        Conflict: the plan does not run, or the commitment is the other side's.
    """
    plan, row = _locked_commitment(commitment)
    check_status(plan, RUNNING, _("Files are added while a plan runs. This one is “%(status)s”."))
    _check_side(row, side)
    kept = _attach(row, side, actor, upload)
    _note(plan, row, actor, "plan.file_added", changes={"file": [None, kept.file.name]})
    return kept


def _attach(row: Commitment, side: str, actor: Actor, upload: UploadedFile) -> CommitmentFile:
    if row.files.count() >= FILES:
        raise InvalidInput(_("A commitment takes up to %(count)d files.") % {"count": FILES}, field="upload")
    stored = keep_document(actor=actor, upload=upload, field="upload", purpose="plan")
    return CommitmentFile.objects.create(commitment=row, file=stored, side=side, added_by=actor.label[:160])


def _locked_commitment(commitment: Commitment) -> tuple[Plan, Commitment]:
    plan = locked(Plan(pk=commitment.plan_id))
    return plan, Commitment.objects.select_for_update(of=("self",)).get(pk=commitment.pk, plan=plan)


def _check_side(row: Commitment, side: str) -> None:
    if row.side != side:
        raise Conflict(
            _("“%(what)s” was promised by the other side, which says itself that it is done.") % {"what": row},
            code="other_side",
        )


def _note(
    plan: Plan, row: Commitment, actor: Actor, action: str, *, reason: str = "", changes: dict[str, Any] | None = None
) -> None:
    note(plan, actor=actor, action=action, reason=reason, changes={"commitment": [None, row.title], **(changes or {})})


# --- Notes -----------------------------------------------------------------------------------------------------------


def write_note(
    *, plan: Plan, side: str, actor: Actor, text: str, is_internal: bool = False, at: datetime | None = None
) -> PlanNote:
    """Write a note on a plan. An internal one is for the vendor alone; the other side is told of the others.

    Raises:
        InvalidInput: it is empty or too long, or the partner wants it internal.
        Conflict: the partner may not see this plan yet.
    """
    plan = locked(plan)
    text = text.strip()
    if not text:
        raise InvalidInput(_("Write something, or leave."), field="text", code="required")
    if len(text) > TEXT_LENGTH:
        raise InvalidInput(_("A note has up to %(count)d characters.") % {"count": TEXT_LENGTH}, field="text")
    if side == Side.PARTNER:
        check_offered(plan)
        if is_internal:
            raise InvalidInput(_("Notes of a partner are for both sides."), field="is_internal")
    row = PlanNote.objects.create(
        plan=plan, side=side, is_internal=is_internal, text=text, written_by=actor.label[:160],
        written_at=at or timezone.now(),
    )  # fmt: skip
    note(plan, actor=actor, action="plan.note_written")
    if not is_internal:
        tell_note(plan, row)
    return row


def check_offered(plan: Plan) -> None:
    """Refuse a partner's hand in a plan that it may not see.

    Raises:
        Conflict: it was not offered.
    """
    if plan.offered_at is None or plan.status == PlanStatus.SUGGESTED:
        raise Conflict(_("This plan was not offered to the partner yet."), code="not_offered")
