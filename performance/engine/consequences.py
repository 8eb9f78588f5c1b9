"""Which consequences follow from the grades of a period: one statement for the preview, the closing and a restatement.

`performance/rules/consequences.py` is the readable reference; a test holds the two equal on random histories.
"""

# What the versions have for each grade, of the kinds that the program knows.
_CHOSEN = """
chosen AS MATERIALIZED (
  SELECT b.template_id, b.key AS grade, k.kind, k.timing
    FROM performance_bandconsequence k
    JOIN performance_gradeband b ON b.tenant_id = %(tenant)s AND b.id = k.band_id
   WHERE k.tenant_id = %(tenant)s AND k.kind = ANY(%(kinds)s)
     AND (%(template)s::bigint IS NULL OR b.template_id = %(template)s))"""

_REGRADED = """(
    SELECT b.key FROM performance_gradeband b
     WHERE b.tenant_id = %(tenant)s AND b.template_id = %(template)s
       AND b.minimum <= least({card}.total, CASE WHEN {card}.limited_by_id IS NOT NULL THEN (
             SELECT z.minimum FROM performance_gradeband z
              WHERE z.tenant_id = %(tenant)s AND z.template_id = %(template)s AND z.key = {card}.grade) END)
     ORDER BY b.minimum DESC LIMIT 1)"""

_HERE = """JOIN partners_partner p
      ON p.tenant_id = %(tenant)s AND p.id = s.partner_id AND p.status <> 'terminated'"""
_SCOPE = """s.tenant_id = %(tenant)s AND s.period_id = %(period)s AND s.rated
     AND (%(cards)s::bigint[] IS NULL OR s.id = ANY(%(cards)s))
     AND (%(partners)s::bigint[] IS NULL OR s.partner_id = ANY(%(partners)s))"""

# Each card by the version that scored it, where its consequences are on. Nothing follows, not even by a restatement,
# in a period that was closed before they were.
_IN_FORCE = f"""
graded AS MATERIALIZED (
  SELECT s.id, s.programme_id, s.partner_id, s.template_id AS version_id, s.grade, n.kind, n.seq
    FROM performance_scorecard s {_HERE}
    JOIN performance_periodrow n ON n.tenant_id = %(tenant)s AND n.id = s.period_id
    JOIN performance_scorecardtemplate t ON t.tenant_id = %(tenant)s AND t.id = s.template_id
   WHERE {_SCOPE}
     AND n.kind = ANY(t.consequence_periods) AND t.consequences_on_at IS NOT NULL
     AND (n.closed_at IS NULL OR t.consequences_on_at <= n.closed_at))"""

# Every card of the programme as this version would grade its total, also where another one scored it.
_AS_VERSION = f"""
graded AS MATERIALIZED (
  SELECT s.id, s.programme_id, s.partner_id, t.id AS version_id, n.kind, n.seq,
         CASE WHEN s.template_id = t.id THEN s.grade ELSE {_REGRADED.format(card="s")} END AS grade,
         s.template_id <> t.id AS is_regraded
    FROM performance_scorecard s {_HERE}
    JOIN performance_periodrow n ON n.tenant_id = %(tenant)s AND n.id = s.period_id
    JOIN performance_scorecardtemplate t
      ON t.tenant_id = %(tenant)s AND t.id = %(template)s AND t.programme_id = s.programme_id
   WHERE {_SCOPE})"""

# The former grade is looked up card by card: a join of two work tables without statistics would compare each with each.
_DUE = """
here AS MATERIALIZED (
  SELECT g.*, (
    SELECT {former}
      FROM performance_periodrow q
      JOIN performance_scorecard o
        ON o.tenant_id = %(tenant)s AND o.partner_id = g.partner_id AND o.period_id = q.id
       AND o.programme_id = g.programme_id AND o.rated
     WHERE q.tenant_id = %(tenant)s AND q.kind = g.kind AND q.seq < g.seq
     ORDER BY q.seq DESC LIMIT 1) AS former
    FROM graded g
   WHERE EXISTS (SELECT 1 FROM chosen c WHERE c.template_id = g.version_id AND c.grade = g.grade)),
due AS MATERIALIZED (
  SELECT h.id AS scorecard_id, h.partner_id, c.kind, c.timing, h.grade, coalesce(h.former, '') AS former_grade
    FROM here h
    JOIN chosen c ON c.template_id = h.version_id AND c.grade = h.grade
   WHERE c.timing = 'every' OR h.former IS DISTINCT FROM h.grade)"""

_FORMER_REGRADED = f"CASE WHEN g.is_regraded THEN {_REGRADED.format(card='o')} ELSE o.grade END"

_ROWS = "SELECT scorecard_id, partner_id, kind, timing, grade, former_grade FROM due"

DUE_IN_FORCE = f"WITH {_CHOSEN},{_IN_FORCE},{_DUE.format(former='o.grade')} {_ROWS}"
"""What follows, or would follow if the period were closed now."""

DUE_AS_VERSION = f"WITH {_CHOSEN},{_AS_VERSION},{_DUE.format(former=_FORMER_REGRADED)} {_ROWS}"
"""What would have followed had this version been in force with its consequences on."""

