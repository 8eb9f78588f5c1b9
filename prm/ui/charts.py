"""Charts drawn by the server: geometry in attributes, colour by class, words in HTML.

No inline style and no script, so they work under the strict content security policy, print, and follow the theme.
Plots stretch (`preserveAspectRatio="none"` with non-scaling strokes, set in charts.css); labels never scale.
Small pictures are hidden from screen readers because they always stand beside their figure. Larger ones carry a
sentence that states the finding, and a table (`Chart`, drawn by `<c-chart>`).

A value of None is a period without data and leaves a gap. Nothing here knows what the figures mean.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from prm.ui import formats

Value = float | int | None
Point = tuple[float, float]

DEFAULT_BANDS: tuple[tuple[float, str], ...] = ((0, "E"), (40, "D"), (60, "C"), (75, "B"), (90, "A"))
"""Lower limits and keys of the grades, lowest first."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one row of bars. `css` is a tone (pos, neg, mut) or a series colour (c2 to c6)."""

    name: str
    values: Sequence[Any]
    css: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry of the key: `mark` is a class of the little square (ls line, dsh dashes, k2, kA, kpos …)."""

    name: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A larger chart with everything that makes it readable without seeing it."""

    html: SafeString
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    legend: Sequence[Legend] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to draw."""
        return not self.html

    def __str__(self) -> str:
        return self.html


# --- geometry ----------------------------------------------------------------------------------------------------
def to_float(value: Any) -> float | None:
    """A drawable number, or None for missing, infinite and not-a-number values."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def coordinate(value: float) -> str:
    """Two decimals at most, no trailing zeros, no negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def scale(low: float, high: float, start: float, end: float) -> Any:
    """A function from data to picture. When all values are equal they land in the middle."""
    if high == low:
        return lambda _value: (start + end) / 2
    factor = (end - start) / (high - low)
    return lambda value: start + (value - low) * factor


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers that enclose the range."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return [0, 1]
    if low == high:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    rough = (high - low) / max(1, count - 1)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(unit * magnitude for unit in (1, 2, 2.5, 5, 10) if unit * magnitude >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) + 0.0 for index in range(first, last + 1)]


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """Unbroken stretches of a line."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join([f"{coordinate(x)} {coordinate(y)}" for x, y in points])


def _line_path(points: Sequence[Point | None]) -> str:
    """One path for all stretches. A lonely point becomes a dot through its round line cap."""
    return "".join(_path(run) if len(run) > 1 else f"{_path(run)}h0" for run in _runs(points))


def _last(points: Sequence[Point | None]) -> Point | None:
    return next((point for point in reversed(points) if point is not None), None)


def _svg(css: str, box: str, inner: str, label: str = "") -> str:
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="{css} cv" viewBox="0 0 {box}" preserveAspectRatio="none" {said}>{inner}</svg>'


def _safe(markup: str) -> SafeString:
    return mark_safe(markup)  # noqa: S308  (built from numbers, fixed classes and escaped text)


def _css(name: str) -> str:
    """A class name from a caller, reduced to what a class may hold."""
    return "".join(character for character in name if character.isalnum() or character in "-_ ")


# --- small pictures that stand beside their figure -----------------------------------------------------------------
def sparkline(
    values: Iterable[Any], tone: str = "", target: Any = None, area: bool = False, css: str = "sp"
) -> SafeString:
    """The last periods in small. Empty when there is nothing to draw; gaps where a period has no data."""
    numbers = [to_float(value) for value in values or ()]
    known = [number for number in numbers if number is not None]
    if not known:
        return SafeString("")
    aim = to_float(target)
    low, high = min([*known, aim] if aim is not None else known), max([*known, aim] if aim is not None else known)
    y = scale(low, high, 21, 3)
    step = 100 / (len(numbers) - 1) if len(numbers) > 1 else 0
    points: list[Point | None] = [
        None if number is None else (100.0 if len(numbers) == 1 else index * step, y(number))
        for index, number in enumerate(numbers)
    ]
    tone = _css(tone)
    parts = []
    if aim is not None:
        parts.append(f'<path class="tgt" d="M0 {coordinate(y(aim))}H100"/>')
    if area:
        for run in _runs(points):
            if len(run) > 1:
                shape = f"{_path(run)}L{coordinate(run[-1][0])} 24L{coordinate(run[0][0])} 24Z"
                parts.append(f'<path class="ar {tone}" d="{shape}"/>')
    end = _last(points)
    assert end is not None
    parts.append(f'<path class="ln thin {tone}" d="{_line_path(points)}"/>')
    parts.append(f'<path class="pt {tone}" d="M{coordinate(end[0])} {coordinate(end[1])}h0"/>')
    return _safe(_svg(_css(css), "100 24", "".join(parts)))


