"""A file as a table: headers and rows, after its format was settled as far as the file itself can settle it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils.translation import gettext as _

from prm.imports.reading import workbook
from prm.imports.reading.container import Container, inspect
from prm.imports.reading.delimited import DelimitedText, Record, guess_delimiter
from prm.imports.reading.encoding import canonical, guess_encoding
from prm.imports.reading.faults import FileFault, RowFault
from prm.imports.reading.formats import DELIMITERS, FileFormat, Question

SAMPLE = 256 * 1024
MAX_HEADER = 200


@dataclass(frozen=True)
class Table:
    """A readable table. `format` has no gap left that reading needs; `questions` are what the file leaves open."""

    container: Container
    format: FileFormat
    headers: tuple[str, ...]
    header_row: int
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    corrections: Mapping[int, Mapping[int, str]] = field(default_factory=dict, compare=False)
    _index: dict[str, list[int]] = field(default_factory=dict, compare=False)

    def corrected(self, corrections: Mapping[str, Mapping[str, str]]) -> Table:
        """The same table with cells put right by hand, as {row number: {header: text}}."""
        by_index = {
            int(row): {self.column(header): text for header, text in cells.items()}
            for row, cells in corrections.items()
        }
        return replace(self, corrections=by_index)

    def column(self, header: str) -> int:
        """Where a column stands. Case, blanks and composed letters do not matter, as long as one column fits.

        Raises FileFault when it is missing or there twice.
        """
        exact = [index for index, name in enumerate(self.headers) if name == header]
        found = exact or self._index.get(folded(header), [])
        if not found:
            raise FileFault(
                _("The file has no column “%(header)s”. Its columns are: %(columns)s.")
                % {"header": header, "columns": ", ".join(name for name in self.headers if name)},
                code="missing_column",
                field=header,
            )
        if len(found) > 1:
            raise FileFault(
                _("The file has the column “%(header)s” %(count)s times. Rename or remove all but one.")
                % {"header": header, "count": len(found)},
                code="double_column",
                field=header,
            )
        return found[0]

    def rows(self) -> Iterator[Record]:
        """The rows below the header, blank ones left out, each with its spreadsheet number and fault, if any."""
        width = len(self.headers)
        for number, cells, fault in _records(self.container, self.format):
            if number <= self.header_row:
                continue
            if fault is not None:
                name = self.headers[int(fault.column)] if fault.column and int(fault.column) < width else fault.column
                yield number, cells, replace(fault, column=name)
                continue
            if len(cells) != width:
                if not any(cells):
                    continue
                if not self._fits(cells, width):
                    yield number, cells, self._ragged(number, len(cells), width)
                    continue
                cells = (cells + [None] * width)[:width]
            elif not any(cells):
                continue
            if number in self.corrections:
                cells = list(cells)
                for index, text in self.corrections[number].items():
                    cells[index] = text
            yield number, cells, None

    def _fits(self, cells: list, width: int) -> bool:
        """Extra cells are harmless when blank. A workbook does not store blank cells at the end of a row."""
        if len(cells) > width:
            return not any(cells[width:])
        return self.container.kind == "workbook"

    @staticmethod
    def _ragged(number: int, found: int, width: int) -> RowFault:
        return RowFault(
            number,
            "",
            "",
            "ragged_row",
            _(
                "The row has %(found)s cells, the header has %(width)s. Check for a missing or extra separator"
                " and put cells that contain it in quotes."
            )
            % {"found": found, "width": width},
        )


def open_table(path: Path, given: FileFormat | None = None) -> Table:
    """Inspect the file, settle what `given` leaves open and read the header.

    Raises FileFault for what is no table. What stays open is in `questions` with the best guess already taken.
    """
    given = given or FileFormat()
    container = inspect(path)
    if container.kind == "workbook":
        settled, questions, notes, sheets = _settle_workbook(container, given)
    else:
        settled, questions, notes = _settle_text(container, given)
        sheets = []
    number, headers = _header(container, settled)
    index: dict[str, list[int]] = {}
    for position, header in enumerate(headers):
        if header:
            index.setdefault(folded(header), []).append(position)
    return Table(container, settled, headers, number, tuple(questions), tuple(notes), tuple(sheets), _index=index)


def folded(header: str) -> str:
    """A header as it is compared: without case, outer blanks and differences of composition."""
    return " ".join(unicodedata.normalize("NFKC", header).casefold().split())


def _records(container: Container, format_: FileFormat) -> Iterator[Record]:
    if container.kind == "workbook":
        yield from workbook.records(container, format_.sheet or "")
        return
    with container.open() as stream:
        yield from DelimitedText(stream, format_.encoding or "utf-8", format_.delimiter).records()


def _settle_workbook(
    container: Container, given: FileFormat
) -> tuple[FileFormat, list[Question], list[str], list[str]]:
    sheets = workbook.sheet_names(container)
    if not sheets:
        raise FileFault(_("The workbook has no visible sheet."), code="empty_file")
    questions = []
    if given.sheet is None and len(sheets) > 1:
        questions.append(
            Question(
                "sheet",
                _("The workbook has several sheets with rows. Choose the one to import."),
                {name: name for name in sheets},
            )
        )
    settled = replace(given, sheet=given.sheet or sheets[0], encoding=None, delimiter=None, decimal=given.decimal)
    return settled, questions, [], sheets


def _settle_text(container: Container, given: FileFormat) -> tuple[FileFormat, list[Question], list[str]]:
    questions: list[Question] = []
    notes: list[str] = []
    encoding = given.encoding
    if encoding is None:
        with container.open() as stream:
            guess = guess_encoding(stream)
        encoding = guess.encoding
        if guess.mark:
            notes.append(_("A byte-order mark says that the text is %(encoding)s.") % {"encoding": encoding.upper()})
        if len(guess.candidates) > 1:
            questions.append(_encoding_question(guess.candidates, guess.example, encoding))
    elif canonical(encoding) is None:
        raise FileFault(
            _("“%(encoding)s” is not a known encoding. Common ones are utf-8, windows-1252 and iso-8859-1.")
            % {"encoding": encoding},
            code="unknown_encoding",
        )
    delimiter = given.delimiter
    if delimiter is None:
        with container.open() as stream:
            sample = stream.read(SAMPLE)
        text = sample.decode(encoding, errors="replace")
        delimiter, more = guess_delimiter(text, complete=len(sample) < SAMPLE)
        questions += more
    elif len(delimiter) != 1 or delimiter in '"\r\n':
        raise FileFault(_("The delimiter must be one character, such as ; or a tab."), code="bad_delimiter")
    return replace(given, delimiter=delimiter, encoding=encoding, sheet=None), questions, notes


def _encoding_question(candidates: tuple[str, ...], example: str, first: str) -> Question:
    raw = example.encode(first, errors="replace")
    choices = {name: raw.decode(name, errors="replace") for name in candidates}
    return Question(
        "encoding",
        _(
            "The text is not UTF-8, and several encodings fit. Choose the one that shows “%(example)s” "
            "as it should read."
        )
        % {"example": example[:40]},
        choices,
    )


def _header(container: Container, format_: FileFormat) -> tuple[int, tuple[str, ...]]:
    """Number and names of the first row that is not blank."""
    for number, cells, fault in _records(container, format_):
        if fault is not None:
            raise FileFault(_("The header row cannot be read: %(reason)s") % {"reason": fault.message}, code=fault.code)
        if any(cells):
            headers = [" ".join(str(cell).split()) if cell is not None else "" for cell in cells]
            while headers and not headers[-1]:
                headers.pop()
            if any(len(header) > MAX_HEADER for header in headers):
                raise FileFault(
                    _("A column name is longer than %(limit)s characters. The first row must hold the column names.")
                    % {"limit": MAX_HEADER},
                    code="bad_header",
                )
            return number, tuple(headers)
    raise FileFault(
        _("The file has no rows. Choose a file with a header row and at least one row below it."), code="empty_file"
    )


def delimiter_name(delimiter: str | None) -> str:
    """A delimiter in words."""
    return DELIMITERS.get(delimiter or "", repr(delimiter))
