"""The engine's statements. Each run builds small work tables, ANALYZEs them and scores from the monthly sums.

Every statement names the tenant itself; row-level security is the net under it. Work tables are temporary, because
the application role owns nothing. Names: w_pair what changed, w_period what is scored, w_cand benchmarks by period,
w_member partner x period with its profile, w_bm the resolved lines by profile, w_card the new cards.
"""

from enum import Enum

from performance.engine.fragments import (
    AGGREGATION_CODES,
    DIRECTION_CODES,
    LAST_PLAIN_CODE,
    SUMS,
    actual,
    coded,
    points,
    signed,
)
from performance.engine.relative import BASIS_CODES, OWN_PAST_CODES
from performance.engine.special import CHANGED_MONTHS, touched

BEGIN = """
SELECT set_config('jit', 'off', true), set_config('work_mem', %(work_mem)s, true),
       set_config('hash_mem_multiplier', '4', true),
       set_config('random_page_cost', %(page_cost)s, true),
       nextval(pg_get_serial_sequence('performance_run', 'id')),
       {lock}(%(lock_class)s, %(tenant)s)
"""

DROP_WORK_TABLES = """
DROP TABLE IF EXISTS pg_temp.w_pair, pg_temp.w_period, pg_temp.w_map, pg_temp.w_cand, pg_temp.w_member,
                     pg_temp.w_tier, pg_temp.w_base, pg_temp.w_profile, pg_temp.w_bm, pg_temp.w_card, pg_temp.w_cohort,
                     pg_temp.w_window, pg_temp.w_who, pg_temp.w_month, pg_temp.w_cell, pg_temp.w_relative;
"""


class Extent(Enum):
    """How much a run scores, on which the plans depend that its statements ask for."""

    EVERYBODY = "everybody"
    """All partners of the periods."""

    MANY = "many"
    """The partners of changed pairs."""

    FEW = "few"
    """So few of them that making the work tables costs more than the work."""

    @property
    def is_partial(self) -> bool:
        """Whether some partners of a period may be left out."""
        return self is not Extent.EVERYBODY


def work_tables(extent: Extent, tables: list[tuple[str, str, str]]) -> str:
    """Statements that make the tables (name, query, columns to ANALYZE) one after the other.

    For few pairs a table that only the next one reads becomes part of its query. The others are ANALYZEd even when
    they hold one row: without statistics the planner takes an empty page for a thousand rows.
    """
    statements = ""
    waiting: list[str] = []
    for name, query, columns in tables:
        if extent is Extent.FEW and name in _PASSING:
            waiting.append(f"{name} AS MATERIALIZED ({query})")
            continue
        given = f"WITH {', '.join(waiting)}" if waiting else ""
        statements += f"\nCREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {given} {query};\nANALYZE {name} {columns};"
        waiting = []
    return statements


_PASSING = ("w_tier", "w_base", "w_profile")


# --- What changed ---------------------------------------------------------------------------------------------

CLAIM_MARKS = (
    DROP_WORK_TABLES
    + """
CREATE TEMPORARY TABLE w_pair ON COMMIT DROP AS
SELECT partner_id, ym, gen FROM performance_dirtypair WHERE tenant_id = %(tenant)s ORDER BY marked_at
 LIMIT (SELECT CASE WHEN %(takes_none)s THEN 0 WHEN %(in_batches)s AND count(*) <= %(wide)s THEN %(batch)s END
          FROM performance_dirtypair WHERE tenant_id = %(tenant)s);
ANALYZE w_pair;
SELECT count(*), (SELECT count(*) FROM performance_dirtypair WHERE tenant_id = %(tenant)s) FROM w_pair
"""
)

CLAIM_EVERYTHING = (
    DROP_WORK_TABLES
    + """
CREATE TEMPORARY TABLE w_pair ON COMMIT DROP AS
SELECT partner_id, ym, max(gen) AS gen
  FROM (SELECT DISTINCT partner_id, ym, NULL::bigint AS gen FROM performance_measurement WHERE tenant_id = %(tenant)s
        UNION ALL SELECT DISTINCT partner_id, ym, NULL::bigint FROM performance_rollup WHERE tenant_id = %(tenant)s
        UNION ALL SELECT partner_id, ym, gen FROM performance_dirtypair WHERE tenant_id = %(tenant)s) pair
 GROUP BY 1, 2;
ANALYZE w_pair;
SELECT count(*), count(*) FROM w_pair
"""
)


# Rebuilt from the facts, never added to: a refresh heals itself and can keep `last`. Pairs without facts lose theirs.
def refresh_rollup(*, from_facts: bool) -> str:
    """The sums of the claimed pairs. Facts of few pairs are fetched once and kept; all facts are rather read twice.

    All facts are joined by hashing alone: right after an import the planner takes the tenant for an empty one.
    """
    if from_facts:
        return "SET LOCAL enable_nestloop = off;" + _REFRESH_ROLLUP.replace("AS KEPT", "AS NOT MATERIALIZED")
    return _REFRESH_ROLLUP.replace("AS KEPT", "AS MATERIALIZED")