def bullet(
    value: Any, floor: Any = None, target: Any = None, stretch: Any = None, low: Any = None, high: Any = None
) -> SafeString:
    """One KPI against its benchmark. Right is always better.

    Where lower is better (target below floor) the axis is reversed by itself; `low` and `high` are the values at the
    left and right edge, found from the benchmark when not given. Without a value only the benchmark is drawn, without
    a benchmark nothing.
    """
    f, t, s, v = (to_float(item) for item in (floor, target, stretch, value))
    if t is None:
        return SafeString("")
    f = t if f is None else f
    s = t if s is None else s
    better_is_lower = s < f or t < f
    left, right = to_float(low), to_float(high)
    if left is None or right is None:
        left, right = _bullet_range(f, t, s, better_is_lower)
    x = scale(left, right, 0, 100)

    def clamp(number: float) -> float:
        return max(0.0, min(100.0, x(number)))

    at_floor, at_target, at_stretch = clamp(f), clamp(t), clamp(s)
    parts = [
        f'<rect class="b1" width="{coordinate(at_floor)}" height="18"/>',
        f'<rect class="b2" x="{coordinate(at_floor)}" width="{coordinate(max(0, at_target - at_floor))}" height="18"/>',
        f'<rect class="b3" x="{coordinate(at_target)}" width="{coordinate(max(0, 100 - at_target))}" height="18"/>',
    ]
    if v is not None:
        tone = bullet_tone(v, f, t, better_is_lower)
        # A value at the left edge still shows a sliver, so that it is not mistaken for missing data.
        parts.append(f'<rect class="f{tone}" y="6" width="{coordinate(max(1.0, clamp(v)))}" height="6"/>')
    if s != t:
        parts.append(f'<path class="tk" d="M{coordinate(at_stretch)} 3V15"/>')
    parts.append(f'<path class="mk" d="M{coordinate(at_target)} 1V17"/>')
    return _safe(_svg("bl", "100 18", "".join(parts)))


def _bullet_range(floor: float, target: float, stretch: float, better_is_lower: bool) -> tuple[float, float]:
    """Edges that leave room left of the floor and right of the stretch."""
    span = abs(stretch - floor) or abs(target) * 0.5 or 1.0
    if better_is_lower:
        return floor + span * 0.35, min(stretch, target) - span * 0.15
    left = floor - span * 0.35
    return (max(0.0, left) if min(floor, target) >= 0 else left), max(stretch, target) + span * 0.15


def bullet_tone(value: float, floor: float, target: float, better_is_lower: bool = False) -> str:
    """pos at or beyond target, warn between floor and target, neg below the floor."""
    sign = -1 if better_is_lower else 1
    if value * sign >= target * sign:
        return "pos"
    return "warn" if value * sign >= floor * sign else "neg"


def rail(score: Any, bands: Sequence[tuple[Any, str]] = DEFAULT_BANDS, marks: Iterable[Any] = ()) -> SafeString:
    """The band from 0 to 100 with the grade limits and a marker. `bands`: (lower limit, letter), lowest first."""
    at = to_float(score)
    limits = _limits(bands)
    parts = []
    for low, high, letter in limits:
        inside = at is not None and (low <= at < high or (at >= 100 and high == 100))
        width = max(0.0, high - low - 0.4)
        parts.append(
            f'<rect class="f{_grade(letter, limits)}" x="{coordinate(low + 0.2)}" y="4" width="{coordinate(width)}" '
            f'height="5" opacity="{1 if inside else 0.38}"/>'
        )
    for mark in marks:
        number = to_float(mark)
        if number is not None:
            parts.append(f'<path class="tk" d="M{coordinate(number)} 1V12"/>')
    if at is not None:
        x = coordinate(max(0.0, min(100.0, at)))
        parts.append(f'<path class="pt o" d="M{x} 6.5h0" stroke-width="16"/>')
        parts.append(f'<path class="mk" stroke-width="3" d="M{x} -1V13"/>')
    return _safe(_svg("rail", "100 12", "".join(parts)))


