"""Long streams of measurements in the background: the call is answered at once, a worker takes the rows in."""

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.api.bulk import Batch, Outcome, take_in
from performance.api.stream import read_stream
from performance.choices import SourceType
from performance.models import Measurement
from performance.services.deliveries import Origin
from prm.access.actor import Actor
from prm.api.parsers import StreamedBody
from prm.audit.services import record
from prm.files.models import StoredFile
from prm.files.services import delete_file, open_file, store_file
from prm.jobs.models import Job
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

JOB_KIND = "measurements.intake"
IN_BACKGROUND_FROM = 8 * 1024 * 1024
"""Streams of this size and more are answered with 202 and a job; shorter ones are done before their answer."""

REPORT_EVERY = 5_000


def note(actor: Actor, outcome: Outcome) -> None:
    """One entry in the trail for a call that wrote something; the facts themselves keep what they replaced."""
    counts = outcome.counts
    if counts.created or counts.updated:
        record(
            actor=actor,
            action="measurements.received",
            target_type=Measurement._meta.label_lower,
            target_label=_("%(count)s measurements") % {"count": counts.created + counts.updated},
            changes={"created": [0, counts.created], "updated": [0, counts.updated]},
        )


def ask_for_intake(*, actor: Actor, body: StreamedBody, source: str, skip_bad_rows: bool) -> Job:
    """A job that takes a long stream in. The body is kept until it is done.

    Raises:
        InvalidInput: the source has no name.
    """
    read_stream(body, source=source, skip_bad_rows=skip_bad_rows)  # refuses what needs no row to see
    stored = store_file(actor=actor, content=body.file, name=f"measurements.{body.kind}", purpose="intake")
    job = create_job(
        actor=actor,
        kind=JOB_KIND,
        title=_("Take in measurements from %(source)s") % {"source": source[:60]},
        params={
            "file": stored.pk,
            "kind": body.kind,
            "source": source,
            "skip_bad_rows": skip_bad_rows,
            "actor": {"kind": actor.kind, "label": actor.label},
        },
    )
    transaction.on_commit(partial(send_job, require_scope().tenant_id, job.pk), robust=True)
    return job


def send_job(tenant_id: int, job_id: int) -> None:
    """Hand an intake's job to a worker."""
    from performance.tasks import take_measurements_in  # the task calls this module

    take_measurements_in.delay(tenant_id, job_id)


def run_intake_job(*, tenant: Tenant, job_id: int) -> None:
    """Take the rows in, in one transaction. Safe to run twice: a job that is running or done is left alone."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        params = job.params
        with tenant_scope(tenant):
            stored = StoredFile.objects.get(pk=params["file"])
            with open_file(stored) as file:
                batch = read_stream(
                    StreamedBody(params["kind"], file, stored.sha256),
                    source=params["source"],
                    skip_bad_rows=params["skip_bad_rows"],
                )
                actor = Actor(user_id=job.created_by_id, **params["actor"])
                outcome = take_in(
                    Batch(batch.source, batch.skip_bad_rows, _reported(batch, job, file, stored.size), batch.misshapen),
                    Origin(SourceType.API, actor.label),
                )
            if outcome.is_written:
                note(actor, outcome)
            finish_job(
                job,
                result={"is_written": outcome.is_written, "message": _sentence(outcome), **outcome.as_dict()},
            )
            delete_file(stored)


def _reported(batch: Batch, job: Job, file: IO[bytes], size: int) -> Iterator[tuple[Any, ...]]:
    """The rows, saying every few thousand how far the file is read."""
    for count, row in enumerate(batch.rows, start=1):
        if count % REPORT_EVERY == 0:
            report_progress(job, min(file.tell(), size), size, _("Reading"))
        yield row


def _sentence(outcome: Outcome) -> str:
    counts = outcome.counts
    if not outcome.is_written:
        return ngettext(
            "%(count)d row is wrong, so nothing was written.",
            "%(count)d rows are wrong, so nothing was written.",
            counts.errors,
        ) % {"count": counts.errors}
    return _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(bad)s wrong.") % {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "bad": counts.errors,
    }
