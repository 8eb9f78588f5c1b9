"""The colours of paper: the light side of the tokens that the screens use, with the tenant's accent."""

import re
from functools import cache
from pathlib import Path

TOKENS = Path(__file__).parents[1] / "ui" / "static" / "prm" / "css" / "tokens.css"

_RULE = re.compile(r':root(?:\[data-accent="(\w+)"\])?\s*\{([^}]*)\}')
_COLOUR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),")


def palette(accent: str) -> dict[str, str]:
    """Each colour by its token's name, as `#rrggbb`. An accent without rules of its own is the common one."""
    presets = _presets()
    return presets[""] | presets.get(accent, {})


@cache
def _presets() -> dict[str, dict[str, str]]:
    rules = _RULE.findall(TOKENS.read_text(encoding="utf-8"))
    return {accent: dict(_COLOUR.findall(body)) for accent, body in rules}
