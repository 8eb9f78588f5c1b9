"""Who is granted a badge, and who stands where in a league table: one statement over all cards, however many.

`performance/recognition/rules/badges.py` is the readable reference; a test holds the two equal on random histories.
"""

from typing import Any

from performance.choices import ConsequenceTiming
from performance.recognition.choices import BadgeKind, Cohort
from performance.recognition.rules.badges import Rule

COHORT_COLUMNS: dict[str, tuple[str, ...]] = {
    Cohort.PROGRAMME: (),
    Cohort.TIER: ("tier_id",),
    Cohort.REGION: ("region_id",),
    Cohort.TYPE: ("partner_type_id",),
    Cohort.PEERS: ("partner_type_id", "tier_id"),
}
"""What the members of a group have in common, besides programme and period."""

# The cards that count: of closed periods, rated, with enough coverage, of partners that are still there. Who has left
# since it was granted the badge counts as it did then: its place is taken, and its row of periods is one.
_CARDS = """
card AS MATERIALIZED (
  SELECT s.id, s.partner_id, s.period_id, s.template_id, s.tier_id, s.region_id, s.partner_type_id, s.total, s.total_e4,
         s.delta, s.grade, s.lines, n.seq
    FROM performance_scorecard s
    JOIN performance_periodrow n ON n.tenant_id = %(tenant)s AND n.id = s.period_id
   WHERE s.tenant_id = %(tenant)s AND s.programme_id = %(programme)s AND n.kind = %(period_kind)s
     AND n.closed_at IS NOT NULL AND s.rated AND s.total IS NOT NULL
     AND n.seq BETWEEN %(first)s AND %(last)s
     AND (%(coverage)s::numeric IS NULL OR s.coverage >= %(coverage)s)
     AND (EXISTS (
            SELECT 1 FROM partners_partner p
             WHERE p.tenant_id = %(tenant)s AND p.id = s.partner_id AND p.status <> 'terminated')
       OR EXISTS (
            SELECT 1 FROM recognition_award a
             WHERE a.tenant_id = %(tenant)s AND a.badge_id = %(badge)s AND a.partner_id = s.partner_id
               AND a.origin = 'rule' AND (a.period_id = s.period_id OR %(row)s > 1))))"""

_HAS_GRADE = """
held AS MATERIALIZED (
  SELECT c.*, c.total AS figure
    FROM card c
   WHERE EXISTS (
     SELECT 1 FROM performance_gradeband wanted
       JOIN performance_gradeband got
         ON got.tenant_id = %(tenant)s AND got.template_id = c.template_id AND got.key = c.grade
        AND got.minimum >= wanted.minimum
      WHERE wanted.tenant_id = %(tenant)s AND wanted.template_id = c.template_id AND wanted.key = %(grade)s))"""

_AT_STRETCH = """
held AS MATERIALIZED (
  SELECT c.*, line.actual AS figure
    FROM card c
   CROSS JOIN LATERAL jsonb_to_recordset(c.lines) AS line(
           kpi_id bigint, state text, direction text, actual numeric, stretch numeric, points numeric)
   WHERE line.kpi_id = %(kpi)s AND line.state = 'scored'
     AND CASE line.direction WHEN 'band' THEN line.points >= 100
              WHEN 'lower' THEN line.actual <= line.stretch ELSE line.actual >= line.stretch END)"""

_IN_A_ROW = """
found AS (
  SELECT r.*, NULL::int AS place, NULL::int AS members
    FROM (SELECT h.*,
                 count(*) OVER (PARTITION BY partner_id ORDER BY seq
                                RANGE BETWEEN %(back)s PRECEDING AND CURRENT ROW) AS reached,
                 count(*) OVER (PARTITION BY partner_id ORDER BY seq
                                RANGE BETWEEN %(row)s PRECEDING AND %(row)s PRECEDING) AS before
            FROM held h) r
   WHERE r.reached = %(row)s AND (%(every)s OR r.before = 0))"""


def _ranked(rule: Rule) -> str:
    columns = ", ".join(("period_id", *COHORT_COLUMNS[rule.cohort]))
    is_rise = rule.kind == BadgeKind.RISE
    figure = "delta" if is_rise else "total_e4"
    return f"""
found AS (
  SELECT r.*
    FROM (SELECT c.*, {"c.delta" if is_rise else "c.total"} AS figure,
                 rank() OVER (PARTITION BY {columns} ORDER BY {figure} DESC)::int AS place,
                 count(*) OVER (PARTITION BY {columns})::int AS members
            FROM card c{" WHERE c.delta IS NOT NULL" if is_rise else ""}) r
   WHERE r.place <= %(top)s AND r.members >= %(minimum_rated)s
     {"AND r.delta > 0 AND r.delta >= coalesce(%(points)s::numeric, 0)" if is_rise else ""})"""


