"""Looking for what the alert rules watch: one statement for each kind of rule, over all cards that changed.

The rules come as a parameter (`rules`, JSON), so that one that is not saved yet is tried by the same statement. Each
names the periods to look at. `since` leaves out cards that no run wrote after it; -1 looks at all.

Each condition fills `found` (one row per rule and card with what was found) from `card`. `LOOK` holds `found` against
the alerts there are: what is new is raised, what came back opens again, figures follow, and what has gone is resolved.
`performance/rules/alerts.py` is the readable reference; a test holds the two equal.
"""

from performance.engine import lines

RULES = """
rule AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rules)s::jsonb) AS r(
    id bigint, kind text, severity text, programme bigint, periods bigint[], kpi bigint, "limit" text, figure numeric,
    grade_move text, grade text, missing text, days int)),
card AS MATERIALIZED (
  SELECT r.id AS rule_id, s.id, s.programme_id, s.period_id, s.partner_id, s.template_id, s.total, s.coverage, s.rated,
         s.grade, s.delta, s.lines IS NOT NULL AS is_frozen
    FROM rule r
    JOIN performance_scorecard s
      ON s.tenant_id = %(tenant)s AND s.period_id = ANY(r.periods)
     AND (r.programme IS NULL OR s.programme_id = r.programme)
   WHERE coalesce(s.run_id, 0) > %(since)s)"""

_KEY = "c.rule_id, c.programme_id, c.period_id, c.partner_id"
_NO_GRADES = "''::text AS grade, ''::text AS former_grade, NULL::date AS since"
_HERE = """JOIN partners_partner p
      ON p.tenant_id = %(tenant)s AND p.id = c.partner_id AND p.status <> 'terminated'"""

_TOTAL = f"""
found AS MATERIALIZED (
  SELECT {_KEY}, NULL::bigint AS kpi_id, c.total AS value, r.figure AS bound, c.total - c.delta AS former, {_NO_GRADES}
    FROM card c JOIN rule r ON r.id = c.rule_id {_HERE}
   WHERE c.rated AND c.total < r.figure)"""

_DROP = f"""
found AS MATERIALIZED (
  SELECT {_KEY}, NULL::bigint AS kpi_id, c.total AS value, r.figure AS bound, c.total - c.delta AS former, {_NO_GRADES}
    FROM card c JOIN rule r ON r.id = c.rule_id {_HERE}
   WHERE c.rated AND c.delta <= -r.figure)"""

_GRADE = f"""
found AS MATERIALIZED (
  SELECT {_KEY}, NULL::bigint AS kpi_id, c.total AS value, NULL::numeric AS bound, o.total AS former,
         c.grade::text AS grade, coalesce(o.grade, '')::text AS former_grade, NULL::date AS since
    FROM card c
    JOIN rule r ON r.id = c.rule_id {_HERE}
    JOIN performance_periodrow n ON n.tenant_id = %(tenant)s AND n.id = c.period_id
    LEFT JOIN performance_periodrow q ON q.tenant_id = %(tenant)s AND q.kind = n.kind AND q.seq = n.seq - 1
    LEFT JOIN performance_scorecard o
      ON o.tenant_id = %(tenant)s AND o.partner_id = c.partner_id AND o.period_id = q.id
     AND o.programme_id = c.programme_id AND o.rated
    LEFT JOIN performance_gradeband b
      ON b.tenant_id = %(tenant)s AND b.template_id = c.template_id AND b.key = c.grade
    LEFT JOIN performance_gradeband ob
      ON ob.tenant_id = %(tenant)s AND ob.template_id = o.template_id AND ob.key = o.grade
   WHERE c.rated
     AND CASE r.grade_move WHEN 'into' THEN c.grade = r.grade AND o.grade IS DISTINCT FROM r.grade
                           WHEN 'any' THEN o.grade <> c.grade
                           ELSE o.grade <> c.grade AND b.minimum < ob.minimum END)"""

_INCOMPLETE = f"""
found AS MATERIALIZED (
  SELECT {_KEY}, NULL::bigint AS kpi_id, coalesce(c.coverage, 0) AS value,
         coalesce(r.figure, t.minimum_coverage) AS bound, NULL::numeric AS former, {_NO_GRADES}
    FROM card c
    JOIN rule r ON r.id = c.rule_id {_HERE}
    JOIN performance_scorecardtemplate t ON t.tenant_id = %(tenant)s AND t.id = c.template_id
   WHERE CASE r.missing WHEN 'unrated' THEN NOT c.rated
                        ELSE coalesce(c.coverage, 0) < coalesce(r.figure, t.minimum_coverage) END)"""

