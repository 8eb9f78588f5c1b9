"""What an intake may write for which source, and what it brought each: judged before, put down after the facts.

A source that nobody has described is made here by its first delivery. What is put down is a handful of rows however
many facts came, in the transaction of the facts; two calls at the same time never wait for each other.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import SourceType
from performance.models import MeasurementSource, SourceDelivery, SourceRules
from performance.rules.sources import MANUAL_SOURCE, is_manual
from performance.services.late_sources import came_again
from performance.services.source_news import tell_of_new_sources, tell_of_refusal
from prm.access.actor import Actor
from prm.audit.services import record
from prm.tenancy.scope import require_scope

if TYPE_CHECKING:
    from performance.services.ingest import RowError

MOST_NEW_SOURCES = 20
"""More unknown sources than this in one intake are a column in the wrong place."""

KEPT_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Origin:
    """How measurements come in, and who brings them: a key, a person, a file's uploader."""

    channel: SourceType
    by: str = ""

    @property
    def is_from_outside(self) -> bool:
        """Whether another system chose the code of the source."""
        return self.channel in (SourceType.FILE, SourceType.API)


THE_PRODUCT = Origin(SourceType.PRODUCT)


@dataclass(frozen=True, slots=True)
class Known:
    """A source as an intake sees it."""

    id: int
    is_active: bool
    late_since: date | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What one source brought."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_rows: int = 0


def known_sources(codes: Collection[str]) -> dict[str, Known]:
    """The sources among these codes that have a record. By hand: every call asks, and Django takes longer than the
    database."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"tenant": require_scope().tenant_id, "codes": list(codes)})
        return {code: Known(*rest) for code, *rest in cursor.fetchall()}


_KNOWN = """
SELECT code, id, is_active, late_since FROM performance_measurementsource
 WHERE tenant_id = %(tenant)s AND code = ANY(%(codes)s::text[])
"""


def problems_of(codes: Collection[str], known: Mapping[str, Known], origin: Origin) -> dict[str, str]:
    """The codes that may not be written for, each with the code of its error."""
    problems = {code: "retired_source" for code, source in known.items() if not source.is_active}
    if origin.is_from_outside:
        problems |= {code: "manual_source" for code in codes if is_manual(code)}
    new = [code for code in codes if code not in known and code not in problems]
    if new and origin.is_from_outside:
        refuses = SourceRules.objects.filter(refuses_unknown=True).exists()
        if refuses or len(new) > MOST_NEW_SOURCES:
            problems |= dict.fromkeys(new, "unknown_source" if refuses else "too_many_sources")
    return problems


def register_sources(codes: Iterable[str], origin: Origin) -> dict[str, Known]:
    """Make the records of sources that are seen for the first time. The programme's people are told of each."""
    actor = Actor(kind="system", label=origin.by or str(origin.channel.label))
    made = {}
    for code in sorted(codes):
        made[code] = _register(code, SourceType.MANUAL if is_manual(code) else origin.channel)
    found = [source for source, is_new in made.values() if is_new]
    for source in found:
        record(actor=actor, action="measurement_source.found", target=source)
    if origin.is_from_outside:
        tell_of_new_sources(found, by=origin.by)
    return {code: Known(source.pk, source.is_active, source.late_since) for code, (source, _is_new) in made.items()}


_REGISTER = """
INSERT INTO performance_measurementsource
       (tenant_id, code, name, kind, description, system_url, grace_days, is_active, is_described, created_at,
        updated_at)
VALUES (%(tenant)s, %(code)s, %(name)s, %(kind)s, '', '', 0, true, %(described)s, now(), now())
ON CONFLICT (tenant_id, code) DO NOTHING RETURNING id
"""


def _register(code: str, kind: SourceType) -> tuple[MeasurementSource, bool]:
    """The source with this code and whether it was made now: of two calls at the same time one makes it."""
    values: dict[str, Any] = {"tenant": require_scope().tenant_id, "code": code, "name": _name_of(code)}
    values |= {"kind": kind.value, "described": code == MANUAL_SOURCE}
    with connection.cursor() as cursor:
        cursor.execute(_REGISTER, values)
        is_new = cursor.fetchone() is not None
    return MeasurementSource.objects.get(code=code), is_new


def _name_of(code: str) -> str:
    """What a source is called until somebody describes it."""
    return {MANUAL_SOURCE: _("Typed in"), "file": _("Files"), "api": _("API")}.get(code, code)


