"""Lines of many cards, aggregated: attainment by region, programme totals, the spread of one KPI.

The engine stores totals, not lines. `performance/queries/lines.py` derives every line of a few cards; here thousands of
cards are joined set-wise with the same fragments, and only lines with data and a benchmark take part. Cards of closed
periods bring their frozen lines.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from performance.engine.fragments import PER_PERIOD_WORDS, SUMS, actual, points
from performance.engine.relative import IS_RESOLVED, OF_LINE, threshold_of
from performance.models import PeriodRow, Scorecard
from performance.queries.cards import CardFilter
from prm.tenancy.scope import require_scope

# `fl`, `tg`, `st` are negated for lower-is-better, as the engine has them; `a` is negated alike.
_SIGN = "CASE WHEN b.direction = 'lower' THEN -1 ELSE 1 END"


def _lines(card_ids: str, kpi: str = "") -> str:
    """CTEs that end in `line`: one row per card of the subquery `card_ids` and KPI with data and a benchmark."""
    scopes = {
        "bp": ("partner", "c.partner_id"),
        "bt": ("tier", "c.tier_id"),
        "by": ("type", "c.partner_type_id"),
        "br": ("region", "c.region_id"),
        "ba": ("all", "0"),
    }
    joins = "\n".join(
        f"""  LEFT JOIN cand {name} ON {name}.scope = '{scope}' AND {name}.period_id = c.period_id
                         AND {name}.kpi_id = s.kpi_id AND {name}.scope_id = {column}"""
        for name, (scope, column) in scopes.items()
    )
    return f"""
WITH card AS MATERIALIZED (
  SELECT s.id, s.partner_id, s.period_id, s.programme_id, s.template_id, s.partner_type_id, s.tier_id, s.region_id,
         p.kind, p.start_on, p.ym_from, p.ym_to
    FROM performance_scorecard s
    JOIN performance_periodrow p ON p.tenant_id = %(tenant)s AND p.id = s.period_id
   WHERE s.tenant_id = %(tenant)s AND s.lines IS NULL AND s.id IN ({card_ids})),
cand AS MATERIALIZED (
  SELECT p.id AS period_id, b.*, coalesce(b.partner_id, b.tier_id, b.partner_type_id, b.region_id, 0) AS scope_id
    FROM performance_periodrow p
    JOIN performance_benchmark b
      ON b.tenant_id = %(tenant)s AND b.withdrawn_at IS NULL AND b.period_kind = p.kind
     AND b.valid_from <= p.start_on AND (b.valid_to IS NULL OR p.start_on < b.valid_to)
   WHERE p.tenant_id = %(tenant)s AND p.id IN (SELECT DISTINCT period_id FROM card)),
sums AS MATERIALIZED (
  SELECT c.id AS card_id, r.kpi_id, {SUMS}
    FROM card c
    JOIN performance_rollup r
      ON r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.ym >= c.ym_from AND r.ym < c.ym_to {kpi}
   GROUP BY 1, 2),
result AS (
  SELECT s.card_id, s.kpi_id, {actual("s", "k")} AS actual
    FROM sums s
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = s.kpi_id
   WHERE k.aggregation NOT IN {PER_PERIOD_WORDS}
  UNION ALL
  SELECT c.id, r.kpi_id, r.actual
    FROM card c
    JOIN performance_periodactual r
      ON r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.ym_from = c.ym_from
     AND r.months = c.ym_to - c.ym_from {kpi}),
found AS (
  SELECT c.id AS card_id, c.region_id, s.kpi_id, t.points_at_target AS tp, s.actual, c.partner_id, c.programme_id,
         c.partner_type_id, c.tier_id, c.kind, c.ym_from, c.ym_to,
         coalesce(bp.id, bt.id, by.id, br.id, ba.id) AS benchmark_id
    FROM card c
    JOIN result s ON s.card_id = c.id
    JOIN performance_scorecardtemplate t ON t.tenant_id = %(tenant)s AND t.id = c.template_id
    JOIN performance_templateline l
      ON l.tenant_id = %(tenant)s AND l.template_id = c.template_id AND l.kpi_id = s.kpi_id
{joins}
   WHERE NOT EXISTS (SELECT 1 FROM performance_templatelinetype y WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id)
      OR EXISTS (SELECT 1 FROM performance_templatelinetype y
                  WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id AND y.partner_type_id = c.partner_type_id)
   OFFSET 0),