def rail_labels(score: Any, bands: Sequence[tuple[Any, str]] = DEFAULT_BANDS) -> SafeString:
    """The letters and lower limits under a rail, each where its band begins, the present one bold.

    Drawn as SVG text in a picture that does not stretch, because the widths follow the data.
    """
    at = to_float(score)
    parts = []
    for low, high, letter in _limits(bands):
        inside = at is not None and (low <= at < high or (at >= 100 and high == 100))
        words = escape(letter) if low == 0 else f"{escape(letter)} {coordinate(low)}"
        css = ' class="at"' if inside else ""
        parts.append(f'<text x="{coordinate(low)}%" y="12"{css}>{words}</text>')
    return _safe(f'<svg class="rail-t" height="16" width="100%" aria-hidden="true">{"".join(parts)}</svg>')


def _limits(bands: Sequence[tuple[Any, str]]) -> list[tuple[float, float, str]]:
    starts = sorted((max(0.0, min(100.0, to_float(low) or 0.0)), str(letter)) for low, letter in bands)
    ends = [low for low, _letter in starts[1:]] + [100.0]
    return [(low, high, letter) for (low, letter), high in zip(starts, ends, strict=True)]


def _grade(letter: str, limits: Sequence[tuple[float, float, str]]) -> str:
    """The colour of a grade: A to E by name, others by their place from the top."""
    if letter in ("A", "B", "C", "D", "E"):
        return letter
    place = [key for _low, _high, key in reversed(limits)].index(letter)
    return "ABCDE"[min(4, round(place * 4 / max(1, len(limits) - 1)))]


def progress(percent: Any, tone: str = "acc", marker: Any = None, css: str = "pg") -> SafeString:
    """A bar from 0 to 100. `marker` draws a tick, for example where the target is. None draws the empty track."""
    width = max(0.0, min(100.0, to_float(percent) or 0.0))
    mark = to_float(marker)
    tick = "" if mark is None else f'<path class="mk" d="M{coordinate(max(0.0, min(100.0, mark)))} -2V8"/>'
    bar = f'<rect class="f{_css(tone)}" width="{coordinate(width)}" height="6"/>'
    return _safe(_svg(_css(css), "100 6", f'<rect class="fn" width="100" height="6"/>{bar}{tick}'))


def strip(values: Iterable[Any], mine: Any = None, low: Any = None, high: Any = None) -> SafeString:
    """Everybody's place on one axis, one's own marked. Right is better: pass `low` > `high` to reverse."""
    numbers = [number for number in (to_float(value) for value in values or ()) if number is not None]
    own = to_float(mine)
    if not numbers and own is None:
        return SafeString("")
    everyone = numbers if own is None else [*numbers, own]
    left, right = to_float(low), to_float(high)
    x = scale(min(everyone) if left is None else left, max(everyone) if right is None else right, 0, 100)
    ticks = "".join(f"M{coordinate(max(0.0, min(100.0, x(number))))} 4V20" for number in numbers)
    parts = ['<path class="axis" d="M0 22H100"/>']
    if ticks:
        parts.append(f'<path class="tk" opacity=".45" d="{ticks}"/>')
    if own is not None:
        parts.append(f'<path class="pt" d="M{coordinate(max(0.0, min(100.0, x(own))))} 4V20"/>')
    return _safe(_svg("bl", "100 24", "".join(parts)))


def dumbbell(before: Any, after: Any, low: Any = 0, high: Any = 100) -> SafeString:
    """From where to where: a grey dot, a line, a coloured dot. One missing end leaves the other alone."""
    a, b = to_float(before), to_float(after)
    if a is None and b is None:
        return SafeString("")
    left, right = to_float(low) or 0.0, to_float(high)
    x = scale(left, 100.0 if right is None else right, 0, 100)
    better_is_right = (100.0 if right is None else right) >= left
    parts = ['<path class="axis" d="M0 9H100"/>']
    tone = "mut"
    if a is not None and b is not None and a != b:
        tone = "pos" if (b > a) == better_is_right else "neg"
        parts.append(f'<path class="ln {tone}" d="M{coordinate(x(a))} 9H{coordinate(x(b))}"/>')
    if a is not None:
        parts.append(f'<path class="pt mut" d="M{coordinate(x(a))} 9h0"/>')
    if b is not None:
        parts.append(f'<path class="pt {tone}" d="M{coordinate(x(b))} 9h0"/>')
    return _safe(_svg("db", "100 18", "".join(parts)))


