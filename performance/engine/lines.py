"""The lines of scorecards, derived on read from the same sums and by the same expressions as the totals.

One statement serves the screen, the API, the receipt and the export. Cards of closed periods bring their frozen lines.
A draft of a template is tried out by the same statement, over cards that are only thought of (`CARDS["member"]`).
"""

from performance.engine.fragments import PER_PERIOD_WORDS, SUMS, actual, points, signed
from performance.engine.relative import DESCRIPTION, IS_RESOLVED, OF_LINE, threshold_of

FILTERS = {
    "cards": "s.id = ANY(%(cards)s)",
    "period": "s.period_id = %(period)s AND s.programme_id = %(programme)s",
    "alerts": "s.id IN (SELECT card.id FROM card)",
}

CARDS = {
    name: f"(SELECT * FROM performance_scorecard s WHERE s.tenant_id = %(tenant)s AND s.lines IS NULL AND {where})"
    for name, where in FILTERS.items()
} | {"member": "member"}
"""Where the cards come from. `member` is a CTE of the caller with the columns id, period_id, template_id, partner_id,
tier_id, partner_type_id and region_id. `alerts` are the cards of the caller's CTE `card`."""

COLUMNS = {
    "position": "int",
    "section": "text",
    "kpi_id": "bigint",
    "code": "text",
    "name": "text",
    "unit": "text",
    "decimals": "int",
    "aggregation": "text",
    "direction": "text",
    "policy": "text",
    "state": "text",
    "weight": "numeric",
    "actual": "numeric",
    "carried_periods": "int",
    "facts": "int",
    "benchmark_id": "bigint",
    "benchmark_scope": "text",
    "benchmark_from": "date",
    "floor": "numeric",
    "target": "numeric",
    "stretch": "numeric",
    "ceiling": "numeric",
    "points": "numeric",
    "attainment": "numeric",
    "contribution": "numeric",
    "points_lost": "numeric",
    "gate_minimum": "numeric",
    "gate_grade": "text",
    "gate_failed": "boolean",
    "derivation": "jsonb",
    "relative": "jsonb",
}
"""What a line says, with PostgreSQL's types: also the shape in which it is frozen."""


# What a derived KPI was computed from, so that a reader can redo the arithmetic: the rule, and each input's actual in
# its window. `back` is how many months before the period a growth looks.
_DERIVATION = f"""CASE WHEN k.aggregation IN ('growth', 'quotient', 'formula') THEN jsonb_build_object(
    'multiplier', k.multiplier, 'compare_with', k.compare_with, 'formula', k.formula, 'inputs',
    (SELECT jsonb_agg(jsonb_build_object(
              'code', i.code, 'name', i.name, 'unit', i.unit, 'decimals', i.decimals, 'back', at.back,
              'aggregation', i.aggregation, 'actual', CASE WHEN i.aggregation IN {PER_PERIOD_WORDS} THEN
                          (SELECT o.actual FROM performance_periodactual o
                            WHERE o.tenant_id = %(tenant)s AND o.partner_id = c.partner_id AND o.kpi_id = i.id
                              AND o.ym_from = c.ym_from - at.back AND o.months = c.months)
                        ELSE
                          (SELECT round(({actual("s", "i")})::numeric, 6)
                             FROM (SELECT {SUMS}
                                     FROM performance_rollup r
                                    WHERE r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.kpi_id = i.id
                                      AND r.ym >= c.ym_from - at.back AND r.ym < c.ym_to - at.back
                                   HAVING count(*) > 0) s)
                        END) ORDER BY n.position, at.back)
       FROM performance_kpiinput n
       JOIN performance_kpi i ON i.tenant_id = %(tenant)s AND i.id = n.source_id
      CROSS JOIN unnest(CASE WHEN k.aggregation <> 'growth' THEN ARRAY[0]
                             WHEN k.compare_with = 'period' THEN ARRAY[0, c.months]
                             ELSE ARRAY[0, 12] END) AS at(back)
      WHERE n.tenant_id = %(tenant)s AND n.kpi_id = k.id)) END"""


_FLOOR, _TARGET, _STRETCH = (threshold_of(name) for name in ("floor", "target", "stretch"))


