"""KPIs, benchmarks and measurements as kinds of import.

KPIs and benchmarks go through their services row by row. Measurements come by the million: they are staged, checked
and written set-based by `performance.services.ingest`, which the API uses too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import Aggregation, Direction, SourceKind
from performance.models import KPI, PERIOD_KINDS, Benchmark, Measurement, MeasurementHistory
from performance.models.measurement import EXTERNAL_ID_LENGTH
from performance.permissions import BENCHMARK_EDIT, KPI_EDIT, MEASUREMENT_ENTER
from performance.services.benchmarks import set_benchmark, withdraw_benchmark
from performance.services.ingest import Ingest, undo_measurements
from performance.services.kpis import create_kpi, update_kpi
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.imports.expressions import BOOL, DATE, DATETIME, NUMBER
from prm.imports.kinds import ImportKind, KindField, Record, register
from prm.imports.models import ImportBatch
from prm.imports.reading.faults import RowFault, shown
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import CREATED, KEPT_FAULTS, KEPT_SAMPLES, UNCHANGED, UPDATED, ImportRun, Sample, UndoReport
from prm.tenancy.scope import require_scope

PARTNER_NUMBER_SYNONYMS = (
    "partner number", "partner no", "partner id", "partner", "customer number", "customer id", "kundennr", "kundennummer",
    "reseller key", "reseller id", "reseller", "vendor id", "vendor", "supplier id", "supplier", "account number",
    "account id", "external partner id",
)  # fmt: skip


def _number(name: str, label: Any, **options: Any) -> KindField:
    return KindField(name, label, NUMBER, places=6, digits=14, **options)


KPI_FIELDS = (
    KindField(
        "code",
        gettext_lazy("Code"),
        required=True,
        max_length=60,
        bare_words=True,
        example="ON_TIME",
        doc=gettext_lazy("Capital letters, digits and _. Found by it, the KPI is updated."),
        synonyms=("code", "kpi", "kpi code", "key"),
    ),
    KindField("name", gettext_lazy("Name"), max_length=160, example="On-time delivery", doc=gettext_lazy("Needed for a new KPI."),
              synonyms=("name", "title", "kpi name", "bezeichnung")),
    KindField("definition", gettext_lazy("Definition"), max_length=4000, doc=gettext_lazy("What it says, in plain words."),
              synonyms=("definition", "description", "meaning", "beschreibung")),
    KindField("unit", gettext_lazy("Unit"), max_length=40, bare_words=True, example="%", synonyms=("unit", "einheit")),
    KindField(
        "aggregation",
        gettext_lazy("Aggregation"),
        bare_words=True,
        example="ratio",
        doc=gettext_lazy("sum, average, ratio, last or count. A new KPI without one is a sum."),
        synonyms=("aggregation", "method", "aggregate"),
    ),
    KindField(
        "direction",
        gettext_lazy("Direction"),
        bare_words=True,
        example="higher",
        doc=gettext_lazy("higher, lower or band: which way is better."),
        synonyms=("direction", "better", "richtung"),
    ),
    KindField("multiplier", gettext_lazy("Multiplier of a ratio"), NUMBER, places=4, digits=8, example="100",
              doc=gettext_lazy("100 for percent, 1000000 for parts per million."), synonyms=("multiplier", "factor")),
    KindField("decimals", gettext_lazy("Decimals shown"), NUMBER, places=0, digits=1, example="1", synonyms=("decimals", "places")),
    _number("value_min", gettext_lazy("Lowest measurement"), doc=gettext_lazy("A measurement below it is refused."),
            synonyms=("minimum", "min", "value min", "lowest")),
    _number("value_max", gettext_lazy("Highest measurement"), doc=gettext_lazy("A measurement above it is refused."),
            synonyms=("maximum", "max", "value max", "highest")),
    KindField("is_share", gettext_lazy("Value is part of the weight"), BOOL,
              doc=gettext_lazy("Yes for a ratio such as on time out of all: a value above its weight is refused."),
              synonyms=("is share", "share")),
    KindField("source_kind", gettext_lazy("Comes from"), bare_words=True, example="deliveries",
              doc=gettext_lazy("sales, leads, marketing, deliveries, quality, service, feedback, training, compliance, project, manual or other."),
              synonyms=("source kind", "comes from")),
    KindField("is_active", gettext_lazy("In use"), BOOL, synonyms=("in use", "active", "is active")),
)  # fmt: skip

WORDS: dict[str, Any] = {"aggregation": Aggregation, "direction": Direction, "source_kind": SourceKind}


def _word(name: str, text: str, choices: Any) -> str:
    """The stored value for a word: the value itself or its label, whatever its case."""
    wanted = text.casefold()
    for value, label in choices:
        if wanted in (value.casefold(), str(label).casefold()):
            return value
    raise InvalidInput(
        _("“%(value)s” is not known here. There are: %(known)s.")
        % {"value": text[:60], "known": ", ".join(value for value, _label in choices)},
        code=f"unknown_{name}",
        field=name,
    )


@dataclass(frozen=True)
class KpiKind(RowKind):
    """KPIs, found by their code."""

    def begin(self, run: ImportRun) -> None:
        return None

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        return ((values.get("code") or "").upper(),)

    def apply(self, values: dict[str, Any], run: ImportRun, state: Any) -> RowResult:
        code = values["code"].strip().upper()
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name == "code":
                continue
            if name in WORDS:
                if value:
                    given[name] = _word(name, value, WORDS[name].choices)
            elif name in ("multiplier", "decimals", "is_share", "is_active"):
                if value is not None:
                    given[name] = int(value) if name == "decimals" else value
            elif name in ("value_min", "value_max"):
                given[name] = value
            elif value or name != "name":
                given[name] = value or ""
        existing = KPI.objects.filter(code=code).first()
        if existing is None:
            if not given.get("name"):
                raise InvalidInput(
                    _("There is no KPI %(code)s yet, and a new one needs a name.") % {"code": code},
                    code="missing_value",
                    field="name",
                )
            kpi = create_kpi(actor=run.actor, code=code, **given)
            return RowResult(CREATED, kpi.pk, f"{kpi.code} {kpi.name}", None, _values(kpi, given))
        before = _values(existing, given)
        kpi = update_kpi(actor=run.actor, kpi=existing, **given)
        after = _values(kpi, given)
        return RowResult(UNCHANGED if before == after else UPDATED, kpi.pk, f"{kpi.code} {kpi.name}", before, after)

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        kpi = KPI.objects.filter(pk=object_id).first()
        return None if kpi is None else _values(kpi, self.index)

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        kpi = KPI.objects.get(pk=object_id)
        if before is not None:
            update_kpi(actor=actor, kpi=kpi, **{name: _typed(KPI, name, value) for name, value in before.items()})
            return
        if Measurement.objects.filter(kpi=kpi).exists() or Benchmark.objects.filter(kpi=kpi).exists():
            raise Conflict(_("It is in use: it has measurements or benchmarks."))
        record(actor=actor, action="kpi.removed", target=kpi, reason=_("The import was taken back."))
        _delete(kpi)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:kpi_list", kwargs={"tenant": require_scope().tenant.slug})


def _delete(row: Any) -> None:
    from django.db.models import ProtectedError

    try:
        row.delete()
    except ProtectedError:
        raise Conflict(_("It is in use.")) from None


def _values(row: Any, names: Any) -> dict[str, Any]:
    """The values that are compared and kept; decimals in one form, whatever their trailing zeros."""
    values = {}
    for name in names:
        value = getattr(row, name)
        values[name] = str(value.normalize()) if isinstance(value, Decimal) else value
    return values


def _typed(model: Any, name: str, value: Any) -> Any:
    return model._meta.get_field(name).to_python(value)


BENCHMARK_FIELDS = (
    KindField("kpi", gettext_lazy("KPI"), required=True, max_length=60, bare_words=True, example="ON_TIME",
              doc=gettext_lazy("Code of the KPI."), synonyms=("kpi", "kpi code", "code")),
    KindField("period", gettext_lazy("Period"), required=True, bare_words=True, example="quarter",
              doc=gettext_lazy("month, quarter, half or year."), synonyms=("period", "period kind", "per")),
    KindField("valid_from", gettext_lazy("From"), DATE, required=True, example="2026-01-01",
              synonyms=("from", "valid from", "start", "gültig ab")),
    KindField("last_day", gettext_lazy("Last day"), DATE, example="2026-12-31",
              doc=gettext_lazy("The last day it holds, that day included. Empty: until the next one."),
              synonyms=("last day", "until", "valid until", "valid to", "end")),
    KindField("partner", gettext_lazy("Partner number"), max_length=80,
              doc=gettext_lazy("For one partner only. Leave partner, tier, type and region empty for everyone."),
              synonyms=PARTNER_NUMBER_SYNONYMS),
    KindField("tier", gettext_lazy("Tier"), bare_words=True, doc=gettext_lazy("For one tier only, by key or name."), synonyms=("tier",)),
    KindField("type", gettext_lazy("Type"), bare_words=True, doc=gettext_lazy("For one partner type only, by key or name."),
              synonyms=("type", "partner type")),
    KindField("region", gettext_lazy("Region"), bare_words=True, doc=gettext_lazy("For one region only, by key or name."),
              synonyms=("region",)),
    _number("floor", gettext_lazy("Floor"), required=True, example="80", doc=gettext_lazy("No points at or below it."), synonyms=("floor", "minimum")),
    _number("target", gettext_lazy("Target"), required=True, example="95", doc=gettext_lazy("For a band its lower edge."), synonyms=("target", "goal", "ziel")),
    _number("stretch", gettext_lazy("Stretch"), required=True, example="99", doc=gettext_lazy("Full points from here on; for a band its upper edge."), synonyms=("stretch",)),
    _number("ceiling", gettext_lazy("Ceiling"), doc=gettext_lazy("Only for a band: no points from here on."), synonyms=("ceiling",)),
    _number("chart_target", gettext_lazy("Point on charts"), synonyms=("chart target",)),
    KindField("note", gettext_lazy("Note"), max_length=2000, synonyms=("note", "notes", "remark")),
)  # fmt: skip


@dataclass(frozen=True)
class BenchmarkKind(RowKind):
    """Benchmarks. Each row says what is expected from a day on; the former benchmark of the same group ends there."""

    def begin(self, run: ImportRun) -> dict[str, dict[str, Any]]:
        def words(model: Any, **filters: Any) -> dict[str, Any]:
            rows = list(model.objects.filter(**filters))
            return {row.name.casefold(): row for row in rows} | {row.key.casefold(): row for row in rows}

        return {
            "tier": words(Tier, programme__is_default=True),
            "type": words(PartnerType),
            "region": words(Region),
            "kpi": {kpi.code.casefold(): kpi for kpi in KPI.objects.all()},
        }

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        group = [values.get(name) for name in ("kpi", "period", "partner", "tier", "type", "region", "valid_from")]
        return tuple("" if value is None else str(value).casefold() for value in group)

    def field_of(self, name: str | None) -> str:
        return {"partner_type": "type", "valid_to": "last_day", "period_kind": "period"}.get(
            name or ""
        ) or super().field_of(name)

    def apply(self, values: dict[str, Any], run: ImportRun, state: dict[str, dict[str, Any]]) -> RowResult:
        kpi = self._named(state, "kpi", values["kpi"])
        partner = None
        if values.get("partner"):
            partner = Partner.objects.filter(external_id=values["partner"]).first()
            if partner is None:
                raise InvalidInput(
                    _("There is no partner %(number)s. Import the partner first, or correct the number.")
                    % {"number": values["partner"]},
                    code="unknown_partner",
                    field="partner",
                )
        last_day = values.get("last_day")
        result = set_benchmark(
            actor=run.actor,
            kpi=kpi,
            period_kind=_word("period", values["period"], PERIOD_KINDS),
            valid_from=values["valid_from"],
            valid_to=last_day + timedelta(days=1) if last_day else None,
            floor=values["floor"],
            target=values["target"],
            stretch=values["stretch"],
            ceiling=values.get("ceiling"),
            chart_target=values.get("chart_target"),
            note=values.get("note") or "",
            tier=self._named(state, "tier", values.get("tier")),
            region=self._named(state, "region", values.get("region")),
            partner_type=self._named(state, "type", values.get("type")),
            partner=partner,
        )
        row = result.benchmark
        label = f"{kpi.code}, {row.scope_label}, {date_format(row.valid_from)}"
        before = None if result.outcome == CREATED else {}
        return RowResult(
            result.outcome, row.pk, label, before, {"withdrawn": False, **_values(row, ("floor", "target", "stretch"))}
        )

    @staticmethod
    def _named(state: dict[str, dict[str, Any]], name: str, text: str | None) -> Any:
        if not text:
            return None
        found = state[name].get(text.casefold())
        if found is None:
            raise InvalidInput(
                _("There is no %(what)s “%(value)s”. There are: %(known)s.")
                % {"what": name, "value": text[:60], "known": ", ".join(sorted(state[name])[:12]) or "–"},
                code=f"unknown_{name}",
                field=name,
            )
        return found

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        row = Benchmark.objects.filter(pk=object_id).first()
        if row is None:
            return None
        return {"withdrawn": row.withdrawn_at is not None, **_values(row, ("floor", "target", "stretch"))}

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        """Withdraw it and let the benchmark that it had ended go on, or the one it had replaced hold again."""
        row = Benchmark.objects.select_related("kpi").get(pk=object_id)
        withdraw_benchmark(benchmark=row, actor=actor, reason=_("The import was taken back."))
        if before is None:
            return
        same = Benchmark.objects.filter(
            kpi=row.kpi,
            period_kind=row.period_kind,
            scope=row.scope,
            tier=row.tier_id,
            region=row.region_id,
            partner_type=row.partner_type_id,
            partner=row.partner_id,
        ).exclude(pk=row.pk)
        former = same.filter(valid_to=row.valid_from, withdrawn_at__isnull=True).first()
        if former is not None:
            former.valid_to = row.valid_to
            former.save(update_fields=["valid_to"])
        else:
            former = (
                same.filter(valid_from=row.valid_from, withdrawn_at__isnull=False).order_by("-withdrawn_at").first()
            )
            if former is not None:
                former.withdrawn_at = None
                former.save(update_fields=["withdrawn_at"])
        schedule_recompute(row.tenant)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:kpi_list", kwargs={"tenant": require_scope().tenant.slug})


MEASUREMENT_FIELDS = (
    KindField("partner", gettext_lazy("Partner number"), required=True, example="AW-1001",
              doc=gettext_lazy("The partner the measurement is about."), synonyms=PARTNER_NUMBER_SYNONYMS),
    KindField("kpi", gettext_lazy("KPI"), required=True, bare_words=True, example="REVENUE",
              doc=gettext_lazy("Code of the KPI, in capital or small letters."), synonyms=("kpi", "kpi code", "measure", "metric", "kennzahl")),
    KindField("occurred_on", gettext_lazy("Date"), DATE, required=True, example="2026-09-30",
              doc=gettext_lazy("The day it happened. It decides the period."),
              synonyms=("date", "occurred on", "order date", "sale date", "invoice date", "day", "datum", "booking date", "delivery date", "close date")),
    _number("value", gettext_lazy("Value"), example="48213.50",
            doc=gettext_lazy("The number. For a ratio the upper part, for a count it may be left out."),
            synonyms=("value", "amount", "sales amount", "revenue", "umsatz", "umsatz netto", "betrag", "wert", "net amount", "quantity", "score")),
    _number("weight", gettext_lazy("Weight"), example="1", doc=gettext_lazy("For a ratio the lower part, for an average the weight."),
            synonyms=("weight", "denominator", "base", "gewicht")),
    KindField("external_id", gettext_lazy("Record number"), example="SO43659-1",
              doc=gettext_lazy("Number of the record in the source system, unique per source. A file without one holds at most"
                               " one measurement per partner, KPI and day."),
              synonyms=("external id", "record number", "record id", "id", "line id", "order number", "invoice number", "document number", "belegnummer", "transaction id")),
    KindField("occurred_at", gettext_lazy("Time"), DATETIME, doc=gettext_lazy("Point in time, for ordering within a day."),
              synonyms=("occurred at", "timestamp", "time", "datetime")),
)  # fmt: skip

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

    def run(self, records: Iterator[Record], run: ImportRun) -> None:
        source = run.mapping.source
        with Ingest() as ingest:
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
                counts = ingest.commit(batch_id=run.batch_id)
            elif run.dry:
                self._sample(run)
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
                    _("%(count)s partners") % {"count": number_format(partners, force_grouping=True)},
                )
            )
            run.effect.append(
                (_("Days"), _("%(first)s to %(last)s") % {"first": date_format(first), "last": date_format(last)})
            )
        for code, count, total in totals:
            text = _("%(count)s measurements, sum %(sum)s") % {
                "count": number_format(count, force_grouping=True),
                "sum": "–" if total is None else number_format(total.normalize() if total else 0, force_grouping=True),
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
        detail = f"{former} → {figure}" if former != figure else f"{date_format(old_day)} → {date_format(day)}"
    return Sample(row, f"{partner}, {kpi}, {date_format(day)}", detail)


def _figure(value: Decimal | None, weight: Decimal | None) -> str:
    parts = [
        number_format(part.normalize() if part else 0, force_grouping=True)
        for part in (value, weight)
        if part is not None
    ]
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


def register_kinds() -> None:
    """Called when the app is ready."""
    register(
        KpiKind(
            code="kpis",
            label=gettext_lazy("KPIs"),
            description=gettext_lazy("What is measured, how it adds up, and which way is better."),
            permission=KPI_EDIT,
            fields=KPI_FIELDS,
            order=30,
        )
    )
    register(
        BenchmarkKind(
            code="benchmarks",
            label=gettext_lazy("Benchmarks"),
            description=gettext_lazy(
                "Floor, target and stretch, for everyone, a tier, a type, a region or one partner."
            ),
            permission=BENCHMARK_EDIT,
            fields=BENCHMARK_FIELDS,
            order=40,
        )
    )
    register(
        MeasurementKind(
            code="measurements",
            label=gettext_lazy("Measurements"),
            description=gettext_lazy("The facts that scores are made of: sales lines, deliveries, ratings."),
            permission=MEASUREMENT_ENTER,
            fields=MEASUREMENT_FIELDS,
            order=50,
            takes_source=True,
            dedupes=True,
        )
    )
