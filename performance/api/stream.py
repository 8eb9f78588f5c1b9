"""Measurements as a stream of lines: NDJSON or CSV, read row by row from the spooled body, in bounded memory."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from performance.api.bulk import FIELDS, Batch, Misshapen, staged
from prm.api.parsers import StreamedBody, read_json
from prm.errors import InvalidInput

MOST_ROWS = 200_000
LONGEST_LINE = 1024 * 1024
COLUMNS = ("partner", "kpi", "occurred_on", "value", "weight", "external_id", "source", "occurred_at", "attributes")


def read_stream(body: StreamedBody, *, source: str, skip_bad_rows: bool) -> Batch:
    """The batch of a streamed body; its rows are read while they are staged.

    Raises:
        InvalidInput: the source has no name, or a CSV's head is wrong.
    """
    if not source.strip():
        raise InvalidInput(_("Name the system that the measurements come from."), field="source")
    misshapen = Misshapen()
    if body.kind == "csv":
        return Batch(source, skip_bad_rows, _csv_rows(body, source, misshapen), misshapen)
    return Batch(source, skip_bad_rows, staged(_json_lines(body), source, misshapen), misshapen)


def _json_lines(body: StreamedBody) -> Iterator[tuple[int, Any]]:
    """Each line with its number; None for one that is no JSON. Empty lines are skipped, and counted."""
    number = count = 0
    while raw := body.file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise InvalidInput(
                _("Line %(number)d is longer than 1 MB.") % {"number": number}, field="rows", code="line_too_long"
            )
        if not raw.strip():
            continue
        count = _counted(count)
        try:
            yield number, read_json(raw)
        except (ValueError, RecursionError):
            yield number, None


def _csv_rows(body: StreamedBody, source: str, misshapen: Misshapen) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of `ingest.STAGED`; the head is row 1, as a spreadsheet shows it."""
    lines = csv.reader(io.TextIOWrapper(body.file, encoding="utf-8-sig", newline=""), strict=True)
    count, number = 0, 1
    try:
        head = [name.strip() for name in next(lines, [])]
        _check_head(head)
        places = {name: head.index(name) for name in head}
        for number, cells in enumerate(lines, start=2):
            if not cells:
                continue
            count = _counted(count)
            if len(cells) != len(head):
                message = _("The row has %(found)d cells and the head %(wanted)d.") % {
                    "found": len(cells),
                    "wanted": len(head),
                }
                misshapen.add(number, "", "", "wrong_number_of_cells", message)
                continue
            broken = next((name for name in head if "\x00" in cells[places[name]]), None)
            if broken:
                misshapen.add(number, broken, "", "wrong_type", _("A text holds the character NUL."))
                continue
            row = {name: cells[place] or None for name, place in places.items()}
            yield (
                number,
                *(row.get(name) for name in COLUMNS[:6]),
                row.get("source") or source,
                row.get("occurred_at"),
                row.get("attributes"),
                None,
            )
    except UnicodeDecodeError as error:
        raise InvalidInput(_("The body is not in UTF-8."), field="rows", code="malformed") from error
    except csv.Error as error:
        raise InvalidInput(
            _("After row %(number)d the body is not CSV: %(why)s.") % {"number": number, "why": error},
            field="rows",
            code="malformed",
        ) from error


def _check_head(head: list[str]) -> None:
    unknown = sorted(set(head) - FIELDS)
    if unknown:
        raise InvalidInput(
            _("The head names the column “%(name)s”, which is not known. There are: %(known)s.")
            % {"name": unknown[0][:60], "known": ", ".join(COLUMNS)},
            field="rows",
            code="unknown_column",
        )
    if len(set(head)) != len(head):
        raise InvalidInput(_("The head names a column twice."), field="rows", code="column_twice")
    missing = [name for name in ("partner", "kpi", "occurred_on", "external_id") if name not in head]
    if missing:
        raise InvalidInput(
            _("The head lacks the column “%(name)s”.") % {"name": missing[0]}, field="rows", code="column_missing"
        )


def _counted(count: int) -> int:
    if count == MOST_ROWS:
        raise InvalidInput(
            _("A call takes up to %(limit)s measurements. Send the rest in further calls.") % {"limit": MOST_ROWS},
            field="rows",
            code="too_many",
        )
    return count + 1
