"""Remembers from which inputs a built file was made."""

from pathlib import Path


def is_current(target: Path, stamp: str) -> bool:
    """Whether the file exists and was built from the inputs that the stamp names."""
    try:
        return target.exists() and _stamp_file(target).read_text() == stamp
    except OSError:
        return False


def set_stamp(target: Path, stamp: str) -> None:
    """Remember the inputs. Called after the file is whole."""
    _stamp_file(target).write_text(stamp)


def _stamp_file(target: Path) -> Path:
    # A name with a dot in front: collectstatic leaves such files out.
    return target.with_name(f".{target.name}.stamp")
