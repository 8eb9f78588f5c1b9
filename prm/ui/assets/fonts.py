"""Inter from its one variable file: small WOFF2 files for browsers, one for each script, and whole faces for PDFs."""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FAMILY = "Inter"
OPTICAL_SIZE = 14
"""Pinned: the axis doubles the file, and nearly all of the product is set in 11 to 16 pixels."""

WEIGHTS = (400, 600)
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "ss03", "cv11"]
"""Spacing, accents and local forms; tabular figures; rounder quotes and commas; the single-storey a."""

SCRIPTS = {
    "latin": (
        "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+0304, U+0308, U+0329, U+2000-206F, "
        "U+20AC, U+2122, U+2190-2193, U+2212, U+2215, U+2248, U+2260, U+2264-2265, U+25B2, U+25BC, U+FEFF, U+FFFD"
    ),
    "latin-ext": (
        "U+0100-0130, U+0132-0151, U+0154-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1EFF, "
        "U+20A0-20AB, U+20AD-20C0, U+2113, U+2C60-2C7F, U+A720-A7FF"
    ),
    "cyrillic": "U+0301, U+0400-052F, U+1C80-1C88, U+2116, U+2DE0-2DFF, U+A640-A69F",
    "greek": "U+0370-0377, U+037A-037F, U+0384-038A, U+038C, U+038E-03A1, U+03A3-03FF, U+1F00-1FFF",
}


def file_names() -> list[str]:
    """The files that `subsets` makes."""
    return [f"inter-{script}.woff2" for script in SCRIPTS]


def face_names() -> list[str]:
    """The files that `faces` makes."""
    return [f"Inter-{weight}.ttf" for weight in WEIGHTS]


def faces(source: Path) -> Iterator[tuple[str, bytes]]:
    """One static face for each weight, all scripts in it: PDFs are set in static faces only. Takes a few seconds."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    for weight, name in zip(WEIGHTS, face_names(), strict=True):
        face = instantiateVariableFont(TTFont(io.BytesIO(_pinned(source))), {"wght": weight})
        _draw_empty_box(face)
        content = io.BytesIO()
        face.save(content)
        yield name, content.getvalue()


def _draw_empty_box(face: "TTFont") -> None:
    """What stands for a character that the face lacks. Inter's own is a black label that shouts in a name."""
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    em = face["head"].unitsPerEm
    width, height, line = em * 6 // 10, em * 7 // 10, em * 5 // 100
    left, right = em // 10, width - em // 10
    pen = TTGlyphPen(None)
    outline = [(left, 0), (left, height), (right, height), (right, 0)]
    hole = [(left + line, line), (right - line, line), (right - line, height - line), (left + line, height - line)]
    for corners in (outline, hole):
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    face["glyf"][".notdef"] = pen.glyph()
    face["hmtx"][".notdef"] = (width, left)


@cache
def _pinned(source: Path) -> bytes:
    """The characters, features and weights that the product uses, at one optical size."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    whole = TTFont(source)
    _keep(whole, ", ".join(SCRIPTS.values()))
    font = instantiateVariableFont(whole, {"opsz": OPTICAL_SIZE, "wght": WEIGHTS})
    # Saved and read again: the tables of a font that was just instanced cannot be cut further.
    content = io.BytesIO()
    font.save(content)
    return content.getvalue()


def subsets(source: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's name and content. Takes a few seconds."""
    from fontTools.ttLib import TTFont

    for script, name in zip(SCRIPTS, file_names(), strict=True):
        part = TTFont(io.BytesIO(_pinned(source)))
        _keep(part, SCRIPTS[script])
        part.flavor = "woff2"
        content = io.BytesIO()
        part.save(content)
        yield name, content.getvalue()


def stylesheet() -> str:
    """The font-face rules."""
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; src: url("fonts/inter-{script}.woff2") format("woff2"); '
        f"font-weight: {WEIGHTS[0]} {WEIGHTS[1]}; font-style: normal; font-display: swap; "
        f"unicode-range: {characters}; }}\n"
        for script, characters in SCRIPTS.items()
    )


def _keep(font: "TTFont", unicode_range: str) -> None:
    from fontTools.subset import Options, Subsetter

    options: Any = Options()
    options.layout_features = FEATURES
    options.notdef_outline = True
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # the licence stays in the file
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=_characters(unicode_range))
    subsetter.subset(font)


def _characters(unicode_range: str) -> set[int]:
    found: set[int] = set()
    for part in unicode_range.split(","):
        first, _dash, last = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found
