"""Reads JSON bodies with a limit, exactly: no NaN, decimals as written, no text that PostgreSQL cannot store."""

import json
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

DEFAULT_LIMIT = 1024 * 1024


class BodyTooLarge(APIException):
    """The body is longer than the address takes."""

    status_code = 413
    default_detail = _("The body is too large for this address. Send it in smaller parts.")
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, up to the view's `max_body_bytes`."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = getattr((parser_context or {}).get("view"), "max_body_bytes", DEFAULT_LIMIT)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge
        try:
            # json.loads would take bytes in UTF-16 as well, and half surrogate pairs that no table can hold.
            text = raw.decode("utf-8-sig")
            data = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
            if b"\\u" in raw:
                _refuse_unstorable(data)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply."), code="malformed") from error
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8: %(why)s.") % {"why": error}, code="malformed") from error
        return data


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
