"""The audit trail as a file, spooled inside the scope before it is sent."""

import csv
import io
import json
import tempfile
from typing import IO

from django.db.models import QuerySet

from prm.audit.models import AuditEntry
from prm.tenancy.scope import require_scope

HEADER = (
    "when", "kind_of_actor", "actor", "action", "record_type", "record", "record_id",
    "partner_id", "changes", "reason", "request", "address",
)  # fmt: skip
SPOOL_BYTES = 5 * 1024 * 1024


def trail_as_csv(rows: QuerySet[AuditEntry]) -> IO[bytes]:
    """A temporary file at its start: UTF-8 with byte-order mark, times in the tenant's zone with their offset."""
    zone = require_scope().tenant.zone
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES, mode="w+b")  # noqa: SIM115  (the response closes it)
    text = io.TextIOWrapper(spool, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for entry in rows.iterator(chunk_size=2000):
        writer.writerow(
            harmless(value)
            for value in (
                entry.at.astimezone(zone).isoformat(timespec="seconds"),
                entry.actor_kind,
                entry.actor_label,
                entry.action,
                entry.target_type,
                entry.target_label,
                entry.target_id,
                entry.partner_id,
                json.dumps(entry.changes, ensure_ascii=False) if entry.changes else "",
                entry.reason,
                entry.request_id,
                entry.address,
            )
        )
    text.flush()
    text.detach()
    spool.seek(0)
    return spool


def harmless(value: object) -> str:
    """The cell's text; one that a spreadsheet would run as a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
