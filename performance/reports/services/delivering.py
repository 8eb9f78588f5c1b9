"""One recipient of a sending: looks up what they may see now, makes or finds the file, tells them, notes the outcome.

All of that is one transaction. What fails leaves nothing behind but its error, and is tried again.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.reports.catalogue import Report, get_report
from performance.reports.choices import DeliveryStatus, Withheld
from performance.reports.lifecycle import DELIVERIES
from performance.reports.models import Delivery, Dispatch, Produced
from performance.reports.notices import SENT, SENT_TO_PARTNER
from performance.reports.permissions import OWN_REPORT_VIEW, REPORT_VIEW
from performance.reports.question import Question, Reader
from performance.reports.services.producing import produce
from prm.access.actor import SYSTEM
from prm.accounts.models import Membership
from prm.errors import DomainError
from prm.languages import screen_language
from prm.notifications.telling import Notice, Person, people_at, staff, tell
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

MOST_TRIES = 5
ATTACHED_UP_TO = 5 * 1024 * 1024
"""Larger files are not attached to mails: the mail leads to them."""


@dataclass(frozen=True)
class Served:
    """What came of it: the file and for how many people it is, or why nothing was sent."""

    produced: Produced | None = None
    people: int = 0
    reason: str = ""
    audience: str = ""


def deliver(*, tenant: Tenant, dispatch_id: int, key: str) -> None:
    """Serve one recipient, unless that is done or another worker is at it."""
    try:
        with (
            translation.override(screen_language(tenant.language)),
            timezone.override(tenant.zone),
            tenant_scope(tenant),
        ):
            rows = Delivery.objects.filter(dispatch_id=dispatch_id, key=key, status=DeliveryStatus.WAITING)
            row = rows.select_for_update(of=("self",), skip_locked=True).first()
            if row is not None:
                _serve(row)
    except DomainError as refusal:
        _note_failure(tenant, dispatch_id, key, str(refusal.message))
    except Exception as error:
        logger.exception("report.delivery_failed", dispatch=dispatch_id, recipient=key)
        _note_failure(tenant, dispatch_id, key, f"{type(error).__name__}: {error}"[:500])


def _note_failure(tenant: Tenant, dispatch_id: int, key: str, message: str) -> None:
    with tenant_scope(tenant):
        row = Delivery.objects.select_for_update(of=("self",)).get(dispatch_id=dispatch_id, key=key)
        if row.status != DeliveryStatus.WAITING:
            return
        row.tries, row.error = row.tries + 1, message
        if row.tries >= MOST_TRIES:
            DELIVERIES.check(row.status, DeliveryStatus.FAILED)
            row.status, row.settled_at = DeliveryStatus.FAILED, timezone.now()
        row.save(update_fields=["tries", "error", "status", "settled_at"])


def _serve(row: Delivery) -> None:
    dispatch = Dispatch.objects.select_related("schedule").get(pk=row.dispatch_id)
    report = get_report(dispatch.schedule.report)
    if report is None:
        served = Served(reason=Withheld.NO_RIGHT)
    elif row.partner is not None:
        served = _serve_partner(row, dispatch, report)
    else:
        served = _serve_person(row, dispatch, report)
    target = DeliveryStatus.WITHHELD if served.reason else DeliveryStatus.SENT
    DELIVERIES.check(row.status, target)
    row.status, row.reason, row.produced, row.people = target, served.reason, served.produced, served.people
    row.audience = served.audience or row.audience
    row.error, row.settled_at = "", timezone.now()
    row.save(update_fields=["status", "reason", "produced", "people", "audience", "error", "settled_at"])


# --- A partner ------------------------------------------------------------------------------------------------------
def _serve_partner(row: Delivery, dispatch: Dispatch, report: Report) -> Served:
    """A partner's own rows. A pack is made for the workspace too, so it is kept where the partner gets nothing."""
    assert row.partner is not None, "Only deliveries to partners come here."
    goes_out = dispatch.schedule.to_partners and report.reaches_partners
    people = people_at(row.partner.pk, OWN_REPORT_VIEW) if goes_out else []
    if not people and report.pack is None:
        return Served(reason=Withheld.LEFT)
    reader = Reader.of_partner(row.partner.pk, frozenset({str(report.permission)}))
    produced = _file_for(dispatch, report, _ask(dispatch, reader), row.audience, partner=row.partner)
    if produced is None:
        return Served(reason=Withheld.NO_ROWS)
    if goes_out and not people:
        return Served(produced, reason=Withheld.LEFT)
    slug = require_scope().tenant.slug
    tell(
        kind=SENT_TO_PARTNER,
        about=f"delivery:{row.pk}",
        people=people,
        write=lambda: _notice(
            dispatch,
            produced,
            reverse("portal:report_list", args=[slug, str(row.partner.public_id)]),  # type: ignore[union-attr]
        ),
    )
    return Served(produced, len(people))