_REFRESH_ROLLUP = """
WITH facts AS KEPT (
  SELECT f.partner_id, f.ym, f.kpi_id, f.value, f.weight, f.occurred_on, f.source, f.external_id, k.aggregation
    FROM w_pair w
    JOIN performance_measurement f
      ON f.tenant_id = %(tenant)s AND f.partner_id = w.partner_id AND f.ym = w.ym
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = f.kpi_id),
latest AS (
  SELECT DISTINCT ON (partner_id, ym, kpi_id) partner_id, ym, kpi_id, value
    FROM facts WHERE aggregation = 'last'
   ORDER BY partner_id, ym, kpi_id, occurred_on DESC, source DESC, external_id DESC),
fresh AS (
  SELECT partner_id, ym, kpi_id, count(*)::int AS n, coalesce(sum(value), 0) AS sum_v,
         coalesce(sum(weight), 0) AS sum_w, coalesce(sum(value * coalesce(weight, 1)), 0) AS sum_vw,
         sum(coalesce(weight, 1)) AS sum_w1
    FROM facts GROUP BY 1, 2, 3),
written AS (
  INSERT INTO performance_rollup AS r
         (tenant_id, partner_id, ym, kpi_id, n, sum_v, sum_w, sum_vw, sum_w1, last_v)
  SELECT %(tenant)s, partner_id, ym, kpi_id, n, sum_v, sum_w, sum_vw, sum_w1, latest.value
    FROM fresh LEFT JOIN latest USING (partner_id, ym, kpi_id)
   ORDER BY partner_id, ym, kpi_id
  ON CONFLICT (tenant_id, partner_id, ym, kpi_id) DO UPDATE
     SET n = excluded.n, sum_v = excluded.sum_v, sum_w = excluded.sum_w, sum_vw = excluded.sum_vw,
         sum_w1 = excluded.sum_w1, last_v = excluded.last_v
   WHERE (r.n, r.sum_v, r.sum_w, r.sum_vw, r.sum_w1, r.last_v) IS DISTINCT FROM
         (excluded.n, excluded.sum_v, excluded.sum_w, excluded.sum_vw, excluded.sum_w1, excluded.last_v)),
emptied AS (
  DELETE FROM performance_rollup r USING w_pair w
   WHERE r.tenant_id = %(tenant)s AND r.partner_id = w.partner_id AND r.ym = w.ym
     AND NOT EXISTS (SELECT 1 FROM fresh f
                      WHERE f.partner_id = r.partner_id AND f.ym = r.ym AND f.kpi_id = r.kpi_id))
SELECT min(ym), max(ym) FROM fresh
"""

SPAN_OF_ROLLUP = "SELECT min(ym), max(ym) FROM performance_rollup WHERE tenant_id = %(tenant)s"

REMOVE_MARKS = """
DELETE FROM performance_dirtypair d USING w_pair w
 WHERE d.tenant_id = %(tenant)s AND d.partner_id = w.partner_id AND d.ym = w.ym AND d.gen = w.gen
"""


# A fact for a closed period leaves its card alone and asks a person.
def notice_late_facts(*, has_special: bool) -> str:
    """Restatements proposed for closed cards; with special KPIs also for those that look back at the months.

    Only marked pairs propose: one that was merely added up again has nothing new, and what was dismissed would be
    asked again. A line that carries forward looks at earlier periods.
    """
    concerned = _CONCERNED
    if has_special:
        concerned = f"({_CONCERNED} OR {touched('s.template_id', 'p', 'w.ym')})"
    return f"""
INSERT INTO performance_restatement AS n (tenant_id, scorecard_id)
SELECT DISTINCT %(tenant)s, s.id
  FROM w_pair w
  JOIN performance_periodrow p ON p.tenant_id = %(tenant)s AND p.closed_at IS NOT NULL AND w.ym < p.ym_to
  JOIN performance_scorecard s
    ON s.tenant_id = %(tenant)s AND s.period_id = p.id AND s.partner_id = w.partner_id
 WHERE w.gen IS NOT NULL AND {concerned}
ON CONFLICT (tenant_id, scorecard_id) WHERE settled_at IS NULL
   DO UPDATE SET last_noticed_at = clock_timestamp(), worked_out_at = NULL
"""


_CONCERNED = """w.ym >= p.ym_from - (p.ym_to - p.ym_from) * coalesce(
         (SELECT max(l.carry_periods) FROM performance_templateline l
           WHERE l.tenant_id = %(tenant)s AND l.template_id = s.template_id), 0)"""

# The partners of the closed cards that are scored again, with all months that can matter to them.
CLAIM_PARTNERS = (
    DROP_WORK_TABLES
    + """
CREATE TEMPORARY TABLE w_pair ON COMMIT DROP AS
SELECT partner_id, ym, NULL::bigint AS gen
  FROM performance_periodrow p
 CROSS JOIN LATERAL (SELECT coalesce(max(l.carry_periods), 0) AS carry
                       FROM performance_scorecardtemplate t
                       JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.template_id = t.id
                      WHERE t.tenant_id = %(tenant)s AND t.programme_id = %(programme)s) c
 CROSS JOIN generate_series(p.ym_from - c.carry * (p.ym_to - p.ym_from), p.ym_to - 1) ym
 CROSS JOIN unnest(%(partners)s::bigint[]) partner_id
 WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(periods)s);
ANALYZE w_pair;
SELECT count(*), count(*) FROM w_pair
"""
)

# --- What is scored, by which rules ---------------------------------------------------------------------------

PERIOD_FILTERS = {
    "open": "true",
    "periods": "p.id = ANY(%(periods)s)",
    "changes": """EXISTS (SELECT 1 FROM w_pair w
                  WHERE w.ym < p.ym_to AND w.ym >= p.ym_from - c.carry * (p.ym_to - p.ym_from))""",
    "restate": "p.id = ANY(%(periods)s) AND t.programme_id = %(programme)s",
    "replay": "p.id = ANY(%(periods)s)",
    "what_if": "p.id = ANY(%(periods)s)",
}

CLOSED_TOO = ("restate", "replay", "what_if")
"""Modes that score closed periods as well: to restate cards, and to see what a run or a draft would say now."""


def _period_filter(mode: str, has_special: bool) -> str:
    if mode != "changes" or not has_special:
        return PERIOD_FILTERS[mode]
    return f"({PERIOD_FILTERS[mode]} OR EXISTS (SELECT 1 FROM {CHANGED_MONTHS} WHERE {touched('t.id', 'p', 'w.ym')}))"


