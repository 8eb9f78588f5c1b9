"""Creating, running and finishing jobs. Progress goes through the cache, never through the working transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.errors import DomainError
from prm.jobs.models import Job, JobStatus
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)
PROGRESS_SECONDS = 60 * 60 * 24
LOCK_CLASS = 0x10B5
"""First half of the advisory lock of a job at work; the second is the job."""

MOST_STARTS = 3
"""A job that took so many workers with it is not begun again by itself."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` units (total 0 when unknown) and what it is doing."""

    done: int = 0
    total: int = 0
    phase: str = ""

    @property
    def percent(self) -> int | None:
        """Whole percent, or None when the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


def create_job(*, actor: Actor, kind: str, title: str, params: dict[str, Any] | None = None) -> Job:
    """A queued job in the open scope. Send its task with `transaction.on_commit`."""
    return Job.objects.create(kind=kind, title=title[:200], params=params or {}, created_by_id=actor.user_id)


def report_progress(job: Job, done: int, total: int = 0, phase: str = "") -> None:
    """Say how far a job is; readable at once by everybody, also from inside an open transaction."""
    cache.set(_progress_key(job.tenant_id, job.pk), (done, total, phase), PROGRESS_SECONDS)


def progress_of(job: Job) -> Progress:
    """The last reported progress."""
    return Progress(*(cache.get(_progress_key(job.tenant_id, job.pk)) or ()))


@contextmanager
def running_job(tenant: Tenant, job_id: int) -> Iterator[Job | None]:
    """Mark a job running in a transaction of its own, then yield it; None when it is done, or a worker is at it.

    A job whose worker was killed is begun again, for its work was one transaction: the lock that says somebody is at
    it ends with the worker's connection. One that breaks off again and again is given up.

    The caller opens its own scope for the work and finishes with `finish_job` inside it. An exception marks the
    job failed in a transaction of its own and is raised again unless it is a DomainError.
    """
    key = [LOCK_CLASS, job_id % 2**31]
    if not _ask("SELECT pg_try_advisory_lock(%s, %s)", key):
        yield None
        return
    try:
        job = _begin(tenant, job_id)
        if job is None:
            yield None
            return
        try:
            yield job
        except DomainError as refusal:
            _fail(tenant, job, str(refusal.message))
        except Exception:
            logger.exception("job.failed", job_id=job.pk, kind=job.kind)
            _fail(
                tenant,
                job,
                _("Something went wrong. Nothing was changed. Please try again; if it stays, tell support."),
            )
            raise
    finally:
        _ask("SELECT pg_advisory_unlock(%s, %s)", key)


def _ask(statement: str, values: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.fetchone()[0])


def _begin(tenant: Tenant, job_id: int) -> Job | None:
    with tenant_scope(tenant):
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.is_done:
            return None
        job.status, job.started_at, job.starts = JobStatus.RUNNING, timezone.now(), job.starts + 1
        if job.starts > MOST_STARTS:
            job.status, job.finished_at = JobStatus.FAILED, timezone.now()
            job.error = _("The work broke off several times. Nothing was changed. Please tell support.")
        job.save(update_fields=["status", "started_at", "starts", "finished_at", "error"])
        return None if job.is_done else job


def finish_job(job: Job, *, result: dict[str, Any] | None = None, result_url: str = "") -> None:
    """Mark the job finished, inside the working transaction, so that outcome and work commit together."""
    require_scope()
    job.status, job.finished_at = JobStatus.SUCCEEDED, timezone.now()
    job.result, job.result_url = result or {}, result_url
    job.save(update_fields=["status", "finished_at", "result", "result_url"])


def _fail(tenant: Tenant, job: Job, message: str) -> None:
    with tenant_scope(tenant):
        Job.objects.filter(pk=job.pk).update(status=JobStatus.FAILED, finished_at=timezone.now(), error=message)


def _progress_key(tenant_id: int, job_id: int) -> str:
    return f"t{tenant_id}:job:{job_id}:progress"


Reporter = Callable[[int, int, str], None]
