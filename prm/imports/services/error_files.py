"""The rows that were refused as a file to correct and import again: the original columns and why."""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from typing import IO

from django.utils.translation import gettext as _

from prm.imports.reading.faults import RowFault
from prm.imports.reading.table import Table
from prm.imports.reading.values import Cell, parse_text

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_error_file(table: Table, faults: Sequence[RowFault]) -> IO[bytes]:
    """A CSV file (UTF-8 with a mark, which spreadsheets need) of the bad rows in their order.

    The caller closes it. Cells that a spreadsheet would run as a formula get an apostrophe in front.
    """
    by_row: dict[int, list[RowFault]] = defaultdict(list)
    for fault in faults:
        by_row[fault.row].append(fault)
    output = tempfile.TemporaryFile()  # noqa: SIM115  handed to the caller, who closes it
    text = _Utf8(output)
    writer = csv.writer(text)
    writer.writerow([*map(safe_cell, table.headers), _("Row"), _("Column"), _("What is wrong")])
    remaining = len(by_row)
    for number, cells, _fault in table.rows():
        found = by_row.get(number)
        if found is None:
            continue
        writer.writerow(
            [
                *(safe_cell(parse_text(cell) or "") for cell in _padded(cells, len(table.headers))),
                number,
                safe_cell("; ".join(dict.fromkeys(fault.column for fault in found if fault.column))),
                safe_cell(" ".join(fault.message for fault in found)),
            ]
        )
        remaining -= 1
        if not remaining:
            break
    output.seek(0)
    return output


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Plain numbers stay as they are."""
    if text.startswith(DANGEROUS) and not _is_number(text):
        return "'" + text
    return text.replace("\0", "")


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).replace(",", "").isdigit()


def _padded(cells: Sequence[Cell], width: int) -> list[Cell]:
    return ([*cells] + [None] * width)[:width] if len(cells) < width else list(cells[:width])


class _Utf8:
    """Text into a binary file, broken characters replaced."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        output.write(b"\xef\xbb\xbf")

    def write(self, text: str) -> int:
        self._output.write(text.encode("utf-8", errors="replace"))
        return len(text)
