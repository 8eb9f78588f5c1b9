"""The cells of the heat map: one card's attainment at one KPI as a shaded figure that leads to its receipt."""

from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance import display
from performance.choices import LineState
from performance.queries.lines import Line
from prm.ui.charts import heat_tone
from prm.ui.markup import fill


def percent_of(line: Line | None) -> Decimal | None:
    """Attainment in percent of the target, with two decimals; None where there is none."""
    return None if line is None or line.attainment is None else display.rounded(line.attainment * 100, 2)


def partner(card: Any, name: str) -> SafeString:
    """The partner, leading to its scorecard."""
    return fill('<a href="{}" title="{}"><b>{}</b></a>', card.scorecard_url, name, name)


def cell(line: Line | None, receipt_url: str) -> SafeString:
    """The figure, its shade, and in words what it was made of. The shade never stands alone."""
    if line is None:
        return fill('<span class="none" title="{}">–</span>', _("Not on this scorecard"))
    percent = percent_of(line)
    if percent is None:
        figure, tone = display.NONE, "hmx"
    else:
        whole = display.rounded(percent, 0)
        figure, tone = display.number(whole, 0), heat_tone(whole)
    mark = fill(" <small>{}</small>", _("carried")) if line.state == LineState.CARRIED else ""
    return fill(
        '<a class="{}" href="{}#why-{}" title="{}"><span>{}{}</span></a>',
        tone,
        receipt_url,
        line.kpi_id,
        in_words(line),
        figure,
        mark,
    )


def in_words(line: Line) -> str:
    """Result, target and points of a line, or why it has none."""
    if line.points is None:
        return line.state_label
    points = _("%(points)s points") % {"points": display.number(line.points, 1)}
    if line.actual is None or line.target is None:
        return f"{line.state_label}, {points}"
    words = _("%(actual)s, target %(target)s, %(points)s") % {
        "actual": display.figure(line.actual, line.unit, line.decimals),
        "target": display.figure(line.target, line.unit, line.decimals),
        "points": points,
    }
    return f"{line.state_label}. {words}" if line.state == LineState.CARRIED else words


def shades() -> list[tuple[str, str]]:
    """The key of the map: each shade's class and the percents it stands for, lowest first."""
    lowest = (0, 80, 88, 95, 101, 105, 115)
    words = [_("below 80"), "80–87", "88–94", "95–100", "101–104", "105–114", _("115 and more")]
    return [(heat_tone(limit), text) for limit, text in zip(lowest, words, strict=True)]
