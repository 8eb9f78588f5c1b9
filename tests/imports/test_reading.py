"""Files as they come: encodings, separators, marks, dates, and everything that is no table."""

import gzip
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from prm.imports.reading import container
from prm.imports.reading.faults import FileFault
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.profile import profile_table
from prm.imports.reading.table import open_table
from prm.imports.reading.values import (
    ValueFault,
    date_parser,
    datetime_parser,
    number_parser,
    parse_bool,
    parse_text,
    refuse_formula,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2013, 1, 5, 14, 30)  # noqa: DTZ001  workbooks know no time zones


@pytest.fixture
def table(tmp_path):
    """Opens content written to a file."""

    def make(content, given=None, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_table(path, given)

    return make


@pytest.fixture
def workbook(tmp_path):
    """Opens a workbook with sheets given as {name: rows}."""

    def make(sheets, given=None, pack=False):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "book.xlsx"
        book.save(path)
        if pack:
            path.write_bytes(gzip.compress(path.read_bytes()))
        return open_table(path, given)

    return make


def rows_of(table):
    return [(number, cells) for number, cells, fault in table.rows() if fault is None]


def faults_of(table):
    return [(fault.row, fault.column, fault.code) for _number, _cells, fault in table.rows() if fault]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32", b""),
    ],
)
def test_unicode_encodings_are_certain(table, encoding, mark):
    found = table(mark + "name;city\nRadhaus Müller;Köln\n".encode(encoding))

    assert found.questions == ()
    assert found.headers == ("name", "city")
    assert rows_of(found) == [(2, ["Radhaus Müller", "Köln"])]


def test_western_text_is_recognised_when_all_candidates_read_it_alike(table):
    found = table("name;city\nRadhaus Müller;Köln\nGroß;Nürnberg\n".encode("windows-1252"))

    assert (found.format.encoding, found.questions) == ("windows-1252", ())
    assert rows_of(found)[0][1] == ["Radhaus Müller", "Köln"]


def test_an_encoding_that_stays_open_is_asked(table):
    found = table("name;city\nDvořák;Plzeň\n".encode("windows-1250"))

    (question,) = found.questions
    assert question.setting == "encoding"
    assert {"windows-1250", "windows-1252"} <= set(question.choices)


def test_a_given_encoding_is_used(table):
    found = table("name;city\nDvořák;Plzeň\n".encode("windows-1250"), FileFormat(encoding="windows-1250"))

    assert (found.questions, rows_of(found)[0][1]) == ((), ["Dvořák", "Plzeň"])


def test_a_few_broken_characters_are_errors_of_their_rows(table):
    good = "".join(f"Müller {n};Köln\n" for n in range(20))
    found = table(("name;city\n" + good).encode() + b"M\xfcller;Bonn\n")

    assert faults_of(found) == [(22, "name", "wrong_encoding")]
    assert len(rows_of(found)) == 20


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_recognised(table, delimiter):
    text = "\n".join(
        delimiter.join(cells) for cells in (["a", "b", "c"], ["1", "2,5" if delimiter != "," else "2", "x"])
    )

    assert table(text).format.delimiter == delimiter


def test_a_delimiter_that_stays_open_is_asked(table):
    (question,) = table("a,b;c\n1,2;3\n4,5;6\n").questions

    assert (question.setting, set(question.choices)) == ("delimiter", {",", ";"})


def test_excels_separator_line_is_understood(table):
    found = table("sep=;\na;b\n1;2\n")

    assert (found.headers, rows_of(found)) == (("a", "b"), [(2, ["1", "2"])])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_row_numbers_are_those_of_a_spreadsheet(table, end):
    text = end.join(["a,b", "1,2", "", '"x', 'y",3', "4,5,6"])

    found = table(text)

    assert [number for number, _cells in rows_of(found)] == [2, 4]
    assert faults_of(found) == [(5, "", "ragged_row")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1\n", [(2, "", "ragged_row")]),
        ("a,b\n1,2,3\n", [(2, "", "ragged_row")]),
        ("a,b\n1,2,\n", []),
        ('a,b\n"x"y,2\n3,4\n', [(2, "", "broken_quotes")]),
        ("a,b\n1,x\0y\n", [(2, "b", "nul_character")]),
        ("a,b\n1," + "x" * 40_000 + "\n", [(2, "b", "cell_too_long")]),
    ],
)
def test_broken_rows_are_named(table, content, expected):
    assert faults_of(table(content)) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"%PDF-1.4", "wrong_type"),
        (b"\x89PNG\r\n\x1a\n", "wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "wrong_type"),
        (b"<!DOCTYPE html><table></table>", "wrong_type"),
        (b"<?xml version='1.0'?><a/>", "wrong_type"),
        (b'[{"a": 1}]', "wrong_type"),
        (bytes(range(1, 32)) * 100, "wrong_type"),
        # The time in a gzip header is part of the test's name, which both workers must find the same.
        (gzip.compress(b"", mtime=0), "empty_file"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0), "wrong_type"),
        (gzip.compress(b"a,b\n1,2\n" * 5_000, mtime=0)[:60], "damaged_file"),
        (b"PK\x03\x04 but no archive", "damaged_file"),
    ],
)
def test_what_is_no_table_is_refused(table, content, code):
    with pytest.raises(FileFault) as refusal:
        list(table(content).rows())

    assert refusal.value.code == code


