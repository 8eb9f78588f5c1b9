"""What a report and a partner's pack say on paper, as content for their layouts."""

from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from performance import display
from performance.pdf.lines import STYLES
from performance.pdf.receipt import about_partner, head, period_of, state_of
from performance.reports.catalogue import Report
from performance.reports.question import Question
from performance.screens.overview import short_label
from performance.screens.scorecard import LineRow, ScorecardPage
from performance.screens.summary import summary_of_card
from prm.languages import written_language
from prm.pdf import chart_content
from prm.pdf.charts import WHOLE
from prm.ui import formats
from prm.ui.charts import Series, line

Content = dict[str, Any]

PAPER_ROWS = 1_000
"""Some thirty pages. Whoever needs more takes the table."""

WIDE_FROM = 8.5
"""From this many shares of width a table lies on its side."""

COURSES = 4

LYING = (728.0, 96.0)
SMALL = (222.0, 62.0)
"""Sizes of plots in points, across a lying page and half an upright one; the layouts set them so high."""


def report_content(
    report: Report, question: Question, *, tenant: str, made_at: datetime, about: list[tuple[str, str]]
) -> Content:
    """A report for `report.typ`: what was asked, its story, its chart, its first rows."""
    columns = [column for column in report.columns_for(question) if column.on_paper]
    found = list(islice(report.rows(question, PAPER_ROWS + 1), PAPER_ROWS + 1))
    shown = found[:PAPER_ROWS]
    count = len(shown) if len(found) <= PAPER_ROWS else report.count(question)
    chart = report.chart(question) if report.chart else None
    is_wide = sum(column.width for column in columns) > WIDE_FROM
    return {
        "kind": _("Report"),
        "tenant": tenant,
        "title": str(report.title),
        "answers": str(report.answers),
        "made": _("Made on %(at)s") % {"at": formats.stamp(made_at)},
        "asked": [{"label": name, "value": said} for name, said in about[1:]],
        "story": [{"heading": title, "text": text} for title, text in (report.story(question) if report.story else [])],
        "chart": chart_content(chart, size=LYING if is_wide else WHOLE),
        "chart_title": _("At a glance"),
        "is_wide": is_wide,
        "table": {
            "title": _("Rows"),
            "note": ngettext("%(count)s row", "%(count)s rows", count) % {"count": formats.number(count)},
            "none": _("Nothing fits this selection."),
            "more": _("Only the first %(count)s rows are printed. All of them are in the Excel and CSV files.")
            % {"count": formats.number(PAPER_ROWS)}
            if count > PAPER_ROWS
            else "",
            "columns": [
                {"head": str(column.label), "width": column.width, "is_numeric": column.numeric} for column in columns
            ],
            "rows": [[column.written(row) for column in columns] for row in shown],
        },
    }


def pack_content(page: ScorecardPage, *, tenant: str, made_at: datetime) -> Content:
    """A partner's pack for `partner_pack.typ`: its score, its course, every KPI, and what helps most."""
    language = written_language((get_language() or "en").split("-")[0])
    summary = summary_of_card(page, language)
    run = page.receipt.run
    return {
        "kind": _("Partner pack"),
        "tenant": tenant,
        "title": f"{page.partner.name}, {page.period.label}",
        "partner": page.partner.name,
        "about_partner": about_partner(page),
        "period": period_of(page),
        "state": state_of(page),
        "made": _("Made on %(at)s") % {"at": formats.stamp(made_at)},
        "head": head(page),
        "story": [{"heading": part.heading, "text": " ".join(part.sentences)} for part in summary.paragraphs],
        "history": chart_content(page.history, STYLES),
        "history_title": _("Score over time"),
        "kpis_title": _("KPIs in this period"),
        "kpis_note": _("Each result against its benchmark, what it adds to the score, and how it changed."),
        "kpi_heads": [_("KPI"), _("Result"), _("Change"), _("Target"), _("Points"), _("Adds")],
        "kpis": [_kpi_row(row) for row in page.applicable],
        "courses_title": _("Course of the KPIs that count most"),
        "courses_note": _("The dashed line is the target of this period."),
        "courses": [{"name": row.kpi.name, "chart": _course(row, page)} for row in _weightiest(page)],
        "steps_title": _("What helps most now"),
        "steps_note": _("Most points for the shortest way first, if everything else stays the same."),
        "steps": []
        if page.period.is_closed
        else [
            {"name": step.title, "text": step.note, "gain": f"+{formats.number(step.step.gain, 1)}"}
            for step in page.outlook.first_steps
        ],
        "origin": _("As of run %(run)s. The receipt of the period shows every measurement behind these figures.")
        % {"run": run.pk if run else formats.NONE},
    }


def _kpi_row(row: LineRow) -> Content:
    change = formats.NONE
    if row.change is not None:
        unit = row.change_unit
        change = (
            display.with_unit(formats.signed(row.change, row.change_digits), unit)
            if unit
            else formats.signed(row.change, row.change_digits)
        )
    return {
        "name": row.kpi.name,
        "zone": row.zone,
        "figures": [
            row.actual,
            change,
            row.target,
            display.score(row.line.points),
            display.score(row.line.contribution),
        ],
    }


def _weightiest(page: ScorecardPage) -> list[LineRow]:
    drawn = [row for row in page.applicable if sum(value is not None for value in row.values) > 1]
    return sorted(drawn, key=lambda row: (-row.line.weight, row.line.position))[:COURSES]


def _course(row: LineRow, page: ScorecardPage) -> Content | None:
    return chart_content(
        line(
            [short_label(period) for period in page.trend],
            [Series(row.kpi.name, row.values)],
            label=_("%(kpi)s, now %(actual)s") % {"kpi": row.kpi.name, "actual": row.actual},
            target=row.line.target,
            target_name=_("Target"),
            digits=row.kpi.decimals,
            max_labels=5,
        ),
        size=SMALL,
    )
