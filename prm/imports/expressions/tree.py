"""The checked form of an expression: typed nodes, independent of how they are evaluated.

Every node knows its type, so the Python and the SQL back end need no guesses, and a text compared with a number is
refused when the mapping is loaded and not in row 40,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any

Value = Decimal | str | date | datetime | bool | None


class ValueType(Enum):
    """What a column or an expression holds. NULL is the type of a literal None alone, which fits every other type."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    BOOL = "bool"
    NULL = "null"

    def __str__(self) -> str:
        return self.value


NUMBER, TEXT, DATE, DATETIME, BOOL, NULL = (
    ValueType.NUMBER,
    ValueType.TEXT,
    ValueType.DATE,
    ValueType.DATETIME,
    ValueType.BOOL,
    ValueType.NULL,
)


@dataclass(frozen=True)
class Literal:
    value: Value
    type: ValueType


@dataclass(frozen=True)
class Name:
    name: str
    type: ValueType


@dataclass(frozen=True)
class Negate:
    operand: Node
    type: ValueType = NUMBER


@dataclass(frozen=True)
class Arithmetic:
    """`operator` is one of + - * /. Null in gives null out; division by zero gives null."""

    operator: str
    left: Node
    right: Node
    type: ValueType = NUMBER


@dataclass(frozen=True)
class Compare:
    """`operator` is one of = <> < <= > >=, in SQL's spelling. Null on either side gives null."""

    operator: str
    left: Node
    right: Node
    type: ValueType = BOOL


@dataclass(frozen=True)
class IsNull:
    operand: Node
    negated: bool
    type: ValueType = BOOL


@dataclass(frozen=True)
class Logic:
    """`operator` is `and` or `or`, in three-valued logic: unknown and false is false, unknown or true is true."""

    operator: str
    operands: tuple[Node, ...]
    type: ValueType = BOOL


@dataclass(frozen=True)
class Not:
    operand: Node
    type: ValueType = BOOL


@dataclass(frozen=True)
class Choice:
    """`chosen if condition else otherwise`; an unknown condition takes `otherwise`."""

    condition: Node
    chosen: Node
    otherwise: Node
    type: ValueType


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    type: ValueType


Node = Literal | Name | Negate | Arithmetic | Compare | IsNull | Logic | Not | Choice | Call


@dataclass(frozen=True)
class Expression:
    """A parsed and type-checked expression. Make one with `parse`."""

    text: str
    root: Node
    names: frozenset[str]

    @property
    def type(self) -> ValueType:
        return self.root.type

    @property
    def bare_name(self) -> str | None:
        """The alias, when the whole expression is nothing but one."""
        return self.root.name if isinstance(self.root, Name) else None

    def compile(self, positions: Mapping[str, int]) -> Callable[[Sequence[Any]], Value]:
        """A function of one row (a sequence of values) for the streaming import."""
        from prm.imports.expressions.evaluate import compile_node

        return compile_node(self.root, positions)

    @cached_property
    def _by_name(self) -> tuple[tuple[str, ...], Callable[[Sequence[Any]], Value]]:
        ordered = tuple(sorted(self.names))
        return ordered, self.compile({name: index for index, name in enumerate(ordered)})

    def evaluate(self, values: Mapping[str, Any]) -> Value:
        """The value for one set of named values. A missing name counts as null."""
        ordered, function = self._by_name
        return function([values.get(name) for name in ordered])

    def sql(self, columns: Mapping[str, str], *, zone: str = "UTC") -> tuple[str, list[Any]]:
        """The expression as PostgreSQL text with `%s` parameters.

        `columns` gives the trusted SQL of each name; `zone` is where an instant becomes a day.
        """
        from prm.imports.expressions.sql import compile_sql

        return compile_sql(self.root, columns, zone=zone)
