"""The type that PDFs are set in, made by `manage.py build_assets`."""

from functools import cache
from pathlib import Path

from prm.ui.assets.build import FACES, TARGET
from prm.ui.assets.fonts import face_names


class FacesMissingError(RuntimeError):
    """The faces have not been built."""


def folder() -> Path:
    """Where the faces lie."""
    return TARGET / FACES


@cache
def faces() -> tuple[Path, ...]:
    """The files, the regular weight first.

    Raises:
        FacesMissingError: when they have not been built.
    """
    found = tuple(folder() / name for name in face_names())
    if not all(path.exists() for path in found):
        raise FacesMissingError("The faces of PDFs are missing. Run `manage.py build_assets`.")
    return found
