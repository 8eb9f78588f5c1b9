"""What a report says on paper, as content for its layout."""

from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.reports.catalogue import Report
from performance.reports.question import Question
from prm.pdf import chart_content
from prm.pdf.charts import WHOLE
from prm.ui import formats

Content = dict[str, Any]

PAPER_ROWS = 1_000
"""Some thirty pages. Whoever needs more takes the table."""

WIDE_FROM = 8.5
"""From this many shares of width a table lies on its side."""

LYING = (728.0, 96.0)
"""The size of a plot in points across a lying page; the layout sets it so high."""


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
                {"head": str(column.label), "width": column.width, "is_numeric": column.is_figure} for column in columns
            ],
            "rows": [[column.written(row) for column in columns] for row in shown],
        },
    }
