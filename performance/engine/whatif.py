"""Replaying a draft over past periods: the engine's own statements, over results that were taken once.

Two steps. `TAKE_BASIS` puts down what the periods of a programme look like now: who is scored, the cards as stored
and every KPI's result, those of closed cards as they were frozen. Composing results from monthly sums is most of a
recompute, and no draft changes them. `replay` then resolves the draft's rules and scores from there, with the
statements of every run, so that it is the card that publishing would bring; nothing is written to cards.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from performance.engine import statements
from performance.engine.fragments import LAST_PLAIN_CODE, PER_PERIOD_WORDS, SUMS, actual, signed
from performance.engine.relative import OWN_PAST_CODES, RESOLVE
from performance.engine.statements import LINE, RESOLVED, Extent, work_tables
from performance.rules.scoring import ACTUAL_PLACES
from performance.rules.what_if import LAST_BIN, Tally

WORK_MEMORY = "96MB"

_BEGIN = f"""
SELECT set_config('jit', 'off', true), set_config('work_mem', '{WORK_MEMORY}', true),
       set_config('hash_mem_multiplier', '4', true), set_config('random_page_cost', '1.1', true);
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;
{statements.DROP_WORK_TABLES}
DROP TABLE IF EXISTS pg_temp.w_both;
"""

_END = """
SET LOCAL enable_nestloop = on;
SET LOCAL enable_mergejoin = on;
"""

# --- The basis -----------------------------------------------------------------------------------------------------

_PERIOD = """
SELECT g.id AS programme_id, p.id AS period_id, p.kind, p.start_on, p.ym_from, p.ym_to, g.is_default
  FROM performance_periodrow p JOIN partners_programme g ON g.tenant_id = %(tenant)s AND g.id = %(programme)s
 WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(periods)s)"""

_NO_BENCHMARKS = "SELECT ''::text AS scope, 0::bigint AS scope_id, 0 AS basis WHERE false"

_MONTH = "SELECT period_id, ym FROM w_period, generate_series(ym_from, ym_to - 1) ym"

_FROZEN = """
SELECT m.member_id, f.kpi_id,
       CASE WHEN f.state NOT IN ('carried', 'zero', 'no_data', 'blocking') THEN f.actual END AS a,
       coalesce(f.facts, 0) > 0 AS has_facts
  FROM w_member m
  JOIN performance_scorecard s
    ON s.tenant_id = %(tenant)s AND s.programme_id = m.programme_id AND s.period_id = m.period_id
   AND s.partner_id = m.partner_id AND s.lines IS NOT NULL
 CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f(kpi_id bigint, state text, actual numeric, facts int)"""

# A result that measurements did not give (a zero denominator) is NaN: the partner has facts, which can make a card.
_CELL = f"""
WITH composed AS (
  SELECT c.member_id, c.kpi_id, coalesce(round(({actual("c", "k")})::numeric, {ACTUAL_PLACES}), 'NaN') AS a
    FROM (SELECT m.member_id, r.kpi_id, {SUMS}
            FROM w_member m
            JOIN w_month ON w_month.period_id = m.period_id
            JOIN performance_rollup r
              ON r.tenant_id = %(tenant)s AND r.partner_id = m.partner_id AND r.ym = w_month.ym
             AND r.ym >= %(first_ym)s AND r.ym < %(end_ym)s
           GROUP BY 1, 2 OFFSET 0) c
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = c.kpi_id AND k.aggregation NOT IN {PER_PERIOD_WORDS}
  UNION ALL
  SELECT m.member_id, o.kpi_id, o.actual
    FROM w_member m
    JOIN w_period p ON p.period_id = m.period_id
    JOIN performance_periodactual o
      ON o.tenant_id = %(tenant)s AND o.partner_id = m.partner_id AND o.ym_from = p.ym_from
     AND o.months = p.ym_to - p.ym_from)
SELECT member_id, kpi_id, a FROM composed c
 WHERE NOT EXISTS (SELECT 1 FROM w_frozen f WHERE f.member_id = c.member_id AND f.kpi_id = c.kpi_id)
 UNION ALL
SELECT member_id, kpi_id, coalesce(a, 'NaN') FROM w_frozen WHERE a IS NOT NULL OR has_facts"""

_INTO_BASIS = """
DELETE FROM performance_whatifbasis WHERE tenant_id = %(tenant)s AND what_if_id = %(what_if)s;
INSERT INTO performance_whatifbasis
       (tenant_id, what_if_id, period_id, partner_id, is_member, always, partner_type_id, region_id, tier_id, has_card,
        total_e4, rated, grade, kpis, actuals)
