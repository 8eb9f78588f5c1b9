"""Measurements from files: staged, checked and written set-based by the service that the API uses too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from performance.choices import SourceType
from performance.imports.fields import PARTNER_NUMBER_SYNONYMS, kpi_codes, number_field
from performance.models import MeasurementHistory
from performance.models.measurement import EXTERNAL_ID_LENGTH
from performance.services.deliveries import Origin, known_sources, problems_of
from performance.services.ingest import MESSAGES, Ingest, undo_measurements
from prm.access.actor import Actor
from prm.imports.expressions import DATE, DATETIME
from prm.imports.kinds import ImportKind, KindField, Record
from prm.imports.mapping import Mapping, MappingFault
from prm.imports.models import ImportBatch
from prm.imports.reading.faults import RowFault, shown
from prm.imports.runs import CREATED, KEPT_FAULTS, KEPT_SAMPLES, UNCHANGED, UPDATED, ImportRun, Sample, UndoReport
from prm.tenancy.scope import require_scope
from prm.ui.formats import day as day_text
from prm.ui.formats import number as number_text

MEASUREMENT_FIELDS = (
    KindField(
        "partner",
        gettext_lazy("Partner number"),
        required=True,
        example="AW-1001",
        doc=gettext_lazy("The partner the measurement is about."),
        synonyms=PARTNER_NUMBER_SYNONYMS,
    ),
    KindField(
        "kpi",
        gettext_lazy("KPI"),
        required=True,
        bare_words=True,
        example="REVENUE",
        doc=gettext_lazy("Code of the KPI, in capital or small letters."),
        synonyms=("kpi", "kpi code", "measure", "metric", "kennzahl"),
        choices=kpi_codes,
    ),
    KindField(
        "occurred_on",
        gettext_lazy("Date"),
        DATE,
        required=True,
        example="2026-09-30",
        doc=gettext_lazy("The day it happened. It decides the period."),
        synonyms=(
            "date",
            "occurred on",
            "order date",
            "sale date",
            "invoice date",
            "day",
            "datum",
            "booking date",
            "delivery date",
            "close date",
        ),
    ),
    number_field(
        "value",
        gettext_lazy("Value"),
        example="48213.50",
        doc=gettext_lazy("The number. For a ratio the upper part, for a count it may be left out."),
        synonyms=(
            "value",
            "amount",
            "sales amount",
            "revenue",
            "umsatz",
            "umsatz netto",
            "betrag",
            "wert",
            "net amount",
            "quantity",
            "score",
        ),
    ),
    number_field(
        "weight",
        gettext_lazy("Weight"),
        example="1",
        doc=gettext_lazy("For a ratio the lower part, for an average the weight."),
        synonyms=("weight", "denominator", "base", "gewicht"),
    ),
    KindField(
        "external_id",
        gettext_lazy("Record number"),
        example="SO43659-1",
        doc=gettext_lazy(
            "Number of the record in the source system, unique per source. A file without one holds at most"
            " one measurement per partner, KPI and day."
        ),
        synonyms=(
            "external id",
            "record number",
            "record id",
            "id",
            "line id",
            "order number",
            "invoice number",
            "document number",
            "beleg",
            "belegnummer",
            "belegnr",
            "rechnungsnummer",
            "transaction id",
        ),
    ),
    KindField(
        "occurred_at",
        gettext_lazy("Time"),
        DATETIME,
        doc=gettext_lazy("Point in time, for ordering within a day."),
        synonyms=("occurred at", "timestamp", "time", "datetime"),
    ),
)

EMITS_PER_ROW = 64
"""A staged row's number is the file's row times this plus the number of the emit, so that errors find both."""

_LEAVE_OUT_SIBLINGS = f"""
UPDATE m_checked SET skipped = true
 WHERE problem IS NULL AND NOT skipped
   AND "row" / {EMITS_PER_ROW} IN (SELECT "row" / {EMITS_PER_ROW} FROM m_checked WHERE problem IS NOT NULL)
"""

_ROWS = f"""
SELECT count(DISTINCT "row" / {EMITS_PER_ROW}) FILTER (WHERE problem IS NOT NULL),
       count(DISTINCT "row" / {EMITS_PER_ROW}) FILTER (WHERE problem IS NULL AND NOT skipped)
  FROM m_checked
