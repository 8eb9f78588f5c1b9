"""The Python back end: expressions as closures over a row, on Decimals, dates and text.

It must agree with `sql.py` to the last digit; `tests/imports/test_expressions.py` compares both on random
expressions. The one place where that needs care is division, where PostgreSQL chooses how many digits it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from typing import Any

from prm.imports.expressions.tree import (
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
    Value,
)

Row = Sequence[Any]
Function = Callable[[Row], Any]

# Room for the exact product of everything 500 characters can multiply, so that only `/` and `round` ever round.
EXACT = Context(prec=20_000, rounding=ROUND_HALF_UP, Emin=-999_999, Emax=999_999)

# What `strip` removes; both back ends use this list instead of their own idea of a blank.
BLANKS = " \t\n\r\x0b\x0c\u00a0\u2007\u202f\ufeff"

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def compile_node(node: Node, positions: Mapping[str, int]) -> Function:
    """The function of a row that computes `node`; `positions` says where in the row each name stands."""
    return _COMPILERS[type(node)](node, lambda child: compile_node(child, positions), positions)


def divide(left: Decimal, right: Decimal) -> Decimal | None:
    """`left / right` with the digits PostgreSQL's numeric keeps (at least 16 significant ones); null for zero."""
    if not right:
        return None
    scale = _quotient_scale(left, right)
    left_top, left_bottom = left.as_integer_ratio()
    right_top, right_bottom = right.as_integer_ratio()
    top = abs(left_top * right_bottom) * 10**scale
    bottom = abs(left_bottom * right_top)
    digits = (2 * top + bottom) // (2 * bottom)
    negative = (left < 0) != (right < 0) and digits != 0
    return EXACT.scaleb(Decimal(-digits if negative else digits), -scale)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Half away from zero, like PostgreSQL's `round(numeric, n)`."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)
    return _plain(rounded)


