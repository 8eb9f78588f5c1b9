"""The life of an import: upload, mapping, check, import, taking back. Long steps are jobs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Mapping_
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.permissions import permissions_of
from prm.accounts.models import Membership
from prm.audit.services import record
from prm.errors import Conflict, DomainError, InvalidInput
from prm.files.models import StoredFile
from prm.files.services import delete_file, local_path, store_file
from prm.imports.kinds import get_kind
from prm.imports.lifecycle import IMPORT_LIFECYCLE, ImportStatus
from prm.imports.mapping import Mapping
from prm.imports.mapping.dump import dump
from prm.imports.mapping.load import load
from prm.imports.models import ImportBatch, ImportFault, Origin, SavedMapping
from prm.imports.reading.container import inspect
from prm.imports.reading.delimited import CELL_LIMIT
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.table import open_table
from prm.imports.runs import ImportRun, UndoReport
from prm.imports.services.error_files import write_error_file
from prm.imports.services.execution import Source, execute
from prm.jobs.models import Job
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.notifications.services import notify
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

FAULTS_AT_ONCE = 2_000
MAX_CORRECTED_ROWS = 1_000


def start_import(*, actor: Actor, kind: str, upload: UploadedFile | IO[bytes], name: str) -> ImportBatch:
    """Keep an uploaded file and begin an import of it.

    Raises FileFault when it is no table; then nothing is kept.
    """
    with _on_disk(upload) as path:
        open_table(path)
    stored = store_file(actor=actor, content=upload, name=name, purpose="imports")
    batch = ImportBatch.objects.create(
        kind=kind, file=stored, file_name=stored.name, created_by_id=actor.user_id, actor_label=actor.label[:160]
    )
    record(
        actor=actor,
        action="import.uploaded",
        target=batch,
        changes={"kind": [None, kind], "bytes": [None, stored.size]},
    )
    return batch


def add_lookup_file(*, actor: Actor, batch: ImportBatch, upload: UploadedFile, name: str) -> ImportBatch:
    """Keep a small second file that the mapping looks things up in, under the name the mapping gives it."""
    batch = _locked(batch.pk)
    _check_open(batch)
    with _on_disk(upload) as path:
        inspect(path)
    stored = store_file(actor=actor, content=upload, name=name, purpose="imports")
    batch.lookup_files = {**batch.lookup_files, name: stored.pk}
    batch.save(update_fields=["lookup_files"])
    return batch


def set_mapping(
    *, actor: Actor, batch: ImportBatch, mapping: Mapping, saved: SavedMapping | None = None
) -> ImportBatch:
    """Say how the file is to be read. A check made before is void."""
    batch = _locked(batch.pk)
    _check_open(batch)
    if batch.status == ImportStatus.CHECKED:
        _move(batch, ImportStatus.UPLOADED)
    batch.kind, batch.mapping, batch.saved_mapping = mapping.kind, dump(mapping), saved
    batch.message, batch.preview = "", {}
    batch.save(update_fields=["kind", "mapping", "saved_mapping", "message", "preview", "status"])
    ImportFault.objects.filter(batch=batch).delete()
    return batch


def set_format(*, batch: ImportBatch, format_: FileFormat) -> ImportBatch:
    """Keep how the file is written, as the user confirmed it. Another format voids the mapping."""
    batch = _locked(batch.pk)
    _check_open(batch)
    found = format_.as_dict()
    if batch.mapping.get("format") != found:
        batch.mapping = {"format": found}
        batch.save(update_fields=["mapping"])
    return batch


def correct_cells(*, actor: Actor, batch: ImportBatch, cells: Mapping_[tuple[int, str], str]) -> ImportBatch:
    """Put single cells right without a new file, as {(row, header): text}. The check has to be made again."""
    batch = _locked(batch.pk)
    _check_open(batch)
    corrections = {row: dict(columns) for row, columns in batch.corrections.items()}
    for (row, header), text in cells.items():
        corrections.setdefault(str(row), {})[header] = text[:CELL_LIMIT]
    if len(corrections) > MAX_CORRECTED_ROWS:
        raise InvalidInput(
            _("At most %(limit)s rows can be corrected here. Correct the others in the file.")
            % {"limit": MAX_CORRECTED_ROWS}
        )
    batch.corrections = corrections
    batch.save(update_fields=["corrections"])
    record(actor=actor, action="import.corrected", target=batch, changes={"cells": [None, len(cells)]})
    return batch


def request_check(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Have every row checked in the background; nothing is written."""
    batch = _locked(batch.pk)
    _move(batch, ImportStatus.CHECKING)
    return _send(batch, actor, "import.check", _("Check %(file)s") % {"file": batch.file_name})


