"""Whether an uploaded file may be kept: by its size and by what is in it, never by what it calls itself."""

from typing import IO

from django.utils.translation import gettext as _

from prm.errors import InvalidInput

MEGABYTE = 1 << 20
DOCUMENT_BYTES = 10 * MEGABYTE
LOOKED_AT = 8192

SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
)
"""How documents begin. Workbooks and text documents of today's offices are zip files inside."""


def check_document(content: IO[bytes], *, size: int, field: str, most: int = DOCUMENT_BYTES) -> str:
    """The content type of a document: a PDF, an image, an office file or plain text.

    Raises:
        InvalidInput: it is empty, too large, or something else, such as a program or a web page.
    """
    if size == 0:
        raise InvalidInput(_("The file is empty."), field=field, code="empty_file")
    if size > most:
        raise InvalidInput(
            _("The file is larger than %(most)d MB. Send a smaller one.") % {"most": most // MEGABYTE},
            field=field,
            code="file_too_large",
        )
    content.seek(0)
    beginning = content.read(LOOKED_AT)
    content.seek(0)
    found = next((kind for signature, kind in SIGNATURES if beginning.startswith(signature)), None)
    if found is None and _is_text(beginning):
        found = "text/plain"
    if found is None:
        raise InvalidInput(
            _("This is no PDF, image, office file or plain text. Send the proof as one of those."),
            field=field,
            code="unknown_file_kind",
        )
    return found


def _is_text(beginning: bytes) -> bool:
    """UTF-8 without control characters and not a web page, which a browser might run."""
    try:
        # The last character may be cut in two.
        text = beginning.decode("utf-8", errors="strict" if len(beginning) < LOOKED_AT else "ignore")
    except UnicodeDecodeError:
        return False
    if any(character < " " and character not in "\t\r\n\f" for character in text):
        return False
    return not text.lstrip().lower().startswith(("<!doctype", "<html", "<script", "<svg", "<?xml"))
