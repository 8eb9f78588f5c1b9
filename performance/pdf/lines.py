"""The KPIs of a receipt on paper: the table that adds up, and each one in four steps."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.screens.receipt import ReceiptScreen
from performance.screens.scorecard import LineRow
from performance.templatetags.scores import line_bullet
from prm.pdf import drawing
from prm.ui import formats

STYLES = Path(__file__).parents[1] / "static" / "performance" / "scores.css"

Content = dict[str, Any]


def line_table(screen: ReceiptScreen) -> Content:
    """Every line with what it adds and loses, and the sums below."""
    page = screen.page
    return {
        "title": _("How the total comes about"),
        "note": _("Points of each KPI times its weight, added up, divided by the weights that have points."),
        "heads": [_("KPI"), _("Result"), _("Target"), _("Points"), _("Weight"), _("Adds"), _("Lost")],
        "sections": [
            {
                "name": section.name or (_("Other") if page.has_sections else ""),
                "rows": [_table_row(row) for row in section.rows],
            }
            for section in page.sections
        ],
        "sum": [
            _("Total"),
            _exactly(page.receipt.weight_scored),
            _exactly(page.card.total),
            _exactly(page.points_lost),
        ],
        "legend": [
            {"zone": "pos", "text": _("On or above target")},
            {"zone": "warn", "text": _("Between floor and target")},
            {"zone": "neg", "text": _("Below floor")},
            {"zone": "", "text": _("Without points")},
        ],
        "left_out": _not_applicable(screen),
    }


def _table_row(row: LineRow) -> Content:
    return {
        "name": row.kpi.name,
        "zone": row.zone,
        "state": "" if row.line.state == "scored" else row.line.state_label,
        "figures": [
            row.actual,
            row.target,
            _exactly(row.line.points),
            _exactly(row.line.weight),
            _exactly(row.line.contribution),
            _exactly(row.line.points_lost),
        ],
    }


def _not_applicable(screen: ReceiptScreen) -> str:
    rows = screen.page.not_applicable
    if not rows:
        return ""
    said = ngettext(
        "%(count)s KPI of the scorecard does not apply to this type of partner:",
        "%(count)s KPIs of the scorecard do not apply to this type of partner:",
        len(rows),
    ) % {"count": len(rows)}
    return f"{said} {', '.join(row.kpi.name for row in rows)}."


def lines_explained(screen: ReceiptScreen) -> list[Content]:
    """Each line: what the KPI means, the four steps, the benchmark that was used, and what is special about it."""
    return [
        {
            "name": row.kpi.name,
            "code": row.kpi.code,
            "direction": row.kpi.get_direction_display(),
            "definition": row.kpi.definition,
            "gain": _gain(row),
            "bullet": drawing(line_bullet(row.line), STYLES),
            "thresholds": row.exact_thresholds,
            "steps": [{"title": step.title, "figure": step.figure, "note": step.note} for step in row.steps],
            "benchmark": _benchmark(row),
            "inputs": inputs_of(row),
            "left_out": note,
            "gate": _gate(row),
        }
        for row, note in screen.rows
    ]


def _gain(row: LineRow) -> str:
    if row.line.contribution is None:
        return row.line.state_label
    return _("%(got)s of %(most)s points") % {
        "got": display.score(row.line.contribution),
        "most": display.score(row.most),
    }


def _benchmark(row: LineRow) -> str:
    if row.line.benchmark_id is None:
        return ""
    said = _("Benchmark for %(scope)s, valid from %(day)s") % {
        "scope": row.scope,
        "day": formats.day(row.line.benchmark_from, year=True),
    }
    if row.last_day is not None:
        said += " " + _("to %(day)s inclusive") % {"day": formats.day(row.last_day, year=True)}
    said = " ".join(filter(None, [f"{said}.", row.withdrawn, row.before]))
    # The second step names the thresholds of a line that has points.
    return f"{said} {row.exact_thresholds}" if row.is_open_question else said


def inputs_of(row: LineRow) -> list[Content]:
    """The KPIs that a derived one was computed from, as they were."""
    if row.line.derivation is None:
        return []
    return [
        {
            "name": entry.name,
            "code": entry.code,
            "when": ngettext("%(count)s month before the period", "%(count)s months before the period", entry.back)
            % {"count": entry.back}
            if entry.back
            else _("in the period"),
            "value": display.NONE
            if entry.actual is None
            else display.with_unit(display.plain(entry.actual), entry.unit),
        }
        for entry in row.line.derivation.inputs
    ]


def _gate(row: LineRow) -> str:
    if not row.line.gate_failed or row.line.gate_minimum is None:
        return ""
    return _("Gate not met: under %(points)s points the grade is %(grade)s at best.") % {
        "points": display.plain(row.line.gate_minimum),
        "grade": row.line.gate_grade,
    }


def _exactly(value: Any) -> str:
    return display.NONE if value is None else display.plain(value)
