"""Reads PDFs back."""

import io
import re

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """All words of a document, one space between them, without the marks that let long words break."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return re.sub(r"\s+", " ", " ".join(pages).replace("\u200b", ""))


def spaced(text: str) -> str:
    """A text of a page as `text_of` gives it."""
    return re.sub(r"\s+", " ", text).strip()
