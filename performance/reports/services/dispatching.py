"""Sending what is due: finds due schedules, plans who gets something, hands out the work, and settles the outcome.

A sending survives a worker that dies at any point. Its row is unique for each occasion, each recipient's row is unique
within it, and each recipient is settled in a transaction of its own together with file, notice and mail. Whoever takes
the sending up again does what is still waiting and nothing else.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.models import PeriodRow
from performance.reports.catalogue import get_report
from performance.reports.choices import DeliveryStatus, DispatchStatus, Rhythm, ScheduleStatus
from performance.reports.lifecycle import DISPATCHES
from performance.reports.models import Delivery, Dispatch, Schedule
from performance.reports.notices import FAILED
from performance.reports.question import Question, Reader, ask
from performance.reports.rules.rhythm import Closed, closings_due, next_due
from performance.reports.services.delivering import deliver
from prm.accounts.models import Membership
from prm.errors import DomainError
from prm.notifications.telling import Notice, staff, tell
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

BATCH = 25
"""Partners that one task serves, one after the other: workers share a sending between them."""

UNFINISHED = (DispatchStatus.WAITING, DispatchStatus.RUNNING)
PATIENCE = timedelta(minutes=10)
"""A sending at work for longer than this is taken up again: its worker may have died."""


def has_due_reports(tenant: Tenant, at: datetime) -> bool:
    """Whether a schedule of the tenant is due, or a sending waits to be carried out."""
    with tenant_scope(tenant):
        active = Schedule.objects.filter(status=ScheduleStatus.ACTIVE)
        if active.filter(next_due_at__lte=at).exists() or _stalled(at).exists():
            return True
        return any(_closings(row, at) for row in active.filter(rhythm=Rhythm.CLOSING))


def _stalled(at: datetime) -> QuerySet[Dispatch]:
    never = Q(planned_at=None)
    return Dispatch.objects.filter(never | Q(planned_at__lt=at - PATIENCE), status__in=UNFINISHED)


def send_due_reports(*, tenant: Tenant, at: datetime | None = None) -> list[int]:
    """Note every sending that is due and hand it to workers; the numbers of those handed over.

    Moments that were missed, for example while no worker ran, are sent once: the latest of them.
    """
    at = at or timezone.now()
    with tenant_scope(tenant):
        schedules = Schedule.objects.select_for_update(of=("self",), skip_locked=True)
        for row in schedules.filter(status=ScheduleStatus.ACTIVE).order_by("pk"):
            if row.rhythm == Rhythm.CLOSING:
                _note_closings(row, at)
            elif row.next_due_at is not None and row.next_due_at <= at:
                _note_moment(row, at)
        numbers = list(_stalled(at).order_by("due_at").values_list("pk", flat=True))
        for number in numbers:
            transaction.on_commit(partial(_hand_over, tenant.pk, number), robust=True)
    return numbers


def _note_moment(row: Schedule, at: datetime) -> None:
    zone, due = row.zone, row.next_due_at
    assert due is not None, "Only schedules with a next moment come here."
    while (later := next_due(row.timing, zone, due)) is not None and later <= at:
        due = later
    Dispatch.objects.get_or_create(schedule=row, occasion=f"{due:%Y-%m-%dT%H:%MZ}", defaults={"due_at": due})
    row.next_due_at = next_due(row.timing, zone, at)
    row.save(update_fields=["next_due_at"])


def _note_closings(row: Schedule, at: datetime) -> None:
    for due, period in _closings(row, at):
        values = {"due_at": due, "period": period.label}
        Dispatch.objects.get_or_create(schedule=row, occasion=f"closed {period.label}", defaults=values)


def _closings(row: Schedule, at: datetime) -> list[tuple[datetime, Closed]]:
    """The closings that the schedule is due for and has not sent."""
    rows = PeriodRow.objects.filter(kind=row.period_kind, closed_at__gt=row.since)
    closed = [Closed(one.label, one.kind, one.closed_at) for one in rows if one.closed_at is not None]
    due = closings_due(row.timing, row.zone, closed, since=row.since, until=at)
    sent = set(row.dispatches.exclude(period="").values_list("period", flat=True))
    return [(moment, period) for moment, period in due if period.label not in sent]


def _hand_over(tenant_id: int, dispatch_id: int) -> None:
    from performance.reports.tasks import carry_out_dispatch  # the task calls this module

    carry_out_dispatch.delay(tenant_id, dispatch_id)


# --- Carrying one out -------------------------------------------------------------------------------------------------
def carry_out(*, tenant: Tenant, dispatch_id: int) -> None:
    """Plan a sending if that is still to be done, and share its work out. Safe to run again at any time."""
    keys = plan(tenant, dispatch_id)
    if len(keys) <= BATCH:
        deliver_batch(tenant=tenant, dispatch_id=dispatch_id, keys=keys)
        return
    from performance.reports.tasks import deliver_reports  # the task calls this module

    for begin in range(0, len(keys), BATCH):
        deliver_reports.delay(tenant.pk, dispatch_id, keys[begin : begin + BATCH])


def plan(tenant: Tenant, dispatch_id: int) -> list[str]:
    """Write down who is to get something, once; the keys of those still waiting, partners alone while there are any."""
    with tenant_scope(tenant):
        row = Dispatch.objects.select_for_update(of=("self",)).select_related("schedule").get(pk=dispatch_id)
        if row.status == DispatchStatus.WAITING:
            DISPATCHES.check(row.status, DispatchStatus.RUNNING)
            row.status = DispatchStatus.RUNNING
            row.as_of = tenant.local_date(row.due_at)
            try:
                planned = _recipients(row)
            except DomainError as refusal:
                row.error, planned = str(refusal.message), []
            Delivery.objects.bulk_create(planned, ignore_conflicts=True, batch_size=500)
        elif row.status != DispatchStatus.RUNNING:
            return []
        row.planned_at = timezone.now()
        row.save(update_fields=["status", "as_of", "planned_at", "error"])
        waiting = row.deliveries.filter(status=DeliveryStatus.WAITING).order_by("pk")
        partners = list(waiting.filter(partner__isnull=False).values_list("key", flat=True))
        return partners or list(waiting.values_list("key", flat=True))


def _recipients(row: Dispatch) -> list[Delivery]:
    """A delivery for everybody whom the schedule names now. What they may see is looked up when they are served."""
    schedule, scope = row.schedule, require_scope()
    report = get_report(schedule.report)
    if report is None:
        return []
    people = Membership.objects.filter(tenant_id=scope.tenant_id, is_active=True)
    wanted = Q(role__in=schedule.roles) | Q(user_id__in=schedule.members.values("user_id"))
    users = set(people.filter(wanted).values_list("user_id", flat=True))
    users |= set(schedule.members.values_list("user_id", flat=True))
    planned: list[Delivery] = []
    if schedule.to_partners or report.pack is not None:
        partners = question_of(row, Reader.of_workspace()).cards().order_by("partner__name", "partner_id")
        planned = [
            Delivery(dispatch=row, key=f"p{number}", partner_id=number, audience=f"p{number}")
            for number in dict.fromkeys(partners.values_list("partner_id", flat=True))
        ]
    planned += [Delivery(dispatch=row, key=f"u{user}", user_id=user, audience="") for user in sorted(users)]
    return planned


def question_of(row: Dispatch, reader: Reader) -> Question:
    """What a sending asks, for one reader: as of the day it was due, of the period that was closed.

    Raises:
        InvalidInput: a filter of the schedule names what is no more.
    """
    assert row.as_of is not None, "A sending is planned before it is carried out."
    period = PeriodRow.objects.filter(label=row.period).first() if row.period else None
    return ask(row.schedule.filters, reader, today=row.as_of, period=period, is_asking=False)


def deliver_batch(*, tenant: Tenant, dispatch_id: int, keys: list[str]) -> None:
    """Serve these recipients, each in a transaction of its own, then go on or settle the sending."""
    for key in keys:
        deliver(tenant=tenant, dispatch_id=dispatch_id, key=key)
    with tenant_scope(tenant):
        waiting = Delivery.objects.filter(dispatch_id=dispatch_id, status=DeliveryStatus.WAITING)
        partners_left = waiting.filter(partner__isnull=False, tries=0).exists()
        people = list(waiting.filter(user__isnull=False, tries=0).order_by("pk").values_list("key", flat=True))
    if not partners_left:
        for key in people:
            deliver(tenant=tenant, dispatch_id=dispatch_id, key=key)
    settle(tenant=tenant, dispatch_id=dispatch_id)


def settle(*, tenant: Tenant, dispatch_id: int) -> bool:
    """Close a sending when nobody waits any more; whether it is closed."""
    with tenant_scope(tenant):
        row = Dispatch.objects.select_for_update(of=("self",)).select_related("schedule").get(pk=dispatch_id)
        if row.status != DispatchStatus.RUNNING:
            return row.status != DispatchStatus.WAITING
        if row.deliveries.filter(status=DeliveryStatus.WAITING).exists():
            return False
        failed = bool(row.error) or row.deliveries.filter(status=DeliveryStatus.FAILED).exists()
        target = DispatchStatus.FAILED if failed else DispatchStatus.DONE
        DISPATCHES.check(row.status, target)
        row.status, row.finished_at = target, timezone.now()
        row.save(update_fields=["status", "finished_at"])
        if failed:
            tell(
                kind=FAILED,
                about=f"dispatch:{row.pk}:{row.finished_at:%Y%m%d%H%M%S}",
                people=staff([row.schedule.created_by_id, row.asked_by_id]),
                write=lambda: _failure(row),
            )
        return True


def _failure(row: Dispatch) -> Notice:
    """What whoever wrote the schedule hears, and whoever sent it by hand."""
    failed = row.deliveries.filter(status=DeliveryStatus.FAILED).order_by("pk")
    count, first = failed.count(), failed.first()
    title = ngettext(
        "“%(name)s” could not be delivered to %(count)d recipient",
        "“%(name)s” could not be delivered to %(count)d recipients",
        count,
    )
    if not count:
        title = _("“%(name)s” could not be sent")
    url = reverse("reports:dispatch", args=[require_scope().tenant.slug, row.public_id])
    body = row.error or (first.error if first else "")
    return Notice(title % {"name": row.schedule.name, "count": count}, body[:500], url)
