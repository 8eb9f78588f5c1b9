"""Measurements as a person looks them up: where each came from, what it held before, in which card it counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from performance.models import Measurement, MeasurementEvidence, MeasurementHistory
from prm.files.models import StoredFile
from prm.imports.models import ImportBatch


def measurements(portfolio: Any | None = None) -> QuerySet[Measurement]:
    """All measurements with KPI and partner."""
    rows = Measurement.objects.select_related("kpi", "partner")
    if portfolio is not None:
        rows = rows.filter(partner_id__in=portfolio)
    return rows


def import_files(batch_ids: Iterable[int | None]) -> dict[int, ImportBatch]:
    """The imports that measurements came with, by number, in one query."""
    wanted = {batch_id for batch_id in batch_ids if batch_id is not None}
    return ImportBatch.objects.in_bulk(wanted) if wanted else {}


@dataclass(frozen=True)
class Version:
    """One version of a measurement: what it said, when it came, when and by what it was replaced."""

    row: Measurement | MeasurementHistory
    note: str
    entered_by: str
    is_current: bool
    evidence: str
    evidence_name: str


def versions_of(measurement: Measurement) -> Sequence[Version]:
    """The present version and all former ones, newest first."""
    former = MeasurementHistory.objects.filter(measurement_id=measurement.pk).select_related("kpi", "partner")
    rows: list[Measurement | MeasurementHistory] = [measurement, *former.order_by("-replaced_at", "-id")]
    return [
        Version(
            row,
            _attribute(row, "note"),
            _attribute(row, "entered_by"),
            row is measurement,
            evidence_number(row.attributes),
            _attribute(row, "evidence_name"),
        )
        for row in rows
    ]


def evidence_number(attributes: Any) -> str:
    """The number of the file that these attributes name; empty for none, and for what other systems call so."""
    text = str(attributes.get("evidence", "")) if isinstance(attributes, dict) else ""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def evidence_of(measurement: Measurement, file: UUID) -> StoredFile | None:
    """A file that was given with this measurement or a former version of it."""
    found = MeasurementEvidence.objects.filter(measurement_id=measurement.pk, file__public_id=file)
    row = found.select_related("file").first()
    return row.file if row else None


def _attribute(row: Measurement | MeasurementHistory, name: str) -> str:
    attributes = row.attributes if isinstance(row.attributes, dict) else {}
    return str(attributes.get(name, ""))
