"""Taking measurements in, set-based: stage, check, upsert, keep what was replaced, mark what to recompute.

Files, the API and the product's own events all come through here, so one fact obeys the same rules however it
arrives. Rows are copied into a temporary table, because COPY is refused on tables with row-level security, checked
there by SQL with one error code per row, and written by one statement. The transaction writes facts and marks only;
scoring follows after commit.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import itemgetter
from typing import Any, Self

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.choices import SourceType
from performance.models import SourceDelivery
from performance.models.measurement import EXTERNAL_ID_LENGTH, SOURCE_LENGTH, Measurement
from performance.services.deliveries import (
    KEPT_ERRORS,
    THE_PRODUCT,
    Brought,
    Known,
    Origin,
    known_sources,
    problems_of,
    put_down,
    put_down_refusal,
)
from performance.services.scheduling import schedule_scoring
from prm.access.actor import Actor
from prm.errors import InvalidInput
from prm.tenancy.scope import require_scope
from prm.tenancy.statistics import MANY_ROWS, refresh_statistics

LARGEST = 10**14
"""Numbers have to stay below this; the columns hold 14 digits before the point and 6 after it."""


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """One measurement as text, None where nothing is given. `row` is the number that errors point at.

    `partner` is the partner's external number, `kpi` a code in any case, `occurred_on` is YYYY-MM-DD in the tenant's
    time zone. Of several rows with one `dedupe_key` for a KPI only the first counts, on purpose.
    """

    row: int
    partner: str | None
    kpi: str | None
    occurred_on: str | None
    value: str | None
    weight: str | None
    external_id: str | None
    source: str
    occurred_at: str | None = None
    attributes: str | None = None
    dedupe_key: str | None = None

    def as_tuple(self) -> tuple[Any, ...]:
        """The row in staging order."""
        return tuple(getattr(self, name) for name in STAGED)


STAGED = tuple(entry.name for entry in fields(MeasurementRow))


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row cannot be taken: where, what stood there, and what to do about it."""

    row: int
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What the staged rows come to. `skipped` are later rows of a dedupe key."""

    rows: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    errors: int


MESSAGES = {
    "missing": gettext_lazy("This is empty. Every measurement needs it."),
    "unknown_partner": gettext_lazy("No partner has this number. Import the partner first, or correct the number."),
    "unknown_kpi": gettext_lazy("No KPI has this code. Create the KPI first, or correct the code."),
    "derived_kpi": gettext_lazy("This KPI is computed from other KPIs. Send the measurements of those."),
    "inactive_kpi": gettext_lazy("This KPI is no longer in use. Take it back into use, or leave the row out."),
    "too_long": gettext_lazy("This text is too long."),
    "bad_date": gettext_lazy("This is not a day of the calendar. Write it as 2024-05-17."),
    "date_out_of_range": gettext_lazy("The year must be between 1900 and 2199."),
    "bad_time": gettext_lazy("This is not a point in time. Write it as 2024-05-17T14:30:00+02:00."),
    "bad_number": gettext_lazy("This is not a number. Write it with a decimal point and no thousands separator."),
    "number_too_large": gettext_lazy("The number has more than 14 digits before the decimal point."),
    "below_minimum": gettext_lazy("The value is below the lowest that this KPI allows."),
    "above_maximum": gettext_lazy("The value is above the highest that this KPI allows."),
    "negative_weight": gettext_lazy("A weight cannot be negative."),
    "above_weight": gettext_lazy("The value is a part of the weight, so it lies between 0 and the weight."),
    "bad_attributes": gettext_lazy("The attributes are not a JSON object."),
    "duplicate_external_id": gettext_lazy("An earlier row has the same external number. Each may occur once."),
    "unknown_source": gettext_lazy("No source has this code. Add it under Sources, or correct the code."),
    "retired_source": gettext_lazy("This source is retired. Take it back into use under Sources, or correct the code."),
    "manual_source": gettext_lazy("This code is kept for figures that people type in. Give another one."),
    "too_many_sources": gettext_lazy(
        "Too many codes that no source has. Add them under Sources first, or correct the column."
    ),
}

_CREATE_STAGE = """
SET LOCAL work_mem = '64MB';
DROP TABLE IF EXISTS pg_temp.m_stage, pg_temp.m_checked;
CREATE TEMPORARY TABLE m_stage (
  "row" bigint, partner text COLLATE "C", kpi text COLLATE "C", occurred_on text, value text, weight text,
  external_id text COLLATE "C", source text COLLATE "C", occurred_at text, attributes text,
  dedupe_key text COLLATE "C") ON COMMIT DROP
