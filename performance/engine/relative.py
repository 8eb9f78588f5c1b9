"""Benchmarks that follow from an earlier result (R4): percent of the partner's own past, percentiles of its cohort.

`RESOLVE` turns them into values for a run: it follows the resolving of benchmarks by profile and leaves in w_bm what
absolute ones would have left there, so that nothing after it knows the difference. A line whose base is missing
vanishes from w_bm: it counts as a line without benchmark. Where own results matter every partner is a profile of its
own. `of_line` does the same for the lines of single cards. `performance/rules/scoring.py` is the reference for both.
"""

from performance.engine.fragments import LAST_PLAIN_CODE, PER_PERIOD_WORDS, SUMS, actual
from performance.rules.scoring import ACTUAL_PLACES, COHORT_BASE_FROM

BASIS_CODES = {"absolute": "0", "own_year": "1", "own_period": "2", "cohort": "3"}

OWN_PAST_CODES = "(1, 2)"

_BACK = "CASE b.basis WHEN 1 THEN 12 ELSE b.months END"
"""How many months before the period the own result was."""

# Percent times 0.01: a multiplication is exact, a division would be rounded before the one rounding.
_PERCENT = "round({number} * {base} * 0.01, " + str(ACTUAL_PLACES) + ")"


def _percentile(number: str, actuals: str) -> str:
    """The smallest of the ordered actuals that at least so many percent do not exceed."""
    return f"{actuals}[greatest(1, ceil({number} * cardinality({actuals}) * 0.01))::int]"


def _in_bm(name: str) -> str:
    """A threshold of w_bm as a value. Those of lower-is-better are negated there, percentiles too."""
    percent = _PERCENT.format(number=f"b.{name}", base="r.base")
    lower = "1" if name == "ce" else "CASE b.direction WHEN -1 THEN -1 ELSE 1 END"
    percentile = f"{lower} * {_percentile(f'abs(b.{name})', 'r.actuals')}"
    return f"CASE b.basis WHEN 0 THEN b.{name} WHEN 3 THEN {percentile} ELSE {percent} END AS {name}"


RESOLVE = f"""
CREATE TEMPORARY TABLE w_relative ON COMMIT DROP AS
WITH own AS (
  SELECT b.*, {_BACK} AS back, m.partner_id
    FROM w_bm b JOIN w_member m ON m.profile_id = b.profile_id AND m.period_id = b.period_id
   WHERE b.basis IN {OWN_PAST_CODES}),
sums AS (
  SELECT o.profile_id, o.period_id, o.kpi_id, o.aggregation, o.multiplier, {SUMS}
    FROM own o
   CROSS JOIN generate_series(o.ym_from - o.back, o.ym_from - o.back + o.months - 1) AS y(ym)
    JOIN performance_rollup r
      ON r.tenant_id = %(tenant)s AND r.partner_id = o.partner_id AND r.kpi_id = o.kpi_id AND r.ym = y.ym
   WHERE o.aggregation < {LAST_PLAIN_CODE}
   GROUP BY 1, 2, 3, 4, 5),
closed AS (
  SELECT p.period_id, (SELECT q.id FROM performance_periodrow q
                        WHERE q.tenant_id = %(tenant)s AND q.kind = p.kind AND q.closed_at IS NOT NULL
                          AND q.ym_to <= p.ym_from ORDER BY q.ym_to DESC LIMIT 1) AS closed_id
    FROM (SELECT DISTINCT period_id, kind, ym_from FROM w_period) p)
SELECT profile_id, period_id, kpi_id, base, NULL::numeric[] AS actuals
  FROM (SELECT profile_id, period_id, kpi_id,
               round(({actual("s", "s", is_coded=True)})::numeric, {ACTUAL_PLACES}) AS base
          FROM sums s
        UNION ALL
        SELECT o.profile_id, o.period_id, o.kpi_id, a.actual
          FROM own o
          JOIN performance_periodactual a
            ON a.tenant_id = %(tenant)s AND a.partner_id = o.partner_id AND a.kpi_id = o.kpi_id
           AND a.ym_from = o.ym_from - o.back AND a.months = o.months
         WHERE o.aggregation > {LAST_PLAIN_CODE}) x
 WHERE base > 0
UNION ALL
SELECT b.profile_id, b.period_id, b.kpi_id, NULL, a.actuals
  FROM w_bm b
  JOIN (SELECT DISTINCT profile_id, programme_id, type_id, tier_id FROM w_member) f ON f.profile_id = b.profile_id
  JOIN closed c ON c.period_id = b.period_id
  JOIN performance_cohortactuals a
    ON a.tenant_id = %(tenant)s AND a.programme_id = f.programme_id AND a.period_id = c.closed_id
   AND a.kpi_id = b.kpi_id AND a.partner_type_id = f.type_id AND coalesce(a.tier_id, 0) = f.tier_id
 WHERE b.basis = 3 AND cardinality(a.actuals) >= {COHORT_BASE_FROM};
ANALYZE w_relative;
CREATE TEMPORARY TABLE w_resolved ON COMMIT DROP AS
SELECT b.profile_id, b.period_id, b.kpi_id, b.aggregation, b.multiplier, b.tp, b.w, b.policy, b.carry, b.ym_from,
       b.months, b.gate_minimum, b.gate_code, b.direction, {_in_bm("fl")}, {_in_bm("tg")}, {_in_bm("st")},
       {_in_bm("ce")}, b.basis
  FROM w_bm b
  LEFT JOIN w_relative r ON r.profile_id = b.profile_id AND r.period_id = b.period_id AND r.kpi_id = b.kpi_id
 WHERE b.basis = 0 OR r.kpi_id IS NOT NULL;
DROP TABLE w_bm;
ALTER TABLE w_resolved RENAME TO w_bm;
ANALYZE w_bm (profile_id, period_id, kpi_id);
"""