def box(middle: Any, ends: tuple[Any, Any] = (None, None), half: tuple[Any, Any] = (None, None)) -> SafeString:
    """How a group lies between 0 and 100: a line from end to end, the middle half as a box, a tick at the middle.

    Without ends or half only what is there is drawn, for groups that are too small to be taken apart.
    """
    at = to_float(middle)
    if at is None:
        return SafeString("")
    low, high, p25, p75 = (to_float(value) for value in (*ends, *half))
    parts = ['<path class="axis" d="M0 17H100"/>']
    if low is not None and high is not None:
        parts.append(f'<path class="tk" d="M{coordinate(low)} 9H{coordinate(high)}"/>')
        parts.append(f'<path class="tk" d="M{coordinate(low)} 6V12M{coordinate(high)} 6V12"/>')
    if p25 is not None and p75 is not None:
        width = coordinate(max(0.6, p75 - p25))
        parts.append(f'<rect class="f6 half" x="{coordinate(p25)}" y="3" width="{width}" height="12"/>')
    parts.append(f'<path class="mk" d="M{coordinate(at)} 1V17"/>')
    return _safe(_svg("bl box", "100 18", "".join(parts)))


def heat_tone(attainment: Any) -> str:
    """The class of a heat cell for an attainment in percent of target; 100 or more is good for every KPI."""
    value = to_float(attainment)
    if value is None:
        return "hmx"
    for limit, css in ((115, "hm3"), (105, "hm2"), (100.5, "hm1"), (95, "hm0"), (88, "hm-1"), (80, "hm-2")):
        if value >= limit:
            return css
    return "hm-3"