# The lines of the cards, but only of the KPIs that are watched.
_WATCHED = "AND l.kpi_id IN (SELECT rule.kpi FROM rule)"
_KPI = f"""
line AS MATERIALIZED (
  SELECT card_id, kpi_id, direction, state, actual, floor, ceiling
    FROM ({lines.derived("alerts", only=_WATCHED)}) d
  UNION ALL
  SELECT card_id, kpi_id, direction, state, actual, floor, ceiling FROM ({lines.frozen("alerts")}) f),
broken AS MATERIALIZED (
  SELECT {_KEY}, l.kpi_id, l.actual,
         CASE WHEN l.direction = 'lower' AND l.actual > b.bound OR l.direction <> 'lower' AND l.actual < b.bound
              THEN b.bound
              WHEN l.direction = 'band' AND r."limit" = 'floor' AND l.actual > l.ceiling THEN l.ceiling END AS bound
    FROM card c
    JOIN rule r ON r.id = c.rule_id {_HERE}
    JOIN line l ON l.card_id = c.id AND l.kpi_id = r.kpi AND l.state IN ('scored', 'no_benchmark')
   CROSS JOIN LATERAL (SELECT CASE r."limit" WHEN 'figure' THEN r.figure ELSE l.floor END AS bound) b),
found AS MATERIALIZED (
  SELECT {_KEY}, c.kpi_id, c.actual AS value, c.bound, NULL::numeric AS former, {_NO_GRADES}
    FROM broken c WHERE c.bound IS NOT NULL)"""

# Belongs to no card: partners at work whose type the KPI's line of today's scorecard applies to. Without looking at
# everything only those with an alert are asked again, for whom a measurement may have arrived.
_SILENT = """
found AS MATERIALIZED (
  SELECT r.id AS rule_id, r.programme AS programme_id, NULL::bigint AS period_id, p.id AS partner_id, r.kpi AS kpi_id,
         (%(today)s::date - last.day)::numeric AS value, r.days::numeric AS bound, NULL::numeric AS former,
         ''::text AS grade, ''::text AS former_grade, last.day AS since
    FROM rule r
    JOIN partners_partner p ON p.tenant_id = %(tenant)s AND p.status = 'active'
    JOIN partners_partnertype y ON y.tenant_id = %(tenant)s AND y.id = p.partner_type_id AND y.is_scored
    LEFT JOIN LATERAL (
      SELECT max(f.occurred_on) AS day
        FROM performance_measurement f
       WHERE f.tenant_id = %(tenant)s AND f.partner_id = p.id AND f.kpi_id = r.kpi
         AND f.ym = (SELECT max(o.ym) FROM performance_rollup o
                      WHERE o.tenant_id = %(tenant)s AND o.partner_id = p.id AND o.kpi_id = r.kpi)) last ON true
   WHERE (%(since)s < 0 OR EXISTS (SELECT 1 FROM performance_alert a
                                    WHERE a.tenant_id = %(tenant)s AND a.rule_id = r.id AND a.partner_id = p.id
                                      AND a.holds))
     AND NOT EXISTS (SELECT 1 FROM performance_measurement f
                      WHERE f.tenant_id = %(tenant)s AND f.partner_id = p.id AND f.kpi_id = r.kpi
                        AND f.ym >= %(silent_ym)s AND f.occurred_on >= %(today)s::date - r.days)
     AND EXISTS (
       SELECT 1
         FROM performance_templateline l
         JOIN performance_scorecardtemplate t
           ON t.tenant_id = %(tenant)s AND t.id = l.template_id AND t.status = 'published'
          AND t.valid_from <= %(today)s AND (t.valid_to IS NULL OR t.valid_to > %(today)s)
        WHERE l.tenant_id = %(tenant)s AND l.kpi_id = r.kpi AND (r.programme IS NULL OR t.programme_id = r.programme)
          AND (NOT EXISTS (SELECT 1 FROM performance_templatelinetype k
                            WHERE k.tenant_id = %(tenant)s AND k.line_id = l.id)
               OR EXISTS (SELECT 1 FROM performance_templatelinetype k
                           WHERE k.tenant_id = %(tenant)s AND k.line_id = l.id
                             AND k.partner_type_id = p.partner_type_id))))"""

CONDITIONS = {
    "kpi": _KPI,
    "total": _TOTAL,
    "drop": _DROP,
    "grade": _GRADE,
    "incomplete": _INCOMPLETE,
    "silent": _SILENT,
}
"""By the kind of rule; missing data is of two sorts."""


