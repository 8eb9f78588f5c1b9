"""From text to a checked expression: Python's own parser, an allow-list of nodes, then types.

What is not on the list does not exist: no attributes, no subscripts, no comprehensions, no calls but the functions
below. Every refusal names the place and says what to write instead.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

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
    Expression,
    IsNull,
    Literal,
    Logic,
    Name,
    Negate,
    Node,
    Not,
    ValueType,
)

MAX_LENGTH = 500
MAX_DEPTH = 12
MAX_PLACES = 12
NUMBER_LITERAL = re.compile(r"(?:[0-9]{1,20}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
WORDS = {"none": None, "null": None, "true": True, "false": False}

ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ORDERED = (NUMBER, TEXT, DATE, DATETIME)


class ExpressionError(ValueError):
    """An expression that is refused: `message` is a whole sentence, `position` the place of the fault (from 1)."""

    def __init__(self, message: str, position: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return _("%(message)s (at character %(position)s)") % {"message": self.message, "position": self.position}


def parse(text: str, names: Mapping[str, ValueType] | Iterable[str]) -> Expression:
    """The expression `text` over `names`, checked. Names given without types are numbers, as KPIs are.

    Raises ExpressionError for anything outside the language, for unknown names and for values that do not fit.
    """
    if not isinstance(text, str) or not text.strip():
        raise ExpressionError(_("The expression is empty."))
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            _("The expression has %(length)s characters; at most %(limit)s are allowed.")
            % {"length": len(text), "limit": MAX_LENGTH},
            MAX_LENGTH + 1,
        )
    types = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, NUMBER)
    reader = _Reader(text, types)
    root = reader.read()
    return Expression(text=text, root=root, names=frozenset(reader.used))


class _Reader:
    def __init__(self, text: str, types: Mapping[str, ValueType]) -> None:
        self.text = re.sub(r"[\r\n\t]", " ", text)
        self.offset = len(self.text) - len(self.text.lstrip(" "))
        self.text = self.text.strip(" ")
        self.types = types
        self.used: set[str] = set()

    def read(self) -> Node:
        try:
            self.encoded = self.text.encode()
            body = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise self._syntax_error(error) from None
        except (ValueError, MemoryError, RecursionError):
            # ValueError: null bytes or lone surrogates; the others: nesting beyond what Python's parser takes.
            raise ExpressionError(_("This cannot be read as an expression.")) from None
        self._check_depth(body)
        return self._node(body)

    def _syntax_error(self, error: SyntaxError) -> ExpressionError:
        position = (error.offset or len(self.text) + 1) + self.offset
        if re.search(r"(?<![=<>!])=(?!=)", self.text):
            return ExpressionError(_("Write == to compare; a single = is not part of the language."), position)
        if re.search(r"&&|\|\||!(?!=)", self.text):
            return ExpressionError(_("Write and, or, not instead of &&, || and !."), position)
        return ExpressionError(
            _("This cannot be read as an expression. Look for a missing bracket or quote."), position
        )

    def _check_depth(self, body: ast.expr) -> None:
        """Depth counts brackets and calls; a chain like a + b + c + d is one level, however long."""
        pending: list[tuple[ast.AST, int]] = [(body, 1)]
        while pending:
            node, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise ExpressionError(
                    _("The expression is nested more than %(limit)s levels deep. Split it into two columns.")
                    % {"limit": MAX_DEPTH},
                    self._position(node),
                )
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr):
                    continue
                same = (
                    isinstance(node, ast.BinOp)
                    and child is node.left
                    and isinstance(child, ast.BinOp)
                    and _precedence(child) == _precedence(node)
                )
                pending.append((child, depth if same else depth + 1))

    def _position(self, node: ast.AST) -> int:
        column = len(self.encoded[: getattr(node, "col_offset", 0)].decode(errors="replace"))
        return column + 1 + self.offset

    def _refuse(self, node: ast.AST, message: str) -> ExpressionError:
        return ExpressionError(message, self._position(node))

    def _node(self, node: ast.expr) -> Node:
        handler: Callable[[Any], Node] | None = getattr(self, f"_read_{type(node).__name__.lower()}", None)
        if handler is None:
            raise self._refuse(
                node, _("“%(part)s” is not part of the expression language.") % {"part": self._source(node)}
            )
        return handler(node)

    def _source(self, node: ast.expr) -> str:
        part = self.encoded[node.col_offset : node.end_col_offset].decode(errors="replace")
        return part if len(part) <= 40 else part[:39] + "…"

    def _read_constant(self, node: ast.Constant) -> Node:
        value = node.value
        if value is None:
            return Literal(None, NULL)
        if isinstance(value, bool):
            return Literal(value, BOOL)
        if isinstance(value, str) and "\x00" not in value and not re.search("[\ud800-\udfff]", value):
            return Literal(value, TEXT)
        written = self._source(node)
        if isinstance(value, (int, float)) and NUMBER_LITERAL.fullmatch(written):
            return Literal(Decimal(written.rstrip(".") or "0"), NUMBER)
        raise self._refuse(
            node,
            _("“%(part)s” is not a value here. Write plain numbers such as 12.5 and texts in quotes.")
            % {"part": written},
        )

    def _read_name(self, node: ast.Name) -> Node:
        name = node.id
        if name in self.types:
            self.used.add(name)
            return Name(name, self.types[name])
        if name.lower() in WORDS:
            value = WORDS[name.lower()]
            return Literal(value, NULL if value is None else BOOL)
        close = difflib.get_close_matches(name, self.types, n=1)
        hint = _(" Did you mean “%(name)s”?") % {"name": close[0]} if close else ""
        raise self._refuse(node, _("“%(name)s” is not a known name.") % {"name": name} + hint)

    def _read_unaryop(self, node: ast.UnaryOp) -> Node:
        operand = self._node(node.operand)
        if isinstance(node.op, ast.Not):
            self._expect(node.operand, operand, BOOL, "not")
            return Not(operand)
        if isinstance(node.op, (ast.USub, ast.UAdd)):
            self._expect(node.operand, operand, NUMBER, "-" if isinstance(node.op, ast.USub) else "+")
            return Negate(operand) if isinstance(node.op, ast.USub) else operand
        raise self._refuse(node, _("“~” is not part of the expression language."))

    def _read_binop(self, node: ast.BinOp) -> Node:
        operator = ARITHMETIC.get(type(node.op))
        if operator is None:
            raise self._refuse(
                node,
                _("“%(part)s” uses an operator that is not known; there are + - * and /.")
                % {"part": self._source(node)},
            )
        left, right = self._node(node.left), self._node(node.right)
        self._expect(node.left, left, NUMBER, operator)
        self._expect(node.right, right, NUMBER, operator)
        return Arithmetic(operator, left, right)

    def _read_boolop(self, node: ast.BoolOp) -> Node:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        operands = tuple(self._node(value) for value in node.values)
        for part, operand in zip(node.values, operands, strict=True):
            self._expect(part, operand, BOOL, operator)
        return Logic(operator, operands)

    def _read_compare(self, node: ast.Compare) -> Node:
        parts = [node.left, *node.comparators]
        links = [
            self._comparison(operator, left, right)
            for operator, left, right in zip(node.ops, parts, parts[1:], strict=False)
        ]
        return links[0] if len(links) == 1 else Logic("and", tuple(links))

    def _comparison(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> Node:
        first = self._node(left)
        if isinstance(operator, (ast.In, ast.NotIn)):
            if not isinstance(right, (ast.Tuple, ast.List)) or not right.elts:
                raise self._refuse(right, _('After “in” write a list, such as in ("won", "lost").'))
            links = [self._equality(left, first, item) for item in right.elts]
            found = links[0] if len(links) == 1 else Logic("or", tuple(links))
            return Not(found) if isinstance(operator, ast.NotIn) else found
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if self._node(right) != Literal(None, NULL):
                raise self._refuse(right, _("“is” only asks for None; write == to compare."))
            return IsNull(first, negated=isinstance(operator, ast.IsNot))
        return self._pair(COMPARISONS[type(operator)], left, first, right, self._node(right))

    def _equality(self, left: ast.expr, first: Node, right: ast.expr) -> Node:
        return self._pair("=", left, first, right, self._node(right))

    def _pair(self, operator: str, left: ast.expr, first: Node, right: ast.expr, second: Node) -> Node:
        if NULL in (first.type, second.type):
            raise self._refuse(right, _("A comparison with None is never true; write “is None” or “is not None”."))
        if first.type is not second.type:
            raise self._refuse(right, self._mismatch(left, first, right, second))
        if first.type is BOOL and operator not in ("=", "<>"):
            raise self._refuse(right, _("True and false have no order; compare them with == or !=."))
        return Compare(operator, first, second)

    def _mismatch(self, left: ast.expr, first: Node, right: ast.expr, second: Node) -> str:
        message = _("“%(left)s” is %(first)s and “%(right)s” is %(second)s; they cannot be compared.") % {
            "left": self._source(left),
            "first": first.type,
            "right": self._source(right),
            "second": second.type,
        }
        pair = {first.type, second.type}
        if pair == {TEXT, NUMBER}:
            message += " " + _("Declare the column with type: number, or put the number in quotes.")
        elif pair == {TEXT, DATE}:
            message += " " + _('Write days as date("2013-01-31"), or declare the column with type: date.')
        elif pair == {DATETIME, DATE}:
            message += " " + _("Write date(…) around the point in time.")
        return message

    def _read_ifexp(self, node: ast.IfExp) -> Node:
        condition = self._node(node.test)
        self._expect(node.test, condition, BOOL, "if")
        chosen, otherwise = self._node(node.body), self._node(node.orelse)
        type_ = self._common(node, [(node.body, chosen), (node.orelse, otherwise)])
        return Choice(condition, chosen, otherwise, type_)

    def _read_call(self, node: ast.Call) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else self._source(node.func)
        signature = FUNCTIONS.get(name) if isinstance(node.func, ast.Name) else None
        if signature is None:
            raise self._refuse(
                node,
                _("“%(name)s” is not a function of the expression language. There are %(functions)s.")
                % {"name": name, "functions": ", ".join(sorted(FUNCTIONS))},
            )
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refuse(node, _("Functions take plain values in order, without names or stars."))
        least, most, reader = signature
        if not least <= len(node.args) <= most:
            raise self._refuse(
                node,
                _("%(name)s takes %(wanted)s values, not %(given)s.")
                % {"name": name, "wanted": _wanted(least, most), "given": len(node.args)},
            )
        arguments = [(part, self._node(part)) for part in node.args]
        return reader(self, node, name, arguments)

    def _call_same(self, node: ast.Call, name: str, arguments: list[tuple[ast.expr, Node]]) -> Node:
        type_ = self._common(node, arguments)
        if name != "coalesce" and type_ not in ORDERED:
            raise self._refuse(node, _("%(name)s needs values that have an order.") % {"name": name})
        return Call(name, tuple(argument for _part, argument in arguments), type_)

    def _call_text(self, node: ast.Call, name: str, arguments: list[tuple[ast.expr, Node]]) -> Node:
        if name != "concat":
            self._expect(*arguments[0], TEXT, name)
        for part, argument in arguments:
            if argument.type is DATETIME:
                raise self._refuse(part, _("Write date(…) around a point in time to make it text."))
        return Call(name, tuple(argument for _part, argument in arguments), TEXT)

    def _call_number(self, node: ast.Call, name: str, arguments: list[tuple[ast.expr, Node]]) -> Node:
        self._expect(*arguments[0], NUMBER, name)
        if len(arguments) == 2:
            part, places = arguments[1]
            value = places.value if isinstance(places, Literal) else None
            if not isinstance(value, Decimal) or value != int(value) or value > MAX_PLACES:
                raise self._refuse(
                    part, _("The places of round are a whole number from 0 to %(limit)s.") % {"limit": MAX_PLACES}
                )
        return Call(name, tuple(argument for _part, argument in arguments), NUMBER)

    def _call_days(self, node: ast.Call, name: str, arguments: list[tuple[ast.expr, Node]]) -> Node:
        for part, argument in arguments:
            self._expect(part, argument, DATE, name)
        return Call(name, tuple(argument for _part, argument in arguments), NUMBER)

    def _call_date(self, node: ast.Call, name: str, arguments: list[tuple[ast.expr, Node]]) -> Node:
        if len(arguments) == 2:
            raise self._refuse(node, _("date takes one value, or year, month and day."))
        for part, argument in arguments:
            if len(arguments) == 3:
                self._expect(part, argument, NUMBER, name)
            elif argument.type in (NUMBER, BOOL):
                raise self._refuse(part, _('date takes a text such as "2013-01-31", or year, month and day.'))
        return Call(name, tuple(argument for _part, argument in arguments), DATE)

    def _common(self, node: ast.expr, parts: list[tuple[ast.expr, Node]]) -> ValueType:
        """The one type of all parts; a bare None fits any."""
        type_ = NULL
        for part, argument in parts:
            if type_ is NULL:
                type_ = argument.type
            elif argument.type not in (type_, NULL):
                raise self._refuse(
                    part,
                    _("“%(part)s” is %(given)s where the others are %(wanted)s; all must be alike.")
                    % {"part": self._source(part), "given": argument.type, "wanted": type_},
                )
        if type_ is NULL:
            raise self._refuse(node, _("All values here are None; at least one must be something else."))
        return type_

    def _expect(self, part: ast.expr, node: Node, wanted: ValueType, user: str) -> None:
        if node.type in (wanted, NULL):
            return
        message = _("“%(user)s” needs %(wanted)s; “%(part)s” is %(given)s.") % {
            "user": user,
            "wanted": wanted,
            "part": self._source(part),
            "given": node.type,
        }
        if user == "+" and node.type is TEXT:
            message += " " + _("Join texts with concat(…).")
        elif wanted is NUMBER and node.type is TEXT:
            message += " " + _("Declare the column with type: number.")
        elif wanted is NUMBER and node.type is BOOL:
            message += " " + _("Write 1 if … else 0.")
        elif wanted is DATE and node.type is TEXT:
            message += " " + _("Declare the column with type: date, or write date(…) around it.")
        raise self._refuse(part, message)


Signature = tuple[int, int, Callable[[_Reader, ast.Call, str, list[tuple[ast.expr, Node]]], Node]]

FUNCTIONS: dict[str, Signature] = {
    "coalesce": (1, 20, _Reader._call_same),
    "min": (1, 20, _Reader._call_same),
    "max": (1, 20, _Reader._call_same),
    "concat": (1, 20, _Reader._call_text),
    "lower": (1, 1, _Reader._call_text),
    "upper": (1, 1, _Reader._call_text),
    "strip": (1, 1, _Reader._call_text),
    "abs": (1, 1, _Reader._call_number),
    "round": (1, 2, _Reader._call_number),
    "date": (1, 3, _Reader._call_date),
    "days_between": (2, 2, _Reader._call_days),
}


def _precedence(node: ast.BinOp) -> int:
    return 1 if isinstance(node.op, (ast.Add, ast.Sub)) else 2


def _wanted(least: int, most: int) -> str:
    if least == most:
        return str(least)
    return _("%(least)s to %(most)s") % {"least": least, "most": most}
