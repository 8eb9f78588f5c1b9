"""What the engine is measured against: a statement written by hand for just this job, DuckDB, and a bare scan.

The statement works on tables of its own: no policies, integer keys, benchmarks resolved beforehand, months only, the
present tier, one policy for missing data. It is what a specialist would write who needs nothing else of the product.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

from performance.bench.database import owner_cursor

MAKE_TABLES = """
DROP SCHEMA IF EXISTS reference CASCADE;
CREATE SCHEMA reference;
SET search_path = reference, public;
CREATE TABLE partner (tenant_id int, partner_id int, tier_id int, region_id int, PRIMARY KEY (tenant_id, partner_id));
CREATE TABLE kpi (tenant_id int, kpi_id int, agg text, direction char(1), multiplier numeric,
                  PRIMARY KEY (tenant_id, kpi_id));
CREATE TABLE period (tenant_id int, period_id int, kind char(1), seq int, ym_from int, ym_to int,
                     PRIMARY KEY (tenant_id, period_id));
CREATE TABLE rollup (tenant_id int NOT NULL, partner_id int NOT NULL, ym int NOT NULL, kpi_id int NOT NULL,
                     n int NOT NULL, n_nw int NOT NULL, sum_v numeric NOT NULL, sum_w numeric NOT NULL,
                     sum_vw numeric NOT NULL,
                     last_v numeric, PRIMARY KEY (tenant_id, partner_id, ym, kpi_id)) WITH (fillfactor = 85);
CREATE TABLE bm_resolved (tenant_id int, period_id int, tier_id int, region_id int, kpi_id int, direction char(1),
                          fl numeric, tg numeric, st numeric, ce numeric, w numeric, w_all numeric,
                          PRIMARY KEY (tenant_id, period_id, tier_id, region_id, kpi_id));
CREATE TABLE bm_partner (tenant_id int, partner_id int, period_id int, kpi_id int, direction char(1), fl numeric,
                         tg numeric, st numeric, ce numeric, w numeric, adj numeric,
                         PRIMARY KEY (tenant_id, partner_id, period_id, kpi_id));
CREATE TABLE scorecard (tenant_id int NOT NULL, period_id int NOT NULL, partner_id int NOT NULL, tier_id int,
                        total numeric(7,4), coverage numeric(5,4), grade char(1), rank int, cohort int,
                        percentile numeric(5,2), delta numeric(7,4), computed_at timestamptz NOT NULL DEFAULT now(),
                        PRIMARY KEY (tenant_id, period_id, partner_id)) WITH (fillfactor = 70);
CREATE INDEX scorecard_board ON scorecard (tenant_id, period_id, tier_id, total DESC NULLS LAST) INCLUDE (partner_id);
INSERT INTO partner SELECT p.tenant_id, p.id, a.tier_id, p.region_id
  FROM partners_partner p JOIN partners_tierassignment a ON a.partner_id = p.id WHERE p.tenant_id = %(t)s;
INSERT INTO kpi SELECT tenant_id, id, CASE aggregation WHEN 'average' THEN 'avg' ELSE aggregation END,
       CASE direction WHEN 'higher' THEN 'H' WHEN 'lower' THEN 'L' ELSE 'B' END, multiplier
  FROM performance_kpi WHERE tenant_id = %(t)s;
INSERT INTO period SELECT tenant_id, id, 'M', seq, ym_from, ym_to FROM performance_periodrow
 WHERE tenant_id = %(t)s AND kind = 'month';
INSERT INTO rollup SELECT tenant_id, partner_id, ym, kpi_id, n, 0, sum_v,
       CASE WHEN k.agg = 'avg' THEN sum_w1 ELSE sum_w END, sum_vw, last_v
  FROM performance_rollup JOIN kpi k USING (tenant_id, kpi_id) WHERE tenant_id = %(t)s;
