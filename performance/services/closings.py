"""Keeping what listeners have to do behind a closing, and doing it."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from performance.closings import closing_listeners
from performance.models import ClosingTask, PeriodRow
from performance.services.scheduling import schedule_closing_work
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

MOST_TRIES = 8
"""What failed so often is left alone; the operator sees it with its problem."""


def note_closing(*, period: PeriodRow) -> None:
    """In the transaction that closes a period: every listener has something to do."""
    _note(period, [listener.key for listener in closing_listeners])


def note_restated(*, period: PeriodRow) -> None:
    """In the transaction that restates cards of a closed period: those who hear of restatements look again."""
    _note(period, [listener.key for listener in closing_listeners if listener.hears_restatements])


def _note(period: PeriodRow, keys: list[str]) -> None:
    for key in keys:
        ClosingTask.objects.update_or_create(
            period=period, listener=key, defaults={"done_at": None, "tries": 0, "problem": ""}
        )
    if keys:
        schedule_closing_work(require_scope().tenant)


def has_closing_work(tenant: Tenant) -> bool:
    """Whether something behind a closing has still to be done."""
    with tenant_scope(tenant):
        return _waiting().exists()


def _waiting() -> QuerySet[ClosingTask]:
    return ClosingTask.objects.filter(done_at=None, tries__lt=MOST_TRIES)


def do_closing_work(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Let every listener do what it has to; how many did. Periods in order of time, listeners in theirs."""
    at = at or timezone.now()
    places = {listener.key: place for place, listener in enumerate(closing_listeners)}
    with tenant_scope(tenant):
        rows = list(_waiting().order_by("period__end", "pk").values_list("pk", "period__end", "listener"))
    rows.sort(key=lambda row: (row[1], places.get(row[2], len(places))))
    return sum(_do(tenant, number, at) for number, _end, _key in rows)


def _do(tenant: Tenant, number: int, at: datetime) -> bool:
    with tenant_scope(tenant):
        waiting = _waiting().filter(pk=number).select_related("period")
        row = waiting.select_for_update(of=("self",), skip_locked=True).first()
        listener = closing_listeners.get(row.listener) if row else None
        if row is None or listener is None:
            return False
        row.tries += 1
        try:
            with transaction.atomic():
                listener.call(row.period, at)
        except Exception as error:
            # Whatever one app stumbles over, the others' work must go on and the closing stands.
            logger.exception("closing.listener_failed", listener=row.listener, period=row.period.label)
            row.problem = f"{type(error).__name__}: {error}"[:240]
        else:
            row.problem, row.done_at = "", at
        row.save(update_fields=["tries", "problem", "done_at"])
        return row.done_at is not None
