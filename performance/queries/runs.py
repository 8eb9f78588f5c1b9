"""The run log: what each recompute was for, what it read and what it changed."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from performance.choices import RunKind, RunStatus
from performance.models import KPI, Benchmark, PeriodRow, Restatement, Run, Scorecard, ScorecardTemplate
from prm.audit.services import plain
from prm.tenancy.scope import require_scope

WHOLE_RUNS = (RunKind.NIGHTLY, RunKind.MANUAL, RunKind.CLOSING)
"""Runs whose hash covers all cards of their periods. After changes and restatements it covers only some."""

FACTS_SHOWN = 50
RULES_SHOWN = 50


def runs() -> QuerySet[Run]:
    """All runs, newest first."""
    return Run.objects.order_by("-started_at", "-id")


@dataclass(frozen=True)
class Comparison:
    """A run against the one before it that scored the same periods."""

    before: Run
    same_rules: bool
    same_facts: bool
    same_results: bool


def comparison_of(run: Run) -> Comparison | None:
    """How a run differs from the latest earlier one over the same periods; None when there is none."""
    before = comparable_with(run).filter(pk__lt=run.pk).first()
    if before is None:
        return None
    return Comparison(
        before,
        same_rules=before.rules_hash == run.rules_hash,
        same_facts=before.watermark == run.watermark,
        same_results=before.output_hash == run.output_hash,
    )


def comparable_with(run: Run) -> QuerySet[Run]:
    """The other runs that scored all cards of the same periods, newest first; none for a run that did not."""
    if run.kind not in WHOLE_RUNS or run.status != RunStatus.DONE or not run.output_hash:
        return Run.objects.none()
    others = Run.objects.filter(periods=run.periods, kind__in=WHOLE_RUNS, status=RunStatus.DONE).exclude(pk=run.pk)
    return others.exclude(output_hash="").order_by("-pk")


@dataclass(frozen=True)
class Difference:
    """One entry of two manifests; `is_same` also where both say nothing."""

    key: str
    label: str
    first: Any
    second: Any

    @property
    def is_same(self) -> bool:
        """Whether both runs say the same."""
        return bool(self.first == self.second)


@dataclass(frozen=True)
class RuleChange:
    """A rule that came, changed or went between two runs, in words."""

    what: str
    name: str
    at: Any


@dataclass(frozen=True)
class RunsCompared:
    """Two runs of the same periods, the earlier first. What cannot be known is not guessed: former states of open
    cards are not kept, so `cards` counts those whose present state was written after the first and up to the second.
    """

    first: Run
    second: Run
    differences: list[Difference]
    rules: list[RuleChange]
    between: list[Run]
    cards: int

    @property
    def same_results(self) -> bool:
        """Whether all cards came out alike."""
        return self.first.output_hash == self.second.output_hash

    @property
    def same_rules(self) -> bool:
        """Whether templates, benchmarks and KPIs were alike."""
        return self.first.rules_hash == self.second.rules_hash

    @property
    def same_facts(self) -> bool:
        """Whether the newest measurement that they saw was the same."""
        return self.first.watermark == self.second.watermark


def compare_runs(one: Run, other: Run) -> RunsCompared:
    """What two runs over the same periods have in common and where they differ, from their manifests."""
    first, second = sorted((one, other), key=lambda run: run.pk)
    manifests = [
        ("output_hash", _("Result"), "output_hash"),
        ("rules_hash", _("Rules"), "rules_hash"),
        ("watermark", _("Newest measurement"), "watermark"),
        ("as_of", _("As of"), "as_of"),
        ("code_version", _("Program"), "code_version"),
    ]
    counts = [("cards", _("Scorecards looked at")), ("rated", _("Rated"))]
    differences = [
        Difference(key, label, getattr(first, name), getattr(second, name)) for key, label, name in manifests
    ]
    differences += [Difference(key, label, first.counts.get(key), second.counts.get(key)) for key, label in counts]
    return RunsCompared(
        first,
        second,
        differences,
        rules_changed_between(first, second),
        list(
            Run.objects.filter(pk__gt=first.pk, pk__lt=second.pk, status=RunStatus.DONE).order_by("-pk")[:RULES_SHOWN]
        ),
        Scorecard.objects.filter(period__label__in=second.periods, run_id__gt=first.pk, run_id__lte=second.pk).count(),
    )


def rules_changed_between(first: Run, second: Run) -> list[RuleChange]:
    """Benchmarks set or withdrawn, templates published, KPIs edited between the starts of two runs, newest first."""
    span = (first.started_at, second.started_at)
    benchmarks = Benchmark.objects.select_related("kpi", "tier", "region", "partner_type", "partner")
    found = [
        RuleChange(_("Benchmark set"), f"{row.kpi.name}, {row.scope_label}", row.created_at)
        for row in benchmarks.filter(created_at__range=span)[:RULES_SHOWN]
    ]
    found += [
        RuleChange(_("Benchmark withdrawn"), f"{row.kpi.name}, {row.scope_label}", row.withdrawn_at)
        for row in benchmarks.filter(withdrawn_at__range=span)[:RULES_SHOWN]
    ]
    found += [
        RuleChange(_("Scorecard version published"), str(row), row.published_at)
        for row in ScorecardTemplate.objects.filter(published_at__range=span)[:RULES_SHOWN]
    ]
    found += [
        RuleChange(_("KPI edited"), row.name, row.updated_at)
        for row in KPI.objects.filter(updated_at__range=span)[:RULES_SHOWN]
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)[:RULES_SHOWN]


_FACTS_AFTER = """
WITH span AS (
  SELECT min(start_on) AS first, max(end_on) AS until FROM performance_periodrow
   WHERE tenant_id = %(tenant)s AND label = ANY(%(labels)s)),
