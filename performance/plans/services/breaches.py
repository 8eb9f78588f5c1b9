"""Reporting a serious breach, and deciding about it: two people agree, and neither of them has reported it.

"Fraud or breach skips the ladder and goes to suspension with two persons": no failed plan is needed, but two people
have to agree who both look at a report that is not their own. So at least three people stand behind a suspension.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.lifecycle import PARTNER_LIFECYCLE
from partners.models import Partner, Programme
from partners.services.status import change_status
from performance.plans.choices import BREACH_APPROVERS, BreachKind, BreachStatus
from performance.plans.lifecycle import BREACH_LIFECYCLE
from performance.plans.models import Breach, BreachFile
from performance.plans.services import breach_news as news
from performance.plans.services.approvals import agree, person_of
from performance.plans.services.moving import checked_reason, locked_partner, today_of
from performance.plans.services.suspension import hold_plans
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.files.documents import keep_document

WHAT_LENGTH = 4000
TEXT_LENGTH = 1000
FILES = 10


@transaction.atomic
def report_breach(
    *,
    partner: Partner,
    kind: str,
    what: str,
    partner_text: str,
    happened_on: date,
    actor: Actor,
    programme: Programme | None = None,
    uploads: Sequence[UploadedFile] = (),
    at: datetime | None = None,
) -> Breach:
    """Report a serious breach. It waits until two other people agree, one refuses, or the reporter withdraws it.

    `what` and the files stay in the workspace; `partner_text` is what the partner reads once it is suspended.

    Raises:
        InvalidInput: a text is missing or too long, the day is in the future, a file is refused, or no such kind.
        Conflict: the partner cannot be suspended, or another report about it waits.
    """
    at = at or timezone.now()
    if kind not in BreachKind.values:
        raise InvalidInput(_("Choose what kind of breach it is."), field="kind", code="required")
    what = _text(what, "what", _("Say what happened. Those who decide go by it."), WHAT_LENGTH)
    told = _("Say what the partner is to read. Name nobody, and nothing that is still looked into.")
    partner_text = _text(partner_text, "partner_text", told, TEXT_LENGTH)
    if happened_on > today_of(at):
        raise InvalidInput(_("That day has not come yet."), field="happened_on", code="in_future")
    if len(uploads) > FILES:
        raise InvalidInput(_("A report takes up to %(count)d files.") % {"count": FILES}, field="uploads")
    partner = locked_partner(partner.pk)
    check_can_be_suspended(partner)
    try:
        with transaction.atomic():
            row = Breach.objects.create(
                partner=partner, programme=programme, kind=kind, what=what, partner_text=partner_text,
                happened_on=happened_on, reporter_id=actor.user_id, reported_by=actor.label[:160], reported_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            _("A report about %(partner)s waits for its decision already.") % {"partner": partner},
            code="reported_before",
        ) from error
    for upload in uploads:
        stored = keep_document(actor=actor, upload=upload, field="uploads", purpose="breach")
        BreachFile.objects.create(breach=row, file=stored, added_by=actor.label[:160])
    row.refresh_from_db(fields=["public_id"])
    _note(row, actor, "breach.reported", changes={"kind": [None, kind], "happened_on": [None, happened_on]})
    news.tell_to_approve(row)
    return row


def check_can_be_suspended(partner: Partner) -> None:
    """Refuse a report about a partner whom nobody could suspend.

    Raises:
        Conflict: naming its status and what is possible instead.
    """
    if partner.status != PartnerStatus.SUSPENDED:
        PARTNER_LIFECYCLE.check(partner.status, PartnerStatus.SUSPENDED)


@transaction.atomic
def approve_breach(*, breach: Breach, actor: Actor, at: datetime | None = None) -> Breach:
    """Agree to the suspension. With the second agreement the partner is suspended at once.

    Raises:
        Conflict: nobody stands behind the actor, it is their own report, they have agreed before, it was decided
            meanwhile, or the partner cannot be suspended any more.
    """
    at = at or timezone.now()
    person = person_of(actor)
    row = _locked(breach)
    BREACH_LIFECYCLE.check(row.status, BreachStatus.SUSPENDED)
    _check_not_own(row, person, _("You have reported this breach. Two other people have to agree."))
    given = agree(row.approvals, actor, at)
    _note(row, actor, "breach.approved", changes={"agreed": [given - 1, given]})
    if given >= BREACH_APPROVERS:
        _suspend(row, actor, at)
    return row


def _suspend(row: Breach, actor: Actor, at: datetime) -> None:
    if row.partner.status != PartnerStatus.SUSPENDED:
        reason = _("After a serious breach: %(text)s") % {"text": row.partner_text}
        row.partner = change_status(
            partner=row.partner,
            target=PartnerStatus.SUSPENDED,
            actor=actor,
            reason=reason,
            effective_on=today_of(at),
        )
    _move(row, BreachStatus.SUSPENDED, actor, "breach.suspended", at, suspended_on=today_of(at))
    hold_plans(row, at)
    news.tell_suspended(row, but=actor.user_id)


@transaction.atomic
def refuse_breach(*, breach: Breach, actor: Actor, reason: str, at: datetime | None = None) -> Breach:
    """End a report without a suspension. One person is enough, also one who had agreed before.

    Raises:
        InvalidInput: there is no reason.
        Conflict: nobody stands behind the actor, it is their own report, or it was decided meanwhile.
    """
    person = person_of(actor)
    row = _locked(breach)
    reason = checked_reason(reason, _("Say why the partner is not to be suspended. The reporter reads the reason."))
    BREACH_LIFECYCLE.check(row.status, BreachStatus.REFUSED)
    _check_not_own(row, person, _("You have reported this breach. Withdraw it instead."))
    _move(row, BreachStatus.REFUSED, actor, "breach.refused", at or timezone.now(), settled_reason=reason)
    news.tell_refused(row, but=actor.user_id)
    return row


@transaction.atomic
def withdraw_breach(*, breach: Breach, actor: Actor, reason: str, at: datetime | None = None) -> Breach:
    """Take a report back before it is decided, which the reporter alone may do.

    Raises:
        InvalidInput: there is no reason.
        Conflict: somebody else has reported it, or it was decided meanwhile.
    """
    person = person_of(actor)
    row = _locked(breach)
    reason = checked_reason(reason, _("Say why the report is taken back. The reason is kept with it."))
    BREACH_LIFECYCLE.check(row.status, BreachStatus.WITHDRAWN)
    if row.reporter_id != person:
        raise Conflict(
            _("Only %(who)s can withdraw this report. Refuse it instead.") % {"who": row.reported_by}, code="not_yours"
        )
    _move(row, BreachStatus.WITHDRAWN, actor, "breach.withdrawn", at or timezone.now(), settled_reason=reason)
    news.tell_withdrawn(row)
    return row


# --- What they share -------------------------------------------------------------------------------------------------


def _text(value: str, field: str, missing: str, most: int) -> str:
    value = value.strip()
    if not value:
        raise InvalidInput(missing, field=field, code="required")
    if len(value) > most:
        raise InvalidInput(_("This has up to %(count)d characters.") % {"count": most}, field=field, code="too_long")
    return value


def _locked(breach: Breach) -> Breach:
    """The report as it stands now, nobody else deciding about it until the transaction ends."""
    partner = locked_partner(breach.partner_id)
    row = Breach.objects.select_for_update(of=("self",)).select_related("programme").get(pk=breach.pk)
    row.partner = partner
    return row


def _check_not_own(row: Breach, person: int, sentence: str) -> None:
    if row.reporter_id == person:
        raise Conflict(sentence, code="own_report")


def _move(row: Breach, target: str, actor: Actor, action: str, at: datetime, **values: Any) -> None:
    """Settle a locked report and record it. What was reported never stands in the trail, which more people read."""
    changes = {"status": [row.status, str(target)]}
    row.status, row.settled_at, row.settled_by = target, at, actor.label[:160]
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=["status", "settled_at", "settled_by", *values])
    _note(row, actor, action, changes=changes)


def _note(row: Breach, actor: Actor, action: str, *, changes: dict[str, list[Any]]) -> None:
    record(actor=actor, action=action, target=row, partner_id=row.partner_id, changes=changes)