"""

_NUMBER = r"'^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$'"


def _number(column: str) -> str:
    """The column as a number of 6 places, or NULL. Digits with at most one point need no regular expression."""
    plain = f"translate({column}, '0123456789', '') IN ('', '.') AND {column} NOT IN ('', '.')"
    return f"CASE WHEN {plain} OR {column} ~ {_NUMBER} THEN round({column}::numeric, 6) END"


# Typed once, checked once: `problem` is the first thing wrong with a row and where. Days, partners and KPIs repeat, so
# their few different texts are looked up once each. `place` leads back to the text of a wrong row.
_CHECK = f"""
CREATE TEMPORARY TABLE m_checked ON COMMIT DROP AS
WITH day AS MATERIALIZED (
  SELECT occurred_on,
         CASE WHEN occurred_on ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' AND pg_input_is_valid(occurred_on, 'date')
              THEN occurred_on::date END AS on_day
    FROM (SELECT DISTINCT occurred_on FROM m_stage) d),
figure AS MATERIALIZED (
  SELECT s.kpi, k.id AS kpi_id, k.is_active, k.aggregation, k.value_min, k.value_max, k.is_share
    FROM (SELECT DISTINCT kpi FROM m_stage) s
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.code = upper(s.kpi)),
typed AS (
  SELECT s.*, s.ctid AS place, p.id AS partner_id, k.kpi_id, k.is_active, k.aggregation, k.value_min, k.value_max,
         k.is_share, day.on_day,
         CASE WHEN s.occurred_at ~ '^[0-9]{{4}}-' AND pg_input_is_valid(s.occurred_at, 'timestamptz')
              THEN s.occurred_at::timestamptz END AS at_time,
         {_number("s.value")} AS v, {_number("s.weight")} AS w,
         CASE WHEN pg_input_is_valid(s.attributes, 'jsonb') THEN s.attributes::jsonb END AS attrs
    FROM m_stage s
    LEFT JOIN day ON day.occurred_on = s.occurred_on
    LEFT JOIN figure k ON k.kpi = s.kpi
    LEFT JOIN partners_partner p ON p.tenant_id = %(tenant)s AND p.external_id = s.partner OFFSET 0)
