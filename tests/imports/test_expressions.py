"""The expression language: what it accepts, what it answers, and that Python and PostgreSQL answer alike."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prm.imports.expressions import BOOL, DATE, MAX_DEPTH, NUMBER, TEXT, ExpressionError, parse

TYPES = {
    "amount": NUMBER,
    "weight": NUMBER,
    "order_no": TEXT,
    "stage": TEXT,
    "delivered": DATE,
    "scheduled": DATE,
    "done": BOOL,
}
ROW = {
    "amount": Decimal("10.00"),
    "weight": Decimal("4"),
    "order_no": "SO1",
    "stage": " Won ",
    "delivered": date(2013, 3, 1),
    "scheduled": date(2013, 2, 27),
    "done": True,
}


def value_of(text, **changes):
    return parse(text, TYPES).evaluate({**ROW, **changes})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount + weight * 2", Decimal("18.00")),
        ("(amount + weight) * 2", Decimal("28.00")),
        ("-amount", Decimal("-10.00")),
        ("amount / weight", Decimal("2.5000000000000000")),
        ("amount / 0", None),
        ("1 if delivered <= scheduled else 0", Decimal(0)),
        ("days_between(scheduled, delivered)", Decimal(2)),
        ('concat(order_no, "-", weight)', "SO1-4"),
        ('"a" if stage in ("Won", "Lost") else "b"', "b"),
        ('"a" if strip(lower(stage)) in ("won", "lost") else "b"', "a"),
        ("upper(strip(stage))", "WON"),
        ("min(amount, weight, 7)", Decimal(4)),
        ("max(delivered, scheduled)", date(2013, 3, 1)),
        ("round(2.5)", Decimal(3)),
        ("round(-2.5)", Decimal(-3)),
        ("round(amount / 3, 2)", Decimal("3.33")),
        ("abs(-0.5)", Decimal("0.5")),
        ("coalesce(None, amount)", Decimal("10.00")),
        ("1 < weight <= 4", True),
        ("not done or amount > 5 and weight != 4", False),
        ('date("2013-02-30")', None),
        ('date("2013-03-01") == delivered', True),
        ("date(2013, 2, 28) < delivered", True),
        ("date(2013, 2, 30)", None),
        ("amount is None or order_no is not None", True),
    ],
)
def test_expressions_evaluate(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount + 1", None),
        ("amount / weight", None),
        ("amount > 1", None),
        ("not amount > 1", None),
        ("amount > 1 and weight > 100", False),
        ("amount > 1 or weight > 1", True),
        ("1 if amount > 1 else 0", Decimal(0)),
        ("min(amount, weight)", Decimal(4)),
        ("coalesce(amount, weight)", Decimal(4)),
        ('concat(order_no, "-", amount)', None),
        ("amount is None", True),
    ],
)
def test_a_missing_amount_is_null(text, expected):
    assert value_of(text, amount=None) == expected


@pytest.mark.parametrize(
    ("text", "fragment", "position"),
    [
        ("", "empty", 1),
        ("amount +", "cannot be read", 9),
        ("amount = 1", "Write ==", 8),
        ("amount && done", "and, or, not", 9),
        ("amuont + 1", "Did you mean “amount”?", 1),
        ("amount + order_no", "Join texts with concat", 10),
        ("amount == order_no", "type: number", 11),
        ('delivered <= "2013-01-01"', "date(", 14),
        ("amount == None", "is None", 11),
        ("done > True", "no order", 8),
        ("amount if weight else 0", "needs bool", 11),
        ('1 if done else "a"', "must be alike", 16),
        ("amount.real", "not part", 1),
        ("amount[0]", "not part", 1),
        ("[a for a in amount]", "not part", 1),
        ("(lambda: 1)()", "not a function", 1),
        ("__import__('os')", "not a function", 1),
        ("open('x')", "not a function", 1),
        ("amount ** 2", "operator", 1),
        ("amount % 2", "operator", 1),
        ("~amount", "not part", 1),
        ("f'{amount}'", "not part", 1),
        ("b'x'", "not a value", 1),
        ("0x10", "not a value", 1),
        ("1e999", "not a value", 1),
        ("1j", "not a value", 1),
        ("concat('\\0')", "not a value", 8),
        ("round(amount, weight)", "places of round", 15),
        ("round(amount, 13)", "places of round", 15),
        ("lower(order_no, stage)", "takes 1 values, not 2", 1),
        ("concat(*order_no)", "without names or stars", 1),
        ("date(1)", "date takes a text", 6),
        ("stage in order_no", "write a list", 10),
        ("stage is order_no", "only asks for None", 10),
        ("(x := 1)", "not part", 2),
    ],
)
def test_what_is_outside_the_language_is_refused_with_its_place(text, fragment, position):
    with pytest.raises(ExpressionError) as refusal:
        parse(text, TYPES)

    assert fragment in refusal.value.message
    assert refusal.value.position == position


def test_length_is_limited():
    parse("amount" + " " * 494, TYPES)

    with pytest.raises(ExpressionError, match="501 characters"):
        parse("amount" + " " * 495, TYPES)


def test_depth_is_limited():
    parse("abs(" * (MAX_DEPTH - 1) + "amount" + ")" * (MAX_DEPTH - 1), TYPES)

    with pytest.raises(ExpressionError, match="12 levels"):
        parse("abs(" * MAX_DEPTH + "amount" + ")" * MAX_DEPTH, TYPES)


def test_a_long_sum_is_one_level():
    assert parse(" + ".join(["weight"] * 50), TYPES).evaluate(ROW) == Decimal(200)


@pytest.mark.parametrize("text", ["(" * 240 + "1" + ")" * 240, "-" * 499 + "1", "not " * 120 + "done"])
def test_deep_nesting_is_an_error_and_not_a_crash(text):
    with pytest.raises(ExpressionError):
        parse(text, TYPES)


def test_kpi_formulas_need_only_the_codes():
    formula = parse("100 * REVENUE / ORDER_COUNT", ["REVENUE", "ORDER_COUNT"])

    assert formula.names == {"REVENUE", "ORDER_COUNT"}
    assert formula.evaluate({"REVENUE": Decimal(10), "ORDER_COUNT": Decimal(4)}) == Decimal(250)


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False) | st.sampled_from(
    [Decimal(0), Decimal(1), Decimal("-0.0001"), Decimal("1000000000000"), Decimal("9999"), Decimal("10000"), None]
)
texts = st.text(alphabet="abcXYZ äÖßéñŁ0129-\t\u00a0", max_size=8) | st.none()
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)) | st.none()
rows = st.fixed_dictionaries(
    {
        "amount": numbers,
        "weight": numbers,
        "order_no": texts,
        "stage": texts,
        "delivered": days,
        "scheduled": days,
        "done": st.booleans() | st.none(),
    }
)


def _expressions():
    """Random well-typed expressions: three mutually recursive strategies, four levels deep."""
    number = st.sampled_from(["amount", "weight", "0", "1", "2.50", "100", "0.001", "None"])
    text = st.sampled_from(["order_no", "stage", '"a"', '" Ä "', "None"])
    day = st.sampled_from(["delivered", "scheduled", 'date("2012-02-29")', "date(2013, 2, 29)", "date(2013, 1, 31)"])
    bool_ = st.sampled_from(["done", "True", "amount is None", "stage is not None"])
    join = st.builds
    for _level in range(4):
        operands = (number, text, day, bool_)
        number = number | st.one_of(
            join("({} {} {})".format, operands[0], st.sampled_from("+-*/"), operands[0]),
            join("(-{})".format, operands[0]),
            join("abs({})".format, operands[0]),
            join("round({}, {})".format, operands[0], st.integers(0, 8)),
            join("round({})".format, operands[0]),
            join("{}({}, {})".format, st.sampled_from(["min", "max", "coalesce"]), operands[0], operands[0]),
            join("({} if {} else {})".format, operands[0], operands[3], operands[0]),
            join("days_between({}, {})".format, operands[2], operands[2]),
        )
        text = text | st.one_of(
            join("{}({})".format, st.sampled_from(["lower", "upper", "strip"]), operands[1]),
            join("concat({}, {}, {})".format, operands[1], operands[0], operands[2]),
            join("concat({}, {})".format, operands[3], operands[1]),
            join("({} if {} else {})".format, operands[1], operands[3], operands[1]),
            join("{}({}, {})".format, st.sampled_from(["min", "max", "coalesce"]), operands[1], operands[1]),
        )
        day = day | st.one_of(
            join("date({})".format, operands[1]),
            join("date({}, {}, {})".format, operands[0], operands[0], operands[0]),
            join("{}({}, {})".format, st.sampled_from(["min", "max", "coalesce"]), operands[2], operands[2]),
        )
        comparison = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
        bool_ = bool_ | st.one_of(
            join("({} {} {})".format, operands[0], comparison, operands[0]),
            join("({} {} {})".format, operands[1], comparison, operands[1]),
            join("({} {} {})".format, operands[2], comparison, operands[2]),
            join("({} {} {})".format, operands[3], st.sampled_from(["and", "or"]), operands[3]),
            join("(not {})".format, operands[3]),
            join("({} in ({}, {}))".format, operands[1], operands[1], operands[1]),
            join("({} is None)".format, operands[0]),
        )
    return st.one_of(number, text, day, bool_)


COLUMNS = {
    "amount": "r.amount",
    "weight": "r.weight",
    "order_no": "r.order_no",
    "stage": "r.stage",
    "delivered": "r.delivered",
    "scheduled": "r.scheduled",
    "done": "r.done",
}
SELECT = (
    "SELECT {} FROM (SELECT %s::numeric AS amount, %s::numeric AS weight, %s::text AS order_no, %s::text AS stage,"
    " %s::date AS delivered, %s::date AS scheduled, %s::boolean AS done OFFSET 0) r"
)


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=_expressions(), row=rows)
def test_python_and_postgresql_answer_alike(text, row):
    try:
        expression = parse(text, TYPES)
    except ExpressionError:  # a null where none is allowed, or too deep: nothing to compare
        return
    sql, parameters = expression.sql(COLUMNS)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SELECT.format(sql), [*parameters, *(row[name] for name in COLUMNS)])
        (stored,) = cursor.fetchone()
    answer = expression.evaluate(row)

    assert (type(answer), answer) == (type(stored), stored)
    assert str(answer) == str(stored)
