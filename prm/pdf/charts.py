"""The larger charts of the screens for paper: the plot at its printed size, and its words for the layout to set."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from prm.pdf.drawings import drawing
from prm.ui.charts import Chart

Size = tuple[float, float]

WHOLE: Size = (480.0, 96.0)
"""Points: the width of an upright page. Screens stretch a square plot without its strokes; a typesetter would stretch
the strokes too, so the plot is drawn at the size at which it is printed."""

EDGE = 6.0
"""Room around the plot for dots on its border."""

ACROSS = ("x", "width")

_PLOT = re.compile(r'<svg class="plot cv".*?</svg>', re.DOTALL)
_WORDS = {side: re.compile(rf'<div class="{side}[^"]*" aria-hidden="true">(.*?)</div>', re.DOTALL) for side in "yx"}
_SPAN = re.compile(r"<span>(.*?)</span>", re.DOTALL)
_PATH = re.compile(r' d="([^"]*)"')
_STEP = re.compile(r"([MLHVhZ])([^MLHVhZ]*)")
_SIZE = re.compile(r' (x|y|width|height)="(-?[\d.]+)"')
_BOX = re.compile(r'viewBox="0 0 100 100"')
_LABEL = re.compile(r'aria-label="([^"]*)"')


def chart_content(chart: Chart | None, *stylesheets: Path, size: Size = WHOLE) -> dict[str, Any] | None:
    """What a layout needs to place a chart; None for one without a plot.

    `scale` are the words beside the plot from the top, `labels` those below it from the left, empty where one was left
    out. `is_between` says whether each label stands below the middle of its part of the width.
    """
    plot = _PLOT.search(chart.html) if chart else None
    if chart is None or plot is None:
        return None
    label = _LABEL.search(plot.group())
    return {
        "picture": drawing(_stretched(plot.group(), size), *stylesheets),
        "alt": unescape(label[1]) if label else "",
        "scale": _words(chart.html, "y"),
        "labels": _words(chart.html, "x"),
        "is_between": 'class="x mid-t"' in chart.html,
        "legend": [{"name": entry.name, "mark": entry.mark} for entry in chart.legend],
        "height": size[1],
        "edge": EDGE,
    }


def _words(html: str, side: str) -> list[str]:
    found = _WORDS[side].search(html)
    return [unescape(word) for word in _SPAN.findall(found[1])] if found else []


def _stretched(svg: str, size: Size) -> str:
    """The plot with its coordinates multiplied out, so that strokes and dots keep their shape."""
    width, height = size
    sized = _PATH.sub(lambda match: f' d="{_path(match[1], size)}"', svg)
    sized = _SIZE.sub(lambda match: f' {match[1]}="{_times(match[2], width if match[1] in ACROSS else height)}"', sized)
    box = f"{-EDGE:g} {-EDGE:g} {width + 2 * EDGE:g} {height + 2 * EDGE:g}"
    return _BOX.sub(f'viewBox="{box}"', sized)


def _path(steps: str, size: Size) -> str:
    found = []
    for command, numbers in _STEP.findall(steps):
        values = numbers.replace(",", " ").split()
        if command in "Hh":
            values = [_times(value, size[0]) for value in values]
        elif command == "V":
            values = [_times(value, size[1]) for value in values]
        else:
            values = [_times(value, size[index % 2]) for index, value in enumerate(values)]
        found.append(command + " ".join(values))
    return "".join(found)


def _times(value: str, length: float) -> str:
    return f"{float(value) * length / 100:.2f}".rstrip("0").rstrip(".")
