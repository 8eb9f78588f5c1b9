"""What a file is by its content, never by its name: text, workbook, packed or something that is no table at all.

Unpacking is bounded: a small upload must not become a large one in memory or on disk.
"""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from prm.imports.reading.faults import FileFault

MEGABYTE = 1 << 20
SAMPLE = 64 * 1024
RATIO_FREE = 64 * MEGABYTE
RATIO_LIMIT = 250
"""Beyond 64 MB, text that unpacks to more than 250 times its size was made to do harm."""

WORKBOOK_PARTS = 2_000
SHARED_STRINGS_LIMIT = 96 * MEGABYTE
"""All different texts of a workbook are held in memory while it is read."""

OTHER_KINDS = (
    (b"%PDF", _lazy("a PDF document")),
    (b"\x89PNG", _lazy("a picture")),
    (b"\xff\xd8\xff", _lazy("a picture")),
    (b"GIF8", _lazy("a picture")),
    (b"7z\xbc\xaf", _lazy("a 7-Zip archive")),
    (b"Rar!", _lazy("a RAR archive")),
    (b"BZh", _lazy("a bzip2 archive")),
    (b"\xfd7zXZ", _lazy("an XZ archive")),
    (b"SQLite format 3", _lazy("a database file")),
    (b"PAR1", _lazy("a Parquet file")),
    (b"\x7fELF", _lazy("a program")),
    (b"MZ", _lazy("a program")),
    (b"{\\rtf", _lazy("a text document")),
)


@dataclass(frozen=True)
class Container:
    """A checked file: `kind` is "text" or "workbook", `packed` whether it is gzipped, `size` its bytes on disk."""

    path: Path
    kind: str
    packed: bool
    size: int

    def open(self) -> IO[bytes]:
        """The unpacked bytes, under the limits."""
        if not self.packed:
            return self.path.open("rb")
        return io.BufferedReader(_BoundedGzip(self.path, self.size), buffer_size=256 * 1024)

    def open_at_random(self) -> IO[bytes]:
        """The unpacked bytes with seeking, as workbooks need it; a packed one is unpacked into a temporary file."""
        if not self.packed:
            return self.path.open("rb")
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115  handed to the caller, who closes it
        with self.open() as stream:
            shutil.copyfileobj(stream, unpacked, MEGABYTE)
        unpacked.seek(0)
        return unpacked


def inspect(path: Path) -> Container:
    """What the file at `path` is.

    Raises FileFault when it is empty, too large, packed to do harm or no table.
    """
    size = path.stat().st_size
    if size == 0:
        raise FileFault(
            _("The file is empty. Choose a file with a header row and at least one row below it."), code="empty_file"
        )
    limit = settings.IMPORT_MAX_FILE_BYTES
    if size > limit:
        raise FileFault(
            _("The file has %(size)s MB; at most %(limit)s MB are accepted. Split it, or compress it with gzip.")
            % {"size": -(-size // MEGABYTE), "limit": limit // MEGABYTE},
            code="file_too_large",
        )
    packed = _starts(path) == b"\x1f\x8b"
    container = Container(path, "text", packed, size)
    with container.open() as stream:
        head = stream.read(SAMPLE)
    if not head:
        raise FileFault(
            _("The file is empty. Choose a file with a header row and at least one row below it."), code="empty_file"
        )
    if packed and head[:2] == b"\x1f\x8b":
        raise FileFault(_("The file is compressed twice. Compress it once, with gzip."), code="wrong_type")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        container = Container(path, "workbook", packed, size)
        _check_workbook(container)
        return container
    _refuse_other_kinds(head)
    return container


def _starts(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(2)


def _refuse_other_kinds(head: bytes) -> None:
    for magic, name in OTHER_KINDS:
        if head.startswith(magic):
            raise _wrong_type(str(name))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileFault(
            _(
                "This is an old Excel file or a workbook with a password. Save it as .xlsx without a "
                "password and try again."
            ),
            code="wrong_type",
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        raise _wrong_type(_("a web page, even if its name says otherwise"))
    if start.startswith(b"<?xml"):
        raise _wrong_type(_("an XML document"))
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise _wrong_type(_("a JSON document"))
    if not _has_mark_of_wide_text(head):
        control = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
        if control > len(head) // 50 or head.count(0) > len(head) // 4:
            raise _wrong_type(_("not a text file"))


def _has_mark_of_wide_text(head: bytes) -> bool:
    """UTF-16 and UTF-32 are full of zero bytes; they start with a mark, or every other byte is zero."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4] == b"\x00\x00\xfe\xff":
        return True
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return max(even, odd) > len(head) // 4 and min(even, odd) < len(head) // 50


def _wrong_type(name: str) -> FileFault:
    return FileFault(
        _(
            "This is %(name)s. Files to import are CSV or other delimited text, or Excel workbooks "
            "(.xlsx), also gzipped."
        )
        % {"name": name},
        code="wrong_type",
    )


def _check_workbook(container: Container) -> None:
    """Refuse a workbook whose parts would unpack to more than a real one has."""
    try:
        with container.open_at_random() as source, zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileFault(
            _("The workbook is damaged. Open it in your spreadsheet program and save it again."), code="damaged_file"
        ) from None
    names = {part.filename for part in parts}
    if not any(name.startswith("xl/workbook") for name in names):
        raise _wrong_type(_("a ZIP archive; unpack it first"))
    unpacked = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    ratio = unpacked / max(1, sum(part.compress_size for part in parts))
    if (
        len(parts) > WORKBOOK_PARTS
        or unpacked > settings.IMPORT_MAX_UNPACKED_BYTES
        or (unpacked > RATIO_FREE and ratio > RATIO_LIMIT)
        or strings > SHARED_STRINGS_LIMIT
    ):
        raise FileFault(
            _(
                "The workbook unpacks to far more than its size promises and was not opened. Save the "
                "sheet as CSV and import that."
            ),
            code="unpacks_too_large",
        )


class _BoundedGzip(io.RawIOBase):
    """A gzip stream that stops when it has unpacked more than the limits allow."""

    def __init__(self, path: Path, packed_size: int) -> None:
        self._file = path.open("rb")
        self._stream = gzip.GzipFile(fileobj=self._file, mode="rb")
        self._limit = min(settings.IMPORT_MAX_UNPACKED_BYTES, max(RATIO_FREE, packed_size * RATIO_LIMIT))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self._stream.read(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise FileFault(
                _("The compressed file is damaged or was cut off. Compress it again and retry."), code="damaged_file"
            ) from None
        buffer[: len(block)] = block
        if self._stream.tell() > self._limit:
            raise FileFault(
                _("The file unpacks to far more than its size promises and was not read. Split it into smaller files."),
                code="unpacks_too_large",
            )
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._file.close()
        super().close()
