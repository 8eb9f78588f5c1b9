"""The PostgreSQL back end: expressions as parameterised SQL over trusted column texts.

Nothing a user wrote reaches the SQL text: literals are parameters, names are looked up in `columns`. Text is compared
in code point order and case is changed by the Unicode tables, whatever the database's own collation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prm.imports.expressions.evaluate import BLANKS
from prm.imports.expressions.tree import (
    BOOL,
    DATE,
    DATETIME,
    NULL,
    NUMBER,
    TEXT,
    Arithmetic,
    Call,
    Choice,
    Compare,
    IsNull,
    Literal,
    Logic,
    Name,
    Negate,
    Node,
    Not,
    ValueType,
)

SQL_TYPES = {NUMBER: "numeric", TEXT: "text", DATE: "date", DATETIME: "timestamptz", BOOL: "boolean", NULL: "text"}


def compile_sql(root: Node, columns: Mapping[str, str], *, zone: str) -> tuple[str, list[Any]]:
    """SQL text and parameters of an expression; percent signs in `columns` must already be doubled."""
    writer = _Writer(columns, zone)
    text = writer.write(root, root.type)
    return text, writer.parameters


class _Writer:
    """Writes a tree depth first, so that the parameters come in the order of their places."""

    def __init__(self, columns: Mapping[str, str], zone: str) -> None:
        self.columns = columns
        self.zone = zone
        self.parameters: list[Any] = []

    def write(self, node: Node, expected: ValueType) -> str:
        """`expected` types a bare null, which PostgreSQL would otherwise take for text."""
        match node:
            case Literal(value=None):
                return f"NULL::{SQL_TYPES[expected]}"
            case Literal(value=value, type=type_):
                return f"{self._parameter(value)}::{SQL_TYPES[type_]}"
            case Name(name=name):
                return self.columns[name]
            case Negate(operand=operand):
                return f"(- {self.write(operand, NUMBER)})"
            case Arithmetic(operator="/", left=left, right=right):
                return f"({self.write(left, NUMBER)} / nullif({self.write(right, NUMBER)}, 0))"
            case Arithmetic(operator=operator, left=left, right=right):
                return f"({self.write(left, NUMBER)} {operator} {self.write(right, NUMBER)})"
            case Compare(operator=operator, left=left, right=right):
                return self._compare(operator, left, right)
            case IsNull(operand=operand, negated=negated):
                return f"({self.write(operand, operand.type)} IS {'NOT ' if negated else ''}NULL)"
            case Logic(operator=operator, operands=operands):
                return "(" + f" {operator.upper()} ".join(self.write(operand, BOOL) for operand in operands) + ")"
            case Not(operand=operand):
                return f"(NOT {self.write(operand, BOOL)})"
            case Choice(condition=condition, chosen=chosen, otherwise=otherwise, type=type_):
                return (
                    f"(CASE WHEN {self.write(condition, BOOL)} THEN {self.write(chosen, type_)}"
                    f" ELSE {self.write(otherwise, type_)} END)"
                )
            case Call():
                return self._call(node)
        raise TypeError(node)

    def _parameter(self, value: Any) -> str:
        self.parameters.append(value)
        return "%s"

    def _compare(self, operator: str, left: Node, right: Node) -> str:
        type_ = left.type if left.type is not NULL else right.type
        collate = ' COLLATE "C"' if type_ is TEXT else ""
        return f"({self.write(left, type_)}{collate} {operator} {self.write(right, type_)}{collate})"

    def _call(self, node: Call) -> str:
        match node.function:
            case "coalesce":
                return "coalesce(" + self._list(node.arguments, node.type) + ")"
            case "min" | "max":
                name = "least" if node.function == "min" else "greatest"
                collate = ' COLLATE "C"' if node.type is TEXT else ""
                return f"{name}(" + self._list(node.arguments, node.type, collate) + ")"
            case "concat":
                return "(" + " || ".join(self._as_text(argument) for argument in node.arguments) + ")"
            case "lower" | "upper":
                text = self.write(node.arguments[0], TEXT)
                return f'({node.function}({text} COLLATE "pg_unicode_fast") COLLATE "C")'
            case "strip":
                return f"btrim({self.write(node.arguments[0], TEXT)}, {self._parameter(BLANKS)}::text)"
            case "days_between":
                start, end = node.arguments
                # The end is written first in SQL, so its parameters must come first too.
                return f"({self.write(end, DATE)} - {self.write(start, DATE)})::numeric"
            case "abs":
                return f"abs({self.write(node.arguments[0], NUMBER)})"
            case "round":
                places = node.arguments[1].value if len(node.arguments) == 2 else 0  # type: ignore[union-attr]
                return f"round({self.write(node.arguments[0], NUMBER)}, {int(places)})"  # type: ignore[arg-type]
            case "date":
                return self._date(node.arguments)
        raise TypeError(node.function)

    def _list(self, arguments: tuple[Node, ...], type_: ValueType, collate: str = "") -> str:
        return ", ".join(self.write(argument, type_) + collate for argument in arguments)

    def _as_text(self, node: Node) -> str:
        written = self.write(node, node.type)
        match node.type:
            case ValueType.DATE:
                return f"to_char({written}, 'YYYY-MM-DD')"
            case ValueType.TEXT | ValueType.NULL:
                return written
        return f"({written})::text"

    def _date(self, arguments: tuple[Node, ...]) -> str:
        if len(arguments) == 3:
            year, month, day = (self.write(argument, NUMBER) for argument in arguments)
            # The cast from text is not folded at plan time, so an impossible day stays null instead of an error.
            return (
                "(SELECT CASE WHEN y = trunc(y) AND m = trunc(m) AND d = trunc(d) AND y BETWEEN 1 AND 9999"
                " AND m BETWEEN 1 AND 12 AND d BETWEEN 1 AND 31 AND pg_input_is_valid(t, 'date') THEN t::date END"
                " FROM (SELECT y, m, d, lpad(trunc(y)::text, 4, '0') || '-' || lpad(trunc(m)::text, 2, '0') || '-'"
                f" || lpad(trunc(d)::text, 2, '0') AS t FROM (SELECT {year} AS y, {month} AS m, {day} AS d) p) q)"
            )
        (argument,) = arguments
        written = self.write(argument, argument.type)
        match argument.type:
            case ValueType.DATE:
                return written
            case ValueType.DATETIME:
                return f"({written} AT TIME ZONE {self._parameter(self.zone)}::text)::date"
        return (
            "(SELECT CASE WHEN t ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND pg_input_is_valid(t, 'date') THEN t::date END"
            f" FROM (SELECT {written} AS t) p)"
        )
