"""Writing, pausing and ending schedules, and sending one at once."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reports.choices import DeliveryStatus, DispatchStatus, FileFormat, Rhythm, ScheduleStatus
from performance.reports.errors import DispatchUnderWay, NameTaken, ScheduleChanged
from performance.reports.lifecycle import DELIVERIES, DISPATCHES, SCHEDULES
from performance.reports.models import Dispatch, Schedule, ScheduleMember
from performance.reports.rules.rhythm import next_due
from performance.reports.services.checking import check_format, clean_filters, known_report
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.access.roles import ALL_STAFF
from prm.accounts.models import Membership
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput
from prm.tenancy.scope import require_scope

FIELDS = (
    "name", "report", "filters", "format", "rhythm", "at", "timezone", "weekday", "day", "period_kind", "days_after",
    "roles", "to_partners", "message",
)  # fmt: skip
TIMING = ("rhythm", "at", "timezone", "weekday", "day", "period_kind", "days_after")

UNDER_WAY = (DispatchStatus.WAITING, DispatchStatus.RUNNING)


def save_schedule(
    *,
    actor: Actor,
    members: Iterable[int],
    schedule: Schedule | None = None,
    version: int | None = None,
    **values: Any,
) -> Schedule:
    """Make a schedule or change one. `members` are user ids of the workspace.

    Raises:
        InvalidInput: naming the field that is wrong and the rule it breaks.
        NameTaken: another schedule has the name.
        ScheduleChanged: somebody changed it since `version` was read.
    """
    is_new = schedule is None
    if schedule is None:
        row = Schedule(created_by_id=actor.user_id)
    else:
        row = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
        if row.status == ScheduleStatus.ENDED:
            raise InvalidInput(_("This schedule has ended and is kept for its history."), field="name")
        if version is not None and version != row.version:
            raise ScheduleChanged(_("Somebody else has just changed this schedule. Look at it again before you save."))
    before = {name: getattr(row, name) for name in FIELDS}
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"A schedule has no {name}.")
        setattr(row, name, value)
    people = _check(row, members)
    after = {name: getattr(row, name) for name in FIELDS}
    changes = {} if is_new else changes_between(before, after)
    had = set() if is_new else set(row.members.values_list("user_id", flat=True))
    if had != people and not is_new:
        changes["members"] = [sorted(had), sorted(people)]
    if not is_new and not changes:
        return row
    if is_new or set(changes) & set(TIMING):
        _set_next(row, timezone.now(), starts_anew=is_new or bool({"rhythm", "period_kind"} & set(changes)))
    row.updated_at = timezone.now()
    if not is_new:
        row.version += 1
    row.save()
    row.members.exclude(user_id__in=people).delete()
    ScheduleMember.objects.bulk_create(ScheduleMember(schedule=row, user_id=one) for one in sorted(people - had))
    action = "report_schedule.created" if is_new else "report_schedule.updated"
    record(actor=actor, action=action, target=row, changes=changes)
    return row


def _check(row: Schedule, members: Iterable[int]) -> set[int]:
    """Refuse what could never be sent; the members to keep."""
    row.name = row.name.strip()
    report = known_report(row.report)
    check_format(row.format)
    row.filters = _whose(row, clean_filters(report, row.filters), goes_to_each=row.to_partners or bool(report.pack))
    if report.pack is not None and row.format != FileFormat.PDF:
        raise InvalidInput(_("This report is a PDF for each partner. Choose PDF."), field="format")
    check_fields(row)
    scope = require_scope()
    wanted = set(members)
    active = Membership.objects.filter(tenant_id=scope.tenant_id, is_active=True, user__is_active=True)
    people = set(active.filter(user_id__in=wanted).values_list("user_id", flat=True))
    had = set() if row._state.adding else set(row.members.values_list("user_id", flat=True))
    if wanted - people - had:  # whoever has left since is dropped in silence
        raise InvalidInput(_("A recipient is no active member of this workspace."), field="members")
    row.roles = sorted(set(row.roles))
    if set(row.roles) - {role.value for role in ALL_STAFF}:
        raise InvalidInput(_("Choose roles of the workspace."), field="roles")
    if row.to_partners and not report.reaches_partners:
        raise InvalidInput(
            _("“%(report)s” compares partners or is about the workspace, so it is not sent to partners.")
            % {"report": report.title},
            field="to_partners",
        )
    if not people and not row.roles and not row.to_partners:
        raise InvalidInput(_("Choose who gets it: people, roles or the partners themselves."), field="members")
    named = Schedule.objects.filter(name=row.name).exclude(status=ScheduleStatus.ENDED).exclude(pk=row.pk)
    if named.exists():
        raise NameTaken(_("Another schedule has this name."), field="name")
    return people


def _whose(row: Schedule, filters: dict[str, str], *, goes_to_each: bool) -> dict[str, str]:
    """Partners do not look after partners: where each gets its own, "my partners" are those of whoever made it."""
    if not goes_to_each or not filters.get("mine"):
        return filters
    if row.created_by_id is None:
        raise InvalidInput(_("Name the owner whose partners are meant."), field="mine")
    return {**{name: value for name, value in filters.items() if name != "mine"}, "owner": str(row.created_by_id)}


def _set_next(row: Schedule, at: datetime, *, starts_anew: bool = True) -> None:
    """Work the next moment out anew. A rhythm of closings that starts anew begins with periods closed from now on;
    with another hour or day alone, what was closed before and is not sent yet is sent then.
    """
    row.next_due_at = next_due(row.timing, row.zone, at)
    if row.rhythm == Rhythm.CLOSING and starts_anew:
        row.since = at


def move_schedule(*, actor: Actor, schedule: Schedule, target: ScheduleStatus, reason: str = "") -> Schedule:
    """Pause a schedule, let it go on, or end it. What it missed while it paused is not sent.

    Raises:
        Conflict: it cannot go there from where it stands.
    """
    row = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    target = ScheduleStatus(target)
    SCHEDULES.check(row.status, target)
    before = row.status
    row.status = target
    if target == ScheduleStatus.ACTIVE:
        _set_next(row, timezone.now())
    else:
        row.next_due_at = None
    row.updated_at, row.version = timezone.now(), row.version + 1
    row.save(update_fields=["status", "next_due_at", "since", "updated_at", "version"])
    action = {"active": "resumed", "paused": "paused", "ended": "ended"}[target]
    record(
        actor=actor,
        action=f"report_schedule.{action}",
        target=row,
        changes={"status": [before, target.value]},
        reason=reason,
    )
    return row


def send_now(*, actor: Actor, schedule: Schedule) -> Dispatch:
    """Send a schedule at once, besides its rhythm.

    Raises:
        Conflict: it has ended.
        DispatchUnderWay: it is being sent already.
    """
    row = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    if row.status == ScheduleStatus.ENDED:
        SCHEDULES.check(row.status, ScheduleStatus.ACTIVE)
    if row.dispatches.filter(status__in=UNDER_WAY).exists():
        raise DispatchUnderWay(_("It is being sent already. Wait until that has finished."))
    now = timezone.now()
    dispatch = Dispatch.objects.create(
        schedule=row, occasion=f"now {now:%Y-%m-%dT%H:%M:%S.%f}", due_at=now, asked_by_id=actor.user_id
    )
    record(actor=actor, action="report_schedule.sent_now", target=row)
    _send_soon(dispatch)
    return dispatch


def try_again(*, actor: Actor, dispatch: Dispatch) -> Dispatch:
    """Try the failed deliveries of a sending again.

    Raises:
        Conflict: none has failed.
    """
    row = Dispatch.objects.select_for_update(of=("self",)).select_related("schedule").get(pk=dispatch.pk)
    DISPATCHES.check(row.status, DispatchStatus.RUNNING)
    row.status, row.finished_at, row.tries, row.error = DispatchStatus.RUNNING, None, 0, ""
    row.save(update_fields=["status", "finished_at", "tries", "error"])
    DELIVERIES.check(DeliveryStatus.FAILED, DeliveryStatus.WAITING)
    row.deliveries.filter(status=DeliveryStatus.FAILED).update(status=DeliveryStatus.WAITING, tries=0, settled_at=None)
    record(actor=actor, action="report_schedule.tried_again", target=row.schedule)
    _send_soon(row)
    return row


def _send_soon(dispatch: Dispatch) -> None:
    from performance.reports.tasks import carry_out_dispatch  # the task calls the services

    tenant_id = require_scope().tenant_id
    transaction.on_commit(partial(carry_out_dispatch.delay, tenant_id, dispatch.pk), robust=True)