# --- larger charts -------------------------------------------------------------------------------------------------
def line(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    label: str,
    band: tuple[Sequence[Any], Sequence[Any]] | None = None,
    band_name: str = "",
    target: Any = None,
    target_name: str = "",
    ahead: Series | None = None,
    ticks: Sequence[float] | None = None,
    digits: int | None = None,
    unit: str = "",
    height: str = "h200",
    first_column: str = "",
    max_labels: int = 9,
) -> Chart:
    """Lines over periods, with an optional middle band, a dashed target, and what is expected of a period still to end.

    Args:
        labels: one per period. Series shorter than the labels leave the future blank.
        label: a sentence that states the finding, read aloud in place of the picture.
        band: lower and upper values, for example the quartiles; periods without both leave a gap.
        ahead: expected values, dashed and hollow; each hangs on the first series' value in the period before.
        first_column: head of the table's first column.
    """
    names = [str(name) for name in labels]
    drawn = [(one, [to_float(value) for value in one.values][: len(names)]) for one in series]
    lows, highs = ([to_float(v) for v in side] for side in band) if band else ([], [])
    aim = to_float(target)
    known = [v for _one, values in drawn for v in values if v is not None]
    expected = [to_float(v) for v in ahead.values][: len(names)] if ahead else []
    known += [v for v in (*lows, *highs, aim, *expected) if v is not None]
    if not names or not any(v is not None for _one, values in drawn for v in values):
        return Chart(SafeString(""))
    steps = list(ticks) if ticks else nice_ticks(min(known), max(known))
    y = scale(steps[0], steps[-1], 100, 0)
    step = 100 / (len(names) - 1) if len(names) > 1 else 0

    def x(index: int) -> float:
        return index * step if len(names) > 1 else 50.0

    parts = [_gridline(y(tick), is_axis=index == 0) for index, tick in enumerate(steps)]
    pairs: list[tuple[Point, Point] | None] = [
        None if a is None or b is None else ((x(i), y(a)), (x(i), y(b)))
        for i, (a, b) in enumerate(zip(lows, highs, strict=False))
    ]
    for run in _runs(pairs):  # type: ignore[arg-type]
        if len(run) > 1:
            lower, upper = [pair[0] for pair in run], [pair[1] for pair in run]
            shape = f"{_path(upper)}L{_path(lower[::-1])[1:]}Z"  # type: ignore[arg-type]
            parts.append(f'<path class="ar band" d="{shape}"/>')
    if aim is not None:
        parts.append(f'<path class="tgt" d="M0 {coordinate(y(aim))}H100"/>')
    for one, values in drawn:
        points: list[Point | None] = [None if v is None else (x(i), y(v)) for i, v in enumerate(values)]
        end = _last(points)
        if end is None:
            continue
        css = _css(one.css)
        at = f"M{coordinate(end[0])} {coordinate(end[1])}h0"
        parts.append(f'<path class="ln {css}" d="{_line_path(points)}"/>')
        parts.append(f'<path class="pt o" d="{at}"/><path class="pt {css}" d="{at}"/>')

    for index, value in enumerate(expected):
        if ahead is None or value is None:
            continue
        css, place = _css(ahead.css), (x(index), y(value))
        start = drawn[0][1][index - 1] if 0 < index <= len(drawn[0][1]) else None
        if start is not None:
            parts.append(f'<path class="ln dash {css}" d="{_path([(x(index - 1), y(start)), place])}"/>')
        dot = f"M{coordinate(place[0])} {coordinate(place[1])}h0"
        parts.append(f'<path class="pt {css}" d="{dot}"/><path class="pt in" d="{dot}"/>')

    def text(value: float | None) -> str:
        return formats.with_unit(value, unit, digits)

    picture = _frame(steps, names, _svg("plot", "100 100", "".join(parts), label), height, digits, unit, max_labels)
    columns, rows = [first_column], [[name] for name in names]
    legend = []
    for one, values in drawn:
        columns.append(one.name)
        css = one.css.split(" ")[0]
        legend.append(Legend(one.name, f"ls {_legend_tone(css)}".strip()))
        for index, row in enumerate(rows):
            row.append(text(values[index] if index < len(values) else None))
    if ahead is not None and any(value is not None for value in expected):
        legend.append(Legend(ahead.name, "dsh"))
        columns.append(ahead.name)
        for index, row in enumerate(rows):
            row.append(text(expected[index] if index < len(expected) else None))
    if band:
        legend.append(Legend(band_name, "k6"))
        for title, side in ((f"{band_name}, P25", lows), (f"{band_name}, P75", highs)):
            columns.append(title)
            for index, row in enumerate(rows):
                row.append(text(side[index] if index < len(side) else None))
    if aim is not None:
        legend.append(Legend(target_name, "dsh"))
        columns.append(target_name)
        for row in rows:
            row.append(text(aim))
    return Chart(picture, columns, rows, legend)


def histogram(
    counts: Sequence[Any],
    *,
    label: str,
    labels: Sequence[str] = (),
    css: str | Sequence[str] = "1",
    before: Sequence[Any] = (),
    height: str = "h160",
    columns: Sequence[str] = (),
    bin_names: Sequence[str] = (),
    max_labels: int = 7,
) -> Chart:
    """How many fall into each range. `css` is a colour key (1 to 6, A to E, pos …), one for all or one per bar.

    `before` draws the outline of an earlier state. `labels` stand at the edges of the bars, `bin_names` in the table.
    """
    numbers = [max(0.0, to_float(count) or 0.0) for count in counts]
    earlier = [max(0.0, to_float(count) or 0.0) for count in before]
    if not numbers or not any([*numbers, *earlier]):
        return Chart(SafeString(""))
    highest = max([*numbers, *earlier])
    steps = min((nice_ticks(0, highest, count) for count in (3, 4, 5)), key=lambda ticks: (ticks[-1], len(ticks)))
    y = scale(0, steps[-1], 100, 0)
    width = 100 / len(numbers)
    parts = [_gridline(y(tick), is_axis=index == 0) for index, tick in enumerate(steps)]
    tones = [css] * len(numbers) if isinstance(css, str) else list(css)
    for index, count in enumerate(numbers):
        parts.append(
            f'<rect class="f{_css(tones[index])}" x="{coordinate((index + 0.09) * width)}" y="{coordinate(y(count))}" '
            f'width="{coordinate(width * 0.82)}" height="{coordinate(100 - y(count))}"/>'
        )
    if earlier:
        outline = "".join(
            f"{'M' if index == 0 else 'L'}{coordinate(index * width)} {coordinate(y(count))}"
            f"H{coordinate((index + 1) * width)}"
            for index, count in enumerate(earlier)
        )
        parts.append(f'<path class="ghostbar" d="{outline}"/>')
    edges = [str(name) for name in labels]
    picture = _frame(steps, edges, _svg("plot", "100 100", "".join(parts), label), height, 0, "", max_labels)
    names = [str(name) for name in (bin_names or edges)]
    rows = [[names[i] if i < len(names) else str(i + 1), formats.number(n, 0)] for i, n in enumerate(numbers)]
    for index, row in enumerate(rows):
        if earlier:
            row.append(formats.number(earlier[index] if index < len(earlier) else None, 0))
    return Chart(picture, list(columns), rows)