NEEDS = """
SELECT array_agg(ARRAY[t.id::text, b.kpi_id::text, b.period_kind, b.basis])
  FROM (SELECT DISTINCT kpi_id, period_kind, basis
          FROM performance_benchmark
         WHERE tenant_id = %(tenant)s AND basis <> 'absolute' AND withdrawn_at IS NULL) b
  JOIN performance_scorecardtemplate t
    ON t.tenant_id = %(tenant)s AND t.status = 'published' AND b.period_kind = ANY(t.period_kinds)
 WHERE EXISTS (SELECT 1
                 FROM performance_scorecardtemplate o
                 JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.template_id = o.id
                WHERE o.tenant_id = %(tenant)s AND o.programme_id = t.programme_id
                  AND (o.id = t.id OR o.status = 'draft') AND l.kpi_id = b.kpi_id)
"""
"""The relative benchmarks of published templates' KPIs and of their drafts': template, KPI, kind of period, basis."""


# --- Lines of single cards -----------------------------------------------------------------------------------------


def _threshold(name: str) -> str:
    return f"""CASE WHEN b.basis = 'cohort' THEN
                           CASE WHEN cardinality(g.actuals) >= {COHORT_BASE_FROM}
                                THEN {_percentile(f"b.{name}", "g.actuals")} END
                         WHEN g.base > 0 THEN {_PERCENT.format(number=f"b.{name}", base="g.base")} END AS {name}"""


OF_LINE = f"""LEFT JOIN LATERAL (
                  SELECT g.base, g.back, g.label, cardinality(g.actuals) AS members, {_threshold("floor")},
                         {_threshold("target")}, {_threshold("stretch")}, {_threshold("ceiling")}
                    FROM (
                      SELECT h.label, h.actuals, o.back,
                             CASE WHEN b.basis = 'cohort' THEN NULL
                                  WHEN k.aggregation IN {PER_PERIOD_WORDS} THEN
                                    (SELECT a.actual FROM performance_periodactual a
                                      WHERE a.tenant_id = %(tenant)s AND a.partner_id = c.partner_id
                                        AND a.kpi_id = k.id AND a.ym_from = c.ym_from - o.back AND a.months = o.months)
                                  ELSE
                                    (SELECT round(({actual("s", "k")})::numeric, {ACTUAL_PLACES})
                                       FROM (SELECT {SUMS}
                                               FROM performance_rollup r
                                              WHERE r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id
                                                AND r.kpi_id = k.id AND r.ym >= c.ym_from - o.back
                                                AND r.ym < c.ym_to - o.back
                                             HAVING count(*) > 0) s) END AS base
                        FROM (SELECT c.ym_to - c.ym_from AS months,
                                     CASE b.basis WHEN 'own_year' THEN 12 WHEN 'own_period' THEN c.ym_to - c.ym_from
                                     END AS back) o
                        LEFT JOIN LATERAL (
                          SELECT q.label, a.actuals
                            FROM (SELECT q.id, q.label FROM performance_periodrow q
                                   WHERE q.tenant_id = %(tenant)s AND q.kind = c.kind AND q.closed_at IS NOT NULL
                                     AND q.ym_to <= c.ym_from ORDER BY q.ym_to DESC LIMIT 1) q
                            LEFT JOIN performance_cohortactuals a
                              ON a.tenant_id = %(tenant)s AND a.programme_id = c.programme_id AND a.period_id = q.id
                             AND a.kpi_id = k.id AND a.partner_type_id = c.partner_type_id
                             AND coalesce(a.tier_id, 0) = coalesce(c.tier_id, 0)) h ON b.basis = 'cohort'
                       OFFSET 0) g) rel ON b.basis <> 'absolute'"""
"""The thresholds of a relative benchmark `b` of the KPI `k` for the card `c`, as `rel`; all NULL without a base."""


def threshold_of(name: str) -> str:
    """A threshold of `b` as a value, with `OF_LINE` joined."""
    return f"CASE WHEN b.basis = 'absolute' THEN b.{name} ELSE rel.{name} END"


IS_RESOLVED = "(b.basis = 'absolute' OR rel.target IS NOT NULL)"

DESCRIPTION = """CASE WHEN b.basis <> 'absolute' THEN jsonb_build_object(
    'basis', b.basis, 'benchmark_id', b.id, 'scope', b.scope, 'valid_from', b.valid_from, 'floor', b.floor,
    'target', b.target, 'stretch', b.stretch, 'ceiling', b.ceiling, 'base', rel.base, 'back', rel.back,
    'period', rel.label, 'members', coalesce(rel.members, 0)) END"""
"""What a relative benchmark says and from which figures its values follow, for the receipt."""


KEEP_COHORTS = """
DELETE FROM performance_cohortactuals
 WHERE tenant_id = %(tenant)s AND period_id = %(period)s AND programme_id = %(programme)s;
INSERT INTO performance_cohortactuals (tenant_id, programme_id, period_id, kpi_id, partner_type_id, tier_id, actuals)
SELECT %(tenant)s, %(programme)s, %(period)s, f.kpi_id, s.partner_type_id, s.tier_id,
       array_agg(f.actual ORDER BY f.actual)
  FROM performance_scorecard s
 CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f(kpi_id bigint, state text, actual numeric)
 WHERE s.tenant_id = %(tenant)s AND s.period_id = %(period)s AND s.programme_id = %(programme)s
   AND s.rated AND f.state IN ('scored', 'no_benchmark') AND f.actual IS NOT NULL
 GROUP BY f.kpi_id, s.partner_type_id, s.tier_id
"""
"""Put down what the cohorts of a closed period came to, from its frozen cards."""