SELECT "row", place, partner, kpi, external_id, source, partner_id, kpi_id, on_day, at_time,
       CASE WHEN aggregation IN ('count', 'distinct') THEN coalesce(v, 1) ELSE v END AS v, w, attrs,
       dedupe_key IS NOT NULL AND row_number() OVER (PARTITION BY kpi_id, dedupe_key ORDER BY "row") > 1 AS skipped,
       CASE
      WHEN partner IS NULL THEN 'missing:partner'
      WHEN partner_id IS NULL THEN 'unknown_partner:partner'
      WHEN kpi IS NULL THEN 'missing:kpi'
      WHEN kpi_id IS NULL THEN 'unknown_kpi:kpi'
      WHEN NOT is_active THEN 'inactive_kpi:kpi'
      WHEN aggregation IN ('growth', 'quotient', 'formula') THEN 'derived_kpi:kpi'
      WHEN external_id IS NULL THEN 'missing:external_id'
      WHEN length(external_id) > {EXTERNAL_ID_LENGTH} THEN 'too_long:external_id'
      WHEN source IS NULL THEN 'missing:source'
      WHEN length(source) > {SOURCE_LENGTH} THEN 'too_long:source'
      WHEN occurred_on IS NULL THEN 'missing:occurred_on'
      WHEN on_day IS NULL THEN 'bad_date:occurred_on'
      WHEN on_day NOT BETWEEN '1900-01-01' AND '2199-12-31' THEN 'date_out_of_range:occurred_on'
      WHEN occurred_at IS NOT NULL AND at_time IS NULL THEN 'bad_time:occurred_at'
      WHEN value IS NOT NULL AND v IS NULL THEN 'bad_number:value'
      WHEN weight IS NOT NULL AND w IS NULL THEN 'bad_number:weight'
      WHEN abs(v) >= {LARGEST} THEN 'number_too_large:value'
      WHEN abs(w) >= {LARGEST} THEN 'number_too_large:weight'
      WHEN v IS NULL AND (aggregation NOT IN ('ratio', 'count', 'distinct') OR aggregation = 'ratio' AND w IS NULL)
           THEN 'missing:value'
      WHEN v < value_min THEN 'below_minimum:value'
      WHEN v > value_max THEN 'above_maximum:value'
      WHEN w < 0 THEN 'negative_weight:weight'
      WHEN is_share AND (v < 0 OR v > w) THEN 'above_weight:value'
      WHEN attributes IS NOT NULL AND jsonb_typeof(attrs) IS DISTINCT FROM 'object' THEN 'bad_attributes:attributes'
    END AS problem
  FROM typed
"""

_CHECK_WITHOUT_DEDUPE = _CHECK.replace(
    'dedupe_key IS NOT NULL AND row_number() OVER (PARTITION BY kpi_id, dedupe_key ORDER BY "row") > 1 AS skipped',
    "false AS skipped",
)

_FIND_DOUBLES = """
UPDATE m_checked c SET problem = 'duplicate_external_id:external_id'
  FROM (SELECT ctid AS place, row_number() OVER (PARTITION BY source, external_id ORDER BY "row", ctid) AS nth
          FROM m_checked WHERE NOT skipped AND problem IS NULL
           AND (source, external_id) IN (SELECT source, external_id FROM m_checked
                                          WHERE NOT skipped AND problem IS NULL GROUP BY 1, 2 HAVING count(*) > 1)) d
 WHERE c.ctid = d.place AND d.nth > 1
"""

_REFUSE_SOURCES = """
UPDATE m_checked c SET problem = bad.problem || ':source'
  FROM unnest(%(codes)s::text[], %(problems)s::text[]) AS bad(code, problem)
 WHERE c.problem IS NULL AND c.source = bad.code COLLATE "C"
"""

_BY_SOURCE = """
SELECT source, count(*) FILTER (WHERE problem IS NULL AND NOT skipped), count(*) FILTER (WHERE problem IS NOT NULL)
  FROM m_checked WHERE source IS NOT NULL GROUP BY source
"""

_FED = "SELECT DISTINCT source, upper(kpi) FROM m_checked WHERE problem IS NULL AND NOT skipped"

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE skipped AND problem IS NULL), count(*) FILTER (WHERE problem IS NOT NULL)
  FROM m_checked
"""

_PREVIEW = """
SELECT count(*) FILTER (WHERE f.id IS NULL),
       count(*) FILTER (WHERE f.id IS NOT NULL AND (f.partner_id, f.kpi_id, f.occurred_on, f.occurred_at, f.value,
                                                    f.weight, f.attributes)
                        IS DISTINCT FROM (c.partner_id, c.kpi_id, c.on_day, c.at_time, c.v, c.w, c.attrs))
  FROM m_checked c
  LEFT JOIN performance_measurement f
    ON f.tenant_id = %(tenant)s AND f.source = c.source AND f.external_id = c.external_id
 WHERE c.problem IS NULL AND NOT c.skipped
"""