SELECT %(tenant)s, %(what_if)s, coalesce(m.period_id, s.period_id), coalesce(m.partner_id, s.partner_id),
       m.member_id IS NOT NULL, coalesce(m.always, false), coalesce(m.type_id, s.partner_type_id),
       nullif(coalesce(m.region_id, s.region_id), 0), nullif(coalesce(m.tier_id, s.tier_id), 0),
       s.partner_id IS NOT NULL, s.total_e4, coalesce(s.rated, false), coalesce(s.grade, ''),
       coalesce(c.kpis, '{}'), coalesce(c.actuals, '{}')
  FROM w_member m
  FULL JOIN (SELECT * FROM performance_scorecard WHERE tenant_id = %(tenant)s AND programme_id = %(programme)s
                AND period_id = ANY(%(periods)s)) s ON s.period_id = m.period_id AND s.partner_id = m.partner_id
  LEFT JOIN (SELECT member_id, array_agg(kpi_id ORDER BY kpi_id) AS kpis, array_agg(a ORDER BY kpi_id) AS actuals
               FROM w_cell GROUP BY 1) c ON c.member_id = m.member_id
 ORDER BY 3, 4
"""


def take_basis(params: dict[str, Any]) -> int:
    """Put down afresh what the periods look like now; the number of rows. `params` are `tenant`, `what_if`,
    `programme`, `periods` and the span of their months, `first_ym` and `end_ym`."""
    tables = [("w_period", _PERIOD, ""), ("w_cand", _NO_BENCHMARKS, ""), ("w_month", _MONTH, "")]
    tables += statements.member_tables("w_period p CROSS JOIN w_base t", Extent.EVERYBODY)[:3]
    tables += [("w_frozen", _FROZEN, ""), ("w_cell", _CELL, "(member_id)")]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.w_frozen;" + _BEGIN)
        cursor.execute(work_tables(Extent.EVERYBODY, tables), params)
        cursor.execute(_INTO_BASIS, params)
        rows: int = cursor.rowcount
        cursor.execute(_END)
    return rows


# --- The replay ----------------------------------------------------------------------------------------------------

_MEMBER = f"""
SELECT row_number() OVER ()::int AS member_id, b.*,
       dense_rank() OVER (ORDER BY type_id, region_id, tier_id, own_id)::bigint AS profile_id
  FROM (SELECT p.programme_id, b.period_id, b.partner_id, b.partner_type_id AS type_id,
               coalesce(b.region_id, 0) AS region_id, coalesce(b.tier_id, 0) AS tier_id, b.always,
               CASE WHEN b.partner_id IN (SELECT scope_id FROM w_cand WHERE scope = 'partner')
                      OR EXISTS (SELECT 1 FROM w_cand WHERE basis IN {OWN_PAST_CODES}) THEN b.partner_id
                    ELSE 0 END AS own_id,
               p.kind = 'month' AS is_month, p.ym_from AS ym, b.kpis, b.actuals
          FROM performance_whatifbasis b
          JOIN w_period p ON p.period_id = b.period_id
         WHERE b.tenant_id = %(tenant)s AND b.what_if_id = %(what_if)s AND b.is_member) b"""

_PROFILE = "SELECT DISTINCT profile_id, programme_id, type_id, region_id, tier_id, own_id FROM w_member"

_RESULTS = f"""
  SELECT m.member_id, {LINE}, {signed("nullif(r.value, 'NaN')", "b.direction", is_coded=True)} AS a
    FROM w_member m
   CROSS JOIN LATERAL unnest(m.kpis, m.actuals) AS r(kpi_id, value)
    JOIN w_bm b ON b.profile_id = m.profile_id AND b.period_id = m.period_id AND b.kpi_id = r.kpi_id"""

# A line that carries forward looks at the earlier results of KPIs that months cannot compose.
_EARLIER = f"""
CREATE TEMPORARY TABLE w_cell ON COMMIT DROP AS
SELECT kpi_id, partner_id, ym_from, months::int, actual AS a
  FROM performance_periodactual
 WHERE tenant_id = %(tenant)s
   AND kpi_id IN (SELECT kpi_id FROM w_bm WHERE policy = 'carry' AND aggregation > {LAST_PLAIN_CODE});