_PUBLISHED = """t.status = 'published' AND p.start_on >= t.valid_from
   AND (t.valid_to IS NULL OR p.start_on < t.valid_to)"""

VERSIONS = {
    "what_if": f"""t.programme_id = %(programme)s
   AND CASE WHEN %(draft)s::bigint IS NULL THEN {_PUBLISHED} ELSE t.id = %(draft)s::bigint END"""
}
"""Which template version scores a period, where it is not the published one: a what-if may bring a draft."""

BENCHMARKS = {
    "what_if": """(
  SELECT tenant_id, id, kpi_id, period_kind, scope, partner_id, tier_id, partner_type_id, region_id, valid_from,
         valid_to, withdrawn_at, direction, floor, target, stretch, ceiling, basis
    FROM performance_benchmark o
   WHERE tenant_id = %(tenant)s AND NOT EXISTS (
     SELECT 1 FROM performance_whatifbenchmark d
      WHERE d.tenant_id = %(tenant)s AND d.what_if_id = %(what_if)s AND d.kpi_id = o.kpi_id
        AND d.period_kind = o.period_kind AND d.scope = o.scope
        AND coalesce(d.partner_id, d.tier_id, d.partner_type_id, d.region_id, 0)
            = coalesce(o.partner_id, o.tier_id, o.partner_type_id, o.region_id, 0))
  UNION ALL
  SELECT tenant_id, -id, kpi_id, period_kind, scope, partner_id, tier_id, partner_type_id, region_id, '-infinity',
         NULL, NULL, direction, floor, target, stretch, ceiling, basis
    FROM performance_whatifbenchmark
   WHERE tenant_id = %(tenant)s AND what_if_id = %(what_if)s AND NOT is_removed)"""
}
"""Where the benchmarks come from, where it is not the table of them: those of a what-if stand in for the stored, and
removed ones for nothing."""


def targets(mode: str, extent: Extent, *, has_special: bool = False) -> str:
    """w_period: one row per programme and open period that this run scores. w_cand: its benchmarks.

    `has_special`: a published template has a KPI that months cannot compose; it may look back at changed months.
    """
    only_open = "" if mode in CLOSED_TOO else "AND p.closed_at IS NULL"
    of_changed = "AND (b.scope <> 'partner' OR b.partner_id IN (SELECT partner_id FROM w_pair))"
    period = f"""
SELECT t.programme_id, p.id AS period_id, t.id AS template_id, p.kind, p.seq, p.start_on, p.ym_from, p.ym_to,
       t.points_at_target AS tp, t.minimum_coverage, g.is_default, c.carry, b.minimums, b.grades,
       prev.id AS prev_id, next.id AS next_id, false AS prev_scored, false AS next_scored
  FROM performance_periodrow p
  JOIN performance_scorecardtemplate t
    ON t.tenant_id = %(tenant)s AND p.kind = ANY(t.period_kinds) AND {VERSIONS.get(mode, _PUBLISHED)}
  JOIN partners_programme g ON g.tenant_id = %(tenant)s AND g.id = t.programme_id AND g.is_active
 CROSS JOIN LATERAL (SELECT array_agg(minimum ORDER BY minimum) AS minimums,
                            array_agg(key::text ORDER BY minimum) AS grades
                       FROM performance_gradeband WHERE tenant_id = %(tenant)s AND template_id = t.id) b
 CROSS JOIN LATERAL (SELECT coalesce(max(carry_periods), 0) AS carry
                       FROM performance_templateline WHERE tenant_id = %(tenant)s AND template_id = t.id) c
  LEFT JOIN performance_periodrow prev
    ON prev.tenant_id = %(tenant)s AND prev.kind = p.kind AND prev.seq = p.seq - 1
  LEFT JOIN performance_periodrow next
    ON next.tenant_id = %(tenant)s AND next.kind = p.kind AND next.seq = p.seq + 1 AND next.closed_at IS NULL
 WHERE p.tenant_id = %(tenant)s {only_open} AND {_period_filter(mode, has_special)}"""
    candidate = f"""
SELECT p.period_id, b.kpi_id, b.scope, coalesce(b.partner_id, b.tier_id, b.partner_type_id, b.region_id, 0) AS scope_id,
       b.id AS benchmark_id, {coded("b.direction", DIRECTION_CODES)} AS direction,
       {signed("b.floor", "b.direction")} AS fl,
       {signed("b.target", "b.direction")} AS tg, {signed("b.stretch", "b.direction")} AS st, b.ceiling AS ce,
       {coded("b.basis", BASIS_CODES)} AS basis
  FROM (SELECT DISTINCT period_id, kind, start_on FROM w_period) p
  JOIN {BENCHMARKS.get(mode, "performance_benchmark")} b
    ON b.tenant_id = %(tenant)s AND b.withdrawn_at IS NULL AND b.period_kind = p.kind
   AND b.valid_from <= p.start_on AND (b.valid_to IS NULL OR p.start_on < b.valid_to)
   {of_changed if extent.is_partial else ""}"""
    return f"""{work_tables(extent, [("w_period", period, "")])}
UPDATE w_period p
   SET prev_scored = EXISTS (SELECT 1 FROM w_period o
                             WHERE o.programme_id = p.programme_id AND o.period_id = p.prev_id),
       next_scored = EXISTS (SELECT 1 FROM w_period o
                             WHERE o.programme_id = p.programme_id AND o.period_id = p.next_id);
{work_tables(extent, [("w_cand", candidate, "")])}
SELECT array_agg(DISTINCT kind), count(*), min(ym_from), max(ym_to),
       (SELECT array_agg(label ORDER BY start_on, kind)
          FROM performance_periodrow WHERE tenant_id = %(tenant)s AND id IN (SELECT period_id FROM w_period))
  FROM w_period
"""


