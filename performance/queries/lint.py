"""What the linter of scorecard templates looks at: how a version's lines, gates and grades would have come out.

Three statements however many partners and KPIs there are. The lines are those of `queries/preview.py`.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection

from performance.choices import LineState
from performance.engine import lines as statements
from performance.models import PeriodRow, Run, ScorecardTemplate
from performance.queries.preview import MEMBERS, bands_of, parameters, partners_to_try
from performance.rules.scoring import CardScore, Gate, GradeBand, LineScore, judge_card
from performance.rules.sources import MANUAL_BEFORE, MANUAL_FROM

OVERLAP_FROM = Decimal("0.9")
"""Two KPIs overlap when the correlation of their results is above this."""

SAMPLE = 1_000
"""Of more partners than this so many are looked at, spread evenly over the order in which they were created."""

KEPT_SECONDS = 3_600

OVERLAP_PARTNERS = 10
"""With data for fewer partners than this no correlation is looked at."""


@dataclass(frozen=True, slots=True)
class LineStat:
    """How one KPI would have come out for the partners of one type in one period, in numbers of partners.

    `applicable` it applies to, `benchmarked` it has a benchmark for, `measured` have a result of that period (none
    carried), `met` reached their target, `stretched` their stretch, `steps` have a floor equal to the target, for
    `baseless` a relative benchmark has nothing to follow from.
    """

    period_id: int
    kpi_id: int
    type_id: int
    applicable: int
    benchmarked: int
    measured: int
    met: int
    stretched: int
    steps: int
    baseless: int

    def __add__(self, other: "LineStat") -> "LineStat":
        return LineStat(
            self.period_id,
            self.kpi_id,
            self.type_id,
            self.applicable + other.applicable,
            self.benchmarked + other.benchmarked,
            self.measured + other.measured,
            self.met + other.met,
            self.stretched + other.stretched,
            self.steps + other.steps,
            self.baseless + other.baseless,
        )


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two KPIs whose results go together: the correlation over `partners` with both, better upwards in both."""

    kpi_id: int
    other_id: int
    partners: int
    correlation: Decimal