_MARK = """
marks AS (
  INSERT INTO performance_dirtypair AS d (tenant_id, partner_id, ym)
  SELECT DISTINCT %(tenant)s, partner_id, ym FROM pairs ORDER BY 2, 3
  ON CONFLICT (tenant_id, partner_id, ym) DO UPDATE SET gen = d.gen + 1, marked_at = now())
"""

_WRITE = f"""
WITH changed AS (
  INSERT INTO performance_measurement AS f
         (tenant_id, source, external_id, partner_id, kpi_id, occurred_on, occurred_at, value, weight, attributes,
          batch_id)
  SELECT %(tenant)s, source, external_id, partner_id, kpi_id, on_day, at_time, v, w, attrs, %(batch)s
    FROM m_checked WHERE problem IS NULL AND NOT skipped ORDER BY source, external_id
  ON CONFLICT (tenant_id, source, external_id) DO UPDATE
     SET partner_id = excluded.partner_id, kpi_id = excluded.kpi_id, occurred_on = excluded.occurred_on,
         occurred_at = excluded.occurred_at, value = excluded.value, weight = excluded.weight,
         attributes = excluded.attributes, batch_id = excluded.batch_id, recorded_at = now()
   WHERE (f.partner_id, f.kpi_id, f.occurred_on, f.occurred_at, f.value, f.weight, f.attributes) IS DISTINCT FROM
         (excluded.partner_id, excluded.kpi_id, excluded.occurred_on, excluded.occurred_at, excluded.value,
          excluded.weight, excluded.attributes)
  RETURNING new.partner_id AS partner_id, new.ym AS ym, old AS former{{source}}),
former AS (
  INSERT INTO performance_measurementhistory
         (tenant_id, measurement_id, source, external_id, kpi_id, partner_id, occurred_on, occurred_at, value, weight,
          attributes, batch_id, recorded_at, replaced_by_batch_id, was_removed)
  SELECT %(tenant)s, (former).id, (former).source, (former).external_id, (former).kpi_id, (former).partner_id,
         (former).occurred_on, (former).occurred_at, (former).value, (former).weight, (former).attributes,
         (former).batch_id, (former).recorded_at, %(batch)s, false
    FROM changed WHERE (former).id IS NOT NULL),
pairs AS (
  SELECT partner_id, ym FROM changed
  UNION ALL SELECT (former).partner_id, (former).ym FROM changed WHERE (former).id IS NOT NULL),
{_MARK}
SELECT {{figures}} FROM changed {{group}}
"""

_FIGURES = "count(*) FILTER (WHERE (former).id IS NULL), count(*) FILTER (WHERE (former).id IS NOT NULL)"
_UPSERT = _WRITE.format(source="", figures=_FIGURES, group="")
_UPSERT_BY_SOURCE = _WRITE.format(
    source=", new.source AS source", figures=f"source, {_FIGURES}", group="GROUP BY source"
)

_ERRORS = """
SELECT c."row", split_part(problem, ':', 2), split_part(problem, ':', 1),
       left(CASE split_part(problem, ':', 2)
         WHEN 'partner' THEN s.partner WHEN 'kpi' THEN s.kpi WHEN 'external_id' THEN s.external_id
         WHEN 'source' THEN s.source WHEN 'occurred_on' THEN s.occurred_on WHEN 'occurred_at' THEN s.occurred_at
         WHEN 'value' THEN s.value WHEN 'weight' THEN s.weight ELSE s.attributes END, 200)
  FROM m_checked c JOIN m_stage s ON s.ctid = c.place
 WHERE problem IS NOT NULL ORDER BY c."row", 2 LIMIT %(limit)s
"""


