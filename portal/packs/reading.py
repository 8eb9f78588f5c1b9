"""Reading the packs that ship with the product."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from prm.errors import InvalidInput

PACKS_DIR = Path(__file__).resolve().parent / "data"


def pack_slugs() -> list[str]:
    """The industries that there are packs for."""
    return sorted(path.stem for path in PACKS_DIR.glob("*.yaml"))


@cache
def read_pack(slug: str) -> dict[str, Any]:
    """A pack as written, schema version 1 (docs/industry-packs.md). Do not change the returned value.

    Raises:
        InvalidInput: when there is no such pack; names the ones there are.
    """
    if slug not in pack_slugs():
        raise InvalidInput(
            _("There is no industry pack “%(slug)s”. Choose one of: %(known)s.")
            % {"slug": slug, "known": ", ".join(pack_slugs())},
            code="unknown_pack",
            field="pack",
        )
    return yaml.load(
        (PACKS_DIR / f"{slug}.yaml").read_text(encoding="utf-8"),
        Loader=yaml.CSafeLoader,
    )
