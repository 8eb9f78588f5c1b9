"""The sprite: one symbol for each Lucide icon that the product uses."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

REGISTRY = "prm/ui/icons.py"
"""Names that templates only get from Python, as the strings of a tuple or set; read as text."""

SKIPPED = {"tests", "static_build", "staticfiles", "node_modules", "docs", "examples", "docker", "locale"}
_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# <c-icon name="search" …>, <c-badge icon="search" …> and {% icon "search" %}: certain. Dynamic names hold braces.
_CERTAIN = re.compile(
    rf"""<c-icon\b[^>]*?\sname=["']({_NAME})["']|<c-[^<>]*?\sicon=["']({_NAME})["']|{{%\s*icon\s+["']({_NAME})["']"""
)
# icon="search" as an attribute of a component, icon="search" or "icon": "search" in Python: taken if Lucide has it.
_LIKELY = re.compile(rf"""\b\w*icon["']?\s*[=:]\s*["']({_NAME})["']""")
_STRING = re.compile(rf"""["']({_NAME})["']""")
_SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def used_icons(root: Path) -> tuple[set[str], set[str]]:
    """Names that certainly are icons, and strings that are icons if Lucide has one of that name."""
    certain: set[str] = set()
    likely: set[str] = set()
    for path in _sources(root):
        text = path.read_text(encoding="utf-8", errors="ignore")
        certain.update("".join(names) for names in _CERTAIN.findall(text))
        likely.update(_LIKELY.findall(text))
    registry = root / REGISTRY
    if registry.exists():
        certain.update(_STRING.findall(registry.read_text(encoding="utf-8")))
    return certain, likely - certain


def sprite(icons: Mapping[str, str]) -> bytes:
    """One SVG file of symbols; strokes and sizes are left to the stylesheet."""
    symbols = "\n".join(
        f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>' for name, body in sorted(icons.items())
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


class Lucide:
    """The icons in the installed package."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())

    def has(self, name: str) -> bool:
        """Whether there is an icon of that name."""
        return f"{name}.svg" in self._names

    def read(self, name: str) -> str:
        """The shapes of an icon, without the svg element around them."""
        found = _SVG_BODY.search(self._archive.read(f"{name}.svg").decode())
        assert found is not None, name
        return re.sub(r"\s*\n\s*", "", found.group(1)).replace(" />", "/>").strip()


@contextmanager
def read_lucide(package: Path) -> Iterator[Lucide]:
    """Open the package's archive."""
    with ZipFile(package / "lucide.zip") as archive:
        yield Lucide(archive)


def _sources(root: Path) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if top.is_dir() and not top.name.startswith(".") and top.name not in SKIPPED:
            for pattern in ("*.html", "*.py"):
                yield from sorted(path for path in top.rglob(pattern) if "migrations" not in path.parts)
