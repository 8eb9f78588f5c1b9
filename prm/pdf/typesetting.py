"""Sets a layout with its content. Layouts read nothing but their own folder, the faces and what they are given."""

import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from prm.pdf.characters import Printable
from prm.pdf.faces import faces, folder
from prm.pdf.palette import palette

LAYOUTS = Path(settings.BASE_DIR) / "templates" / "pdf"

PICTURE_PPI = 144

_turn = threading.Lock()
"""A compiler serves one document at a time; one document takes milliseconds."""


class PdfError(RuntimeError):
    """A layout could not be set: a mistake in the layout, never in the content."""


def typeset(layout: str, content: Mapping[str, Any], *, accent: str = "") -> bytes:
    """The PDF of `templates/pdf/<layout>.typ` with this content: texts, numbers, lists and dictionaries of them.

    Texts stay texts, whatever they contain; the layout cannot be changed by them. A character that the type lacks is
    an empty box, and `lacks_some` tells the layout to say so.

    Raises:
        PdfError: the layout has a mistake.
    """
    pdf = _set(layout, content, accent, format="pdf")
    assert isinstance(pdf, bytes), "A PDF without a path to write to comes back as bytes."
    return pdf


def picture(layout: str, content: Mapping[str, Any], *, accent: str = "", kind: str = "png") -> bytes:
    """A layout of one page as a picture, `png` at 144 points to the inch or `svg`.

    Raises:
        PdfError: the layout has a mistake.
    """
    made = _set(layout, content, accent, format=kind, **({"ppi": PICTURE_PPI} if kind == "png" else {}))
    return made[0] if isinstance(made, list) else made


def _set(layout: str, content: Mapping[str, Any], accent: str, **options: Any) -> Any:
    printable = Printable()
    given = printable.content(dict(content))
    house = {
        "language": (get_language() or "en").split("-")[0],
        "is_rtl": get_language_bidi(),
        "palette": palette(accent),
        "page_words": _("Page {page} of {pages}"),
        "lacks_some": printable.lacks_some,
        "lacks_words": _("An empty box stands for a character that this document's type lacks. The page shows it."),
    }
    data = json.dumps({"house": house, **given}, ensure_ascii=False)
    with _turn:
        try:
            return _compiler().compile(str(LAYOUTS / f"{layout}.typ"), sys_inputs={"content": data}, **options)
        except typst.TypstError as error:
            raise PdfError(f"{layout}.typ: {error}") from error


@cache
def _compiler() -> typst.Compiler:
    """One for the process: it keeps the faces open. No face of the machine, so every machine makes the same pages."""
    faces()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder())])
    return typst.Compiler(root=str(LAYOUTS), font_paths=fonts)