INSERT INTO bm_resolved
SELECT DISTINCT ON (p.period_id, t.tier_id, t.region_id, k.kpi_id) %(t)s, p.period_id, t.tier_id, t.region_id, k.kpi_id,
       k.direction, b.floor, b.target, b.stretch, b.ceiling, l.weight, 100
  FROM period p CROSS JOIN (SELECT DISTINCT tier_id, region_id FROM partner) t CROSS JOIN kpi k
  JOIN performance_templateline l ON l.tenant_id = %(t)s AND l.kpi_id = k.kpi_id
  JOIN performance_benchmark b ON b.tenant_id = %(t)s AND b.kpi_id = k.kpi_id
   AND (b.scope = 'all' OR b.tier_id = t.tier_id OR b.region_id = t.region_id)
 ORDER BY p.period_id, t.tier_id, t.region_id, k.kpi_id, array_position(ARRAY['tier', 'region', 'all'], b.scope::text);
INSERT INTO bm_partner SELECT %(t)s, b.partner_id, p.period_id, b.kpi_id, k.direction, b.floor, b.target, b.stretch,
       b.ceiling, l.weight, 0
  FROM performance_benchmark b JOIN kpi k ON k.kpi_id = b.kpi_id CROSS JOIN period p
  JOIN performance_templateline l ON l.tenant_id = %(t)s AND l.kpi_id = b.kpi_id
 WHERE b.tenant_id = %(t)s AND b.scope = 'partner';
ANALYZE partner, kpi, period, rollup, bm_resolved, bm_partner;
"""

RECOMPUTE = """
WITH per AS MATERIALIZED (SELECT * FROM period WHERE tenant_id = %(t)s AND kind = ANY(ARRAY['M'])),
act AS (
  SELECT r.partner_id, p.period_id, r.kpi_id, round(CASE k.agg
           WHEN 'sum'   THEN r.sum_v
           WHEN 'avg'   THEN r.sum_vw / nullif(r.sum_w + r.n_nw, 0)
           WHEN 'ratio' THEN k.multiplier * r.sum_v / nullif(r.sum_w, 0)
           ELSE r.last_v END, 6) a
    FROM rollup r JOIN per p ON p.ym_from = r.ym
    JOIN kpi k ON k.tenant_id = %(t)s AND k.kpi_id = r.kpi_id
   WHERE r.tenant_id = %(t)s OFFSET 0),
b AS (
  SELECT a.*, coalesce(x.direction, m.direction) d, coalesce(x.fl, m.fl) fl, coalesce(x.tg, m.tg) tg,
         coalesce(x.st, m.st) st, coalesce(x.ce, m.ce) ce, coalesce(x.w, m.w) w
    FROM act a JOIN partner pt ON pt.tenant_id = %(t)s AND pt.partner_id = a.partner_id
    LEFT JOIN bm_resolved m ON m.tenant_id = %(t)s AND m.period_id = a.period_id AND m.tier_id = pt.tier_id
                           AND m.region_id = pt.region_id AND m.kpi_id = a.kpi_id
    LEFT JOIN bm_partner x ON x.tenant_id = %(t)s AND x.partner_id = a.partner_id
                          AND x.period_id = a.period_id AND x.kpi_id = a.kpi_id),
pts AS (
  SELECT partner_id, period_id, w, round(CASE d
    WHEN 'H' THEN CASE WHEN a >= st THEN 100 WHEN a >= tg THEN 80 + 20*(a-tg)/(st-tg)
                       WHEN a > fl THEN 80*(a-fl)/(tg-fl) WHEN a IS NOT NULL THEN 0 END
    WHEN 'L' THEN CASE WHEN a <= st THEN 100 WHEN a <= tg THEN 80 + 20*(tg-a)/(tg-st)
                       WHEN a < fl THEN 80*(fl-a)/(fl-tg) WHEN a IS NOT NULL THEN 0 END
    WHEN 'B' THEN CASE WHEN a BETWEEN tg AND st THEN 100 WHEN a > fl AND a < tg THEN 100*(a-fl)/(tg-fl)
                       WHEN a > st AND a < ce THEN 100*(ce-a)/(ce-st) WHEN a IS NOT NULL THEN 0 END
    END, 4) p FROM b OFFSET 0),
tot AS (
  SELECT partner_id, period_id, sum(p*w) / nullif(sum(w) FILTER (WHERE p IS NOT NULL), 0) total,
         coalesce(sum(w) FILTER (WHERE p IS NOT NULL), 0) got
    FROM pts WHERE w > 0 GROUP BY 1, 2),