def members(extent: Extent, *, has_special: bool = False) -> str:
    """w_member: the partners of each period with the tier they held on its first day, and their profile.

    Partners and tiers may be too new to have statistics, so the tiers are copied and ANALYZEd, and a run over
    everybody is done with hash joins alone: a wrong guess of the planner would cost minutes.

    A profile is everything a benchmark can depend on: programme, type, region and tier, and the partner itself where
    it has benchmarks of its own or some follow from own earlier results. Benchmarks are resolved once per
    profile and period (R4) into w_bm.
    """
    if extent.is_partial:
        looks_back = f" OR {touched('p.template_id', 'p', 'w.ym')}" if has_special else ""
        source = f"""(SELECT DISTINCT p.programme_id, p.period_id, w.partner_id
                      FROM w_pair w JOIN w_period p
                        ON w.ym < p.ym_to AND w.ym >= p.ym_from - p.carry * (p.ym_to - p.ym_from){looks_back}) x
          JOIN w_period p USING (programme_id, period_id)
          JOIN w_base t USING (partner_id)"""
    else:
        source = "w_period p CROSS JOIN w_base t"
    return f"""
SET LOCAL enable_nestloop = {"on" if extent is Extent.FEW else "off"};
SET LOCAL enable_mergejoin = {"on" if extent.is_partial else "off"};
{work_tables(extent, member_tables(source, extent))}
SELECT EXISTS (SELECT 1 FROM w_bm WHERE policy <> 'exclude'), (SELECT count(*) FROM w_member)
"""


def member_tables(source: str, extent: Extent) -> list[tuple[str, str, str]]:
    """The tables of `members` as name, query and the columns to ANALYZE."""
    of_changed = "= ANY(ARRAY(SELECT partner_id FROM w_pair))"
    tier = f"""
SELECT a.programme_id, a.partner_id, a.tier_id, t.tier_no, a.valid_from, a.valid_to
  FROM partners_tierassignment a
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS tier_no FROM partners_tier WHERE tenant_id = %(tenant)s) t
    ON t.id = a.tier_id
 WHERE a.tenant_id = %(tenant)s AND a.valid_from <= (SELECT max(start_on) FROM w_period)
   AND (a.valid_to IS NULL OR a.valid_to > (SELECT min(start_on) FROM w_period))
   {f"AND a.partner_id {of_changed}" if extent.is_partial else ""}"""
    base = f"""
SELECT b.*, dense_rank() OVER (ORDER BY type_id, region_id, own_id) AS base_no
  FROM (SELECT p.id AS partner_id, p.partner_type_id AS type_id, coalesce(p.region_id, 0) AS region_id,
               CASE WHEN p.id IN (SELECT scope_id FROM w_cand WHERE scope = 'partner')
                      OR EXISTS (SELECT 1 FROM w_cand WHERE basis IN {OWN_PAST_CODES}) THEN p.id ELSE 0 END AS own_id,
               p.status IN ('onboarding', 'active', 'suspended') AS always
          FROM partners_partner p
          JOIN partners_partnertype y ON y.tenant_id = %(tenant)s AND y.id = p.partner_type_id AND y.is_scored
         WHERE p.tenant_id = %(tenant)s
         {f"AND p.id {of_changed}" if extent.is_partial else ""}) b"""
    member = f"""
SELECT row_number() OVER ()::int AS member_id, p.programme_id, p.period_id, t.partner_id, t.type_id, t.region_id,
       coalesce(a.tier_id, 0) AS tier_id, t.own_id, t.always, p.kind = 'month' AS is_month, p.ym_from AS ym,
       (p.programme_id * 10000000 + t.base_no) * 10000 + coalesce(a.tier_no, 0) AS profile_id
  FROM {source}
  LEFT JOIN w_tier a
    ON a.partner_id = t.partner_id AND a.programme_id = p.programme_id
   AND a.valid_from <= p.start_on AND (a.valid_to IS NULL OR p.start_on < a.valid_to)
 WHERE p.is_default OR a.tier_id IS NOT NULL"""
    profile = "SELECT DISTINCT profile_id, programme_id, type_id, region_id, tier_id, own_id FROM w_member"
    return [
        ("w_tier", tier, ""),
        ("w_base", base, ""),
        ("w_member", member, "(member_id, programme_id, period_id, partner_id, profile_id, ym, is_month)"),
        ("w_profile", profile, ""),
        ("w_bm", RESOLVED, "(profile_id, period_id, kpi_id)"),
    ]


