"""The charts of the screens on paper: the same SVG, with the stylesheet's colours written into it."""

import re
from functools import cache
from pathlib import Path

from prm.pdf.palette import palette

STYLES = Path(__file__).parents[1] / "ui" / "static" / "prm" / "css" / "charts.css"

_RULE = re.compile(r"^\s*(\.[\w.]+(?:, \.[\w.]+)*) \{ ([^}]*) \}$", re.MULTILINE)
_DRAWN = re.compile(r"(fill|stroke|stroke-width|stroke-linecap|stroke-dasharray|opacity): ([^;]+);")
_LIGHT = re.compile(r"light-dark\((#[0-9a-f]+), #[0-9a-f]+\)")
_TOKEN = re.compile(r"var\(--([\w-]+)\)")


class Drawing(str):
    """A picture among the texts of a document: it is not made printable as they are."""

    __slots__ = ()


def drawing(svg: str, *stylesheets: Path) -> Drawing:
    """A chart that a layout can place. `stylesheets` are those of an app that draws parts of its own."""
    # A dot is a line without length; the typesetter draws none unless it has some.
    placed = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace('h0"', 'h.01"')
    return Drawing(placed.replace(">", f"><style>{_styles((STYLES, *stylesheets))}</style>", 1))


@cache
def _styles(stylesheets: tuple[Path, ...]) -> str:
    colours = palette("")
    found = []
    for selector, body in _RULE.findall("\n".join(path.read_text(encoding="utf-8") for path in stylesheets)):
        drawn = " ".join(f"{name}: {_colour(value, colours)};" for name, value in _DRAWN.findall(body))
        if drawn:
            found.append(f"{selector} {{ {drawn} }}")
    return "".join(found)


def _colour(value: str, colours: dict[str, str]) -> str:
    return _TOKEN.sub(lambda match: colours.get(match[1], "none"), _LIGHT.sub(r"\1", value))
