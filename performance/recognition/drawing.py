"""Our own drawing of a badge: a seal with a waved rim and a symbol, on screen and in pictures."""

from functools import cache
from math import cos, pi, sin

from django.utils.safestring import SafeString, mark_safe

from performance.recognition.choices import COLOUR_TOKENS, BadgeColour
from performance.recognition.models import Badge
from prm.pdf import Drawing
from prm.ui.assets.build import TARGET
from prm.ui.markup import fill
from prm.ui.pieces import asset

SIZE = 64
WAVES = 18


@cache
def rim() -> str:
    """The path of the seal's rim: `WAVES` round lobes around the middle of a square of `SIZE`."""
    middle, radius, half = SIZE / 2, 27.5, pi / WAVES
    points = [(middle + radius * sin(k * 2 * half), middle - radius * cos(k * 2 * half)) for k in range(WAVES)]
    lobe = radius * sin(half) * 1.02
    start = f"M{points[0][0]:.2f} {points[0][1]:.2f}"
    arcs = (f"A{lobe:.2f} {lobe:.2f} 0 0 1 {x:.2f} {y:.2f}" for x, y in [*points[1:], points[0]])
    return f"{start}{''.join(arcs)}Z"


@cache
def _seal() -> SafeString:
    return mark_safe(  # noqa: S308  (numbers of our own)
        f'<path class="rim" d="{rim()}"/><circle class="ring" cx="32" cy="32" r="23.5"/>'
    )


def seal(badge: Badge, size: str = "") -> SafeString:
    """The badge on screen. `size`: s 32, empty 44, l 72, xl 112 pixels. It is decoration; the name stands beside it."""
    return fill(
        '<svg class="seal {}{}" viewBox="0 0 64 64" aria-hidden="true">{}'
        '<use href="{}#{}" x="20" y="20" width="24" height="24"/></svg>',
        badge.colour,
        f" {size}" if size else "",
        _seal(),
        asset("prm/icons.svg"),
        badge.icon,
    )


def picture_of(badge: Badge, palette: dict[str, str]) -> Drawing:
    """The same as a picture that stands alone, in the colours of paper."""
    colour = palette[COLOUR_TOKENS[BadgeColour(badge.colour)]]
    return Drawing(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<path d="{rim()}" fill="{colour}"/>'
        '<circle cx="32" cy="32" r="23.5" fill="none" stroke="#ffffff" stroke-opacity=".55" stroke-width="1.2"/>'
        '<g transform="translate(20 20)" fill="none" stroke="#ffffff" stroke-width="2" stroke-linecap="round" '
        f'stroke-linejoin="round">{_shapes(badge.icon)}</g></svg>'
    )


@cache
def _shapes(name: str) -> str:
    """The shapes of a symbol, from the sprite that the product serves."""
    sprite = (TARGET / "prm" / "icons.svg").read_text(encoding="utf-8")
    _before, found, rest = sprite.partition(f'<symbol id="{name}" viewBox="0 0 24 24">')
    return rest.partition("</symbol>")[0] if found else ""
