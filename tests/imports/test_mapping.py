"""Mappings: what the loader accepts, how it names mistakes, and that writing and reading again gives the same."""

import pytest

from prm.imports.expressions import DATE, NUMBER
from prm.imports.guess import guess_fields
from prm.imports.kinds import get_kind
from prm.imports.mapping import Constant, MappingFault
from prm.imports.mapping.dump import dump, dump_yaml
from prm.imports.mapping.load import load, load_yaml
from prm.imports.mapping.yaml_text import protect_expressions
from prm.imports.reading.profile import ColumnProfile

FULL = """
kind: measurements            # partners | contacts | kpis | benchmarks | measurements
source: erp
format: {encoding: utf-8, delimiter: ",", decimal: ".", date: "%Y-%m-%d"}
columns:
  reseller: ResellerKey
  geography: GeographyKey
  amount: {header: SalesAmount, type: number}
  ordered: {header: OrderDate, type: date, empty: ["N/A"]}
  order_no: SalesOrderNumber
  line_no: SalesOrderLineNumber
lookups:
  geo: {file: DimGeography.csv, key: GeographyKey, on: geography, columns: {country: EnglishCountryRegionName}}
where: amount != 0            # rows to use
emit:
  - {partner: reseller, kpi: REVENUE, occurred_on: ordered, value: amount, external_id: concat(order_no, "-", line_no)}
  - {partner: reseller, kpi: ORDER_COUNT, occurred_on: ordered, value: 1, external_id: order_no, dedupe_on: order_no}
"""
SMALL = "kind: partners\ncolumns:\n  external_id: No\n  name: Name\n"


def test_the_documented_mapping_is_read():
    mapping = load_yaml(FULL)

    assert (mapping.kind, mapping.source, mapping.where) == ("measurements", "erp", "amount != 0")
    assert [column.type for column in mapping.columns[2:4]] == [NUMBER, DATE]
    assert mapping.columns[3].empty == ("N/A",)
    assert mapping.lookups[0].on == "geography"
    assert mapping.emit[0].fields["external_id"] == 'concat(order_no, "-", line_no)'
    assert mapping.emit[1].fields["value"] == Constant(1)
    assert mapping.emit[1].dedupe_on == "order_no"


def test_written_and_read_again_it_is_the_same():
    mapping = load_yaml(FULL)

    assert load_yaml(dump_yaml(mapping)) == mapping
    assert load(dump(mapping)) == mapping


def test_without_emit_the_aliases_are_the_fields():
    assert load_yaml(SMALL).emit[0].fields == {"external_id": "external_id", "name": "name"}


def test_words_that_yaml_would_change_stay_texts():
    mapping = load_yaml("kind: partners\ncolumns:\n  external_id: No\n  name: 2013\n  partner_since: 2013-01-01\n")

    assert [column.header for column in mapping.columns] == ["No", "2013", "2013-01-01"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{a: concat(x, "-", y), b: 1}', "{a: 'concat(x, \"-\", y)', b: 1}"),
        ('{a: 1 if s in ("Won", "Lost") else 0}', '{a: \'1 if s in ("Won", "Lost") else 0\'}'),
        ('a: "x" if b else "y"  # why', 'a: \'"x" if b else "y"\'  # why'),
        ('a: concat("M: ", m)', "a: 'concat(\"M: \", m)'"),
        ('a: {b: "c, d"}', 'a: {b: "c, d"}'),
        ("a: 'it''s'", "a: 'it''s'"),
        ("a: x # it's", "a: x # it's"),
        ("a: [x, y]", "a: [x, y]"),
    ],
)
def test_expressions_need_no_quotes_of_their_own(value, expected):
    assert protect_expressions(value) == expected


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (("kind: measurements", "kind: measurement"), "kind", "cannot be imported"),
        (("source: erp", "sauce: erp"), "", "Did you mean “source”"),
        (("source: erp", "source: E R P"), "source", "lower case"),
        (("encoding: utf-8", "encoding: utf-9"), "format.encoding", "not a known encoding"),
        (('delimiter: ","', 'delimiter: ";;"'), "format.delimiter", "one character"),
        (('decimal: "."', 'decimal: "x"'), "format.decimal", "decimal mark"),
        (('date: "%Y-%m-%d"', 'date: "%Y-%m"'), "format.date", "year, month and day"),
        (("type: number", "type: money"), "columns.amount.type", "not a type"),
        (("  reseller: ResellerKey", "  1st: ResellerKey"), "columns.1st", "alias is a word"),
        (("  reseller: ResellerKey", "  class: ResellerKey"), "columns.class", "alias is a word"),
        (("  reseller: ResellerKey", "  reseller: a\n  reseller: b"), "line 7", "there twice"),
        (("on: geography", "on: geo"), "lookups.geo.on", "is no alias"),
        (("file: DimGeography.csv", "file: ../secret.csv"), "lookups.geo.file", "plain name"),
        (("{country: English", "{amount: English"), "lookups.geo.columns.amount", "is taken"),
        (("kpi: REVENUE, ", ""), "emit[1]", "“kpi” is missing"),
        (("kpi: REVENUE, ", "kpi: REVENUE, worth: 1, "), "emit[1]", "“worth” is not known"),
        (("value: 1,", "value: [1],"), "emit[2].value", "must be a text"),
        (("kind: measurements", "kind: &a measurements\nx: *a"), "line 3", "not allowed"),
        (("kind: measurements", "kind: [measurements"), "line 3", "not valid YAML"),
    ],
)
def test_mistakes_are_named_with_their_place(change, place, reason):
    with pytest.raises(MappingFault) as fault:
        load_yaml(FULL.replace(*change))

    assert reason in fault.value.reason
    assert fault.value.place == place


@pytest.mark.parametrize("text", ["", "[]", "just text", "kind: partners"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(MappingFault):
        load_yaml(text)


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        ("measurements", ["Kundennr", "Firma", "Umsatz_netto", "Datum"], ["partner", None, "value", "occurred_on"]),
        ("measurements", ["ResellerKey", "SalesAmount", "OrderDate"], ["partner", "value", "occurred_on"]),
        (
            "partners",
            ["external_id", "Company name", "Country", "ZIP"],
            ["external_id", "name", "country", "postal_code"],
        ),
        ("contacts", ["Partner", "Full Name", "E-Mail"], ["partner", "full_name", "email"]),
    ],
)
def test_columns_are_guessed_from_their_headers(kind, headers, expected):
    looks = {"Datum": "01.02.2013", "OrderDate": "2013-01-01", "Umsatz_netto": "1,5", "SalesAmount": "1.5"}
    columns = [ColumnProfile(header, index) for index, header in enumerate(headers)]
    for column in columns:
        column.see(looks.get(column.header, "text"))

    guesses = guess_fields(get_kind(kind), columns)

    assert [guesses[index].field if index in guesses else None for index in range(len(headers))] == expected
