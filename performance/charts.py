"""Charts that only scores need; everything general is in `prm/ui/charts.py`."""

from typing import Any

from django.utils.safestring import SafeString, mark_safe

from prm.ui.charts import coordinate, scale, to_float


def band_bullet(value: Any, floor: Any, low: Any, high: Any, ceiling: Any) -> SafeString:
    """A KPI that is best inside a band: the band in the middle, a dot where the result is."""
    edges = [to_float(item) for item in (floor, low, high, ceiling)]
    if any(edge is None for edge in edges):
        return SafeString("")
    f, a, b, c = (float(edge) for edge in edges if edge is not None)
    margin = (c - f) * 0.12 or abs(c) * 0.1 or 1.0
    x = scale(f - margin, c + margin, 0, 100)
    parts = [
        '<rect class="b1" width="100" height="18"/>',
        f'<rect class="b2" x="{coordinate(x(f))}" width="{coordinate(x(c) - x(f))}" height="18"/>',
        f'<rect class="bnd" x="{coordinate(x(a))}" y="2" width="{coordinate(max(0.6, x(b) - x(a)))}" height="14"/>',
    ]
    at = to_float(value)
    if at is not None:
        tone = "pos" if a <= at <= b else "warn" if f < at < c else "neg"
        place = coordinate(max(1.0, min(99.0, x(at))))
        parts.append(f'<path class="pt o" d="M{place} 9h0"/><path class="pt {tone}" d="M{place} 9h0"/>')
    box = "".join(parts)
    return mark_safe(  # noqa: S308  (built from numbers and fixed classes)
        f'<svg class="bl cv" viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true">{box}</svg>'
    )
