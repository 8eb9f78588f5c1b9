"""The scoring rules as SQL expressions, shared by the engine and by everything that derives a card's lines.

`performance/rules/scoring.py` is the readable reference; a test holds the two equal digit for digit.
"""

AGGREGATION_CODES = {
    "sum": "1",
    "last": "2",
    "count": "3",
    "ratio": "4",
    "average": "5",
    "median": "11",
    "distinct": "12",
    "growth": "13",
    "quotient": "14",
    "formula": "15",
}
"""Small integers for the engine's work tables: comparing texts two million times is not free. Those above
LAST_PLAIN_CODE are of KPIs that months cannot compose."""

LAST_PLAIN_CODE = 10

PER_PERIOD_WORDS = "('median', 'distinct', 'growth', 'quotient', 'formula')"
"""The aggregations whose actuals are in `PeriodActual`, as a list in SQL."""

DIRECTION_CODES = {"higher": "1", "lower": "-1", "band": "0"}


def coded(column: str, codes: dict[str, str]) -> str:
    """The column's words as their integers."""
    cases = " ".join(f"WHEN '{word}' THEN {code}" for word, code in codes.items())
    return f"CASE {column} {cases} END"


def actual(row: str, kpi: str, *, is_coded: bool = False) -> str:
    """R3 over monthly sums: `row` has sum_v, sum_w, sum_vw, sum_w1, n and last_v, `kpi` has aggregation and multiplier.

    The multiplier is cast to 14 places so that PostgreSQL carries at least 20 places through the division, before
    the one rounding to 6; at its usual 16 significant digits a large quotient would be rounded twice. What is not
    divided has at most 6 places as it is.
    """
    word = {name: code if is_coded else f"'{name}'" for name, code in AGGREGATION_CODES.items()}
    return f"""CASE {kpi}.aggregation
             WHEN {word["sum"]} THEN {row}.sum_v
             WHEN {word["ratio"]}
             THEN round({row}.sum_v * {kpi}.multiplier::numeric(28, 14) / nullif({row}.sum_w, 0), 6)
             WHEN {word["average"]} THEN round({row}.sum_vw::numeric(54, 20) / nullif({row}.sum_w1, 0), 6)
             WHEN {word["count"]} THEN {row}.n
             ELSE {row}.last_v END"""


def points(line: str, actual: str = "a", *, is_coded: bool = False) -> str:
    """R5. `line` has direction, fl, tg, st, ce and tp; for lower-is-better all but `ce` and the actual are negated.

    Coded, the result is a bigint of ten-thousandths and `tp` is one too: the cast rounds half away from zero like
    `round`, and adding up integers is exact and cheap.
    """
    full, start, end = ("1000000", "(", ")::bigint") if is_coded else ("100", "round(", ", 4)")
    band = DIRECTION_CODES["band"] if is_coded else "'band'"
    return f"""{start}CASE WHEN {line}.direction <> {band} THEN
             CASE WHEN {actual} >= {line}.st THEN {full}
                  WHEN {actual} >= {line}.tg
                  THEN {line}.tp + ({full} - {line}.tp) * ({actual} - {line}.tg) / ({line}.st - {line}.tg)
                  WHEN {actual} > {line}.fl THEN {line}.tp * ({actual} - {line}.fl) / ({line}.tg - {line}.fl)
                  WHEN {actual} IS NOT NULL THEN 0 END
           ELSE
             CASE WHEN {actual} >= {line}.tg AND {actual} <= {line}.st THEN {full}
                  WHEN {actual} > {line}.fl AND {actual} < {line}.tg
                  THEN {full} * ({actual} - {line}.fl) / ({line}.tg - {line}.fl)
                  WHEN {actual} > {line}.st AND {actual} < {line}.ce
                  THEN {full} * ({line}.ce - {actual}) / ({line}.ce - {line}.st)
                  WHEN {actual} IS NOT NULL THEN 0 END
           END{end}"""


def signed(expression: str, direction: str, *, is_coded: bool = False) -> str:
    """The expression, negated where lower is better: then one formula serves both directions."""
    lower = DIRECTION_CODES["lower"] if is_coded else "'lower'"
    return f"CASE WHEN {direction} = {lower} THEN -({expression}) ELSE {expression} END"


SUMS = """sum(r.n)::int AS n, sum(r.sum_v) AS sum_v, sum(r.sum_w) AS sum_w, sum(r.sum_vw) AS sum_vw,
          sum(r.sum_w1) AS sum_w1,
          (max(ARRAY[r.ym::numeric, r.last_v]) FILTER (WHERE r.last_v IS NOT NULL))[2] AS last_v"""
"""Months composed into a longer period. `last` is the last month that has one; an ordered aggregate could not hash."""
