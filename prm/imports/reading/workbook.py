"""Rows of an Excel workbook, streamed cell by cell from one sheet."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from prm.imports.reading.container import Container
from prm.imports.reading.delimited import CELL_LIMIT
from prm.imports.reading.faults import FileFault, RowFault, shown
from prm.imports.reading.values import Cell

MAX_COLUMNS = 500
MAX_BLANK_ROWS = 100_000


@contextmanager
def opened(container: Container) -> Iterator[Any]:
    """The workbook, read-only; damaged ones are refused in words."""
    with container.open_at_random() as stream:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions that no import needs
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except FileFault:
            raise
        except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError, TypeError, AttributeError) as error:
            raise _damaged() from error
        try:
            yield book
        finally:
            book.close()


def sheet_names(container: Container) -> list[str]:
    """The sheets that hold a table: at least two rows that are not blank. All names when none does."""
    with opened(container) as book:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        filled = [sheet.title for sheet in visible if _has_table(sheet)]
        return filled or [sheet.title for sheet in visible]


def records(container: Container, sheet_name: str) -> Iterator[tuple[int, list[Cell], RowFault | None]]:
    """Every row of the sheet with its number; trailing blanks are cut off."""
    with opened(container) as book:
        if sheet_name not in book.sheetnames:
            raise FileFault(
                _("The workbook has no sheet “%(name)s”. It has %(sheets)s.")
                % {"name": sheet_name, "sheets": ", ".join(book.sheetnames)},
                code="no_such_sheet",
            )
        blank = 0
        rows = book[sheet_name].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1)
        number = 0
        while True:
            number += 1
            try:
                values = next(rows)
            except StopIteration:
                return
            except (ValueError, KeyError, SyntaxError, OSError, TypeError) as error:
                raise _damaged() from error
            cells, fault = _cells(number, values)
            blank = 0 if cells else blank + 1
            if blank > MAX_BLANK_ROWS:
                return
            yield number, cells, fault


def _has_table(sheet: Any) -> bool:
    filled = 0
    for values in sheet.iter_rows(values_only=True, max_row=50, max_col=MAX_COLUMNS):
        filled += any(value not in (None, "") for value in values)
        if filled >= 2:
            return True
    return False


def _cells(number: int, values: tuple[Any, ...]) -> tuple[list[Cell], RowFault | None]:
    width = len(values)
    while width and values[width - 1] in (None, ""):
        width -= 1
    if width > MAX_COLUMNS:
        raise FileFault(
            _("The sheet has more than %(limit)s columns. Remove those that are not imported.")
            % {"limit": MAX_COLUMNS},
            code="too_many_columns",
        )
    cells: list[Cell] = []
    fault = None
    for index in range(width):
        cell = _cell(values[index])
        if isinstance(cell, str) and len(cell) > CELL_LIMIT:
            fault = RowFault(
                number,
                str(index),
                shown(cell),
                "cell_too_long",
                _("The cell has %(length)s characters; at most %(limit)s are accepted. Shorten it.")
                % {"length": len(cell), "limit": CELL_LIMIT},
            )
        cells.append(cell)
    return cells, fault


def _cell(value: Any) -> Cell:
    """A value as the parsers take it. Excel's numbers are binary; their shortest decimal form is what people typed."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(int(value)) if value.is_integer() and abs(value) < 1e15 else Decimal(repr(value))
    if isinstance(value, dt.datetime):
        # Excel keeps times as fractions of a day, a few microseconds off.
        value = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.date() if value.time() == dt.time(0) else value
    if isinstance(value, dt.date):
        return value
    return str(value)


def _damaged() -> FileFault:
    return FileFault(
        _("The workbook is damaged. Open it in your spreadsheet program and save it again."), code="damaged_file"
    )
