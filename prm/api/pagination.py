"""Pages by cursor: stable while records come and go, and as fast on the last page as on the first."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class ApiPagination(CursorPagination):
    """`limit` rows a page, up to 500; `next` and `previous` are whole addresses or null."""

    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 500
    ordering = ("id",)
    cursor_query_description = "Where the page begins. Take it from `next` or `previous`, never make it yourself."
    page_size_query_description = "Records per page, 1 to 500."

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("limit")
        if text is None:
            return self.page_size
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= self.max_page_size:
            raise ValidationError({"limit": [_("Choose a number from 1 to 500.")]})
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return None
        try:
            parts = parse_qs(b64decode(text, validate=True).decode("ascii"), strict_parsing=True)
            if not parts.keys() <= {"o", "r", "p"} or not all(value[0].isdigit() for value in parts.values()):
                raise ValueError(text)
            return super().decode_cursor(request)
        except (NotFound, ValueError) as error:
            raise ValidationError(
                {"cursor": [_("This cursor is not one of ours. Begin at the first page.")]}
            ) from error
