"""Rows of delimited text, streamed: one record at a time, whatever the size of the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext as _

from prm.imports.reading.faults import FileFault, RowFault, shown
from prm.imports.reading.formats import DELIMITERS, Question
from prm.imports.reading.values import Cell

LINE_LIMIT = 8 << 20
CELL_LIMIT = 32_767
"""What a spreadsheet cell can hold."""

SAMPLE_RECORDS = 200
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
BROKEN = re.compile("[\udc80-\udcff]")

csv.field_size_limit(LINE_LIMIT * 2)

Record = tuple[int, list[Cell], RowFault | None]
"""Row number as a spreadsheet shows it, the cells, and what is wrong with the row as a whole, if anything."""


class DelimitedText:
    """A delimited text file with a known encoding; `delimiter` may still be open."""

    def __init__(self, stream: IO[bytes], encoding: str, delimiter: str | None) -> None:
        # Broken bytes come through as lone surrogates, so that they become errors of their rows.
        errors = "strict" if encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")) else "surrogateescape"
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        self._delimiter = delimiter
        self._suspicious = False

    def records(self) -> Iterator[Record]:
        """Every record with its number, blank ones included; the first that is not blank is the header."""
        delimiter = self._delimiter or ","
        reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            self._suspicious = False
            try:
                cells: list[Any] = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, [], self._broken(number, str(error))
                continue
            yield number, cells, self._doubtful(number, cells) if self._suspicious else None

    def _lines(self) -> Iterator[str]:
        first = True
        readline = self._text.readline
        while line := self._read(readline):
            if first:
                first = False
                line = line.removeprefix("\ufeff")
                separator = SEPARATOR_LINE.fullmatch(line)
                if separator and self._delimiter in (None, separator.group(1)):
                    continue
            if len(line) > CELL_LIMIT:
                self._suspicious = True
                if len(line) >= LINE_LIMIT:
                    raise FileFault(
                        _(
                            "A line of the file is longer than %(limit)s million characters. Check that a quotation "
                            "mark is"
                            " not left open and that this is a table."
                        )
                        % {"limit": LINE_LIMIT >> 20},
                        code="line_too_long",
                    )
            elif "\0" in line or not line.isascii():
                self._suspicious = True
            yield line

    @staticmethod
    def _read(readline: object) -> str:
        try:
            return readline(LINE_LIMIT)  # type: ignore[operator]
        except UnicodeDecodeError as error:
            raise FileFault(
                _("The file is not written in the encoding %(encoding)s. Save it as UTF-8 and try again.")
                % {"encoding": error.encoding},
                code="wrong_encoding",
            ) from None

    @staticmethod
    def _broken(number: int, reason: str) -> RowFault:
        if "end of data" in reason or "field larger" in reason:
            raise FileFault(
                _("A quotation mark opened in row %(row)s is never closed. Close it, or remove it.") % {"row": number},
                code="open_quote",
            )
        return RowFault(
            number, "", "", "broken_quotes", _("A quotation mark stands inside a cell. Double it, or remove it.")
        )

    @staticmethod
    def _doubtful(number: int, cells: list[str]) -> RowFault | None:
        """Checks that only rows with unusual characters or lengths need."""
        for index, cell in enumerate(cells):
            column = str(index)
            if len(cell) > CELL_LIMIT:
                return RowFault(
                    number,
                    column,
                    shown(cell),
                    "cell_too_long",
                    _("The cell has %(length)s characters; at most %(limit)s are accepted. Shorten it.")
                    % {"length": len(cell), "limit": CELL_LIMIT},
                )
            if "\0" in cell:
                return RowFault(
                    number,
                    column,
                    shown(cell),
                    "nul_character",
                    _("The cell holds a NUL character, which no text may hold. Remove it."),
                )
            if BROKEN.search(cell):
                return RowFault(
                    number,
                    column,
                    shown(cell),
                    "wrong_encoding",
                    _(
                        "The cell holds characters that do not fit the file's encoding. Save the file as UTF-8,"
                        " or name its encoding in the mapping."
                    ),
                )
        return None


def separator_of(sample: str) -> str | None:
    """The delimiter that Excel's `sep=;` line names, if the sample starts with one."""
    match = SEPARATOR_LINE.match(sample.removeprefix("\ufeff"))
    return match.group(1) if match else None


def guess_delimiter(sample: str, *, complete: bool) -> tuple[str, list[Question]]:
    """The delimiter of a text and, where two would do, the question to ask.

    `complete` says that the sample is the whole file, so that its last line counts too.
    """
    named = separator_of(sample)
    if named:
        return named, []
    fits: list[tuple[int, str]] = []
    partial: list[tuple[float, int, str]] = []
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, complete)
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if alike == 1:
            fits.append((widths[0], delimiter))
        partial.append((alike, widths[0], delimiter))
    if len(fits) == 1:
        return fits[0][1], []
    if fits:
        fits.sort(reverse=True)
        choices = {
            delimiter: _("%(name)s, %(count)s columns") % {"name": DELIMITERS[delimiter], "count": width}
            for width, delimiter in fits
        }
        message = _("Two characters could separate the columns: %(names)s.") % {
            "names": ", ".join(DELIMITERS[delimiter] for _width, delimiter in fits)
        }
        return fits[0][1], [Question("delimiter", message, choices)]
    if partial:
        return max(partial)[2], []
    return ",", []


def _widths(sample: str, delimiter: str, complete: bool) -> list[int]:
    lines = io.StringIO(sample, newline="")
    widths: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) > SAMPLE_RECORDS:
                break
    except csv.Error:
        return widths
    return widths if complete or len(widths) < 3 or len(widths) > SAMPLE_RECORDS else widths[:-1]
