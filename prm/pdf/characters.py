"""Which characters a document can show. Names come in every script, and a PDF must not fail on one it cannot draw."""

import re
from functools import cache
from typing import Any

from fontTools.ttLib import TTFont

from prm.pdf.drawings import Drawing
from prm.pdf.faces import faces

_BREAK = "\u200b"
_LONG = re.compile(r"[^\s\u200b]{20,}")
_EVERY = 6
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)


class Printable:
    """Makes texts printable and remembers whether they hold a character that the type lacks: it is an empty box."""

    def __init__(self) -> None:
        self.lacks_some = False

    def content(self, value: Any) -> Any:
        """The same structure with every text in it made printable."""
        if isinstance(value, Drawing):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.content(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.content(item) for item in value]
        return value

    def text(self, value: str) -> str:
        """Without invisible marks; a word too long for a column may break anywhere."""
        shown = _INVISIBLE.sub("", value)
        self.lacks_some = self.lacks_some or not _known().issuperset(shown)
        return _LONG.sub(_breakable, shown)


def _breakable(word: re.Match[str]) -> str:
    text = word.group()
    return _BREAK.join(text[at : at + _EVERY] for at in range(0, len(text), _EVERY))


@cache
def _known() -> frozenset[str]:
    with TTFont(faces()[0], lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap()) | {"\n", "\t"}
