"""Raising alerts after the scores have changed, and settling them by hand."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import AlertKind, AlertStatus, AlertTiming, MissingData
from performance.engine import alerts as statements
from performance.errors import AlertSettled
from performance.models import Alert, AlertRule, AlertWatch, PeriodRow, Run
from performance.queries.alerts import ALERT_COUNTS
from performance.rules.alert_moves import ALERT_LIFECYCLE
from performance.services.alert_news import tell_owners
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.periods import month_number
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

LOCK_CLASS = 0xA1E7
"""First half of the advisory lock of one look; the second is the tenant."""

NOTE_LENGTH = 1000
LONGEST_SNOOZE = timedelta(days=366)


# --- Looking ---------------------------------------------------------------------------------------------------------


def look_for_alerts(*, tenant: Tenant, at: datetime | None = None) -> tuple[int, int]:
    """Hold the rules against the scores as they stand; how many alerts were raised or came back, how many went.

    Runs after a recompute has committed and looks only at cards that a run wrote since the last time; at all of them
    on the first look of a day and after a rule has changed. Twice is once: the second look finds nothing new.
    """
    at = at or timezone.now()
    with tenant_scope(tenant):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, tenant.pk])
        watch, _made = AlertWatch.objects.get_or_create()
        today = tenant.local_date(at)
        rules = list(AlertRule.objects.filter(is_active=True).order_by("pk"))
        newest = Run.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        is_whole = watch.looked_on != today or _rules_changed(rules, watch)
        if not is_whole and newest == watch.last_run_id:
            return 0, 0
        woken = _wake(tenant, today, at) if is_whole else 0
        since = -1 if is_whole else watch.last_run_id
        raised, gone = _look(tenant, rules, since=since, today=today, at=at)
        watch.last_run_id, watch.looked_at, watch.looked_on = newest, timezone.now(), today
        watch.save()
        tell_owners(raised, at=at)
        if raised or gone or woken:
            ALERT_COUNTS.forget()
    if raised or gone or woken:
        logger.info("alerts.looked", raised=len(raised), gone=gone, woken=woken, whole=is_whole)
    return len(raised), gone


def _rules_changed(rules: Sequence[AlertRule], watch: AlertWatch) -> bool:
    looked_at = watch.looked_at
    return looked_at is None or any(rule.updated_at > looked_at for rule in rules)


def _wake(tenant: Tenant, today: date, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statements.WAKE, {"tenant": tenant.pk, "today": today, "at": at})
        return cursor.rowcount


def _look(
    tenant: Tenant, rules: Sequence[AlertRule], *, since: int, today: date, at: datetime
) -> tuple[list[tuple[int, int]], int]:
    """(partner, alert) of what was raised, and how many went: one statement for each kind of rule there is."""
    by_condition: dict[str, list[dict[str, Any]]] = {}
    periods = list(PeriodRow.objects.only("pk", "kind", "start", "end", "seq"))
    for rule in rules:
        by_condition.setdefault(condition_of(rule), []).append(as_row(rule, watched_periods(rule, periods, today)))
    raised: list[tuple[int, int]] = []
    gone = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")
        for condition, rows in by_condition.items():
            cursor.execute(
                statements.look(condition),
                {
                    "tenant": tenant.pk,
                    "rules": json.dumps(rows),
                    "since": since,
                    "today": today,
                    "silent_ym": silent_from(rows, today),
                    "at": at,
                },
            )
            found, resolved = cursor.fetchone()
            raised += [(int(partner), int(alert)) for partner, alert in (one.split(":") for one in found or ())]
            gone += resolved
    return raised, gone


def condition_of(rule: AlertRule) -> str:
    """Which statement looks for what the rule watches."""
    if rule.kind == AlertKind.MISSING:
        return "silent" if rule.missing == MissingData.DAYS else "incomplete"
    return str(rule.kind)


def watched_periods(rule: AlertRule, periods: Iterable[PeriodRow], today: date) -> list[int]:
    """The last period that has ended, once late figures had their days; where the rule says so also the running one."""
    own = [row for row in periods if row.kind == rule.period_kind]
    if rule.timing == AlertTiming.RUNNING:
        running = [row for row in own if row.start <= today < row.end]
        ended = [row for row in own if row.end <= today]
    else:
        running = []
        ended = [row for row in own if row.end + timedelta(days=rule.wait_days) <= today]
    return [row.pk for row in [*running, *sorted(ended, key=lambda row: row.seq)[-1:]]]


def as_row(rule: AlertRule, periods: Sequence[int]) -> dict[str, Any]:
    """The rule as the statements take it."""
    return {
        "id": rule.pk,
        "kind": rule.kind,
        "severity": rule.severity,
        "programme": rule.programme_id,
        "periods": list(periods),
        "kpi": rule.kpi_id,
        "limit": rule.limit,
        "figure": None if rule.figure is None else f"{Decimal(rule.figure):f}",
        "grade_move": rule.grade_move,
        "grade": rule.grade,
        "missing": rule.missing,
        "days": rule.days,
    }


def silent_from(rows: Sequence[Mapping[str, Any]], today: date) -> int:
    """The first month in which a measurement can keep one of the rules quiet."""
    return month_number(today - timedelta(days=max((row["days"] or 0 for row in rows), default=0)))


# --- Settling --------------------------------------------------------------------------------------------------------


def snooze_alerts(
    *, alerts: Iterable[Alert], actor: Actor, until: date, note: str = "", at: datetime | None = None
) -> list[Alert]:
    """Put alerts away until the morning of a day; all or none.

    Raises:
        InvalidInput: the day is not to come, or too far away, or the note is too long.
        AlertSettled: one is resolved already.
    """
    at = at or timezone.now()
    today = require_scope().tenant.local_date(at)
    if until <= today:
        raise InvalidInput(_("Choose a day to come."), field="until")
    if until > today + LONGEST_SNOOZE:
        raise InvalidInput(_("Choose a day within a year. Resolve the alert if it needs nothing."), field="until")
    note = _checked_note(note)
    return _move(alerts, AlertStatus.SNOOZED, actor, "alert.snoozed", note=note, snoozed_until=until)


def resolve_alerts(*, alerts: Iterable[Alert], actor: Actor, note: str, at: datetime | None = None) -> list[Alert]:
    """Close alerts with a word on what was done; all or none. They stay quiet while the condition lasts.

    Raises:
        InvalidInput: there is no note, or it is too long.
        AlertSettled: one is resolved already.
    """
    note = _checked_note(note)
    if not note:
        raise InvalidInput(_("Say what was done or why nothing is needed."), field="note")
    values = {"resolved_at": at or timezone.now(), "resolution": "hand", "snoozed_until": None}
    return _move(alerts, AlertStatus.RESOLVED, actor, "alert.resolved", note=note, **values)


def reopen_alert(*, alert: Alert, actor: Actor) -> Alert:
    """Wake a snoozed alert, or open a resolved one again.

    Raises:
        AlertSettled: it is open, or its condition has gone.
    """
    if alert.status == AlertStatus.RESOLVED and not alert.holds:
        raise AlertSettled(_("The condition has gone. If it comes back in this period the alert opens by itself."))
    values = {"resolved_at": None, "resolution": "", "snoozed_until": None}
    (row,) = _move([alert], AlertStatus.OPEN, actor, "alert.reopened", note="", **values)
    return row


def _checked_note(note: str) -> str:
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise InvalidInput(_("A note has up to %(count)d characters.") % {"count": NOTE_LENGTH}, field="note")
    return note


def _move(
    alerts: Iterable[Alert], target: AlertStatus, actor: Actor, action: str, *, note: str, **values: Any
) -> list[Alert]:
    rows = list(
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts])
        .select_related("partner", "rule")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for row in rows:
        if (row.status, target) not in {(move.source, move.target) for move in ALERT_LIFECYCLE.moves}:
            raise AlertSettled(
                _("%(alert)s: this alert is “%(status)s” already.")
                % {"alert": row, "status": AlertStatus(row.status).label}
            )
        changes = {"status": [row.status, target.value]}
        if values.get("snoozed_until") != row.snoozed_until:
            changes["snoozed_until"] = [row.snoozed_until, values.get("snoozed_until")]
        row.status, row.note, row.settled_by = target, note, "" if target == AlertStatus.OPEN else actor.label[:160]
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=["status", "note", "settled_by", *values])
        record(actor=actor, action=action, target=row, partner_id=row.partner_id, changes=changes, reason=note)
    ALERT_COUNTS.forget()
    return rows