def columns(
    labels: Sequence[str],
    values: Sequence[Any],
    *,
    label: str,
    css: str | Sequence[str] = "1",
    provisional: Iterable[int] = (),
    target: Any = None,
    digits: int | None = None,
    unit: str = "",
    height: str = "h160",
    heads: Sequence[str] = ("", ""),
) -> Chart:
    """One bar per period, from zero. Periods without data have no bar; provisional ones (by index) are hatched."""
    numbers = [to_float(value) for value in values]
    known = [number for number in numbers if number is not None]
    aim = to_float(target)
    if not known:
        return Chart(SafeString(""))
    reach = [0.0, *known, *([] if aim is None else [aim])]
    steps = nice_ticks(min(reach), max(reach), 4)
    y = scale(steps[0], steps[-1], 100, 0)
    width = 100 / len(numbers)
    open_periods = set(provisional)
    tones = [css] * len(numbers) if isinstance(css, str) else list(css)
    parts = [_gridline(y(tick), is_axis=tick == 0) for tick in steps]
    for index, number in enumerate(numbers):
        if number is None:
            continue
        top, bottom = sorted((y(number), y(0)))
        hatch = " prov" if index in open_periods else ""
        parts.append(
            f'<rect class="f{_css(tones[index])}{hatch}" x="{coordinate((index + 0.14) * width)}" '
            f'y="{coordinate(top)}" width="{coordinate(width * 0.72)}" height="{coordinate(bottom - top)}"/>'
        )
    if aim is not None:
        parts.append(f'<path class="tgt" d="M0 {coordinate(y(aim))}H100"/>')
    names = [str(name) for name in labels]
    svg = _svg("plot", "100 100", "".join(parts), label)
    picture = _frame(steps, names, svg, height, digits, unit, 12, between=True)
    rows = [[name, formats.with_unit(number, unit, digits)] for name, number in zip(names, numbers, strict=False)]
    return Chart(picture, list(heads), rows)


def stacked(
    labels: Sequence[str],
    parts: Sequence[Series],
    *,
    label: str,
    height: str = "h200",
    first_column: str = "",
) -> Chart:
    """One column per period, parted by the shares of its values: 100 % high wherever there is anything.

    `css` of a part is a colour key (A to E, 1 to 6). The table has the values and their shares.
    """
    values = [[max(0.0, to_float(value) or 0.0) for value in part.values] for part in parts]
    totals = [sum(column) for column in zip(*values, strict=True)]
    if not any(totals):
        return Chart(SafeString(""))
    steps = [0.0, 25.0, 50.0, 75.0, 100.0]
    width = 100 / len(totals)
    drawn = [_gridline(100 - tick, is_axis=tick == 0) for tick in steps]
    for index, total in enumerate(totals):
        top = 100.0
        for part, numbers in zip(parts, values, strict=True):
            share = numbers[index] / total * 100 if total else 0
            if share:
                top -= share
                drawn.append(
                    f'<rect class="f{_css(part.css)}" x="{coordinate((index + 0.14) * width)}" y="{coordinate(top)}" '
                    f'width="{coordinate(width * 0.72)}" height="{coordinate(share)}"/>'
                )
    names = [str(name) for name in labels]
    svg = _svg("plot", "100 100", "".join(drawn), label)
    rows = [[name] for name in names]
    for numbers in values:
        for row, number, total in zip(rows, numbers, totals, strict=True):
            row.append(f"{formats.number(number, 0)} ({formats.share(number / total)})" if total else formats.NONE)
    legend = [Legend(part.name, f"k{_css(part.css)}") for part in reversed(parts)]
    picture = _frame(steps, names, svg, height, 0, "%", 12, between=True)
    return Chart(picture, [first_column, *(part.name for part in parts)], rows, legend)


