"""Reads JSON bodies with a limit, exactly: no NaN, decimals as written, no text that PostgreSQL cannot store."""

import hashlib
import json
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

DEFAULT_LIMIT = 1024 * 1024
CHUNK = 64 * 1024
SPOOL_IN_MEMORY = 1024 * 1024


class BodyTooLarge(APIException):
    """The body is longer than the address takes."""

    status_code = 413
    default_detail = _("The body is too large for this address. Send it in smaller parts.")
    default_code = "too_large"


class StreamedBody:
    """A body of rows, spooled to a temporary file while it arrives: however long it is, memory stays small."""

    def __init__(self, kind: str, file: IO[bytes], sha256: str, size: int = 0) -> None:
        self.kind = kind
        self.file = file
        self.sha256 = sha256
        self.size = size


class StreamParser(BaseParser):
    """Takes a body as it is, up to the view's `max_stream_bytes`; the view reads its rows one by one."""

    kind = ""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = getattr((parser_context or {}).get("view"), "max_stream_bytes", DEFAULT_LIMIT)
        spool: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge
            digest.update(chunk)
            spool.write(chunk)
        spool.seek(0)
        return StreamedBody(self.kind, spool, digest.hexdigest(), size)


class NDJSONParser(StreamParser):
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    kind = "ndjson"


class CSVParser(StreamParser):
    """Comma-separated values with a head."""

    media_type = "text/csv"
    kind = "csv"


def read_json(raw: bytes) -> Any:
    """The data of JSON in UTF-8, exactly: decimals as written.

    Raises:
        ValueError: it is not JSON, or holds what no table can.
    """
    # json.loads would take bytes in UTF-16 as well, and half surrogate pairs that no table can hold.
    text = raw.decode("utf-8-sig")
    data = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    if b"\\u" in raw:
        _refuse_unstorable(data)
    return data


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, up to the view's `max_body_bytes`."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = getattr((parser_context or {}).get("view"), "max_body_bytes", DEFAULT_LIMIT)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge
        try:
            return read_json(raw)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply."), code="malformed") from error
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8: %(why)s.") % {"why": error}, code="malformed") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_unstorable(data: Any) -> None:
    """NUL and half surrogate pairs can be escaped in JSON, but no table can hold them."""
    if isinstance(data, str):
        if "\x00" in data:
            raise ValueError("a text holds the character NUL")
        data.encode()
    elif isinstance(data, list):
        for item in data:
            _refuse_unstorable(item)
    elif isinstance(data, dict):
        for key, item in data.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