ANALYZE w_cell;
"""

_BOTH = """
SELECT b.period_id, b.partner_id, b.tier_id, b.has_card, b.rated AS old_rated, b.grade AS old_grade,
       b.total_e4 AS old_e4, c.partner_id IS NOT NULL AS has_new, coalesce(c.rated, false) AS new_rated,
       coalesce(c.grade, '') AS new_grade, c.total_e4 AS new_e4
  FROM performance_whatifbasis b
  LEFT JOIN w_card c ON c.period_id = b.period_id AND c.partner_id = b.partner_id
 WHERE b.tenant_id = %(tenant)s AND b.what_if_id = %(what_if)s"""

BIN_E4 = 50_000

_TALLY = f"""
SELECT period_id, has_card, has_new, old_rated, new_rated, old_grade, new_grade,
       CASE WHEN old_rated THEN least(old_e4 / {BIN_E4}, {LAST_BIN}) END,
       CASE WHEN new_rated THEN least(new_e4 / {BIN_E4}, {LAST_BIN}) END, count(*),
       coalesce(sum(old_e4) FILTER (WHERE old_rated), 0), coalesce(sum(new_e4) FILTER (WHERE new_rated), 0),
       count(*) FILTER (WHERE new_e4 > old_e4), count(*) FILTER (WHERE new_e4 < old_e4)
  FROM w_both WHERE has_card OR has_new
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""

_KEEP_MOVES = """
DELETE FROM performance_whatifmove WHERE tenant_id = %(tenant)s AND what_if_id = %(what_if)s;
INSERT INTO performance_whatifmove (tenant_id, what_if_id, period_id, partner_id, tier_id, kind, old_total, new_total,
                                    old_grade, new_grade, change)
SELECT %(tenant)s, %(what_if)s, w.period_id, w.partner_id, w.tier_id, d.kind, round(w.old_e4 / 10000.0, 4),
       round(w.new_e4 / 10000.0, 4), w.old_grade, w.new_grade, round((w.new_e4 - w.old_e4) / 10000.0, 4)
  FROM w_both w
  JOIN unnest(%(move_periods)s::bigint[], %(move_has)s::bool[], %(move_gets)s::bool[], %(move_from)s::text[],
              %(move_to)s::text[], %(move_kinds)s::text[])
       AS d(period_id, has_card, has_new, old_grade, new_grade, kind)
    ON d.period_id = w.period_id AND d.has_card = w.has_card AND d.has_new = w.has_new
   AND d.old_grade = w.old_grade AND d.new_grade = w.new_grade
 ORDER BY 3, 4
"""


def replay(params: dict[str, Any]) -> list[Tally]:
    """Score the basis by the draft; leaves w_card and w_both for `keep_moves`.

    `params` are `tenant`, `what_if`, `programme`, `periods` and `draft`, the template version or None for each
    period's own.
    """
    extent = Extent.EVERYBODY
    members = [("w_member", _MEMBER, "(member_id, programme_id, period_id, partner_id, profile_id)")]
    members += [("w_profile", _PROFILE, ""), ("w_bm", RESOLVED, "(profile_id, period_id, kpi_id)")]
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(statements.targets("what_if", extent), params)
        kinds, targets, *_span = cursor.fetchone()
        if targets:
            cursor.execute(
                f"{work_tables(extent, members)} SELECT coalesce(bool_or(policy <> 'exclude'), false), "
                f"coalesce(bool_or(policy = 'carry' AND aggregation > {LAST_PLAIN_CODE}), false), "
                "coalesce(bool_or(basis <> 0), false) FROM w_bm",
                params,
            )
            has_policies, looks_back, is_relative = cursor.fetchone()
            cards = statements.cards(
                extent,
                kinds=kinds,
                has_policies=has_policies,
                has_special=looks_back,
                before=(_EARLIER if looks_back else "") + (RESOLVE if is_relative else ""),
                results=_RESULTS,
            )
            cursor.execute(cards, params)
        else:
            cursor.execute(_NO_CARDS)
        cursor.execute(work_tables(extent, [("w_both", _BOTH, "")]) + _TALLY, params)
        tallies = [Tally(*row) for row in cursor.fetchall()]
        cursor.execute(_END)
    return tallies


_NO_CARDS = """
CREATE TEMPORARY TABLE w_card (period_id bigint, partner_id bigint, rated boolean, grade text, total_e4 int)
ON COMMIT DROP"""


def keep_moves(params: dict[str, Any], kinds: Sequence[tuple[Tally, str]]) -> None:
    """Write down who moves, after `replay` in the same transaction: the ways that are a move, with their kind."""
    ways = {(row.period_id, row.has_card, row.has_new, row.old_grade, row.new_grade): str(kind) for row, kind in kinds}
    columns = list(zip(*[(*way, kind) for way, kind in ways.items()], strict=True)) or [()] * 6
    names = ("move_periods", "move_has", "move_gets", "move_from", "move_to", "move_kinds")
    with connection.cursor() as cursor:
        given = {name: list(column) for name, column in zip(names, columns, strict=True)}
        cursor.execute(_KEEP_MOVES, {**params, **given})