"""

_CHANGES = """
  FROM m_checked c
  LEFT JOIN performance_measurement f
    ON f.tenant_id = %(tenant)s AND f.source = c.source AND f.external_id = c.external_id
 WHERE c.problem IS NULL AND NOT c.skipped
"""

_DIFFERENT = """(f.partner_id, f.kpi_id, f.occurred_on, f.occurred_at, f.value, f.weight, f.attributes)
   IS DISTINCT FROM (c.partner_id, c.kpi_id, c.on_day, c.at_time, c.v, c.w, c.attrs)"""

_SAMPLES = f"""
SELECT c."row" / {EMITS_PER_ROW}, c.partner, upper(c.kpi), c.on_day, c.v, c.w, f.value, f.weight, f.occurred_on
{_CHANGES} AND {{condition}} ORDER BY c."row" LIMIT {KEPT_SAMPLES}
"""

_AFFECTED = f"""
SELECT count(DISTINCT c.partner_id), min(least(c.on_day, f.occurred_on)), max(greatest(c.on_day, f.occurred_on))
{_CHANGES} AND (f.id IS NULL OR {_DIFFERENT})
"""

_TOTALS = f"""
SELECT upper(c.kpi), count(*), sum(c.v) {_CHANGES} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8
"""


@dataclass(frozen=True)
class MeasurementKind(ImportKind):
    """Measurements, found by source and record number."""

    def accept(self, mapping: Mapping) -> None:
        """All rows of a file come from one source, so a wrong one is said once, before anything is read.

        Raises:
            MappingFault: the source is retired, not known where only known ones are taken, or kept for typed figures.
        """
        source = mapping.source
        problem = problems_of([source], known_sources([source]), Origin(SourceType.FILE)).get(source)
        if problem is not None:
            words = {"source": source, "reason": MESSAGES[problem]}
            raise MappingFault("source", _("“%(source)s” cannot be used. %(reason)s") % words)

    def run(self, records: Iterator[Record], run: ImportRun) -> None:
        source = run.mapping.source
        with Ingest(Origin(SourceType.FILE, run.actor.label)) as ingest:
            ingest.stage(_staged(record, source) for record in records)
            run.progress("check")
            counts = ingest.check(preview=run.dry)
            if counts.errors:
                self._report(ingest, counts.errors, run)
                with connection.cursor() as cursor:
                    cursor.execute(_LEAVE_OUT_SIBLINGS)
                counts = ingest.recount(preview=run.dry)
            with connection.cursor() as cursor:
                cursor.execute(_ROWS)
                bad, run.used_rows = cursor.fetchone()
            run.bad_rows += bad
            if run.writes:
                run.progress("write")
                counts = ingest.commit(batch_id=run.batch_id, bad_rows=run.bad_rows)
            elif run.dry:
                self._sample(run)
                run.effect += [(_("New source"), code) for code in ingest.new_sources]
            run.outcomes.update({CREATED: counts.created, UPDATED: counts.updated, UNCHANGED: counts.unchanged})

    def _report(self, ingest: Ingest, count: int, run: ImportRun) -> None:
        columns = {column.alias: column.header for column in run.mapping.columns}
        run.fault_count += count
        room = max(0, KEPT_FAULTS - len(run.kept_faults))
        suggestions = _Suggestions()
        for error in ingest.errors(limit=room):
            row, emit = divmod(error.row, EMITS_PER_ROW)
            given = run.mapping.emit[emit].fields.get(error.column)
            header = columns.get(given.strip(), error.column) if isinstance(given, str) else error.column
            message = error.message
            if error.code == "unknown_partner":
                message += suggestions.for_number(error.value)
            run.kept_faults.append(RowFault(row, header, shown(error.value), error.code, message))

    def _sample(self, run: ImportRun) -> None:
        """The first records of each outcome, and what the whole would touch."""
        conditions = {
            CREATED: "f.id IS NULL",
            UPDATED: f"f.id IS NOT NULL AND {_DIFFERENT}",
            UNCHANGED: f"f.id IS NOT NULL AND NOT ({_DIFFERENT})",
        }
        parameters = {"tenant": run.tenant.pk}
        with connection.cursor() as cursor:
            for outcome, condition in conditions.items():
                cursor.execute(_SAMPLES.format(condition=condition), parameters)
                run.samples[outcome] = [_sample(outcome, *found) for found in cursor.fetchall()]
            cursor.execute(_AFFECTED, parameters)
            partners, first, last = cursor.fetchone()
            cursor.execute(_TOTALS, parameters)
            totals = cursor.fetchall()
        if partners:
            run.effect.append(
                (
                    _("Scores affected"),
                    _("%(count)s partners") % {"count": number_text(partners)},
                )
            )
            run.effect.append(
                (_("Days"), _("%(first)s to %(last)s") % {"first": day_text(first), "last": day_text(last)})
            )
        for code, count, total in totals:
            text = _("%(count)s measurements, sum %(sum)s") % {
                "count": number_text(count),
                "sum": "–" if total is None else number_text(total),
            }
            run.effect.append((code, text))

    def undo(self, batch: ImportBatch, actor: Actor) -> UndoReport:
        """New rows go, changed rows get their former values; what was changed since stays and is listed."""
        since = MeasurementHistory.objects.filter(batch_id=batch.pk).select_related("kpi", "partner").order_by("id")
        kept = [
            (f"{row.partner.external_id}, {row.kpi.code}, {row.external_id}", _("It was changed since."))
            for row in since[:KEPT_SAMPLES]
        ]
        counts = undo_measurements(batch_id=batch.pk)
        return UndoReport(restored=counts.restored, removed=counts.removed, kept_count=counts.kept, kept=kept)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:overview", kwargs={"tenant": require_scope().tenant.slug})


def _staged(record: Record, source: str) -> tuple[Any, ...]:
    """A record in the order of `ingest.STAGED`."""
    values = record.values
    day: date = values["occurred_on"]
    moment = values.get("occurred_at")
    if "external_id" in values:
        number = values["external_id"]
    else:
        number = f"{values['kpi'].upper()}|{values['partner']}|{day.isoformat()}"
        if len(number) > EXTERNAL_ID_LENGTH:
            number = blake2b(number.encode(), digest_size=16).hexdigest()
    value, weight = values.get("value"), values.get("weight")
    return (
        record.row * EMITS_PER_ROW + record.emit,
        values["partner"],
        values["kpi"],
        day.isoformat(),
        None if value is None else format(value, "f"),
        None if weight is None else format(weight, "f"),
        number,
        source,
        None if moment is None else moment.isoformat(),
        None,
        None if record.dedupe is None else f"{record.emit}:{record.dedupe}",
    )


def _sample(
    outcome: str,
    row: int,
    partner: str,
    kpi: str,
    day: date,
    value: Any,
    weight: Any,
    old_value: Any,
    old_weight: Any,
    old_day: Any,
) -> Sample:
    figure = _figure(value, weight)
    detail = figure
    if outcome == UPDATED:
        former = _figure(old_value, old_weight)
        detail = f"{former} → {figure}" if former != figure else f"{day_text(old_day)} → {day_text(day)}"
    return Sample(row, f"{partner}, {kpi}, {day_text(day)}", detail)


def _figure(value: Decimal | None, weight: Decimal | None) -> str:
    parts = [number_text(part) for part in (value, weight) if part is not None]
    return " / ".join(parts)


class _Suggestions:
    """The known partner number closest to an unknown one, for the first few."""

    LIMIT = 20

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def for_number(self, number: str) -> str:
        """A sentence with the closest number, or nothing."""
        if number not in self._found:
            self._found[number] = self._closest(number) if len(self._found) < self.LIMIT else ""
        return self._found[number]

    @staticmethod
    def _closest(number: str) -> str:
        import difflib

        near = Partner.objects.filter(external_id__istartswith=number[:2]).values_list("external_id", "name")[:5_000]
        names = dict(near)
        close = difflib.get_close_matches(number, names, n=1, cutoff=0.75)
        if not close:
            return ""
        return " " + _("Did you mean %(number)s, %(name)s?") % {"number": close[0], "name": names[close[0]]}