late AS (
  SELECT m.id, m.partner_id, m.kpi_id, m.occurred_on, m.value, m.weight, m.source, m.external_id, m.recorded_at,
         false AS was_removed
    FROM performance_measurement m, span
   WHERE m.tenant_id = %(tenant)s AND m.recorded_at > %(watermark)s
     AND m.occurred_on >= span.first AND m.occurred_on < span.until
   UNION ALL
  SELECT h.measurement_id, h.partner_id, h.kpi_id, h.occurred_on, h.value, h.weight, h.source, h.external_id,
         h.replaced_at, true
    FROM performance_measurementhistory h, span
   WHERE h.tenant_id = %(tenant)s AND h.was_removed AND h.replaced_at > %(started)s
     AND h.occurred_on >= span.first AND h.occurred_on < span.until)
SELECT count(*) OVER (), l.id AS measurement, p.id AS partner_id, p.name, k.code AS kpi, k.name AS kpi_name,
       l.occurred_on, l.value, l.weight, l.source, l.external_id, l.recorded_at, l.was_removed
  FROM late l
  JOIN partners_partner p ON p.tenant_id = %(tenant)s AND p.id = l.partner_id
  JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = l.kpi_id
 ORDER BY l.recorded_at DESC, l.id DESC LIMIT %(limit)s
"""


def facts_after(run: Run) -> tuple[list[dict[str, Any]], int]:
    """The facts in the periods of a run that were recorded after its watermark or removed since, newest first, and
    how many there are. Reads all facts of the span, so a job asks, not a page."""
    params = {
        "tenant": require_scope().tenant_id,
        "labels": run.periods,
        "watermark": run.watermark or run.started_at,
        "started": run.started_at,
        "limit": FACTS_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS_AFTER, params)
        names = [column.name for column in cursor.description][1:]
        rows = cursor.fetchall()
    found = [{name: plain(value) for name, value in zip(names, row[1:], strict=True)} for row in rows]
    return found, rows[0][0] if rows else 0


def cards_written_by(run: Run) -> QuerySet[Scorecard]:
    """The cards whose present state this run wrote, newest period first. Later runs take cards over."""
    return (
        Scorecard.objects.filter(run_id=run.pk)
        .select_related("partner", "period", "programme")
        .order_by("-period__start", "period__kind", "partner__name")
    )


def periods() -> QuerySet[PeriodRow]:
    """All periods with how many cards they have, how many are rated, and how many wait for a restatement."""
    return PeriodRow.objects.order_by("-start", "kind")


def counts_by_period() -> dict[int, tuple[int, int]]:
    """Cards and rated cards per period."""
    rows = (
        Scorecard.objects.order_by()
        .values("period_id")
        .annotate(cards=Count("id"), n_rated=Count("id", filter=Q(rated=True)))
    )
    return {row["period_id"]: (row["cards"], row["n_rated"]) for row in rows}


def open_restatements() -> dict[int, int]:
    """Per closed period, the cards for which facts arrived after it was closed."""
    rows = (
        Restatement.objects.filter(settled_at=None)
        .order_by()
        .values("scorecard__period_id")
        .annotate(count=Count("id"))
    )
    return {row["scorecard__period_id"]: row["count"] for row in rows}