wall AS (SELECT tier_id, region_id, period_id, max(w_all) w_all
           FROM bm_resolved WHERE tenant_id = %(t)s GROUP BY 1, 2, 3),
adj  AS (SELECT partner_id, period_id, sum(adj) adj FROM bm_partner WHERE tenant_id = %(t)s GROUP BY 1, 2),
card AS (
  SELECT pt.partner_id, p.period_id, p.kind, p.seq, pt.tier_id, round(tot.total, 4) total,
         round(coalesce(tot.got, 0) / nullif(wall.w_all + coalesce(adj.adj, 0), 0), 4) coverage
    FROM partner pt CROSS JOIN per p
    LEFT JOIN tot  USING (partner_id, period_id)
    LEFT JOIN wall ON wall.tier_id = pt.tier_id AND wall.region_id = pt.region_id AND wall.period_id = p.period_id
    LEFT JOIN adj  ON adj.partner_id = pt.partner_id AND adj.period_id = p.period_id
   WHERE pt.tenant_id = %(t)s),
rk AS (
  SELECT *, CASE WHEN total IS NOT NULL THEN rank() OVER c END rnk,
         CASE WHEN total IS NOT NULL THEN count(total) OVER (PARTITION BY period_id, tier_id) END n,
         total - lag(total) OVER (PARTITION BY partner_id, kind ORDER BY seq) delta
    FROM card WINDOW c AS (PARTITION BY period_id, tier_id ORDER BY total DESC NULLS LAST))
INSERT INTO scorecard AS s
       (tenant_id, period_id, partner_id, tier_id, total, coverage, grade, rank, cohort, percentile, delta)
SELECT %(t)s, period_id, partner_id, tier_id, total, coverage,
       CASE WHEN total >= 90 THEN 'A' WHEN total >= 75 THEN 'B' WHEN total >= 60 THEN 'C'
            WHEN total >= 40 THEN 'D' WHEN total IS NOT NULL THEN 'E' END,
       rnk, n, round(100.0 * (n - rnk + 1) / n, 2), delta FROM rk
ON CONFLICT (tenant_id, period_id, partner_id) DO UPDATE SET tier_id = excluded.tier_id, total = excluded.total,
       coverage = excluded.coverage, grade = excluded.grade, rank = excluded.rank, cohort = excluded.cohort,
       percentile = excluded.percentile, delta = excluded.delta, computed_at = now()
 WHERE (s.tier_id, s.total, s.coverage, s.grade, s.rank, s.cohort, s.percentile, s.delta) IS DISTINCT FROM
       (excluded.tier_id, excluded.total, excluded.coverage, excluded.grade, excluded.rank, excluded.cohort,
        excluded.percentile, excluded.delta)
"""

SPOIL = "UPDATE {table} SET delta = coalesce(delta, 0) + 0.0001 WHERE tenant_id = %(t)s"
"""Makes every stored card wrong, so that a recompute has to write all of them."""

DIFFERENCES = """
SELECT count(*) FROM reference.scorecard r
  FULL JOIN (SELECT * FROM performance_scorecard WHERE tenant_id = %(t)s) s USING (period_id, partner_id)
 WHERE (r.total, r.coverage, coalesce(r.grade, ''), r.rank, r.cohort, r.percentile, r.delta) IS DISTINCT FROM
       (s.total, s.coverage, s.grade::text, s.rank, s.cohort, s.percentile, s.delta)