signed AS (
  SELECT c.card_id, c.region_id, c.kpi_id, c.tp, c.actual, b.direction, {threshold_of("target")} AS target,
         {threshold_of("ceiling")} AS ce, c.actual * {_SIGN} AS a, {threshold_of("floor")} * {_SIGN} AS fl,
         {threshold_of("target")} * {_SIGN} AS tg, {threshold_of("stretch")} * {_SIGN} AS st
    FROM found c
    JOIN performance_benchmark b ON b.tenant_id = %(tenant)s AND b.id = c.benchmark_id
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = c.kpi_id
    {OF_LINE}
   WHERE c.actual IS NOT NULL AND {IS_RESOLVED} OFFSET 0),
line AS (
  SELECT x.*, {points("x", "x.a")} AS points,
         CASE WHEN x.a >= x.tg AND (x.direction <> 'band' OR x.a <= x.st) THEN 'on'
              WHEN x.a > x.fl AND (x.direction <> 'band' OR x.a < x.ce) THEN 'between' ELSE 'below' END AS zone
    FROM signed x OFFSET 0),
judged AS (
  SELECT card_id, region_id, kpi_id, actual, target, zone,
         round(least(greatest(CASE WHEN direction = 'band' THEN points / 100
                                   WHEN target = 0 THEN NULL
                                   ELSE 1 + (a - tg) / abs(target) END, 0), 2), 4) AS attainment
    FROM line
  UNION ALL
  SELECT s.id, s.region_id, f.kpi_id, f.actual, f.target,
         CASE WHEN f.points >= CASE WHEN f.direction = 'band' THEN 100 ELSE t.points_at_target END THEN 'on'
              WHEN f.points > 0 THEN 'between' ELSE 'below' END, f.attainment
    FROM performance_scorecard s
    JOIN performance_scorecardtemplate t ON t.tenant_id = %(tenant)s AND t.id = s.template_id
   CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f(kpi_id bigint, actual numeric, target numeric, direction text,
                                                       points numeric, attainment numeric, state text)
   WHERE s.tenant_id = %(tenant)s AND s.lines IS NOT NULL AND s.id IN ({card_ids})
     AND f.state = 'scored' {kpi.replace("r.kpi_id", "f.kpi_id")})
"""


def _run(select: str, cards: QuerySet[Scorecard], *, kpi_id: int | None = None, **params: Any) -> list[tuple[Any, ...]]:
    """Run a select over `judged` for these cards."""
    ids, named = _as_subquery(cards)
    kpi = "AND r.kpi_id = %(kpi)s" if kpi_id is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _lines(ids, kpi) + select, {"tenant": require_scope().tenant_id, "kpi": kpi_id, **named, **params}
        )
        return cursor.fetchall()


def _as_subquery(cards: QuerySet[Scorecard]) -> tuple[str, dict[str, Any]]:
    """The ids of a queryset as SQL text with named placeholders, which a longer statement can carry."""
    text, values = cards.order_by().values("id").query.sql_with_params()
    named = {f"card_{index}": value for index, value in enumerate(values)}
    for name in named:
        text = text.replace("%s", f"%({name})s", 1)
    return text, named


@dataclass(frozen=True)
class Cell:
    """One KPI over a group of partners: mean attainment, targets, and how they stand to their own benchmarks.

    Attainment 1 is the target, whichever way is better; partners whose target is 0 have none.
    """

    attainment_sum: Decimal
    attained: int
    target_sum: Decimal
    on: int
    between: int
    below: int

    @property
    def partners(self) -> int:
        """Partners with data and a benchmark."""
        return self.on + self.between + self.below

    @property
    def attainment(self) -> Decimal | None:
        """The mean of their attainments."""
        return self.attainment_sum / self.attained if self.attained else None

    @property
    def mean_target(self) -> Decimal:
        """The mean of their targets."""
        return self.target_sum / self.partners

    def __add__(self, other: "Cell") -> "Cell":
        mine, theirs = astuple(self), astuple(other)
        return Cell(*(one + two for one, two in zip(mine, theirs, strict=True)))


Table = dict[int | None, dict[int, Cell]]
"""Cells by region and KPI."""


def by_region(cards: CardFilter, period: PeriodRow, *, kpi_id: int | None = None) -> Table:
    """One cell for each region and KPI of a period's cards, in one statement."""
    rows = _run(
        """SELECT region_id, kpi_id, coalesce(sum(attainment), 0), count(attainment), sum(target),
                  count(*) FILTER (WHERE zone = 'on'), count(*) FILTER (WHERE zone = 'between'),
                  count(*) FILTER (WHERE zone = 'below')
             FROM judged GROUP BY 1, 2""",
        cards.cards().filter(period=period),
        kpi_id=kpi_id,
    )
    table: Table = {}
    for region_id, kpi_id_found, *numbers in rows:
        table.setdefault(region_id, {})[kpi_id_found] = Cell(*numbers)
    return table