RESOLVED = f"""
SELECT f.profile_id, p.period_id, l.kpi_id, {coded("k.aggregation", AGGREGATION_CODES)} AS aggregation,
       k.multiplier, (p.tp * 10000)::bigint AS tp, (l.weight * 10000)::bigint AS w, l.policy,
       l.carry_periods AS carry, p.ym_from, p.ym_to - p.ym_from AS months,
       (l.gate_minimum * 10000)::bigint AS gate_minimum,
       array_position(p.grades, l.gate_grade::text) * 100000 + l.position AS gate_code,
       coalesce(bp.direction, bt.direction, by.direction, br.direction, ba.direction) AS direction,
       coalesce(bp.fl, bt.fl, by.fl, br.fl, ba.fl) AS fl, coalesce(bp.tg, bt.tg, by.tg, br.tg, ba.tg) AS tg,
       coalesce(bp.st, bt.st, by.st, br.st, ba.st) AS st, coalesce(bp.ce, bt.ce, by.ce, br.ce, ba.ce) AS ce,
       coalesce(bp.basis, bt.basis, by.basis, br.basis, ba.basis) AS basis
  FROM w_period p
  JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.template_id = p.template_id
  JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = l.kpi_id
  JOIN w_profile f ON f.programme_id = p.programme_id
  LEFT JOIN w_cand bp ON bp.scope = 'partner' AND bp.scope_id = f.own_id
                     AND bp.period_id = p.period_id AND bp.kpi_id = l.kpi_id
  LEFT JOIN w_cand bt ON bt.scope = 'tier' AND bt.scope_id = f.tier_id
                     AND bt.period_id = p.period_id AND bt.kpi_id = l.kpi_id
  LEFT JOIN w_cand by ON by.scope = 'type' AND by.scope_id = f.type_id
                     AND by.period_id = p.period_id AND by.kpi_id = l.kpi_id
  LEFT JOIN w_cand br ON br.scope = 'region' AND br.scope_id = f.region_id
                     AND br.period_id = p.period_id AND br.kpi_id = l.kpi_id
  LEFT JOIN w_cand ba ON ba.scope = 'all' AND ba.period_id = p.period_id AND ba.kpi_id = l.kpi_id
 WHERE coalesce(bp.benchmark_id, bt.benchmark_id, by.benchmark_id, br.benchmark_id, ba.benchmark_id) IS NOT NULL
   AND (NOT EXISTS (SELECT 1 FROM performance_templatelinetype y WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id)
        OR EXISTS (SELECT 1 FROM performance_templatelinetype y
                    WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id AND y.partner_type_id = f.type_id))"""


# --- Scores ---------------------------------------------------------------------------------------------------

LINE = """b.kpi_id, b.direction, b.fl, b.tg, b.st, b.ce, b.tp, b.w, b.gate_minimum, b.gate_code"""

# Of the months that no period of this run has, nothing is even looked up.
_IN_SPAN = "r.ym >= %(first_ym)s AND r.ym < %(end_ym)s"

_MONTHS = f"""
  SELECT m.member_id, {LINE}, {signed(actual("r", "b", is_coded=True), "b.direction", is_coded=True)} AS a
    FROM performance_rollup r
    JOIN w_member m ON m.partner_id = r.partner_id AND m.ym = r.ym AND m.is_month
    JOIN w_bm b ON b.profile_id = m.profile_id AND b.period_id = m.period_id AND b.kpi_id = r.kpi_id
   WHERE r.tenant_id = %(tenant)s AND {_IN_SPAN}"""

_LONGER = f"""
  SELECT r.member_id, {LINE}, {signed(actual("r", "b", is_coded=True), "b.direction", is_coded=True)} AS a
    FROM (SELECT m.member_id, m.profile_id, m.period_id, r.kpi_id, {SUMS}
            FROM w_member m
            JOIN w_map ON w_map.period_id = m.period_id
            JOIN performance_rollup r
              ON r.tenant_id = %(tenant)s AND r.partner_id = m.partner_id AND r.ym = w_map.ym AND {_IN_SPAN}
           WHERE NOT m.is_month
           GROUP BY 1, 2, 3, 4) r
    JOIN w_bm b ON b.profile_id = r.profile_id AND b.period_id = r.period_id AND b.kpi_id = r.kpi_id"""

# KPIs that months cannot compose were computed into w_cell; w_member's ym is the first month of the period.
_SPECIAL = f"""
  SELECT m.member_id, {LINE}, {signed("c.a", "b.direction", is_coded=True)} AS a
    FROM w_cell c
    JOIN w_member m ON m.partner_id = c.partner_id AND m.ym = c.ym_from
    JOIN w_bm b ON b.profile_id = m.profile_id AND b.period_id = m.period_id AND b.kpi_id = c.kpi_id
               AND b.months = c.months AND b.aggregation > {LAST_PLAIN_CODE}"""

_PLAIN_ONLY = f" AND b.aggregation < {LAST_PLAIN_CODE}"

# Lines without data whose policy is not to leave them out (R7). CARRY composes each earlier period from its months.
_MISSING = f"""
missing AS (
  SELECT m.member_id, m.partner_id, b.*
    FROM w_member m JOIN w_bm b ON b.profile_id = m.profile_id AND b.period_id = m.period_id
   WHERE b.policy <> 'exclude'
     AND NOT EXISTS (SELECT 1 FROM act
                      WHERE act.member_id = m.member_id AND act.kpi_id = b.kpi_id AND act.a IS NOT NULL)),
carried AS (
  SELECT b.member_id, {LINE}, b.policy, {signed("e.a", "b.direction", is_coded=True)} AS a
    FROM missing b
    LEFT JOIN LATERAL (
      SELECT o.a FROM (
        SELECT o.age, {actual("o", "b", is_coded=True)} AS a
          FROM (SELECT (b.ym_from - 1 - r.ym) / b.months AS age, {SUMS}
                  FROM performance_rollup r
                 WHERE r.tenant_id = %(tenant)s AND r.partner_id = b.partner_id AND r.kpi_id = b.kpi_id
                   AND r.ym < b.ym_from AND r.ym >= b.ym_from - b.carry * b.months
                 GROUP BY 1) o) o
       WHERE o.a IS NOT NULL ORDER BY o.age LIMIT 1) e ON b.policy = 'carry'),
"""


_CARRIED_SPECIAL = f"""
    LEFT JOIN LATERAL (
      SELECT c.a FROM w_cell c
       WHERE c.kpi_id = b.kpi_id AND c.partner_id = b.partner_id AND c.months = b.months AND c.ym_from < b.ym_from
         AND c.ym_from >= b.ym_from - b.carry * b.months
       ORDER BY c.ym_from DESC LIMIT 1) d ON b.policy = 'carry' AND b.aggregation > {LAST_PLAIN_CODE}),
"""