class Ingest:
    """One intake in the open scope's transaction. Stage rows, check them, look at the errors, commit or leave it.

    with Ingest(Origin(SourceType.FILE, actor.label)) as ingest:
        ingest.stage(rows)
        counts = ingest.check(preview=True)
        if not counts.errors:
            ingest.commit(batch_id=batch.pk)

    The temporary tables vanish with the transaction; nothing is written before `commit`.
    """

    def __init__(self, origin: Origin = THE_PRODUCT) -> None:
        self.tenant = require_scope().tenant
        self.origin = origin
        self._has_dedupe = False
        self._fed: set[tuple[str, str]] = set()
        self._counts: IngestCounts | None = None

    def __enter__(self) -> Self:
        with connection.cursor() as cursor:
            cursor.execute(_CREATE_STAGE)
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def stage(self, rows: Iterable[MeasurementRow | Sequence[Any]]) -> None:
        """Copy rows into the staging table, in bounded memory. Plain sequences have the order of `STAGED`.

        Can be called several times; an empty text counts as nothing given.
        """
        stream = _CsvStream(rows)
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY m_stage ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in STAGED)}) "
                "FROM STDIN WITH (FORMAT csv)",
                stream,
            )
        self._has_dedupe = self._has_dedupe or stream.has_dedupe
        self._fed |= stream.fed

    def check(self, *, preview: bool = False) -> IngestCounts:
        """Judge every staged row. With `preview` also say how many would be created, updated and left alone."""
        with connection.cursor() as cursor:
            cursor.execute(_CHECK if self._has_dedupe else _CHECK_WITHOUT_DEDUPE, {"tenant": self.tenant.pk})
            cursor.execute(_FIND_DOUBLES)
            problems = problems_of(self._codes, self._known, self.origin)
            if problems:
                judged = {"codes": list(problems), "problems": list(problems.values())}
                cursor.execute(_REFUSE_SOURCES, judged)
        return self.recount(preview=preview)

    @cached_property
    def _codes(self) -> set[str]:
        """The codes of sources that the rows name."""
        return {source for source, _kpi in self._fed if source}

    @cached_property
    def _known(self) -> dict[str, Known]:
        """Those of them that have a record."""
        return known_sources(self._codes)

    @property
    def new_sources(self) -> list[str]:
        """The codes without a record; a commit makes one for each."""
        return sorted(self._codes - self._known.keys())

    def recount(self, *, preview: bool = False) -> IngestCounts:
        """Count the checked rows again, for a caller that has left out more of them."""
        created = updated = 0
        with connection.cursor() as cursor:
            cursor.execute(_COUNT)
            rows, skipped, errors = cursor.fetchone()
            if preview:
                cursor.execute(_PREVIEW, {"tenant": self.tenant.pk})
                created, updated = cursor.fetchone()
        unchanged = rows - skipped - errors - created - updated if preview else 0
        self._counts = IngestCounts(rows, created, updated, unchanged, skipped, errors)
        return self._counts

    def errors(self, *, limit: int = 10_000) -> Iterator[RowError]:
        """The first errors in row order."""
        with connection.cursor() as cursor:
            cursor.execute(_ERRORS, {"limit": limit})
            found = cursor.fetchall()
        for row, column, code, value in found:
            yield RowError(row, column, value or "", code, str(MESSAGES[code]))

    def commit(self, *, batch_id: int | None = None, bad_rows: int | None = None) -> IngestCounts:
        """Write the rows without errors, keep what they replace, mark the pairs, schedule the scoring.

        What came from which source is put down with them; `bad_rows` says how many were wrong where the rows are
        another count than the measurements.
        """
        checked = self._counts or self.check()
        written = self._write(batch_id)
        created = sum(new for new, _changed in written.values())
        updated = sum(changed for _new, changed in written.values())
        good = checked.rows - checked.skipped - checked.errors
        put_down(
            self._brought(checked, written, bad_rows),
            known=self._known,
            fed=self._fed_by_good_rows(checked),
            origin=self.origin,
            batch_id=batch_id,
            errors=list(self.errors(limit=KEPT_ERRORS)) if checked.errors and batch_id is None else [],
        )
        if created + updated >= MANY_ROWS:
            refresh_statistics(Measurement)
        if created or updated:
            schedule_scoring(self.tenant)
        return IngestCounts(checked.rows, created, updated, good - created - updated, checked.skipped, checked.errors)

    def refuse(self, errors: Sequence[RowError], *, also: Mapping[str, int] | None = None) -> None:
        """Write none of the rows, and put down for their sources that they were refused. `also` counts rows by source
        that never came as far as the staging."""
        with connection.cursor() as cursor:
            cursor.execute(_BY_SOURCE)
            bad = {source: wrong for source, _good, wrong in cursor.fetchall() if wrong}
        for source, count in (also or {}).items():
            bad[source] = bad.get(source, 0) + count
        put_down_refusal(bad, known=known_sources(bad), origin=self.origin, errors=errors)

    def _write(self, batch_id: int | None) -> dict[str, tuple[int, int]]:
        """The rows created and updated by source. Rows of one source, as nearly all intakes have, are not grouped."""
        codes = self._codes
        with connection.cursor() as cursor:
            if len(codes) == 1:
                cursor.execute(_UPSERT, {"tenant": self.tenant.pk, "batch": batch_id})
                return {next(iter(codes)): cursor.fetchone()}
            cursor.execute(_UPSERT_BY_SOURCE, {"tenant": self.tenant.pk, "batch": batch_id})
            return {source: (created, updated) for source, created, updated in cursor.fetchall()}

    def _brought(
        self, checked: IngestCounts, written: Mapping[str, tuple[int, int]], bad_rows: int | None
    ) -> dict[str, Brought]:
        """What each source brought; a source all of whose rows are wrong brought nothing."""
        if len(self._codes) == 1:
            (code,) = self._codes
            judged = {code: (checked.rows - checked.skipped - checked.errors, checked.errors)}
        else:
            with connection.cursor() as cursor:
                cursor.execute(_BY_SOURCE)
                judged = {source: (good, wrong) for source, good, wrong in cursor.fetchall()}
        brought = {}
        for code, (good, wrong) in judged.items():
            if good:
                created, updated = written.get(code, (0, 0))
                counted = wrong if bad_rows is None or len(judged) > 1 else bad_rows
                brought[code] = Brought(created, updated, good - created - updated, counted)
        return brought

    def _fed_by_good_rows(self, checked: IngestCounts) -> set[tuple[str, str]]:
        """The pairs of source and KPI that were written, or were known already."""
        if not checked.errors:
            return {(source, kpi) for source, kpi in self._fed if source and kpi}
        with connection.cursor() as cursor:
            cursor.execute(_FED)
            return set(cursor.fetchall())