def test_an_open_quotation_mark_is_found(table):
    with pytest.raises(FileFault, match="row 3 is never closed"):
        list(table('a,b\n1,2\n"3,4\n5,6\n').rows())


def test_other_archives_are_refused(table):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("data.csv", "a,b\n")

    with pytest.raises(FileFault, match="ZIP archive"):
        table(output.getvalue())


def test_a_gzip_bomb_is_stopped(table, settings):
    settings.IMPORT_MAX_UNPACKED_BYTES = 1_000_000

    with pytest.raises(FileFault) as refusal:
        list(table(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000)).rows())

    assert refusal.value.code == "unpacks_too_large"


def test_a_workbook_bomb_is_not_opened(table, monkeypatch):
    monkeypatch.setattr(container, "RATIO_FREE", 1_000_000)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)

    with pytest.raises(FileFault) as refusal:
        table(output.getvalue())

    assert refusal.value.code == "unpacks_too_large"


def test_an_xml_bomb_in_a_workbook_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append(["b"])
    book.save(tmp_path / "good.xlsx")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for part in good.namelist():
            bad.writestr(part, bomb + good.read(part) if part == sheet else good.read(part))

    with pytest.raises(FileFault, match="damaged"):
        list(open_table(tmp_path / "bad.xlsx").rows())


def test_workbooks_keep_their_types(workbook):
    found = workbook(
        {
            "Sales": [
                ["id", "amount", "day", "time", "ok"],
                [7, 0.1, date(2013, 1, 5), NOON, True],
            ]
        }
    )

    assert rows_of(found) == [(2, [Decimal(7), Decimal("0.1"), date(2013, 1, 5), NOON, True])]


def test_a_packed_workbook_is_read(workbook):
    assert rows_of(workbook({"Sales": [["a"], ["x"]]}, pack=True)) == [(2, ["x"])]


def test_several_sheets_are_asked(workbook):
    sheets = {"One": [["a"], ["1"]], "Notes": [["only a title"]], "Two": [["a"], ["2"]]}

    (question,) = workbook(sheets).questions

    assert set(question.choices) == {"One", "Two"}
    assert rows_of(workbook(sheets, FileFormat(sheet="Two"))) == [(2, ["2"])]


def test_missing_and_double_columns_are_named(table):
    found = table("Name, name ,City\nx,y,z\n")

    assert found.column("CITY ") == 2
    assert found.column("Name") == 0
    with pytest.raises(FileFault, match=r"no column “Town”\. Its columns are: Name, name, City"):
        found.column("Town")
    with pytest.raises(FileFault, match="“NAME” 2 times"):
        found.column("NAME")


def profile_of(table, text, column=0):
    return profile_table(table(text)).columns[column]


@pytest.mark.parametrize(
    ("cells", "mark", "asked"),
    [
        (["1.5", "2"], ".", False),
        (["1,5", "2"], ",", False),
        (["1,234.50", "2"], ".", False),
        (["1.234,50", "2"], ",", False),
        (["1.234.567"], ",", False),
        (["0.125"], ".", False),
        (["1.234", "5.678"], None, True),
        (["1,234"], None, True),
        (["1", "22"], None, False),
        (["1.5", "2,5"], None, True),
    ],
)
def test_the_decimal_mark_needs_proof(table, cells, mark, asked):
    found, question = profile_of(table, "n\tx\n" + "".join(f"{cell}\ty\n" for cell in cells)).decimal_mark()

    assert (found, question is not None) == (mark, asked)


