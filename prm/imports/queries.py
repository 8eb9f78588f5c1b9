"""Reading imports."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from prm.imports.models import ImportBatch, ImportFault, SavedMapping


def batches(*, status: str = "", kind: str = "") -> QuerySet[ImportBatch]:
    """Imports of the open scope, newest first."""
    rows = ImportBatch.objects.select_related("created_by", "job", "saved_mapping")
    if status:
        rows = rows.filter(status=status)
    return rows.filter(kind=kind) if kind else rows


def faults(batch: ImportBatch, *, code: str = "") -> QuerySet[ImportFault]:
    """What is wrong with the rows of a batch, in their order."""
    rows = ImportFault.objects.filter(batch=batch)
    return rows.filter(code=code) if code else rows


def fault_codes(batch: ImportBatch) -> list[dict[str, Any]]:
    """How often each code occurs, the commonest first."""
    rows = ImportFault.objects.filter(batch=batch).order_by().values("code").annotate(count=Count("id"))
    return list(rows.order_by("-count", "code"))


def saved_mappings(*, kind: str = "") -> QuerySet[SavedMapping]:
    """Mappings kept under a name."""
    rows = SavedMapping.objects.select_related("created_by")
    return rows.filter(kind=kind) if kind else rows