def derived(cards: str, *, only: str = "") -> str:
    """The lines of all unfrozen cards of `CARDS[cards]`, as a subquery with `card_id` and COLUMNS.

    `only` keeps some lines `l`: their results and points are right then, contributions are not.

    OFFSET 0 keeps the steps apart; pulled up into one, each would be evaluated again at every use.
    """
    sign = signed("x.raw", "x.direction")
    return f"""
SELECT card_id, position, section, kpi_id, code, name, unit, decimals, aggregation, kpi_direction AS direction, policy,
       state, w AS weight, CASE WHEN direction = 'lower' THEN -a ELSE coalesce(a, raw) END AS actual,
       CASE WHEN state = 'carried' THEN carried_periods ELSE 0 END AS carried_periods, facts, benchmark_id,
       benchmark_scope, benchmark_from, floor, target, stretch, ce AS ceiling, p AS points,
       CASE WHEN state NOT IN ('scored', 'carried') THEN NULL
            WHEN direction = 'band' THEN round(p / 100, 4)
            WHEN target <> 0 THEN round(least(greatest(1 + (a - tg) / abs(target), 0), 2), 4) END AS attainment,
       CASE WHEN NOT blocked THEN round(p * w / nullif(got, 0), 4) END AS contribution,
       CASE WHEN NOT blocked THEN round((100 - p) * w / nullif(got, 0), 4) END AS points_lost,
       gate_minimum, gate_grade, coalesce(p < gate_minimum, false) AS gate_failed, derivation,
       relative
  FROM (
    SELECT scored.*, sum(w) FILTER (WHERE p IS NOT NULL) OVER card AS got,
           bool_or(state = 'blocking') OVER card AS blocked
      FROM (
        SELECT y.*, CASE WHEN state IN ('scored', 'carried') THEN {points("y")} WHEN state = 'zero' THEN 0.0000 END AS p
          FROM (
            SELECT x.*, CASE WHEN state = 'carried' THEN carried ELSE {sign} END AS a
              FROM (
                SELECT z.*, CASE WHEN NOT applies THEN 'not_applicable' WHEN benchmark_id IS NULL THEN 'no_benchmark'
                                 WHEN raw IS NOT NULL THEN 'scored' WHEN policy = 'zero' THEN 'zero'
                                 WHEN policy = 'block' THEN 'blocking' WHEN carried IS NOT NULL THEN 'carried'
                                 ELSE 'no_data' END AS state
                  FROM (
                    SELECT c.id AS card_id, l.position, coalesce(section.name, '') AS section, k.id AS kpi_id, k.code,
                           k.name, k.unit, k.decimals, k.aggregation, k.direction AS kpi_direction, l.policy,
                           l.weight AS w, l.gate_minimum, l.gate_grade, c.applies, c.tp, coalesce(r.n, 0) AS facts,
                           CASE WHEN k.aggregation IN {PER_PERIOD_WORDS} THEN pa.actual
                                ELSE {actual("r", "k")} END AS raw,
                           {_DERIVATION} AS derivation, {DESCRIPTION} AS relative,
                           CASE WHEN {IS_RESOLVED} THEN b.id END AS benchmark_id,
                           CASE WHEN {IS_RESOLVED} THEN b.scope END AS benchmark_scope,
                           CASE WHEN {IS_RESOLVED} THEN b.valid_from END AS benchmark_from, b.direction,
                           {_FLOOR} AS floor, {_TARGET} AS target, {_STRETCH} AS stretch,
                           {threshold_of("ceiling")} AS ce, {signed(_FLOOR, "b.direction")} AS fl,
                           {signed(_TARGET, "b.direction")} AS tg, {signed(_STRETCH, "b.direction")} AS st,
                           coalesce(e.age, ea.age) + 1 AS carried_periods,
                           {signed("coalesce(e.a, ea.a)", "b.direction")} AS carried
                      FROM (
                        SELECT s.id, s.partner_id, s.tier_id, s.partner_type_id, s.region_id, p.kind, p.start_on,
                               p.ym_from, p.ym_to, p.ym_to - p.ym_from AS months, t.points_at_target AS tp,
                               t.programme_id,
                               l.id AS line_id,
                               NOT EXISTS (SELECT 1 FROM performance_templatelinetype y
                                            WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id)
                               OR EXISTS (SELECT 1 FROM performance_templatelinetype y
                                           WHERE y.tenant_id = %(tenant)s AND y.line_id = l.id
                                             AND y.partner_type_id = s.partner_type_id) AS applies
                          FROM {CARDS[cards]} s
                          JOIN performance_periodrow p ON p.tenant_id = %(tenant)s AND p.id = s.period_id
                          JOIN performance_scorecardtemplate t ON t.tenant_id = %(tenant)s AND t.id = s.template_id
                          JOIN performance_templateline l
                            ON l.tenant_id = %(tenant)s AND l.template_id = s.template_id {only}
                         OFFSET 0) c
                      JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.id = c.line_id
                      JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = l.kpi_id
                      LEFT JOIN performance_templatesection section
                        ON section.tenant_id = %(tenant)s AND section.id = l.section_id
                      LEFT JOIN LATERAL (
                        SELECT {SUMS}
                          FROM performance_rollup r
                         WHERE r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.kpi_id = k.id
                           AND r.ym >= c.ym_from AND r.ym < c.ym_to
                        HAVING count(*) > 0) r ON true
                      LEFT JOIN LATERAL (
                        SELECT o.actual FROM performance_periodactual o
                         WHERE k.aggregation IN {PER_PERIOD_WORDS} AND o.tenant_id = %(tenant)s
                           AND o.partner_id = c.partner_id AND o.kpi_id = k.id AND o.ym_from = c.ym_from
                           AND o.months = c.months) pa ON true
                      LEFT JOIN LATERAL (
                        SELECT b.* FROM (
                          SELECT b.*, 0 AS nearness FROM performance_benchmark b
                           WHERE b.tenant_id = %(tenant)s AND b.kpi_id = k.id AND b.period_kind = c.kind
                             AND b.scope = 'partner' AND b.partner_id = c.partner_id
                          UNION ALL
                          SELECT b.*, CASE b.scope WHEN 'tier' THEN 1 WHEN 'type' THEN 2 WHEN 'region' THEN 3 ELSE 4 END
                            FROM performance_benchmark b
                           WHERE b.tenant_id = %(tenant)s AND b.kpi_id = k.id AND b.period_kind = c.kind
                             AND b.scope IN ('tier', 'type', 'region', 'all')
                             AND (b.tier_id = c.tier_id OR b.partner_type_id = c.partner_type_id
                                  OR b.region_id = c.region_id OR b.scope = 'all')) b
                         WHERE b.withdrawn_at IS NULL AND b.valid_from <= c.start_on
                           AND (b.valid_to IS NULL OR c.start_on < b.valid_to)
                         ORDER BY b.nearness LIMIT 1) b ON c.applies
                      {OF_LINE}
                      LEFT JOIN LATERAL (
                        SELECT o.age, o.a FROM (
                          SELECT o.age, {actual("o", "k")} AS a
                            FROM (SELECT (c.ym_from - 1 - r.ym) / c.months AS age, {SUMS}
                                    FROM performance_rollup r
                                   WHERE r.tenant_id = %(tenant)s AND r.partner_id = c.partner_id AND r.kpi_id = k.id
                                     AND r.ym < c.ym_from AND r.ym >= c.ym_from - l.carry_periods * c.months
                                   GROUP BY 1) o) o
                         WHERE o.a IS NOT NULL ORDER BY o.age LIMIT 1) e
                        ON l.policy = 'carry' AND k.aggregation NOT IN {PER_PERIOD_WORDS}
                      LEFT JOIN LATERAL (
                        SELECT (c.ym_from - o.ym_from) / c.months - 1 AS age, o.actual AS a
                          FROM performance_periodactual o
                         WHERE k.aggregation IN {PER_PERIOD_WORDS} AND o.tenant_id = %(tenant)s
                           AND o.partner_id = c.partner_id AND o.kpi_id = k.id AND o.months = c.months
                           AND o.ym_from < c.ym_from AND o.ym_from >= c.ym_from - l.carry_periods * c.months
                         ORDER BY o.ym_from DESC LIMIT 1) ea ON l.policy = 'carry'
                     OFFSET 0) z OFFSET 0) x OFFSET 0) y OFFSET 0) scored
    WINDOW card AS (PARTITION BY card_id)) whole"""