_SOURCE_AND_KPI = itemgetter(STAGED.index("source"), STAGED.index("kpi"))


class _CsvStream(io.RawIOBase):
    """Rows as a CSV file that is made while it is read. The csv module writes it in C; None becomes nothing."""

    CHUNK = 2_000

    def __init__(self, rows: Iterable[MeasurementRow | Sequence[Any]]) -> None:
        self._rows = iter(rows)
        self._buffer = b""
        self.has_dedupe = False
        self.fed: set[tuple[str, str]] = set()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._buffer) < size:
            chunk = self._next_chunk()
            if not chunk:
                break
            self._buffer += chunk
        size = len(self._buffer) if size < 0 else size
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _next_chunk(self) -> bytes:
        rows = []
        for row in self._rows:
            rows.append(row.as_tuple() if isinstance(row, MeasurementRow) else row)
            if len(rows) == self.CHUNK:
                break
        self.has_dedupe = self.has_dedupe or any(row[-1] for row in rows)
        self.fed.update(map(_SOURCE_AND_KPI, rows))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode()


def record_measurements(
    rows: Iterable[MeasurementRow | Sequence[Any]],
    *,
    actor: Actor,
    batch_id: int | None = None,
    channel: SourceType = SourceType.PRODUCT,
) -> IngestCounts:
    """Take measurements that must all be right: the product's own events, a form, a small API call.

    A source that is not known yet is added to the list of sources, so an app that measures what happens in it only
    calls this with a code of its own.

    Raises:
        InvalidInput: the first row that is wrong; then nothing is written.
    """
    with Ingest(Origin(channel, actor.label)) as ingest:
        ingest.stage(rows)
        if ingest.check().errors:
            error = next(ingest.errors(limit=1))
            raise InvalidInput(
                _("Row %(row)s, %(column)s: %(message)s")
                % {"row": error.row, "column": error.column, "message": error.message},
                code=error.code,
                field=error.column,
            )
        return ingest.commit(batch_id=batch_id)


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """What undoing an import did. `kept` are rows that a later import or person has changed since."""

    removed: int
    restored: int
    kept: int