def as_text(value: Value) -> str | None:
    """A value as `concat` joins it: plain digits, ISO days, true and false."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat()


def _quotient_scale(left: Decimal, right: Decimal) -> int:
    left_weight, left_digit = _first_digit(left)
    right_weight, right_digit = _first_digit(right)
    weight = left_weight - right_weight
    if left_digit <= right_digit:
        weight -= 1
    return min(max(16 - weight * 4, _scale(left), _scale(right), 0), 1000)


def _first_digit(value: Decimal) -> tuple[int, int]:
    """Weight and value of the first digit to base 10,000, which is how PostgreSQL holds a numeric."""
    if not value:
        return 0, 0
    weight = value.adjusted() // 4
    return weight, int(EXACT.scaleb(value.copy_abs(), -4 * weight))


def _scale(value: Decimal) -> int:
    return max(-value.as_tuple().exponent, 0)  # type: ignore[operator]  # columns never hold NaN or infinity


def _plain(value: Decimal) -> Decimal:
    """No minus zero and no positive exponent, neither of which PostgreSQL has."""
    if not value:
        value = value.copy_abs()
    if value.as_tuple().exponent > 0:  # type: ignore[operator]
        value = value.quantize(Decimal(1), context=EXACT)
    return value


def _literal(node: Literal, _compile: Any, _positions: Any) -> Function:
    value = node.value
    return lambda row: value


def _name(node: Name, _compile: Any, positions: Mapping[str, int]) -> Function:
    index = positions[node.name]
    return lambda row: row[index]


def _negate(node: Negate, compile_: Any, _positions: Any) -> Function:
    operand = compile_(node.operand)

    def negate(row: Row) -> Decimal | None:
        value = operand(row)
        return None if value is None else _plain(EXACT.minus(value))

    return negate


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": lambda left, right: _plain(EXACT.add(left, right)),
    "-": lambda left, right: _plain(EXACT.subtract(left, right)),
    "*": lambda left, right: _plain(EXACT.multiply(left, right)),
    "/": divide,
}


def _arithmetic(node: Arithmetic, compile_: Any, _positions: Any) -> Function:
    left, right, operation = compile_(node.left), compile_(node.right), _ARITHMETIC[node.operator]

    def arithmetic(row: Row) -> Decimal | None:
        first = left(row)
        if first is None:
            return None
        second = right(row)
        return None if second is None else operation(first, second)

    return arithmetic


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _compare(node: Compare, compile_: Any, _positions: Any) -> Function:
    left, right, operation = compile_(node.left), compile_(node.right), _COMPARISONS[node.operator]

    def compare(row: Row) -> bool | None:
        first = left(row)
        if first is None:
            return None
        second = right(row)
        return None if second is None else operation(first, second)

    return compare


def _is_null(node: IsNull, compile_: Any, _positions: Any) -> Function:
    operand = compile_(node.operand)
    if node.negated:
        return lambda row: operand(row) is not None
    return lambda row: operand(row) is None


def _logic(node: Logic, compile_: Any, _positions: Any) -> Function:
    operands = [compile_(operand) for operand in node.operands]
    decisive = node.operator == "or"

    def logic(row: Row) -> bool | None:
        unknown = False
        for operand in operands:
            value = operand(row)
            if value is decisive:
                return decisive
            unknown = unknown or value is None
        return None if unknown else not decisive

    return logic


def _not(node: Not, compile_: Any, _positions: Any) -> Function:
    operand = compile_(node.operand)

    def negation(row: Row) -> bool | None:
        value = operand(row)
        return None if value is None else not value

    return negation


def _choice(node: Choice, compile_: Any, _positions: Any) -> Function:
    condition, chosen, otherwise = compile_(node.condition), compile_(node.chosen), compile_(node.otherwise)
    return lambda row: chosen(row) if condition(row) else otherwise(row)


def _call(node: Call, compile_: Any, _positions: Any) -> Function:
    arguments = [compile_(argument) for argument in node.arguments]
    function = _FUNCTIONS[node.function]
    return lambda row: function([argument(row) for argument in arguments])


def _null_through(function: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    """Any null argument makes the result null."""

    def call(arguments: list[Any]) -> Any:
        return None if None in arguments else function(*arguments)

    return call


def _coalesce(arguments: list[Any]) -> Any:
    return next((value for value in arguments if value is not None), None)


def _extreme(better: Callable[[Any, Any], bool]) -> Callable[[list[Any]], Any]:
    """The best of the arguments that are there; among equals the first, as LEAST and GREATEST do it."""

    def call(arguments: list[Any]) -> Any:
        present = [value for value in arguments if value is not None]
        if not present:
            return None
        return reduce(lambda best, value: value if better(value, best) else best, present)

    return call


def _date(*arguments: Any) -> date | None:
    try:
        if len(arguments) == 3:
            if any(part != part.to_integral_value() for part in arguments):
                return None
            return date(*(int(part) for part in arguments))
        (value,) = arguments
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        return date.fromisoformat(value) if ISO_DAY.fullmatch(value) else None
    except (ValueError, OverflowError):
        return None


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "coalesce": _coalesce,
    "concat": _null_through(lambda *parts: "".join(as_text(part) or "" for part in parts)),
    "lower": _null_through(lambda text: text.lower()),
    "upper": _null_through(lambda text: text.upper()),
    "strip": _null_through(lambda text: text.strip(BLANKS)),
    "date": _null_through(_date),
    "days_between": _null_through(lambda start, end: Decimal((end - start).days)),
    "min": _extreme(lambda value, best: value < best),
    "max": _extreme(lambda value, best: value > best),
    "abs": _null_through(lambda number: number.copy_abs()),
    "round": _null_through(lambda number, places=Decimal(0): round_half_up(number, int(places))),
}

_COMPILERS: dict[type, Callable[..., Function]] = {
    Literal: _literal,
    Name: _name,
    Negate: _negate,
    Arithmetic: _arithmetic,
    Compare: _compare,
    IsNull: _is_null,
    Logic: _logic,
    Not: _not,
    Choice: _choice,
    Call: _call,
}