@pytest.mark.parametrize(
    ("cells", "pattern"),
    [
        (["2013-02-01"], "%Y-%m-%d"),
        (["01.02.2013"], "%d.%m.%Y"),
        (["25/12/2013", "01/02/2013"], "%d/%m/%Y"),
        (["12/25/2013", "01/02/2013"], "%m/%d/%Y"),
        (["20130201"], "%Y%m%d"),
        (["2-Jun-06"], "%d-%b-%y"),
        (["2013-02-01T10:00:00Z"], "%Y-%m-%d"),
        (["01/02/2013", "03/04/2013"], None),
        (["01/02/13"], None),
    ],
)
def test_the_order_of_a_date_needs_proof(table, cells, pattern):
    found, question = profile_of(table, "d;x\n" + "".join(f"{cell};y\n" for cell in cells)).date_pattern()

    assert (found, question is None) == (pattern, pattern is not None)


def test_one_wrong_date_does_not_make_a_column_unclear(table):
    cells = [f"{day:02}/{month:02}/2013" for month in range(1, 8) for day in range(13, 28)] + ["02/25/2013"]

    found, question = profile_of(table, "d;x\n" + "".join(f"{cell};y\n" for cell in cells)).date_pattern()

    assert (found, question) == ("%d/%m/%Y", None)


@pytest.mark.parametrize(
    ("mark", "text", "expected"),
    [
        (".", "1,234.50", "1234.50"),
        (",", "1.234,50", "1234.50"),
        (",", "1 234,5", "1234.5"),
        (".", "1'234.5", "1234.5"),
        (".", "-5", "-5"),
        (".", "\u22125", "-5"),
        (".", " 7 ", "7"),
        (".", ".5", "0.5"),
        (".", "1.5E+3", "1500"),
        (None, "12", "12"),
        (".", "-0", "0"),
    ],
)
def test_numbers_are_read(mark, text, expected):
    assert number_parser(mark)(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("mark", "text", "code"),
    [
        (None, "1,5", "ambiguous_number"),
        (None, "1.234", "ambiguous_number"),
        (".", "1.234,5", "not_a_number"),
        (",", "1,234.5", "not_a_number"),
        (".", "NaN", "not_finite"),
        (".", "-inf", "not_finite"),
        (".", "Infinity", "not_finite"),
        (".", "#DIV/0!", "not_finite"),
        (".", "1e999", "number_too_large"),
        (".", "1" * 19, "number_too_large"),
        (".", "48.21O", "not_a_number"),
        (".", "12 %", "not_a_number"),
        (".", "€5", "not_a_number"),
        (".", "(5)", "not_a_number"),
        (".", "1,23,4", "not_a_number"),
        (".", "٣", "not_a_number"),
    ],
)
def test_what_is_no_number_says_why(mark, text, code):
    with pytest.raises(ValueFault) as refusal:
        number_parser(mark)(text)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31.09.2026", "impossible_date"),
        ("29.02.2023", "impossible_date"),
        ("00.01.2023", "impossible_date"),
        ("01.13.2023", "impossible_date"),
        ("2023-01-01", "not_a_date"),
        ("soon", "not_a_date"),
        ("01.01.0001", "date_out_of_range"),
        ("01.01.9999", "date_out_of_range"),
    ],
)
def test_what_is_no_day_says_why(text, code):
    with pytest.raises(ValueFault) as refusal:
        date_parser("%d.%m.%Y", BERLIN)(text)

    assert refusal.value.code == code


def test_an_instant_becomes_the_day_it_falls_on():
    assert date_parser("%Y-%m-%d", BERLIN)("2013-03-31T23:30:00Z") == date(2013, 4, 1)
    assert date_parser("%Y-%m-%d", BERLIN)("2013-03-31 23:30") == date(2013, 3, 31)
    assert datetime_parser("%Y-%m-%d", BERLIN)("2013-07-01T12:00:00+00:00").isoformat() == "2013-07-01T12:00:00+00:00"


def test_an_unformatted_excel_date_is_refused():
    with pytest.raises(ValueFault, match="Format the column as a date"):
        date_parser("%Y-%m-%d", BERLIN)(Decimal(41_275))


def test_yes_and_no_come_in_many_words():
    assert [parse_bool(word) for word in ("Yes", "nein", "1", "", "x", None)] == [True, False, True, None, True, None]
    with pytest.raises(ValueFault):
        parse_bool("perhaps")


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x!A1"])
def test_formulas_are_refused(text):
    with pytest.raises(ValueFault, match="would run as a formula"):
        refuse_formula(text)


@pytest.mark.parametrize("text", ["+49 89 1234", "-5", "@home", "A=B"])
def test_plain_texts_are_no_formulas(text):
    refuse_formula(text)


def test_the_apostrophe_of_an_error_file_is_taken_off_again():
    assert [parse_text(text) for text in ("'+49 89", "'tis", " x ")] == ["+49 89", "'tis", "x"]
