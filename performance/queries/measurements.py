"""Measurements as a person looks them up: where each came from, what it held before, in which card it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from performance.models import Measurement, MeasurementHistory

MANUAL_SOURCE = "manual"


def measurements(portfolio: Any | None = None) -> QuerySet[Measurement]:
    """All measurements with KPI and partner, and whether each was ever corrected; newest day first."""
    former = MeasurementHistory.objects.filter(measurement_id=OuterRef("pk"))
    rows = Measurement.objects.select_related("kpi", "partner").annotate(was_corrected=Exists(former))
    if portfolio is not None:
        rows = rows.filter(partner_id__in=portfolio)
    return rows


def sources() -> list[str]:
    """The sources that measurements came from."""
    return list(Measurement.objects.order_by("source").values_list("source", flat=True).distinct())


@dataclass(frozen=True)
class Version:
    """One version of a measurement: what it said, when it came, when and by what it was replaced."""

    row: Measurement | MeasurementHistory
    note: str
    entered_by: str
    is_current: bool


def versions_of(measurement: Measurement) -> Sequence[Version]:
    """The present version and all former ones, newest first."""
    former = MeasurementHistory.objects.filter(measurement_id=measurement.pk).select_related("kpi", "partner")
    rows: list[Measurement | MeasurementHistory] = [measurement, *former.order_by("-replaced_at", "-id")]
    return [Version(row, _attribute(row, "note"), _attribute(row, "entered_by"), row is measurement) for row in rows]


def _attribute(row: Measurement | MeasurementHistory, name: str) -> str:
    attributes = row.attributes if isinstance(row.attributes, dict) else {}
    return str(attributes.get(name, ""))
