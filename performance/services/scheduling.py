"""Sends the engine's work to Celery, after commit and not more often than it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.core.cache import cache
from django.db import transaction

from prm.tenancy.models import Tenant

WAITING_SECONDS = 60
"""A request that is waiting in the queue stands for all that follow it; after this long one is sent regardless."""

_paused: ContextVar[bool] = ContextVar("scoring_paused", default=False)


@contextmanager
def scoring_paused() -> Iterator[None]:
    """Send nothing to the workers for a while: the caller scores by itself when it is done. Marks are still made."""
    token = _paused.set(True)
    try:
        yield
    finally:
        _paused.reset(token)


def schedule_recompute(tenant: Tenant) -> None:
    """Recompute the open periods once the present transaction has committed, because rules have changed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "recompute_open_periods", tenant.pk), robust=True)


def schedule_scoring(tenant: Tenant) -> None:
    """Score the marked pairs once the present transaction has committed, because facts have changed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "score_changes", tenant.pk), robust=True)


def schedule_alerts(tenant: Tenant) -> None:
    """Look for alerts once the present transaction has committed, because scores or rules have changed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "look_for_alerts", tenant.pk), robust=True)


def schedule_outlooks(tenant: Tenant) -> None:
    """Work out what is foreseen for the cards that changed, once the present transaction has committed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "refresh_outlooks", tenant.pk), robust=True)


def schedule_consequences(tenant: Tenant) -> None:
    """Carry out what has followed from grades once the present transaction has committed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "carry_out_consequences", tenant.pk), robust=True)


def schedule_closing_work(tenant: Tenant) -> None:
    """Let those who listen do what they have to behind a closing, once the present transaction has committed."""
    if not _paused.get():
        transaction.on_commit(partial(_send, "do_closing_work", tenant.pk), robust=True)


def waiting_key(task: str, tenant_id: int) -> str:
    """The cache key that says a task is waiting. The task deletes it before it looks at the data."""
    return f"t{tenant_id}:performance:{task}:waiting"


def _send(task: str, tenant_id: int) -> None:
    from performance import tasks

    if cache.add(waiting_key(task, tenant_id), True, WAITING_SECONDS):
        getattr(tasks, task).delay(tenant_id)