def _missing_with_special() -> str:
    """Lines without data, among them special ones whose earlier actuals are in w_cell."""
    plain = signed("e.a", "b.direction", is_coded=True)
    both = signed("coalesce(e.a, d.a)", "b.direction", is_coded=True)
    end = ") e ON b.policy = 'carry'),\n"
    assert _MISSING.endswith(end)
    return _MISSING.replace(plain, both).removesuffix("),\n") + _PLAIN_ONLY + _CARRIED_SPECIAL


def cards(
    extent: Extent,
    *,
    kinds: list[str],
    has_policies: bool,
    has_special: bool = False,
    before: str = "",
    results: str = "",
) -> str:
    """w_card: total, coverage, grade of every member. If some were left out also w_cohort, whose ranks may move.

    `before` makes w_cell where special KPIs are scored. `results` gives the members' actuals where they are not to be
    composed from the monthly sums: member_id, LINE and `a`.

    Points and weights are integers of ten-thousandths here, so sums are exact and one division gives the total.
    OFFSET 0 keeps PostgreSQL from pulling the subqueries up and evaluating each expression once per use; the joins
    are taken in the order written, so that the small tables are hashed and the monthly sums only read past them.
    """
    branches = [_MONTHS] if "month" in kinds else []
    tables = []
    if set(kinds) != {"month"} and not results:
        branches.append(_LONGER)
        tables.append(("w_map", MONTHS_OF_PERIODS, ""))
    if has_special:
        branches = [branch.replace("b.kpi_id = r.kpi_id", f"b.kpi_id = r.kpi_id{_PLAIN_ONLY}") for branch in branches]
        branches.append(_SPECIAL)
    if results:
        branches = [results]
    missing = policies = ""
    blocked, has_facts = "false", "true"
    if has_policies:
        missing = _missing_with_special() if has_special else _MISSING
        blocked, has_facts = "bool_or(blocks)", "bool_or(is_fact)"
        policies = f"""
  UNION ALL
  SELECT member_id, w, gate_minimum, gate_code, false, policy = 'block',
         CASE policy WHEN 'zero' THEN 0 WHEN 'carry' THEN {points("carried", is_coded=True)} END
    FROM carried"""
    card = f"""
WITH act AS ({" UNION ALL ".join(branches)} OFFSET 0),
{missing}
pts AS (
  SELECT member_id, w, gate_minimum, gate_code, true AS is_fact, false AS blocks,
         {points("act", is_coded=True)} AS p
    FROM act{policies} OFFSET 0),
whole AS (SELECT profile_id, period_id, sum(w) AS weight FROM w_bm GROUP BY 1, 2),
tot AS (
  SELECT member_id, sum(p * w) AS earned, sum(w) FILTER (WHERE p IS NOT NULL) AS got,
         min(gate_code) FILTER (WHERE p < gate_minimum) AS gate, {blocked} AS blocked, {has_facts} AS has_facts
    FROM pts GROUP BY 1),
card AS (
  SELECT m.programme_id, m.period_id, m.partner_id, m.type_id, m.region_id, m.tier_id, p.template_id, p.prev_id,
         p.minimum_coverage, p.minimums, p.grades, tot.gate, coalesce(tot.blocked, false) AS blocked,
         CASE WHEN NOT tot.blocked THEN round(tot.earned / nullif(tot.got, 0))::int END AS total_e4,
         round(coalesce(tot.got, 0) / nullif(whole.weight, 0), 4) AS coverage
    FROM w_member m
    JOIN w_period p ON p.programme_id = m.programme_id AND p.period_id = m.period_id
    LEFT JOIN tot ON tot.member_id = m.member_id
    LEFT JOIN whole ON whole.profile_id = m.profile_id AND whole.period_id = m.period_id
   WHERE m.always OR tot.has_facts OFFSET 0),
judged AS (
  SELECT card.*, round(total_e4 / 10000.0, 4) AS total,
         CASE WHEN blocked THEN 'blocked' WHEN total_e4 IS NULL OR coverage IS NULL THEN 'no_data'
              WHEN coverage < minimum_coverage THEN 'low_coverage' ELSE '' END AS unrated_reason,
         greatest(width_bucket(total_e4 / 10000.0, minimums), 1) AS raw_place, gate / 100000 AS gate_place
    FROM card OFFSET 0)
SELECT programme_id, period_id, partner_id, template_id, type_id, region_id, tier_id, prev_id, total, total_e4,
       coverage, unrated_reason = '' AS rated, unrated_reason,
       CASE WHEN unrated_reason = '' THEN grades[least(raw_place, gate_place)] ELSE '' END AS grade,
       CASE WHEN unrated_reason = '' THEN grades[raw_place] ELSE '' END AS raw_grade,
       CASE WHEN unrated_reason = '' AND gate_place < raw_place THEN
         (SELECT l.kpi_id FROM performance_templateline l
           WHERE l.tenant_id = %(tenant)s AND l.template_id = judged.template_id
             AND l.position = judged.gate %% 100000 ORDER BY l.id LIMIT 1) END AS limited_by_id
  FROM judged"""
    tables.append(("w_card", card, "(programme_id, period_id, partner_id, prev_id)"))
    cohorts = work_tables(extent, [("w_cohort", _COHORTS, "")]) if extent.is_partial else ""
    return f"""
SET LOCAL enable_nestloop = {"on" if extent.is_partial else "off"};
{before}
SET LOCAL join_collapse_limit = 1;
{work_tables(extent, tables)}
SET LOCAL join_collapse_limit = 8;
{cohorts}
SELECT count(*), count(*) FILTER (WHERE rated) FROM w_card
"""