def request_import(*, actor: Actor, batch: ImportBatch, skip_bad_rows: bool) -> ImportBatch:
    """Have the checked file imported in the background.

    Raises Conflict when there are bad rows and they are not to be left out, or nothing would be imported.
    """
    batch = _locked(batch.pk)
    if batch.status != ImportStatus.CHECKED:
        raise Conflict(_("Check the rows first."))
    if batch.preview.get("bad_rows") and not skip_bad_rows:
        raise Conflict(_("Some rows have errors. Correct the file, or import the other rows without them."))
    _move(batch, ImportStatus.IMPORTING)
    batch.skip_bad_rows = skip_bad_rows
    batch.save(update_fields=["skip_bad_rows"])
    return _send(batch, actor, "import.run", _("Import %(file)s") % {"file": batch.file_name})


def request_undo(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Have a whole import taken back in the background."""
    batch = _locked(batch.pk)
    _move(batch, ImportStatus.UNDOING)
    return _send(batch, actor, "import.undo", _("Take back %(file)s") % {"file": batch.file_name})


def discard_import(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Give up an import that has not been made. Its files go, the entry stays."""
    batch = _locked(batch.pk)
    _move(batch, ImportStatus.DISCARDED)
    files = [batch.file_id, batch.error_file_id, *batch.lookup_files.values()]
    batch.file, batch.error_file, batch.lookup_files = None, None, {}
    batch.save(update_fields=["status", "file", "error_file", "lookup_files"])
    for stored in StoredFile.objects.filter(pk__in=[pk for pk in files if pk]):
        delete_file(stored)
    record(actor=actor, action="import.discarded", target=batch)
    return batch


def run_check(tenant: Tenant, *, batch_id: int, job_id: int) -> None:
    """The job behind `request_check`."""
    _work(tenant, batch_id, job_id, _check, fallback=ImportStatus.UPLOADED)


def run_import(tenant: Tenant, *, batch_id: int, job_id: int) -> None:
    """The job behind `request_import`."""
    _work(tenant, batch_id, job_id, _import, fallback=ImportStatus.CHECKED)


def run_undo(tenant: Tenant, *, batch_id: int, job_id: int) -> None:
    """The job behind `request_undo`."""
    _work(tenant, batch_id, job_id, _undo, fallback=ImportStatus.IMPORTED)


def _work(
    tenant: Tenant, batch_id: int, job_id: int, step: Callable[[ImportBatch, Job, Actor], None], *, fallback: str
) -> None:
    """One step as a job in one transaction; when it fails the batch goes back to where it came from and says why."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        try:
            with tenant_scope(tenant):
                batch = _locked(batch_id)
                step(batch, job, _actor_of(batch, job))
        except Exception as error:
            message = (
                str(error.message)
                if isinstance(error, DomainError)
                else _("Something went wrong. Nothing was changed.")
            )
            with tenant_scope(tenant):
                batch = _locked(batch_id)
                batch.message = message
                batch.save(update_fields=["message"])
                _move(batch, fallback)
                _tell(batch, _("%(file)s: not finished") % {"file": batch.file_name}, message)
            raise


def _check(batch: ImportBatch, job: Job, actor: Actor) -> None:
    run = _execute(batch, job, actor, dry=True)
    _remember(batch, run, actor)
    batch.preview = _described(run)
    batch.checked_at, batch.message = timezone.now(), ""
    _move(batch, ImportStatus.CHECKED)
    batch.save(update_fields=["preview", "checked_at", "message", "error_file"])
    finish_job(job, result=run.summary(), result_url=_url(batch))


def _import(batch: ImportBatch, job: Job, actor: Actor) -> None:
    """Checked again as it is written: what changed since the check is said, new errors stop it."""
    expected = batch.preview
    with transaction.atomic():
        sid = transaction.savepoint()
        run = _execute(batch, job, actor, dry=False)
        new_errors = run.bad_rows > expected.get("bad_rows", 0)
        if new_errors:
            transaction.savepoint_rollback(sid)
    if new_errors:
        _remember(batch, run, actor)
        dry = _execute(batch, job, actor, dry=True)
        batch.preview = _described(dry)
        batch.message = _(
            "Nothing was imported: since the check, %(count)s more rows have errors. Look at them and decide again."
        ) % {"count": run.bad_rows - expected.get("bad_rows", 0)}
        _move(batch, ImportStatus.CHECKED)
        batch.save(update_fields=["preview", "message", "error_file"])
        finish_job(job, result=run.summary(), result_url=_url(batch))
        _tell(batch, _("%(file)s was not imported") % {"file": batch.file_name}, batch.message)
        return
    if run.bad_rows:
        _remember(batch, run, actor)
    finish_import(batch=batch, run=run, actor=actor)
    finish_job(job, result=run.summary(), result_url=_url(batch))
    _tell(batch, _("%(file)s is imported") % {"file": batch.file_name}, outcome_sentence(batch.result))


def finish_import(*, batch: ImportBatch, run: ImportRun, actor: Actor) -> None:
    """Write down what an import did. The caller's transaction holds the imported records too."""
    batch.result = {**run.summary(), "since_check": _since_check(batch.preview, run)}
    batch.imported_at, batch.message = timezone.now(), ""
    _move(batch, ImportStatus.IMPORTED)
    batch.save(update_fields=["result", "imported_at", "message", "error_file"])
    if batch.saved_mapping_id:
        SavedMapping.objects.filter(pk=batch.saved_mapping_id).update(last_used_at=timezone.now())
    record(
        actor=actor,
        action="import.imported",
        target=batch,
        changes={name: [None, batch.result[name]] for name in ("created", "updated", "unchanged", "bad_rows")},
    )


def _since_check(preview: dict[str, Any], run: ImportRun) -> list[str]:
    """Sentences on what came out otherwise than the check had said."""
    if not preview:
        return []
    labels = {"created": _("created"), "updated": _("updated"), "unchanged": _("left unchanged")}
    return [
        _("%(now)s records were %(label)s; the check had found %(before)s.")
        % {"now": run.outcomes[name], "label": label, "before": preview.get(name, 0)}
        for name, label in labels.items()
        if run.outcomes[name] != preview.get(name, 0)
    ]


def _undo(batch: ImportBatch, job: Job, actor: Actor) -> None:
    kind = get_kind(batch.kind)
    report = UndoReport() if kind is None else kind.undo(batch, actor)
    batch.result = {
        **batch.result,
        "undo": {
            "restored": report.restored,
            "removed": report.removed,
            "kept_count": report.kept_count,
            "kept": report.kept,
        },
    }
    batch.undone_at, batch.message = timezone.now(), ""
    _move(batch, ImportStatus.UNDONE)
    batch.save(update_fields=["result", "undone_at", "message"])
    record(
        actor=actor,
        action="import.undone",
        target=batch,
        changes={
            "removed": [None, report.removed],
            "restored": [None, report.restored],
            "kept": [None, report.kept_count],
        },
    )
    finish_job(job, result=batch.result["undo"], result_url=_url(batch))
    body = _("%(removed)s records removed, %(restored)s restored, %(kept)s left as they are.") % {
        "removed": report.removed,
        "restored": report.restored,
        "kept": report.kept_count,
    }
    _tell(batch, _("%(file)s is taken back") % {"file": batch.file_name}, body)


def outcome_sentence(result: dict[str, Any]) -> str:
    """What an import came to, in one sentence."""
    if not result.get("created") and not result.get("updated"):
        return _("Nothing changed: all %(count)s records were there already, with the same values.") % {
            "count": result.get("unchanged", 0)
        }
    return _("%(created)s records created, %(updated)s updated, %(unchanged)s unchanged.") % {
        name: result.get(name, 0) for name in ("created", "updated", "unchanged")
    }


def source_of(batch: ImportBatch) -> Source:
    """The batch's files on this machine."""
    if batch.file is None:
        raise Conflict(_("The file of this import is gone. Upload it again."))
    stored = StoredFile.objects.in_bulk(list(batch.lookup_files.values()))
    lookups = {name: local_path(stored[pk]) for name, pk in batch.lookup_files.items() if pk in stored}
    return Source(local_path(batch.file), lookups, batch.corrections)


def _execute(batch: ImportBatch, job: Job, actor: Actor, *, dry: bool) -> ImportRun:
    total = batch.preview.get("rows", 0)
    phases = {"read": _("Reading rows"), "check": _("Checking"), "write": _("Writing")}

    def progress(done: int, phase: str) -> None:
        report_progress(job, done, total, str(phases.get(phase, phase)))

    return execute(
        actor=actor,
        mapping=load(batch.mapping),
        source=source_of(batch),
        dry=dry,
        skip_bad=batch.skip_bad_rows,
        batch_id=batch.pk,
        on_progress=progress,
        permissions=_permissions_of(batch),
    )


def _permissions_of(batch: ImportBatch) -> frozenset[str]:
    """What the person who started it may do now."""
    tenant = require_scope().tenant
    if batch.created_by_id is None:
        return frozenset()
    membership = Membership.objects.filter(tenant=tenant, user_id=batch.created_by_id, is_active=True).first()
    return permissions_of(membership.role) if membership else frozenset()


def _remember(batch: ImportBatch, run: ImportRun, actor: Actor) -> None:
    """Keep the faults for the screen and as a file to correct."""
    summary = run.summary()
    ImportFault.objects.filter(batch=batch).delete()
    faults = [
        ImportFault(
            batch=batch,
            row=fault.row,
            column=fault.column[:200],
            value=fault.value[:200],
            code=fault.code[:40],
            message=fault.message,
        )
        for fault in run.kept_faults
    ]
    ImportFault.objects.bulk_create(faults, batch_size=FAULTS_AT_ONCE)
    former = batch.error_file
    batch.error_file = None
    if summary["errors"]:
        source = source_of(batch)
        table = open_table(source.path, load(batch.mapping).format).corrected(source.corrections)
        with write_error_file(table, run.kept_faults) as content:
            name = f"{Path(batch.file_name).name.split('.')[0]}-errors.csv"
            batch.error_file = store_file(
                actor=actor, content=content, name=name, purpose="imports", content_type="text/csv"
            )
    if former is not None:
        batch.save(update_fields=["error_file"])
        delete_file(former)


def _described(run: ImportRun) -> dict[str, Any]:
    codes: dict[str, int] = {}
    for fault in run.kept_faults:
        codes[fault.code] = codes.get(fault.code, 0) + 1
    return {
        **run.summary(),
        "codes": codes,
        "samples": {
            name: [[sample.row, sample.label, sample.detail] for sample in samples]
            for name, samples in run.samples.items()
        },
        "effect": [[str(label), text] for label, text in run.effect],
    }


def create_command_batch(*, actor: Actor, mapping: Mapping, path: Path, skip_bad_rows: bool) -> ImportBatch:
    """The batch of an import by command, with a copy of the file."""
    with path.open("rb") as content:
        stored = store_file(actor=actor, content=content, name=path.name, purpose="imports")
    return ImportBatch.objects.create(
        kind=mapping.kind,
        status=ImportStatus.IMPORTING,
        origin=Origin.COMMAND,
        file=stored,
        file_name=stored.name,
        mapping=dump(mapping),
        skip_bad_rows=skip_bad_rows,
        actor_label=actor.label[:160],
    )


def _send(batch: ImportBatch, actor: Actor, kind: str, title: str) -> ImportBatch:
    from prm.imports import tasks

    batch.job = create_job(actor=actor, kind=kind, title=title, params={"batch": batch.pk})
    batch.save(update_fields=["job"])
    task = {"import.check": tasks.check_import, "import.run": tasks.run_import, "import.undo": tasks.undo_import}[kind]
    transaction.on_commit(partial(task.delay, require_scope().tenant_id, batch.pk, batch.job.pk))
    return batch


def _move(batch: ImportBatch, status: str) -> None:
    IMPORT_LIFECYCLE.check(batch.status, status)
    batch.status = status
    batch.save(update_fields=["status"])


def _locked(batch_id: int) -> ImportBatch:
    return (
        ImportBatch.objects.select_for_update(of=("self",)).select_related("file", "error_file", "job").get(pk=batch_id)
    )


def _check_open(batch: ImportBatch) -> None:
    if batch.status not in (ImportStatus.UPLOADED, ImportStatus.CHECKED):
        raise Conflict(_("This import is under way or done; its mapping cannot change any more."))


def _actor_of(batch: ImportBatch, job: Job) -> Actor:
    return (
        Actor(kind="user", user_id=job.created_by_id, label=batch.actor_label)
        if job.created_by_id
        else Actor(kind="system", label=batch.actor_label)
    )


def _url(batch: ImportBatch) -> str:
    return reverse("imports:import_detail", kwargs={"tenant": require_scope().tenant.slug, "batch": batch.public_id})


def _tell(batch: ImportBatch, title: str, body: str) -> None:
    if batch.created_by_id:
        notify(user_ids=[batch.created_by_id], kind="import", title=title, body=body, url=_url(batch))


@contextmanager
def _on_disk(upload: UploadedFile | IO[bytes]) -> Iterator[Path]:
    """A path of the upload's content."""
    existing = getattr(upload, "temporary_file_path", None)
    if existing is not None:
        yield Path(existing())
        return
    with tempfile.NamedTemporaryFile() as copy:
        upload.seek(0)
        while block := upload.read(1 << 20):
            copy.write(block)
        copy.flush()
        upload.seek(0)
        yield Path(copy.name)