def bars(rows: Sequence[tuple[str, Any, str]], *, tone: str = "1", highest: Any = None) -> SafeString:
    """Named horizontal bars with their figures: (name, value, figure as text). Bars start at zero."""
    numbers = [to_float(value) for _name, value, _text in rows]
    top = to_float(highest) or max((number for number in numbers if number is not None), default=0.0)
    if not rows:
        return SafeString("")
    parts = []
    for (name, _value, text), number in zip(rows, numbers, strict=True):
        width = 0.0 if number is None or top <= 0 else max(0.0, min(100.0, number / top * 100))
        rect = f'<rect class="f{_css(tone)}" width="{coordinate(width)}" height="14"/>'
        parts.append(
            f'<span>{escape(str(name))}</span>{_svg("bar-s", "100 14", rect)}<b class="num">{escape(str(text))}</b>'
        )
    return _safe(f'<div class="bars">{"".join(parts)}</div>')


@dataclass(frozen=True, slots=True)
class Multiple:
    """One picture of a set: the same axis for all, so that they can be compared."""

    name: str
    figure: str
    picture: SafeString


def small_multiples(series: Sequence[tuple[str, Sequence[Any], str]], *, tone: str = "") -> list[Multiple]:
    """One small line per name on a common axis: (name, values, figure as text)."""
    cleaned = [(name, [to_float(v) for v in values], figure) for name, values, figure in series]
    known = [v for _name, values, _figure in cleaned for v in values if v is not None]
    if not known:
        return []
    y = scale(min(known), max(known), 37, 3)
    found = []
    for name, values, figure in cleaned:
        step = 100 / (len(values) - 1) if len(values) > 1 else 0
        points: list[Point | None] = [None if v is None else (i * step, y(v)) for i, v in enumerate(values)]
        end = _last(points)
        inner = ""
        if end is not None:
            inner = (
                f'<path class="axis" d="M0 40H100"/><path class="ln thin {_css(tone)}" d="{_line_path(points)}"/>'
                f'<path class="pt {_css(tone)}" d="M{coordinate(end[0])} {coordinate(end[1])}h0"/>'
            )
        found.append(Multiple(name, figure, _safe(_svg("sp", "100 40", inner))))
    return found


# --- shared frame --------------------------------------------------------------------------------------------------
def _gridline(y: float, *, is_axis: bool) -> str:
    return f'<path class="{"axis" if is_axis else "grid"}" d="M0 {coordinate(y)}H100"/>'


def _frame(
    ticks: Sequence[float],
    labels: Sequence[str],
    svg: str,
    height: str,
    digits: int | None,
    unit: str,
    max_labels: int,
    *,
    between: bool = False,
) -> SafeString:
    """The plot with its axis words. Labels that would crowd are thinned out, the last one stays."""
    scale_words = "".join(f"<span>{escape(_axis_text(tick, digits, unit))}</span>" for tick in reversed(ticks))
    keep = _thinned(len(labels), max_labels)
    words = "".join(f"<span>{escape(name) if index in keep else ''}</span>" for index, name in enumerate(labels))
    middle = " mid-t" if between or len(labels) == 1 else ""
    return _safe(
        f'<div class="ch" data-chart><div class="y" aria-hidden="true">{scale_words}</div>'
        f'<div class="pl {_css(height)}">{svg}</div>'
        f'<div class="x{middle}" aria-hidden="true">{words}</div></div>'
    )


def _axis_text(tick: float, digits: int | None, unit: str) -> str:
    if abs(tick) >= formats.COMPACT_FROM:
        return formats.compact(tick)
    whole = 0 if float(tick).is_integer() else digits
    return formats.number(tick, whole) + (f"{formats.NARROW}{unit}" if unit == "%" else "")


def _thinned(count: int, most: int) -> set[int]:
    """Which labels to keep, counted from the last."""
    every = max(1, math.ceil(count / most)) if most else 1
    return set(range(count - 1, -1, -every))


def _legend_tone(css: str) -> str:
    return {"c2": "k2", "c3": "k3", "c6": "kmut", "mut": "kmut", "pos": "kpos", "neg": "kneg", "acc": "kacc"}.get(
        css, ""
    )
