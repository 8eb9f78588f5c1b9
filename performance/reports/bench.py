"""`bench reports`: a quarter's packs made by two workers, and a long table written as XLSX beside only reading it.

Memory is the most that the process had resident, counted anew before each part. Linux alone can do that; elsewhere
it is the most since the process began.
"""

import multiprocessing
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from performance.bench.database import throw_away_database
from performance.bench.quarters import make_scored_quarters
from performance.bench.timing import timed
from performance.models import Scorecard
from performance.reports.catalogue import Report, get_report
from performance.reports.files.making import make_file
from performance.reports.models import Dispatch, Produced
from performance.reports.question import Question, Reader, ask
from performance.reports.services import dispatching
from performance.reports.services.dispatching import BATCH, deliver_batch, settle
from performance.reports.services.schedules import save_schedule
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.files.services import delete_file
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = {"small": 1_000, "full": 10_000}
"""Each has a card of about ten lines: at full scale some 100,000 lines."""
PACKS = {"small": 100, "full": 1_000}
WORKERS = 2
QUARTER = "2024-Q3"
NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)


def measure_reports(*, scale: str, say: Say) -> dict[str, Any]:
    """All figures of `bench reports`, on a generated tenant in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused():
        made = make_scored_quarters(owner_url, "bench-reports", partners=PARTNERS[scale], say=say)
        return {**_table(made.tenant, say), **_packs(made.tenant, PACKS[scale], say)}


def _ask(tenant: Tenant) -> Question:
    return ask({"period": QUARTER}, Reader.of_workspace(), today=tenant.local_date(NOON))


def _report(key: str) -> Report:
    report = get_report(key)
    assert report is not None, "The catalogue has it."
    return report


# --- A long table -----------------------------------------------------------------------------------------------------
def _table(tenant: Tenant, say: Say) -> dict[str, Any]:
    """The lines of a quarter: only read, written as CSV, written as XLSX; and how memory grew by the last."""
    report = _report("scorecard-lines")
    with tenant_scope(tenant):
        question = _ask(tenant)
        lines = sum(1 for _row in report.rows(question, 1_000))  # warm
        lines = report.count(question)
        reading = timed(lambda: sum(1 for _row in report.rows(_ask(tenant), None)))
        base = _begin_counting()
        csv = timed(lambda: _write(report, tenant, "csv"))
        csv_peak = _peak()
        xlsx_base = _begin_counting()
        xlsx = timed(lambda: _write(report, tenant, "xlsx"))
        xlsx_peak = _peak()
    say(f"{lines} lines: read {reading:.1f} s, CSV {csv:.1f} s, XLSX {xlsx:.1f} s")
    return {
        "lines": lines,
        "read_s": round(reading, 2),
        "csv_s": round(csv, 2),
        "xlsx_s": round(xlsx, 2),
        "csv_vs_read": round(csv / reading, 2),
        "xlsx_vs_read": round(xlsx / reading, 2),
        "csv_growth_mb": round(csv_peak - base, 1),
        "xlsx_growth_mb": round(xlsx_peak - xlsx_base, 1),
    }


def _write(report: Report, tenant: Tenant, kind: str) -> None:
    made = make_file(report, _ask(tenant), kind, made_at=timezone.now())
    assert made is not None, "A table has a file."
    made.content.close()


# --- Packs ------------------------------------------------------------------------------------------------------------
def _packs(tenant: Tenant, count: int, say: Say) -> dict[str, Any]:
    """A sending of packs, shared between workers as Celery's do, each in a process of its own."""
    with tenant_scope(tenant):
        schedule = save_schedule(
            actor=SYSTEM,
            name="Packs",
            report="partner-pack",
            filters={"period": QUARTER},
            format="pdf",
            rhythm="monthly",
            members=[],
            roles=[Role.PROGRAMME_MANAGER.value],
        )
        dispatch = Dispatch.objects.create(schedule=schedule, occasion="bench", due_at=NOON)
    keys = dispatching.plan(tenant, dispatch.pk)
    with tenant_scope(tenant):
        dispatch.deliveries.filter(key__in=keys[count:]).delete()
    batches = [keys[begin : begin + BATCH] for begin in range(0, count, BATCH)]
    connection.close()  # each process opens its own
    seconds, peaks = 0.0, []
    with multiprocessing.get_context("fork").Pool(WORKERS, initializer=_begin_counting) as pool:
        jobs = [(tenant, dispatch.pk, batch) for batch in batches]
        seconds = timed(lambda: peaks.extend(pool.starmap(_deliver, jobs, chunksize=1)))
    settle(tenant=tenant, dispatch_id=dispatch.pk)
    with tenant_scope(tenant):
        files = list(Produced.objects.filter(dispatch=dispatch).select_related("file"))
        size = sum(row.file.size for row in files if row.file) / max(len(files), 1)
        cards = Scorecard.objects.filter(period__label=QUARTER).count()
    _throw_away(tenant, files)
    say(f"{len(files)} packs by {WORKERS} workers in {seconds:.1f} s, of {cards} cards")
    return {
        "packs": len(files),
        "packs_workers": WORKERS,
        "packs_s": round(seconds, 1),
        "packs_per_s": round(len(files) / seconds, 1),
        "packs_ms_each": round(1000 * seconds * WORKERS / max(len(files), 1)),
        "packs_kb_each": round(size / 1024, 1),
        "packs_peak_mb": round(max(peaks), 1),
    }


def _deliver(tenant: Tenant, dispatch_id: int, keys: list[str]) -> float:
    deliver_batch(tenant=tenant, dispatch_id=dispatch_id, keys=keys)
    return _peak()


def _throw_away(tenant: Tenant, files: list[Produced]) -> None:
    """The database goes by itself, the files lie in the storage."""
    with tenant_scope(tenant):
        for row in files:
            stored, row.file = row.file, None
            row.save(update_fields=["file"])
            if stored is not None:
                row.deliveries.update(produced=None)
                delete_file(stored)


# --- Memory -----------------------------------------------------------------------------------------------------------
def _begin_counting() -> float:
    """Count the peak anew from here; what is resident now, in megabytes."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> float:
    """The most that was resident since counting began, in megabytes."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