_UNDO = f"""
WITH before AS (
  SELECT DISTINCT ON (measurement_id) * FROM performance_measurementhistory
   WHERE tenant_id = %(tenant)s AND replaced_by_batch_id = %(batch)s
   ORDER BY measurement_id, replaced_at DESC, id DESC),
restored AS (
  UPDATE performance_measurement m
     SET partner_id = b.partner_id, kpi_id = b.kpi_id, occurred_on = b.occurred_on, occurred_at = b.occurred_at,
         value = b.value, weight = b.weight, attributes = b.attributes, batch_id = b.batch_id, recorded_at = now()
    FROM before b
   WHERE m.tenant_id = %(tenant)s AND m.id = b.measurement_id AND m.batch_id = %(batch)s
  RETURNING old AS former, new.partner_id AS partner_id, new.ym AS ym),
removed AS (
  DELETE FROM performance_measurement m
   WHERE m.tenant_id = %(tenant)s AND m.batch_id = %(batch)s
     AND NOT EXISTS (SELECT 1 FROM before b WHERE b.measurement_id = m.id)
  RETURNING old AS former),
gone AS (
  SELECT former, false AS was_removed FROM restored UNION ALL SELECT former, true FROM removed),
kept_history AS (
  INSERT INTO performance_measurementhistory
         (tenant_id, measurement_id, source, external_id, kpi_id, partner_id, occurred_on, occurred_at, value, weight,
          attributes, batch_id, recorded_at, replaced_by_batch_id, was_removed)
  SELECT %(tenant)s, (former).id, (former).source, (former).external_id, (former).kpi_id, (former).partner_id,
         (former).occurred_on, (former).occurred_at, (former).value, (former).weight, (former).attributes,
         (former).batch_id, (former).recorded_at, NULL, was_removed
    FROM gone),
pairs AS (
  SELECT (former).partner_id AS partner_id, (former).ym AS ym FROM gone
  UNION ALL SELECT partner_id, ym FROM restored),
{_MARK}
SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM restored),
       (SELECT count(*) FROM performance_measurementhistory h
         WHERE h.tenant_id = %(tenant)s AND h.batch_id = %(batch)s)
"""


def undo_measurements(*, batch_id: int) -> UndoCounts:
    """Take an import back: new rows go, changed rows get their former values. What was changed since is kept."""
    tenant = require_scope().tenant
    with connection.cursor() as cursor:
        cursor.execute(_UNDO, {"tenant": tenant.pk, "batch": batch_id})
        counts = UndoCounts(*cursor.fetchone())
    SourceDelivery.objects.filter(batch_id=batch_id, undone_at=None).update(undone_at=timezone.now())
    if counts.removed or counts.restored:
        schedule_scoring(tenant)
    return counts