def look(condition: str) -> str:
    """The statement that brings the alerts of some rules of one kind in line with the scores.

    Answers (partner, number of the alert) of what was raised or came back, and how many were resolved.
    """
    in_period = condition != "silent"
    same = "a.tenant_id = %(tenant)s AND a.rule_id = f.rule_id AND a.partner_id = f.partner_id AND "
    same += (
        "a.period_id = f.period_id AND a.programme_id = f.programme_id"
        if in_period
        else "a.period_id IS NULL AND a.holds"
    )
    target = (
        "(tenant_id, rule_id, programme_id, period_id, partner_id) WHERE period_id IS NOT NULL AND rule_id IS NOT NULL"
        if in_period
        else "(tenant_id, rule_id, partner_id) WHERE period_id IS NULL AND holds"
    )
    not_looked_at = """AND NOT (a.period_id = ANY(r.periods) AND EXISTS (
            SELECT 1 FROM performance_scorecard s
             WHERE s.tenant_id = %(tenant)s AND s.partner_id = a.partner_id AND s.period_id = a.period_id
               AND s.programme_id = a.programme_id AND coalesce(s.run_id, 0) <= %(since)s))"""
    return f"""
WITH {RULES},{CONDITIONS[condition]},
fresh AS (
  SELECT f.* FROM found f LEFT JOIN performance_alert a ON {same}
   WHERE a.id IS NULL OR NOT a.holds
      OR (a.value, a.bound, a.former, a.grade, a.former_grade, a.since)
         IS DISTINCT FROM (round(f.value, 6), round(f.bound, 6), round(f.former, 6), f.grade, f.former_grade, f.since)),
raised AS (
  INSERT INTO performance_alert AS a
         (tenant_id, rule_id, kind, severity, status, programme_id, period_id, partner_id, kpi_id, value, bound, former,
          grade, former_grade, since, raised_at, news_at)
  SELECT %(tenant)s, f.rule_id, r.kind, r.severity, 'open', f.programme_id, f.period_id, f.partner_id, f.kpi_id,
         f.value, f.bound, f.former, f.grade, f.former_grade, f.since, %(at)s, %(at)s
    FROM fresh f JOIN rule r ON r.id = f.rule_id
   ORDER BY f.rule_id, f.partner_id, f.period_id
  ON CONFLICT {target} DO UPDATE
     SET value = excluded.value, bound = excluded.bound, former = excluded.former, grade = excluded.grade,
         former_grade = excluded.former_grade, since = excluded.since, kpi_id = excluded.kpi_id, holds = true,
         severity = excluded.severity,
         status = CASE WHEN a.holds THEN a.status ELSE 'open' END,
         raised_at = CASE WHEN a.holds THEN a.raised_at ELSE excluded.raised_at END,
         news_at = CASE WHEN a.holds THEN a.news_at ELSE excluded.news_at END,
         snoozed_until = CASE WHEN a.holds THEN a.snoozed_until END,
         resolved_at = CASE WHEN a.holds THEN a.resolved_at END,
         resolution = CASE WHEN a.holds THEN a.resolution ELSE '' END,
         settled_by = CASE WHEN a.holds THEN a.settled_by ELSE '' END,
         note = CASE WHEN a.holds THEN a.note ELSE '' END
  RETURNING a.id, a.partner_id, a.raised_at),
gone AS (
  UPDATE performance_alert a
     SET holds = false, status = 'resolved', snoozed_until = NULL,
         resolved_at = CASE WHEN a.status = 'resolved' THEN a.resolved_at ELSE %(at)s END,
         resolution = CASE WHEN a.status = 'resolved' THEN a.resolution
                           WHEN a.period_id <> ALL(r.periods) THEN 'passed' ELSE 'gone' END,
         settled_by = CASE WHEN a.status = 'resolved' THEN a.settled_by ELSE '' END
    FROM rule r
   WHERE a.tenant_id = %(tenant)s AND a.rule_id = r.id AND a.holds
     AND NOT EXISTS (SELECT 1 FROM found f WHERE {same}) {not_looked_at if in_period else ""}
  RETURNING a.id)
SELECT (SELECT array_agg(partner_id || ':' || id ORDER BY id) FROM raised WHERE raised_at = %(at)s),
       (SELECT count(*) FROM gone)
"""


def preview(condition: str) -> str:
    """What the rules find, the worst first, without writing anything."""
    worst = {"drop": "value - former", "silent": "-value", "kpi": "-abs(value - bound)"}.get(condition, "value")
    return f"""
WITH {RULES},{CONDITIONS[condition]}
SELECT partner_id, programme_id, period_id, kpi_id, value, bound, former, grade, former_grade, since,
       count(*) OVER () AS total
  FROM found ORDER BY {worst} NULLS FIRST, partner_id LIMIT %(most)s
"""


WAKE = """
UPDATE performance_alert SET status = 'open', snoozed_until = NULL, settled_by = '', news_at = %(at)s
 WHERE tenant_id = %(tenant)s AND status = 'snoozed' AND snoozed_until <= %(today)s
"""