NOTE = f"""
WITH {_CHOSEN},{_IN_FORCE},{_DUE.format(former="o.grade")},
cause AS (
  SELECT * FROM unnest(%(restated)s::bigint[], %(restatements)s::bigint[]) AS r(scorecard_id, restatement_id)),
noted AS (
  INSERT INTO performance_outcome
         (tenant_id, scorecard_id, partner_id, restatement_id, kind, timing, grade, former_grade, noted_at)
  SELECT %(tenant)s, d.scorecard_id, d.partner_id, r.restatement_id, d.kind, d.timing, d.grade, d.former_grade, %(at)s
    FROM due d LEFT JOIN cause r ON r.scorecard_id = d.scorecard_id
   ORDER BY d.scorecard_id, d.kind
  ON CONFLICT (tenant_id, scorecard_id, kind, grade) DO NOTHING
  RETURNING kind)
SELECT kind, count(*) FROM noted GROUP BY kind ORDER BY kind
"""
"""Keep what follows, once. Answers how many of each kind are new."""

LAPSE = """
UPDATE performance_outcome o
   SET lapsed_at = CASE WHEN s.rated AND s.grade = o.grade THEN NULL ELSE %(at)s END
  FROM performance_scorecard s
 WHERE o.tenant_id = %(tenant)s AND o.scorecard_id = ANY(%(cards)s)
   AND s.tenant_id = %(tenant)s AND s.id = o.scorecard_id
   AND (o.lapsed_at IS NULL) <> (s.rated AND s.grade = o.grade)
"""
"""After a restatement: what followed from a grade that the card no longer has lapses; what it has again holds again."""

RAISE = """
INSERT INTO performance_alert AS a
       (tenant_id, kind, severity, status, programme_id, period_id, partner_id, value, former, grade, former_grade,
        raised_at, news_at)
SELECT %(tenant)s, 'outcome',
       CASE WHEN b.minimum = 0 THEN 'critical' ELSE 'warning' END, 'open', s.programme_id, s.period_id, s.partner_id,
       s.total, s.total - s.delta, o.grade, o.former_grade, %(at)s, %(at)s
  FROM performance_outcome o
  JOIN performance_scorecard s ON s.tenant_id = %(tenant)s AND s.id = o.scorecard_id
  JOIN performance_gradeband b ON b.tenant_id = %(tenant)s AND b.template_id = s.template_id AND b.key = o.grade
 WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(outcomes)s)
 ORDER BY s.id
ON CONFLICT (tenant_id, programme_id, period_id, partner_id) WHERE rule_id IS NULL DO UPDATE
   SET severity = excluded.severity, status = 'open', value = excluded.value, former = excluded.former,
       grade = excluded.grade, former_grade = excluded.former_grade, holds = true, raised_at = excluded.raised_at,
       news_at = excluded.news_at, snoozed_until = NULL, resolution = '', resolved_at = NULL, settled_by = '', note = ''
RETURNING a.partner_id, a.id, a.period_id, a.programme_id
"""
"""One alert for each card. A restated card with another grade that raises one opens the same alert again."""

SETTLE = """
UPDATE performance_alert a
   SET holds = false, status = 'resolved', snoozed_until = NULL,
       resolved_at = CASE WHEN a.status = 'resolved' THEN a.resolved_at ELSE %(at)s END,
       resolution = CASE WHEN a.status = 'resolved' THEN a.resolution ELSE w.why END,
       settled_by = CASE WHEN a.status = 'resolved' THEN a.settled_by ELSE '' END
  FROM (
    SELECT x.id,
           CASE WHEN NOT EXISTS (
                  SELECT 1 FROM performance_outcome o
                   WHERE o.tenant_id = %(tenant)s AND o.scorecard_id = s.id AND o.kind = %(kind)s
                     AND o.lapsed_at IS NULL) THEN 'gone'
                WHEN newer.id IS NULL THEN NULL
                WHEN EXISTS (
                  SELECT 1 FROM performance_outcome o
                   WHERE o.tenant_id = %(tenant)s AND o.scorecard_id = newer.id AND o.kind = %(kind)s
                     AND o.lapsed_at IS NULL AND o.state = 'done') THEN 'passed'
                WHEN NOT EXISTS (
                  SELECT 1 FROM performance_gradeband b
                    JOIN performance_bandconsequence k
                      ON k.tenant_id = %(tenant)s AND k.band_id = b.id AND k.kind = %(kind)s
                   WHERE b.tenant_id = %(tenant)s AND b.template_id = newer.template_id AND b.key = newer.grade)
                THEN 'gone' END AS why
      FROM performance_alert x
      JOIN performance_scorecard s
        ON s.tenant_id = %(tenant)s AND s.partner_id = x.partner_id AND s.period_id = x.period_id
       AND s.programme_id = x.programme_id
      JOIN performance_periodrow n ON n.tenant_id = %(tenant)s AND n.id = x.period_id
      LEFT JOIN LATERAL (
        SELECT o.id, o.template_id, o.grade
          FROM performance_scorecard o
          JOIN performance_periodrow q
            ON q.tenant_id = %(tenant)s AND q.id = o.period_id AND q.kind = n.kind AND q.seq > n.seq
           AND q.closed_at IS NOT NULL
         WHERE o.tenant_id = %(tenant)s AND o.partner_id = x.partner_id AND o.programme_id = x.programme_id AND o.rated
         ORDER BY q.seq DESC LIMIT 1) newer ON true
     WHERE x.tenant_id = %(tenant)s AND x.rule_id IS NULL AND x.kind = 'outcome' AND x.holds) w
 WHERE a.tenant_id = %(tenant)s AND a.id = w.id AND w.why IS NOT NULL
"""
"""Alerts whose grade is over: restated away, or a newer closed period raised another one, or has a grade without."""