def frozen(cards: str) -> str:
    """The frozen lines of closed cards, with `card_id` and COLUMNS."""
    shape = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    names = ", ".join(f"f.{name}" for name in COLUMNS)
    return f"""
SELECT s.id AS card_id, {names}
  FROM performance_scorecard s CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f({shape})
 WHERE s.tenant_id = %(tenant)s AND s.lines IS NOT NULL AND {FILTERS[cards]}"""


def lines(cards: str) -> str:
    """All lines of the cards that the filter names."""
    names = ", ".join(["card_id", *COLUMNS])
    return f"SELECT {names} FROM ({derived(cards)}) d UNION ALL SELECT {names} FROM ({frozen(cards)}) f"


# A tenant filled a moment ago has no statistics, and then a nested loop over every card and sum looks cheap.
FREEZE = f"""
DROP TABLE IF EXISTS pg_temp.w_frozen;
SET LOCAL enable_nestloop = off;
CREATE TEMPORARY TABLE w_frozen ON COMMIT DROP AS
SELECT card_id, jsonb_agg(to_jsonb(line) - 'card_id' ORDER BY position) AS lines
  FROM ({derived("period")}) line GROUP BY 1;
ANALYZE w_frozen (card_id);
UPDATE performance_scorecard s SET lines = coalesce(d.lines, '[]')
  FROM performance_scorecard o LEFT JOIN w_frozen d ON d.card_id = o.id
 WHERE o.tenant_id = %(tenant)s AND o.period_id = %(period)s AND o.programme_id = %(programme)s
   AND s.tenant_id = %(tenant)s AND s.id = o.id AND s.lines IS NULL;
SET LOCAL enable_nestloop = on;
"""
