"""Starting failed work again. The app that owns a kind of job says here how its task is sent."""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict
from prm.jobs.models import Job, JobStatus

Sender = Callable[[int, int], None]

_senders: dict[str, Sender] = {}


def can_be_retried(kind: str, send: Sender) -> None:
    """Register how jobs of a kind are sent: `send(tenant id, job id)`. Called in `AppConfig.ready()`.

    Raises:
        ValueError: when the kind is registered already.
    """
    if kind in _senders:
        raise ValueError(f"The kind of job {kind} is registered twice.")
    _senders[kind] = send


def sender_of(kind: str) -> Sender | None:
    """How jobs of a kind are sent; None where the app has not said."""
    return _senders.get(kind)


def sent_kinds() -> list[str]:
    """The kinds of which somebody has said how they are sent."""
    return sorted(_senders)


@transaction.atomic
def retry_job(*, job: Job, actor: Actor, reason: str = "") -> Job:
    """Queue a failed job again, as it was asked for. A failed job has changed nothing, so it starts afresh.

    Raises:
        Conflict: it has not failed, or its kind is started again where it was started.
    """
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.status != JobStatus.FAILED:
        raise Conflict(_("Only a job that failed can be started again."), code="not_failed")
    send = sender_of(job.kind)
    if send is None:
        raise Conflict(_("Start this again on the page where it was started."), code="no_retry")
    job.status, job.error, job.starts, job.started_at, job.finished_at = JobStatus.QUEUED, "", 0, None, None
    job.save(update_fields=["status", "error", "starts", "started_at", "finished_at"])
    record(actor=actor, action="job.retried", target=job, reason=reason)
    transaction.on_commit(partial(send, job.tenant_id, job.pk), robust=True)
    return job