MONTHS_OF_PERIODS = """
SELECT DISTINCT period_id, ym FROM w_period, generate_series(ym_from, ym_to - 1) ym WHERE kind <> 'month'"""

_COHORTS = """
SELECT row_number() OVER ()::int AS cohort_no, c.*
  FROM (SELECT programme_id, period_id, type_id, tier_id FROM w_card
        UNION
        SELECT s.programme_id, s.period_id, s.partner_type_id, coalesce(s.tier_id, 0)
          FROM w_member m
          JOIN performance_scorecard s
            ON s.tenant_id = %(tenant)s AND s.period_id = m.period_id AND s.partner_id = m.partner_id
           AND s.programme_id = m.programme_id) c"""


def remove_stale(mode: str, *, has_special: bool = False) -> str:
    """Cards that no longer belong: the partner left the programme, lost its facts, or the kind is no longer scored."""
    if mode == "changes":
        looks_back = f" OR {touched('p.template_id', 'p', 'w.ym')}" if has_special else ""
        return f"""
DELETE FROM performance_scorecard s USING w_pair w, w_period p
 WHERE s.tenant_id = %(tenant)s AND s.partner_id = w.partner_id AND s.period_id = p.period_id
   AND s.programme_id = p.programme_id AND (w.ym < p.ym_to AND w.ym >= p.ym_from{looks_back})
   AND NOT EXISTS (SELECT 1 FROM w_card c WHERE c.period_id = s.period_id AND c.partner_id = s.partner_id
                                            AND c.programme_id = s.programme_id)
"""
    periods = {
        "open": "true",
        "periods": "p.id = ANY(%(periods)s)",
        "wide": "p.id IN (SELECT period_id FROM w_period)",
    }[mode]
    return f"""
DELETE FROM performance_scorecard s USING performance_periodrow p
 WHERE s.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s AND p.id = s.period_id
   AND p.closed_at IS NULL AND {periods}
   AND NOT EXISTS (SELECT 1 FROM w_card c WHERE c.period_id = s.period_id AND c.partner_id = s.partner_id
                                            AND c.programme_id = s.programme_id)
"""


_COLUMNS = (
    "template_id",
    "partner_type_id",
    "tier_id",
    "region_id",
    "total",
    "total_e4",
    "coverage",
    "rated",
    "unrated_reason",
    "grade",
    "raw_grade",
    "limited_by_id",
    "rank",
    "cohort",
    "percentile",
    "delta",
)
"""What a card holds, in the order of the statements."""


COHORT_TIER = "CASE WHEN s.tier_id IS NULL THEN 0 ELSE s.tier_id END"
"""The tier as the index `scorecard_cohort` has it. Row-level security does not let COALESCE use an index."""


def _percentile(rank: str, cohort: str) -> str:
    return f"round(100.0 * ({cohort} - {rank} + 1) / {cohort}, 2)"


# Everybody was scored: the new cards are the cohorts.
_RANK_ALL = f"""
final AS MATERIALIZED (
  SELECT new.*, {_percentile("rank", "cohort")} AS percentile
    FROM (SELECT new.*, CASE WHEN rated THEN rank() OVER (c ORDER BY total_e4 DESC)::int END AS rank,
                 CASE WHEN rated THEN count(*) OVER c::int END AS cohort
            FROM new WINDOW c AS (PARTITION BY programme_id, period_id, type_id, tier_id, rated)) new)"""

# Some were scored: the stored cards of their cohorts are ranked along with them, by as few columns as that takes, and
# only those whose place moves are written.
_RANK_COHORTS = f"""
pool AS (
  SELECT cohort_no, programme_id, period_id, partner_id, total_e4, NULL::bigint AS stored_id, NULL::int AS old_rank,
         NULL::int AS old_cohort
    FROM w_card JOIN w_cohort USING (programme_id, period_id, type_id, tier_id) WHERE rated
  UNION ALL
  SELECT c.cohort_no, c.programme_id, c.period_id, s.partner_id, s.total_e4, s.id, s.rank, s.cohort
    FROM w_cohort c
    JOIN performance_scorecard s
      ON s.tenant_id = %(tenant)s AND s.period_id = c.period_id AND s.programme_id = c.programme_id
     AND s.partner_type_id = c.type_id AND {COHORT_TIER} = c.tier_id AND s.rated
   WHERE NOT EXISTS (SELECT 1 FROM w_card n WHERE n.period_id = s.period_id AND n.partner_id = s.partner_id
                                              AND n.programme_id = s.programme_id)),
placed AS MATERIALIZED (
  SELECT pool.*, rank() OVER (c ORDER BY total_e4 DESC)::int AS rank, count(*) OVER c::int AS cohort
    FROM pool WINDOW c AS (PARTITION BY cohort_no)),
final AS MATERIALIZED (
  SELECT new.*, o.rank, o.cohort, {_percentile("o.rank", "o.cohort")} AS percentile
    FROM new
    LEFT JOIN placed o ON o.stored_id IS NULL AND o.period_id = new.period_id AND o.partner_id = new.partner_id
                      AND o.programme_id = new.programme_id),
moved AS (
  UPDATE performance_scorecard s
     SET rank = o.rank, cohort = o.cohort, percentile = {_percentile("o.rank", "o.cohort")}, run_id = %(run)s,
         computed_at = now()
    FROM placed o
   WHERE s.tenant_id = %(tenant)s AND s.id = o.stored_id
     AND (o.rank, o.cohort) IS DISTINCT FROM (o.old_rank, o.old_cohort)
  RETURNING 1)"""


