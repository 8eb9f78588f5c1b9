"""Exports: exactly the filtered rows with the chosen columns, as CSV or XLSX.

Written into a temporary file while the tenant's scope is open, then sent: nothing is read after the scope has closed.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from prm.ui.lists.columns import Column

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IN_MEMORY = 2 * 1024 * 1024
CELL_LIMIT = 32_767
"""Longest text a spreadsheet cell can hold."""
MEASURED = 200
"""So many rows say how wide the columns of a sheet are: widths stand before the rows, which are streamed."""
NARROWEST, WIDEST = 10, 60

About = Sequence[tuple[str, str]]
Spool = tempfile.SpooledTemporaryFile

_FORMULA = re.compile(r"^[=+\-@\t\r\n]")
_NUMBER = re.compile(r"^[+\-]?\d[\d.,  ]*$")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def safe_text(value: str) -> str:
    """A text that no spreadsheet takes for a formula. Plain numbers such as -3.5 stay as they are."""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.match(value) else value


def export_response(kind: str, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> FileResponse:
    """The file as a download. `kind` is csv or xlsx; `rows` is read to its end before this returns."""
    spool = spooled(kind, columns, rows)
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return FileResponse(spool, as_attachment=True, filename=filename, content_type=FORMATS[kind])


def spooled(kind: str, columns: Sequence[Column], rows: Iterable[Any], *, about: About = ()) -> Spool:
    """The file, at its beginning; on disk once it is larger than two megabytes. Whoever asks closes it.

    `about` says what it is: pairs of a name and a text.
    """
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (whoever asks closes it)
    heads = [str(column.label) for column in columns]
    values = ([column.export_value(row) for column in columns] for row in rows)
    if kind == "csv":
        write_csv(spool, heads, values, about)
    else:
        write_xlsx(spool, heads, values, about, [column.number_format for column in columns])
    spool.seek(0)
    return spool


def write_csv(file: IO[bytes], heads: Sequence[str], rows: Iterator[list[Any]], about: About = ()) -> None:
    """Comma separated, UTF-8 with a byte-order mark so that spreadsheets recognise it, days as 2026-11-22.

    `about` stands above the heads in lines that begin with `#`, which programs know as comments.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for name, said in about:
        writer.writerow([" ".join(f"# {name}: {said}".split())])
    writer.writerow([safe_text(head) for head in heads])
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
    text.flush()
    text.detach()


def _csv_value(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return safe_text(value) if isinstance(value, str) else value


def _is_harmless(text: str) -> bool:
    """Whether a text can be written as it is: then it needs no cell of its own, which takes twice the time."""
    return text[:1] not in ("=", "#", "") and len(text) <= CELL_LIMIT and text.isprintable()


def write_xlsx(
    file: IO[bytes],
    heads: Sequence[str],
    rows: Iterator[list[Any]],
    about: About = (),
    number_formats: Sequence[str] = (),
) -> None:
    """One sheet, streamed, and behind it one that says what it is. Texts are texts, whatever they begin with.

    `number_formats` say column by column how numbers read, `0.0` or `0%`; what a cell holds is the whole figure.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    first = list(islice(rows, MEASURED))
    for place, width in enumerate(_widths(heads, first), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width

    def cell(value: Any, bold: bool = False, place: Any = sheet) -> Any:
        if not isinstance(value, str) or (not bold and _is_harmless(value)):
            return value
        made = WriteOnlyCell(place, value=_UNWRITABLE.sub("", value)[:CELL_LIMIT])
        made.data_type = "s"  # never a formula
        if bold:
            made.font = Font(bold=True)
        return made

    styled = _styled(sheet, number_formats)  # one cell for a column, used again: a new one for each row costs twice
    sheet.append([cell(head, bold=True) for head in heads])
    count = 1
    for row in chain(first, rows):
        values = [cell(value) for value in row]
        for place, made in styled:
            if isinstance(values[place], int | float | Decimal):
                made.value = values[place]
                values[place] = made
        sheet.append(values)
        count += 1
    if heads and count > 1:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{count}"
    if about:
        notes = book.create_sheet("About")
        notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 24, 80
        for name, said in about:
            notes.append([cell(name, bold=True, place=notes), cell(said, place=notes)])
    book.save(file)


def _styled(sheet: Any, number_formats: Sequence[str]) -> list[tuple[int, Any]]:
    found = []
    for place, number_format in enumerate(number_formats):
        if number_format:
            made = WriteOnlyCell(sheet)
            made.number_format = number_format
            found.append((place, made))
    return found


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Characters that each column needs for its head and the first rows: never so few that figures read ####."""
    found = []
    for place, head in enumerate(heads):
        longest = max((_length(row[place]) for row in rows), default=0)
        found.append(min(WIDEST, max(len(head) + 3, longest + 2, NARROWEST)))
    return found


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, datetime):
        return len("2026-11-22 16:30:00")
    return 0 if value is None else NARROWEST
