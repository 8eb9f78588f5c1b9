"""The small safe expression language of import mappings and KPI formulas.

One text, two back ends with the same answers: Python on Decimals, dates and text (a row at a time, for imports) and
PostgreSQL (set-based, for KPI formulas). `docs/imports.md` describes the language for the people who write it.

    expression = parse("1 if delivered <= scheduled else 0", {"delivered": DATE, "scheduled": DATE})
    expression.evaluate({"delivered": date(2013, 1, 5), "scheduled": date(2013, 1, 4)})   # Decimal(0)
    expression.sql({"delivered": "f.delivered", "scheduled": "f.scheduled"})              # ("CASE WHEN ...", [...])
"""

from prm.imports.expressions.parser import MAX_DEPTH, MAX_LENGTH, ExpressionError, parse
from prm.imports.expressions.tree import BOOL, DATE, DATETIME, NUMBER, TEXT, Expression, ValueType

__all__ = [
    "BOOL",
    "DATE",
    "DATETIME",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "NUMBER",
    "TEXT",
    "Expression",
    "ExpressionError",
    "ValueType",
    "parse",
]