def write(extent: Extent) -> str:
    """Rank the new cards within their cohorts (R9), take the deltas (R10), write what differs and nothing else.

    The tenant's lock keeps other writers out, so a plain UPDATE and INSERT do; ON CONFLICT would lock every row that
    stays as it is.
    """
    columns = ", ".join(_COLUMNS)
    current = ", ".join(f"s.{name}" for name in _COLUMNS)
    found = ", ".join(f"f.{name}" for name in _COLUMNS)
    assign = ", ".join(f"{name} = f.{name}" for name in _COLUMNS)
    same_card = "s.period_id = f.period_id AND s.partner_id = f.partner_id AND s.programme_id = f.programme_id"
    # Most of a cohort keeps its place, which the planner cannot know: it would read every card to write a few.
    plans = "SET LOCAL enable_seqscan = off;" if extent.is_partial else ""
    return f"""{plans}
WITH stored_before AS (
  SELECT s.programme_id, s.period_id, s.partner_id, s.total
    FROM performance_scorecard s
   WHERE s.tenant_id = %(tenant)s
     AND s.period_id IN (SELECT prev_id FROM w_period {"" if extent.is_partial else "WHERE NOT prev_scored"})
     {"AND s.partner_id IN (SELECT partner_id FROM w_card)" if extent.is_partial else ""}),
new AS (
  SELECT c.programme_id, c.period_id, c.partner_id, c.template_id, c.type_id, c.type_id AS partner_type_id,
         nullif(c.tier_id, 0) AS tier_id, nullif(c.region_id, 0) AS region_id, c.total, c.total_e4, c.coverage, c.rated,
         c.unrated_reason, c.grade, c.raw_grade, c.limited_by_id,
         c.total - CASE WHEN q.partner_id IS NULL THEN o.total ELSE q.total END AS delta
    FROM w_card c
    LEFT JOIN w_card q ON q.period_id = c.prev_id AND q.partner_id = c.partner_id AND q.programme_id = c.programme_id
    LEFT JOIN stored_before o
      ON o.period_id = c.prev_id AND o.partner_id = c.partner_id AND o.programme_id = c.programme_id),
{_RANK_COHORTS if extent.is_partial else _RANK_ALL},
changed AS (
  UPDATE performance_scorecard s SET {assign}, run_id = %(run)s, computed_at = now()
    FROM final f
   WHERE s.tenant_id = %(tenant)s AND {same_card} AND ({current}) IS DISTINCT FROM ({found})
  RETURNING 1),
created AS (
  INSERT INTO performance_scorecard (tenant_id, period_id, partner_id, programme_id, {columns}, run_id)
  SELECT %(tenant)s, period_id, partner_id, programme_id, {columns}, %(run)s FROM final f
   WHERE NOT EXISTS (SELECT 1 FROM performance_scorecard s WHERE s.tenant_id = %(tenant)s AND {same_card})
  RETURNING 1)
SELECT (SELECT count(*) FROM created),
       (SELECT count(*) FROM changed){" + (SELECT count(*) FROM moved)" if extent.is_partial else ""},
       (SELECT md5(count(*)::text || ':' || coalesce(sum(hash_record_extended(
          (programme_id, period_id, partner_id, total, coverage, grade, rank, delta), 0)), 0)::text) FROM final)
"""


# The period after a scored one has a card whose delta looks back at it.
NEXT_DELTAS = """
UPDATE performance_scorecard n SET delta = n.total - c.total, run_id = %(run)s, computed_at = now()
  FROM w_period p JOIN w_card c ON c.programme_id = p.programme_id AND c.period_id = p.period_id
 WHERE n.tenant_id = %(tenant)s AND n.period_id = p.next_id AND n.programme_id = c.programme_id
   AND n.partner_id = c.partner_id AND (NOT p.next_scored OR %(only_changed)s)
   AND n.delta IS DISTINCT FROM n.total - c.total
   AND NOT EXISTS (SELECT 1 FROM w_card x WHERE x.period_id = n.period_id AND x.partner_id = n.partner_id
                                            AND x.programme_id = n.programme_id)
"""

# The rules and the newest fact that a run saw, for its manifest.
FACTS_AND_RULES = """
SET LOCAL enable_seqscan = on;
SET LOCAL enable_nestloop = on;
SET LOCAL enable_mergejoin = on;
SELECT (SELECT recorded_at FROM performance_measurement WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT 1),
       md5(concat_ws(';',
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT id, code, aggregation, direction, multiplier FROM performance_kpi WHERE tenant_id = %(tenant)s) x),
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT k.id, k.attribute, k.compare_with, k.formula, n.source_id, n.position
              FROM performance_kpi k
              LEFT JOIN performance_kpiinput n ON n.tenant_id = %(tenant)s AND n.kpi_id = k.id
             WHERE k.tenant_id = %(tenant)s AND k.aggregation = ANY(%(special)s)) x),
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT id, kpi_id, period_kind, scope, tier_id, region_id, partner_type_id, partner_id, valid_from,
                   valid_to, floor, target, stretch, ceiling
              FROM performance_benchmark WHERE tenant_id = %(tenant)s AND withdrawn_at IS NULL) x),
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT id, basis FROM performance_benchmark
             WHERE tenant_id = %(tenant)s AND withdrawn_at IS NULL AND basis <> 'absolute') x),
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT t.id, t.programme_id, t.valid_from, t.valid_to, t.points_at_target, t.minimum_coverage,
                   t.period_kinds, l.kpi_id, l.weight, l.policy, l.carry_periods, l.gate_minimum, l.gate_grade
              FROM performance_scorecardtemplate t
              JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.template_id = t.id
             WHERE t.tenant_id = %(tenant)s AND t.status = 'published') x),
         (SELECT sum(hashtextextended(x::text, 0)) FROM (
            SELECT b.template_id, b.key, b.minimum FROM performance_gradeband b
             WHERE b.tenant_id = %(tenant)s) x)))
"""