def over_all(table: Table) -> dict[int, Cell]:
    """The cells of all regions together, by KPI."""
    total: dict[int, Cell] = {}
    for cells in table.values():
        for kpi_id, cell in cells.items():
            total[kpi_id] = total[kpi_id] + cell if kpi_id in total else cell
    return total


@dataclass(frozen=True)
class Spot:
    """One partner's actual at a KPI and its zone: on target, between floor and target, below the floor."""

    actual: Decimal
    zone: str


def spread(cards: CardFilter, period: PeriodRow, kpi_id: int) -> list[Spot]:
    """All partners' actuals of one KPI, lowest first, for its distribution."""
    rows = _run("SELECT actual, zone FROM judged ORDER BY actual", cards.cards().filter(period=period), kpi_id=kpi_id)
    return [Spot(*row) for row in rows]


def attainments(cards: QuerySet[Scorecard], kpi_id: int) -> dict[int, Decimal]:
    """What each card with a result of its own attained at one KPI, by card: what a list is sorted by."""
    found = "SELECT card_id, attainment FROM judged WHERE attainment IS NOT NULL"
    with connection.cursor() as cursor:
        # The planner expects one card and would compare each of them with every benchmark: 1.76 s instead of 0.14 s
        # for 10,000 partners.
        cursor.execute("SET LOCAL enable_nestloop = off")
        rows = dict(_run(found, cards, kpi_id=kpi_id))
        cursor.execute("SET LOCAL enable_nestloop = on")
    return rows


_TOTALS = f"""
WITH card AS (
  SELECT s.partner_id, p.id AS period_id, p.ym_from, p.ym_to
    FROM performance_scorecard s
    JOIN performance_periodrow p ON p.tenant_id = %(tenant)s AND p.id = s.period_id
   WHERE s.tenant_id = %(tenant)s AND s.id IN ({{cards}})),
mine AS (
  SELECT c.period_id, c.partner_id, r.kpi_id, {SUMS}
    FROM card c
    JOIN performance_rollup r
      ON r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.ym >= c.ym_from AND r.ym < c.ym_to
     AND r.kpi_id = ANY(%(kpis)s)
   GROUP BY 1, 2, 3),
tot AS (
  SELECT period_id, kpi_id, sum(n) AS n, sum(sum_v) AS sum_v, sum(sum_w) AS sum_w, sum(sum_vw) AS sum_vw,
         sum(sum_w1) AS sum_w1, avg(last_v) AS last_v
    FROM mine GROUP BY 1, 2)
SELECT t.period_id, t.kpi_id, {actual("t", "k")}
  FROM tot t JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = t.kpi_id
 WHERE k.aggregation NOT IN {PER_PERIOD_WORDS}
 UNION ALL
SELECT c.period_id, r.kpi_id, round(avg(r.actual), 6)
  FROM (SELECT DISTINCT period_id, partner_id, ym_from, ym_to FROM card) c
  JOIN performance_periodactual r
    ON r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.ym_from = c.ym_from
   AND r.months = c.ym_to - c.ym_from AND r.kpi_id = ANY(%(kpis)s)
 GROUP BY 1, 2
"""


def programme_totals(
    cards: CardFilter, periods: Sequence[PeriodRow], kpi_ids: Sequence[int]
) -> dict[int, list[Decimal | None]]:
    """Each KPI over all partners together, per period: sums added up, ratios of sums.

    Latest values, medians, distinct counts and derived KPIs are averaged over the partners that have one.
    """
    place = {period.pk: index for index, period in enumerate(periods)}
    totals: dict[int, list[Decimal | None]] = {pk: [None] * len(periods) for pk in kpi_ids}
    ids, named = _as_subquery(cards.cards().filter(period_id__in=list(place)))
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(cards=ids), {"tenant": require_scope().tenant_id, "kpis": list(kpi_ids), **named})
        for period_id, kpi_id, value in cursor.fetchall():
            totals[kpi_id][place[period_id]] = value
    return totals
