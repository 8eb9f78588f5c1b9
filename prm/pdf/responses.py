"""A PDF as the answer to a request."""

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

CONTENT_TYPE = "application/pdf"

_UNSAFE = re.compile(r'[\s\x00-\x1f\x7f/\\:*?"<>|]+')
_LONGEST = 120


def pdf_response(pdf: bytes, name: str) -> HttpResponse:
    """A download called `<name>.pdf`, freed of what file systems refuse. Never kept by caches: it is a tenant's."""
    filename = _UNSAFE.sub(" ", name).strip(" .")[:_LONGEST] or "document"
    response = HttpResponse(pdf, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = str(content_disposition_header(True, f"{filename}.pdf"))
    response["Cache-Control"] = "private, no-store"
    return response
