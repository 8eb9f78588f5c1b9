"""The scoring rules as SQL expressions, shared by the engine and by everything that derives a card's lines.

`performance/rules.py` is the readable reference; a test holds the two equal digit for digit.
"""


def actual(row: str, kpi: str) -> str:
    """R3 over monthly sums: `row` has sum_v, sum_w, sum_vw, sum_w1, n and last_v, `kpi` has aggregation and multiplier.

    The multiplier is cast to 14 places so that PostgreSQL carries at least 20 places through the division, before
    the one rounding to 6; at its usual 16 significant digits a large quotient would be rounded twice.
    """
    return f"""round(CASE {kpi}.aggregation
             WHEN 'sum' THEN {row}.sum_v
             WHEN 'ratio' THEN {row}.sum_v * {kpi}.multiplier::numeric(28, 14) / nullif({row}.sum_w, 0)
             WHEN 'average' THEN {row}.sum_vw::numeric(54, 20) / nullif({row}.sum_w1, 0)
             WHEN 'count' THEN {row}.n
             ELSE {row}.last_v END, 6)"""


def points(line: str, actual: str = "a") -> str:
    """R5. `line` has direction, fl, tg, st, ce and tp; for lower-is-better all but `ce` and the actual are negated."""
    return f"""round(CASE WHEN {line}.direction <> 'band' THEN
             CASE WHEN {actual} >= {line}.st THEN 100
                  WHEN {actual} >= {line}.tg
                  THEN {line}.tp + (100 - {line}.tp) * ({actual} - {line}.tg) / ({line}.st - {line}.tg)
                  WHEN {actual} > {line}.fl THEN {line}.tp * ({actual} - {line}.fl) / ({line}.tg - {line}.fl)
                  WHEN {actual} IS NOT NULL THEN 0 END
           ELSE
             CASE WHEN {actual} >= {line}.tg AND {actual} <= {line}.st THEN 100
                  WHEN {actual} > {line}.fl AND {actual} < {line}.tg
                  THEN 100 * ({actual} - {line}.fl) / ({line}.tg - {line}.fl)
                  WHEN {actual} > {line}.st AND {actual} < {line}.ce
                  THEN 100 * ({line}.ce - {actual}) / ({line}.ce - {line}.st)
                  WHEN {actual} IS NOT NULL THEN 0 END
           END, 4)"""


def signed(expression: str, direction: str) -> str:
    """The expression, negated where lower is better: then one formula serves both directions."""
    return f"CASE WHEN {direction} = 'lower' THEN -({expression}) ELSE {expression} END"


SUMS = """sum(r.n)::int AS n, sum(r.sum_v) AS sum_v, sum(r.sum_w) AS sum_w, sum(r.sum_vw) AS sum_vw,
          sum(r.sum_w1) AS sum_w1,
          (max(ARRAY[r.ym::numeric, r.last_v]) FILTER (WHERE r.last_v IS NOT NULL))[2] AS last_v"""
"""Months composed into a longer period. `last` is the last month that has one; an ordered aggregate could not hash."""