@dataclass(frozen=True)
class LintFacts:
    """What the data says. `periods` are complete ones of the main kind, newest first, `others` the last of each other.

    `cards` are those of the newest period. `limited` counts, by KPI, the cards of all main periods whose grade its
    gate would have lowered. `typed_in` is the share of a KPI's measurements that were typed in by hand. Looked at were
    `partners` of all `candidates`.
    """

    periods: tuple[PeriodRow, ...] = ()
    others: tuple[PeriodRow, ...] = ()
    stats: tuple[LineStat, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    cards: tuple[CardScore, ...] = ()
    limited: dict[int, int] = field(default_factory=dict)
    typed_in: dict[int, Decimal] = field(default_factory=dict)
    partners: int = 0
    candidates: int = 0

    def total(self, kpi_id: int, period_ids: Sequence[int]) -> LineStat:
        """The counts of a KPI over all types of partners in these periods."""
        rows = [row for row in self.stats if row.kpi_id == kpi_id and row.period_id in period_ids]
        return sum(rows, LineStat(0, kpi_id, 0, 0, 0, 0, 0, 0, 0, 0))


# The work tables of this statement have no statistics: nested loops between them would take minutes, and compiling it
# longer than running it. For the same reason pairs are made card by card, not by joining the results with themselves.
_PLAN = "SET LOCAL jit = off; SET LOCAL enable_nestloop = off"
_PLAN_AS_EVER = "SET LOCAL jit = DEFAULT; SET LOCAL enable_nestloop = DEFAULT"

_RESULTS = f"""
WITH {MEMBERS},
line AS MATERIALIZED (
  SELECT member.period_id, member.partner_type_id, d.card_id, d.position, d.kpi_id, d.state, d.direction, d.weight,
         d.actual, d.floor, d.target, d.stretch, d.points, d.benchmark_id, d.relative, d.gate_failed,
         CASE WHEN d.direction = 'lower' THEN -d.actual ELSE d.actual END AS upwards,
         member.always
         OR bool_or(d.state = 'scored' OR d.facts > 0 AND d.benchmark_id IS NOT NULL) OVER card AS is_card,
         bool_or(d.gate_failed) OVER card AS fails_gate
    FROM member JOIN ({statements.derived("member")}) d ON d.card_id = member.id
  WINDOW card AS (PARTITION BY d.card_id)),
stat AS (
  SELECT period_id, kpi_id, partner_type_id, count(*) FILTER (WHERE state <> 'not_applicable') AS applicable,
         count(benchmark_id) AS benchmarked, count(*) FILTER (WHERE state = 'scored') AS measured,
         count(*) FILTER (WHERE state = 'scored' AND CASE direction WHEN 'lower' THEN actual <= target
                          WHEN 'higher' THEN actual >= target ELSE actual BETWEEN target AND stretch END) AS met,
         count(*) FILTER (WHERE state = 'scored' AND CASE direction WHEN 'lower' THEN actual <= stretch
                          WHEN 'higher' THEN actual >= stretch ELSE actual BETWEEN target AND stretch END) AS stretched,
         count(*) FILTER (WHERE floor = target) AS steps,
         count(*) FILTER (WHERE relative IS NOT NULL AND benchmark_id IS NULL) AS baseless
    FROM line WHERE is_card GROUP BY 1, 2, 3),
results AS (
  SELECT array_agg(kpi_id ORDER BY position) AS kpis, array_agg(upwards::float8 ORDER BY position) AS results
    FROM line WHERE period_id = %(newest)s AND state = 'scored' AND is_card GROUP BY card_id),
pair AS (
  SELECT a.kpi_id, b.kpi_id AS other_id, count(*) AS partners, round(corr(a.result, b.result)::numeric, 4) AS r
    FROM results, unnest(kpis, results) WITH ORDINALITY AS a (kpi_id, result, place),
         unnest(kpis[place + 1:], results[place + 1:]) AS b (kpi_id, result)
   GROUP BY 1, 2 HAVING count(*) >= %(overlap_partners)s)
SELECT (SELECT json_agg(json_build_array(period_id, kpi_id, partner_type_id, applicable, benchmarked, measured, met,
                                         stretched, steps, baseless))::text FROM stat),
       (SELECT json_agg(json_build_array(kpi_id, other_id, partners, r))::text
          FROM pair WHERE r > %(overlap_from)s),
       (SELECT json_agg(json_build_array(card_id, period_id, kpi_id, state, weight, points, gate_failed)
                        ORDER BY card_id, position)::text
          FROM line WHERE is_card AND (period_id = %(newest)s OR period_id = ANY(%(main)s) AND fails_gate))
"""

# Few are typed in, and they are found by their source; all are counted from the monthly sums.
_TYPED_IN = """
SELECT r.kpi_id, sum(r.n), max(coalesce(m.n, 0))
  FROM performance_rollup r
  LEFT JOIN (SELECT kpi_id, count(*) AS n FROM performance_measurement
              WHERE tenant_id = %(tenant)s AND source >= %(manual_from)s AND source < %(manual_before)s
                AND ym >= %(ym_from)s AND ym < %(ym_to)s
              GROUP BY 1) m ON m.kpi_id = r.kpi_id
 WHERE r.tenant_id = %(tenant)s AND r.ym >= %(ym_from)s AND r.ym < %(ym_to)s AND r.kpi_id = ANY(%(kpis)s)
 GROUP BY 1
"""


def kept_lint_facts(template: ScorecardTemplate, periods: Sequence[PeriodRow]) -> LintFacts:
    """`lint_facts`, kept until the draft is rewritten or a run follows new facts, benchmarks or partners."""
    run_id = Run.objects.order_by("-pk").values_list("pk", flat=True).first()
    newest_line = max((line.pk for line in template.lines.all()), default=0)
    newest_band = max((band.pk for band in template.bands.all()), default=0)
    settings = (template.minimum_coverage, template.points_at_target, *(period.pk for period in periods))
    parts = (template.pk, run_id, newest_line, newest_band, *settings)
    key = f"t{template.tenant_id}:lint:{':'.join(str(part) for part in parts)}"
    kept: LintFacts | None = cache.get(key)
    if kept is None:
        kept = lint_facts(template, periods)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def lint_facts(template: ScorecardTemplate, periods: Sequence[PeriodRow]) -> LintFacts:
    """Read what the linter judges, in three statements. `periods` as `complete_periods` gives them."""
    if not periods:
        return LintFacts()
    candidates = list(partners_to_try(template, None).order_by("pk").values_list("pk", flat=True))
    chosen = candidates[:: max(-(-len(candidates) // SAMPLE), 1)]
    main = tuple(period for period in periods if period.kind == periods[0].kind)
    lines = list(template.lines.all())
    with connection.cursor() as cursor:
        cursor.execute(_PLAN)
        cursor.execute(
            _RESULTS,
            {
                **parameters(template, [period.pk for period in periods], chosen),
                "newest": main[0].pk,
                "main": [period.pk for period in main],
                "overlap_partners": OVERLAP_PARTNERS,
                "overlap_from": OVERLAP_FROM,
            },
        )
        stats, pairs, scored = (_read(text) for text in cursor.fetchone())
        cursor.execute(_PLAN_AS_EVER)
        cursor.execute(
            _TYPED_IN,
            {
                "tenant": template.tenant_id,
                "manual_from": MANUAL_FROM,
                "manual_before": MANUAL_BEFORE,
                "ym_from": min(period.ym_from for period in main),
                "ym_to": max(period.ym_to for period in main),
                "kpis": [line.kpi_id for line in lines],
            },
        )
        typed_in = {kpi_id: Decimal(typed) / every for kpi_id, every, typed in cursor.fetchall() if every}
    cards, limited = _judged(template, scored, newest=main[0].pk)
    return LintFacts(
        periods=main,
        others=tuple(period for period in periods if period.kind != periods[0].kind),
        stats=tuple(LineStat(*row) for row in stats),
        overlaps=tuple(Overlap(kpi, other, count, Decimal(r)) for kpi, other, count, r in pairs),
        cards=cards,
        limited=limited,
        typed_in=typed_in,
        partners=len(chosen),
        candidates=len(candidates),
    )


def _read(text: str | None) -> list[Any]:
    return [] if text is None else json.loads(text, parse_float=Decimal)


def _judged(
    template: ScorecardTemplate, rows: Sequence[Any], *, newest: int
) -> tuple[tuple[CardScore, ...], dict[int, int]]:
    """The newest period's cards, and for each gate how many cards of all periods it would have limited."""
    bands = bands_of(template)
    place = {band.key: index for index, band in enumerate(sorted(bands, key=lambda band: band.minimum, reverse=True))}
    gates = {
        line.kpi_id: Gate(line.gate_minimum, line.gate_grade)
        for line in template.lines.all()
        if line.gate_minimum is not None and line.gate_grade in place
    }
    by_card: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_card[row[0]].append(row)
    cards: list[CardScore] = []
    limited: dict[int, int] = dict.fromkeys(gates, 0)
    for lines in by_card.values():
        score = _judge(template, lines, gates, bands)
        if lines[0][1] == newest:
            cards.append(score)
        for _card, _period, kpi_id, *_rest, failed in lines:
            gate = gates.get(kpi_id)
            if failed and gate is not None and score.raw_grade is not None:
                limited[kpi_id] += place[gate.best_grade] > place[score.raw_grade]
    return tuple(cards), limited


def _judge(
    template: ScorecardTemplate, rows: Sequence[Any], gates: dict[int, Gate], bands: Sequence[GradeBand]
) -> CardScore:
    scores = [
        LineScore(
            str(kpi_id),
            LineState(state),
            Decimal(weight),
            None,
            None if points is None else Decimal(points),
            None,
            None,
            None,
            gate_failed=failed,
        )
        for _card, _period, kpi_id, state, weight, points, failed in rows
    ]
    return judge_card(
        scores, [gates.get(row[2]) for row in rows], minimum_coverage=template.minimum_coverage, bands=bands
    )