"""

SCAN = "SELECT count(*), sum(value) FROM performance_measurement WHERE tenant_id = %(t)s"


def recompute(cursor: Any, tenant_id: int) -> None:
    """The hand-written statement, once."""
    cursor.execute("SET LOCAL search_path = reference, public")
    cursor.execute("SET LOCAL work_mem = '96MB'")
    cursor.execute(RECOMPUTE, {"t": tenant_id})


class DuckDb:
    """The same scores in DuckDB's memory, from raw facts, in doubles, without writing anything."""

    def __init__(self, owner_url: str, tenant_id: int) -> None:
        import duckdb

        self.connection = duckdb.connect(config={"threads": 2})
        with tempfile.TemporaryDirectory() as directory:
            for table, query in {
                "fact": "SELECT partner_id, kpi_id, ym, occurred_on AS day, value, weight "
                f"FROM performance_measurement WHERE tenant_id = {tenant_id}",
                "partner": "SELECT partner_id, tier_id, region_id FROM reference.partner",
                "kpi": "SELECT kpi_id, agg, direction, multiplier FROM reference.kpi",
                "period": "SELECT period_id, seq, ym_from AS ym FROM reference.period",
                "bm_resolved": "SELECT period_id, tier_id, region_id, kpi_id, direction, fl, tg, st, ce, w "
                "FROM reference.bm_resolved",
                "bm_partner": "SELECT partner_id, period_id, kpi_id, fl, tg, st, ce FROM reference.bm_partner",
            }.items():
                path = Path(directory) / f"{table}.csv"
                with owner_cursor(owner_url) as cursor, path.open("wb") as file:
                    cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", io.BufferedWriter(file))
                # All rows are looked at for the types: a column may be empty in the first thousands.
                read = f"read_csv('{path}', sample_size = -1)"
                self.connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {read}")

    def recompute(self) -> None:
        """Roll up, score, rank."""
        self.connection.execute(DUCKDB).fetchall()


DUCKDB = """
WITH rolled AS (
  SELECT partner_id, ym, kpi_id, sum(value::DOUBLE) AS v, sum(coalesce(weight, 0)::DOUBLE) AS w,
         sum(value::DOUBLE * coalesce(weight, 1)) AS vw, sum(coalesce(weight, 1)::DOUBLE) AS w1,
         arg_max(value::DOUBLE, day) AS l
    FROM fact GROUP BY ALL),
act AS (
  SELECT r.partner_id, p.period_id, r.kpi_id, k.direction AS d, pt.tier_id, pt.region_id,
         round(CASE k.agg WHEN 'sum' THEN v WHEN 'avg' THEN vw / nullif(w1, 0)
                          WHEN 'ratio' THEN k.multiplier * v / nullif(w, 0) ELSE l END, 6) AS a
    FROM rolled r JOIN period p USING (ym) JOIN kpi k USING (kpi_id) JOIN partner pt USING (partner_id)),
b AS (
  SELECT act.*, coalesce(x.fl, m.fl)::DOUBLE fl, coalesce(x.tg, m.tg)::DOUBLE tg, coalesce(x.st, m.st)::DOUBLE st,
         coalesce(x.ce, m.ce)::DOUBLE ce, m.w::DOUBLE w
    FROM act
    LEFT JOIN bm_resolved m USING (period_id, tier_id, region_id, kpi_id)
    LEFT JOIN bm_partner x USING (partner_id, period_id, kpi_id)),
pts AS (
  SELECT partner_id, period_id, tier_id, w, round(CASE d
    WHEN 'H' THEN CASE WHEN a >= st THEN 100 WHEN a >= tg THEN 80 + 20*(a-tg)/(st-tg)
                       WHEN a > fl THEN 80*(a-fl)/(tg-fl) ELSE 0 END
    WHEN 'L' THEN CASE WHEN a <= st THEN 100 WHEN a <= tg THEN 80 + 20*(tg-a)/(tg-st)
                       WHEN a < fl THEN 80*(fl-a)/(fl-tg) ELSE 0 END
    ELSE CASE WHEN a BETWEEN tg AND st THEN 100 WHEN a > fl AND a < tg THEN 100*(a-fl)/(tg-fl)
              WHEN a > st AND a < ce THEN 100*(ce-a)/(ce-st) ELSE 0 END END, 4) AS p FROM b),
tot AS (
  SELECT partner_id, period_id, tier_id, round(sum(p * w) / sum(w), 4) AS total, sum(w) AS got
    FROM pts GROUP BY ALL),
ranked AS (
  SELECT tot.*, rank() OVER (PARTITION BY period_id, tier_id ORDER BY total DESC) AS rnk,
         count(*) OVER (PARTITION BY period_id, tier_id) AS n,
         total - lag(total) OVER (PARTITION BY partner_id ORDER BY seq) AS delta
    FROM tot JOIN period USING (period_id))
SELECT count(*), sum(total), sum(rnk), sum(n), sum(delta) FROM ranked
"""