# --- A person of the workspace --------------------------------------------------------------------------------------
def _serve_person(row: Delivery, dispatch: Dispatch, report: Report) -> Served:
    """A person's rows, within the rights they hold at this moment."""
    people = Membership.objects.filter(tenant_id=require_scope().tenant_id, user_id=row.user_id or 0, is_active=True)
    membership = people.filter(user__is_active=True).first()
    if membership is None:
        return Served(reason=Withheld.LEFT)
    reader = Reader.of_member(membership)
    if not {str(report.permission), str(REPORT_VIEW)} <= reader.permissions:
        return Served(reason=Withheld.NO_RIGHT)
    if report.pack is not None:
        return _tell_of_packs(row, dispatch, reader)
    question = _ask(dispatch, reader)  # partners that others named are left out where they are not theirs to see
    is_own = report.names_partners and (reader.portfolio is not None or bool(question.filters.get("mine")))
    audience = f"u{row.user_id}" if is_own else "all"
    produced = _file_for(dispatch, report, question, audience)
    if produced is None:
        return Served(reason=Withheld.NO_ROWS, audience=audience)
    produced.refresh_from_db(fields=["public_id"])
    url = reverse("reports:produced", args=[require_scope().tenant.slug, produced.public_id])
    _tell_person(row, lambda: _notice(dispatch, produced, url))
    return Served(produced, 1, audience=audience)


def _tell_of_packs(row: Delivery, dispatch: Dispatch, reader: Reader) -> Served:
    """The packs are files of their own, so a person of the workspace gets the way to those they may see."""
    packs = Produced.objects.filter(dispatch=dispatch)
    if reader.portfolio is not None:
        packs = packs.filter(covers__contained_by=list(reader.portfolio))
    count = packs.count()
    if not count:
        return Served(reason=Withheld.NO_ROWS)
    url = f"{reverse('reports:produced_list', args=[require_scope().tenant.slug])}?sending={dispatch.public_id}"

    def write() -> Notice:
        body = ngettext("%(count)d file is ready.", "%(count)d files are ready.", count) % {"count": count}
        return Notice(dispatch.schedule.name, body, url, more=_message(dispatch))

    _tell_person(row, write)
    return Served(people=1)


def _tell_person(row: Delivery, write: Any) -> None:
    """Whoever wants no such news finds the file among the produced ones all the same."""
    people: list[Person] = staff([row.user_id])
    tell(kind=SENT, about=f"delivery:{row.pk}", people=people, write=write)


# --- The file -------------------------------------------------------------------------------------------------------
def _ask(dispatch: Dispatch, reader: Reader) -> Question:
    from performance.reports.services.dispatching import question_of  # that module calls this one

    return question_of(dispatch, reader)


def _file_for(dispatch: Dispatch, report: Report, question: Question, audience: str, **extra: Any) -> Produced | None:
    """The file for these eyes: made once for a sending, however many recipients share it."""
    with connection.cursor() as cursor:  # two workers that need the same file make it one after the other
        number = zlib.crc32(audience.encode()) - (1 << 31)
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [dispatch.pk % (1 << 31), number])
    found = Produced.objects.filter(dispatch=dispatch, audience=audience).first()
    if found is not None:
        return found
    if not report.count(question):
        return None
    kind = dispatch.schedule.format
    return produce(
        report=report, question=question, kind=kind, actor=SYSTEM, dispatch=dispatch, audience=audience, **extra
    )


def _notice(dispatch: Dispatch, produced: Produced, url: str) -> Notice:
    stored = produced.file
    fits = stored is not None and stored.size <= ATTACHED_UP_TO
    partner, title = produced.partner, dispatch.schedule.name
    said = [value.partition(" (")[0] for _name, value in produced.filter_words if not partner or value != partner.name]
    body = f"{', '.join([produced.title, *said])}."
    if partner is not None:
        company = require_scope().tenant.name
        title = _("%(report)s from %(company)s") % {"report": title, "company": company}
    where = (
        _("The file is attached. You find it here too:") if fits else _("It is too large for a mail. You find it here:")
    )
    return Notice(title, body[:500], url, more=(*_message(dispatch), where), file=stored if fits else None)


def _message(dispatch: Dispatch) -> tuple[str, ...]:
    return (dispatch.schedule.message,) if dispatch.schedule.message else ()
