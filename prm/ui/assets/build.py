"""Builds what is missing or out of date under `static_build/`, and only that."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from prm.ui.assets.stamps import is_current, set_stamp

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "static_build"
FACES = ".faces"
"""Where the faces of PDFs lie. A dot in front: no browser asks for them, so `collectstatic` leaves them out."""

HTMX_MAJOR = "2"


class AssetError(RuntimeError):
    """An asset cannot be built; the message says what to change."""


def build_assets(root: Path = ROOT, target: Path = TARGET) -> list[str]:
    """Build all assets that are not current. Returns a line for each one built; empty when there was nothing to do.

    Raises:
        AssetError: when a template names an icon that Lucide does not have, or a package lacks a file.
    """
    folder = target / "prm"
    folder.mkdir(parents=True, exist_ok=True)
    # Two starts of a fresh checkout at once must not write the same files.
    with (target / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return [*_build_htmx(folder), *_build_icons(root, folder), *_build_fonts(folder), *_build_faces(target / FACES)]


def package_directory(name: str) -> Path:
    """Where a package is installed; it is not imported.

    Raises:
        AssetError: when it is not.
    """
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise AssetError(f"The package {name} is not installed. Run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)


def digest_of(parts: Iterable[str]) -> str:
    """A short name for a list of inputs."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _build_htmx(folder: Path) -> list[str]:
    target = folder / "vendor" / "htmx.min.js"
    stamp = digest_of(["htmx", HTMX_MAJOR, version("django-htmx")])
    if is_current(target, stamp):
        return []
    source = package_directory("django_htmx") / "static" / "django_htmx" / f"htmx-{HTMX_MAJOR}.min.js"
    if not source.exists():
        raise AssetError(f"django-htmx {version('django-htmx')} ships no {source.name}. Pin a version that does.")
    replace_file(target, source.read_bytes())
    set_stamp(target, stamp)
    return [f"{target.name}: {target.stat().st_size:,} bytes"]


def _build_icons(root: Path, folder: Path) -> list[str]:
    from prm.ui.assets.icons import read_lucide, sprite, used_icons

    target = folder / "icons.svg"
    names, guesses = used_icons(root)
    stamp = digest_of(["icons", version("lucide"), *sorted(names), "", *sorted(guesses)])
    if is_current(target, stamp):
        return []
    with read_lucide(package_directory("lucide")) as lucide:
        missing = sorted(name for name in names if not lucide.has(name))
        if missing:
            raise AssetError(f"Lucide has no icon named {', '.join(missing)}. See the list in the lucide package.")
        chosen = sorted(names | {name for name in guesses if lucide.has(name)})
        replace_file(target, sprite({name: lucide.read(name) for name in chosen}))
    set_stamp(target, stamp)
    return [f"{target.name}: {len(chosen)} icons, {target.stat().st_size:,} bytes"]


def _build_fonts(folder: Path) -> list[str]:
    from prm.ui.assets import fonts

    target = folder / "fonts.css"
    stamp = _font_stamp("fonts")
    if is_current(target, stamp) and all((folder / "fonts" / name).exists() for name in fonts.file_names()):
        return []
    shutil.rmtree(folder / "fonts", ignore_errors=True)
    lines = _write_all(folder / "fonts", fonts.subsets(_inter()))
    replace_file(target, fonts.stylesheet().encode())
    set_stamp(target, stamp)
    return lines


def _build_faces(folder: Path) -> list[str]:
    from prm.ui.assets import fonts

    last = folder / fonts.face_names()[-1]
    stamp = _font_stamp("faces")
    if is_current(last, stamp) and all((folder / name).exists() for name in fonts.face_names()):
        return []
    lines = _write_all(folder, fonts.faces(_inter()))
    set_stamp(last, stamp)
    return lines


def _inter() -> Path:
    return package_directory("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"


def _font_stamp(kind: str) -> str:
    from prm.ui.assets import fonts

    source = Path(fonts.__file__).read_text()
    return digest_of([kind, version("fontpkg-inter"), version("fonttools"), version("brotli"), source])


def _write_all(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    lines = []
    for name, content in files:
        replace_file(folder / name, content)
        lines.append(f"{name}: {len(content):,} bytes")
    return lines