def _found(rule: Rule) -> str:
    if rule.kind in (BadgeKind.RANK, BadgeKind.RISE):
        return f"WITH {_CARDS},{_ranked(rule)}"
    held = _HAS_GRADE if rule.kind == BadgeKind.GRADE else _AT_STRETCH
    return f"WITH {_CARDS},{held},{_IN_A_ROW}"


def parameters(rule: Rule, *, tenant: int, programme: int, seqs: range, periods: list[int]) -> dict[str, Any]:
    """The values of the statements below: `periods` are looked at, `seqs` spans their numbers."""
    return {
        "tenant": tenant,
        "programme": programme,
        "period_kind": rule.period_kind,
        "periods": periods,
        "first": seqs.start - rule.periods,
        "last": seqs.stop - 1,
        "coverage": rule.coverage,
        "grade": rule.grade,
        "kpi": rule.kpi_id,
        "row": rule.periods,
        "back": rule.periods - 1,
        "every": rule.timing == ConsequenceTiming.EVERY,
        "top": rule.top,
        "minimum_rated": rule.minimum_rated,
        "points": rule.points,
        "badge": None,
    }


_FIGURES = "f.period_id, f.partner_id, f.id AS scorecard_id, f.figure AS value, f.total, f.grade, f.place, f.members"


def preview(rule: Rule) -> str:
    """Who would be granted it: the first of each period, and how many there are in all."""
    return f"""{_found(rule)}
SELECT * FROM (
  SELECT {_FIGURES}, count(*) OVER p AS count, row_number() OVER (p ORDER BY f.place, f.figure DESC, f.partner_id) AS no
    FROM found f WHERE f.period_id = ANY(%(periods)s) WINDOW p AS (PARTITION BY f.period_id)) ranked
 WHERE no <= %(most)s ORDER BY period_id, no"""


def grant(rule: Rule) -> str:
    """Keep the awards that are missing. Answers the numbers of the new ones."""
    return f"""{_found(rule)}
INSERT INTO recognition_award
       (tenant_id, public_id, badge_id, partner_id, programme_id, period_id, scorecard_id, origin, kept_rule, value,
        total, grade, rank, cohort_size, awarded_at, awarded_by, holds, status)
SELECT %(tenant)s, uuidv7(), %(badge)s, f.partner_id, %(programme)s, f.period_id, f.id, 'rule', %(kept_rule)s, f.figure,
       f.total, f.grade, f.place, f.members, %(at)s, '', true, 'standing'
  FROM found f WHERE f.period_id = ANY(%(periods)s)
 ORDER BY f.period_id, f.id
ON CONFLICT (tenant_id, badge_id, programme_id, period_id, partner_id) WHERE origin = 'rule' DO NOTHING
RETURNING id"""


def note(rule: Rule) -> str:
    """Awards of this very rule whose ground a restatement took away, or gave back, are noted as such."""
    return f"""{_found(rule)},
judged AS (
  SELECT a.id, EXISTS (SELECT 1 FROM found f WHERE f.id = a.scorecard_id) AS fits
    FROM recognition_award a
   WHERE a.tenant_id = %(tenant)s AND a.badge_id = %(badge)s AND a.period_id = ANY(%(periods)s)
     AND a.origin = 'rule' AND a.status = 'standing' AND a.kept_rule = %(kept_rule)s)
UPDATE recognition_award a SET holds = j.fits, noted_at = CASE WHEN j.fits THEN NULL ELSE %(at)s END
  FROM judged j
 WHERE a.tenant_id = %(tenant)s AND a.id = j.id AND a.holds <> j.fits
RETURNING a.id, a.holds"""


def places(cohort: str) -> str:
    """The place of each rated partner in its group, the former one in the same group, the group's size, and whether
    others read its name."""
    columns = ", ".join(("period_id", *COHORT_COLUMNS[cohort]))
    same = "".join(f" AND b.{name} IS NOT DISTINCT FROM n.{name}" for name in COHORT_COLUMNS[cohort])
    return f"""
WITH ranked AS MATERIALIZED (
  SELECT s.id, s.partner_id, s.period_id, s.tier_id, s.region_id, s.partner_type_id, s.total, s.grade,
         rank() OVER (g ORDER BY s.total_e4 DESC)::int AS place, count(*) OVER g::int AS members
    FROM performance_scorecard s
   WHERE s.tenant_id = %(tenant)s AND s.programme_id = %(programme)s AND s.rated AND s.total IS NOT NULL
     AND s.period_id IN (%(period)s, %(before)s)
  WINDOW g AS (PARTITION BY {columns}))
SELECT n.partner_id, n.place, n.members, n.total, n.grade, b.place AS place_before, b.members AS members_before,
       coalesce(y.is_named, true) AS is_named
  FROM ranked n
  LEFT JOIN recognition_partnernaming y ON y.tenant_id = %(tenant)s AND y.partner_id = n.partner_id
  LEFT JOIN ranked b ON b.period_id = %(before)s AND b.partner_id = n.partner_id{same}
 WHERE n.period_id = %(period)s"""