# Of the KPIs only those that were not seen before are written: an upsert would lock the row of every call.
_ADD = """
WITH seen AS (
  INSERT INTO performance_sourcekpi AS f (tenant_id, source_id, kpi_id, is_named, seen_at)
  SELECT %(tenant)s, %(source)s, k.id, false, now()
    FROM performance_kpi k
   WHERE k.tenant_id = %(tenant)s AND k.code = ANY(%(kpis)s::text[])
     AND NOT EXISTS (SELECT 1 FROM performance_sourcekpi o
                      WHERE o.tenant_id = %(tenant)s AND o.source_id = %(source)s AND o.kpi_id = k.id
                        AND o.seen_at IS NOT NULL)
   ORDER BY k.id
  ON CONFLICT (tenant_id, source_id, kpi_id) DO UPDATE SET seen_at = excluded.seen_at WHERE f.seen_at IS NULL),
standing AS (
  SELECT id FROM performance_sourcedelivery
   WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND channel = %(channel)s AND "by" = %(by)s
     AND batch_id IS NULL AND %(batch)s::bigint IS NULL AND first_at >= date_trunc('hour', now())
   ORDER BY last_at DESC, id DESC LIMIT 1 FOR UPDATE SKIP LOCKED),
added AS (
  UPDATE performance_sourcedelivery d
     SET calls = calls + 1, refused_calls = refused_calls + %(refused)s, created = created + %(created)s,
         updated = updated + %(updated)s, unchanged = unchanged + %(unchanged)s, bad_rows = bad_rows + %(bad_rows)s,
         errors = coalesce(%(errors)s::jsonb, errors), last_at = now(),
         taken_at = CASE WHEN %(refused)s = 0 THEN now() ELSE taken_at END
    FROM standing WHERE d.tenant_id = %(tenant)s AND d.id = standing.id
  RETURNING d.id)
INSERT INTO performance_sourcedelivery
       (tenant_id, source_id, channel, "by", batch_id, first_at, last_at, taken_at, calls, refused_calls, created,
        updated, unchanged, bad_rows, errors)
SELECT %(tenant)s, %(source)s, %(channel)s, %(by)s, %(batch)s, now(), now(),
       CASE WHEN %(refused)s = 0 THEN now() END, 1, %(refused)s, %(created)s, %(updated)s, %(unchanged)s,
       %(bad_rows)s, coalesce(%(errors)s::jsonb, '[]')
 WHERE NOT EXISTS (SELECT 1 FROM added)
"""


def put_down(
    brought: Mapping[str, Brought],
    *,
    known: Mapping[str, Known],
    fed: Collection[tuple[str, str]],
    origin: Origin,
    batch_id: int | None = None,
    errors: Sequence["RowError"] = (),
) -> None:
    """Keep what each source brought, and which KPIs, in the transaction that wrote it. `fed` are (code, KPI)."""
    new = brought.keys() - known.keys()
    known = {**known, **(register_sources(new, origin) if new else {})}
    with connection.cursor() as cursor:
        for code in sorted(brought):
            kpis = sorted({kpi.upper() for source, kpi in fed if source == code})
            delivery = _delivery(known[code].id, brought[code], origin, errors, batch_id=batch_id, refused=0)
            cursor.execute(_ADD, {**delivery, "kpis": kpis})
    for code in sorted(brought):
        if known[code].late_since is not None:
            came_again(known[code].id, at=timezone.now())


def put_down_refusal(
    bad_rows: Mapping[str, int], *, known: Mapping[str, Known], origin: Origin, errors: Sequence["RowError"]
) -> None:
    """Keep that a call was refused, and why; the owner of the source is told once a day. Unknown sources have none."""
    refused = sorted(bad_rows.keys() & known.keys())
    day_ago = timezone.now() - timedelta(days=1)
    told = SourceDelivery.objects.filter(source__in=[known[code].id for code in refused], refused_calls__gt=0)
    told_ids = set(told.filter(last_at__gte=day_ago).order_by().values_list("source_id", flat=True))
    for source in MeasurementSource.objects.filter(code__in=refused).exclude(pk__in=told_ids):
        tell_of_refusal(source, by=origin.by, message=_words_of(errors))
    with connection.cursor() as cursor:
        for code in refused:
            brought = Brought(bad_rows=bad_rows[code])
            delivery = _delivery(known[code].id, brought, origin, errors, batch_id=None, refused=1)
            cursor.execute(_ADD, {**delivery, "kpis": []})


def _words_of(errors: Sequence["RowError"]) -> str:
    """The first error in one sentence."""
    if not errors:
        return ""
    words = {"row": errors[0].row, "column": errors[0].column, "message": errors[0].message}
    return _("Row %(row)s, %(column)s: %(message)s") % words


def _delivery(
    source_id: int,
    brought: Brought,
    origin: Origin,
    errors: Sequence["RowError"],
    *,
    batch_id: int | None,
    refused: int,
) -> dict[str, Any]:
    kept = [
        {"row": error.row, "column": error.column, "value": error.value[:80], "message": error.message}
        for error in errors[:KEPT_ERRORS]
    ]
    return {
        "tenant": require_scope().tenant_id,
        "source": source_id,
        "channel": origin.channel.value,
        "by": origin.by[:160],
        "batch": batch_id,
        "refused": refused,
        "created": brought.created,
        "updated": brought.updated,
        "unchanged": brought.unchanged,
        "bad_rows": brought.bad_rows,
        "errors": json.dumps(kept) if kept else None,
    }
