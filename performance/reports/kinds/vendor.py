"""The report of our own scorecard: how well we keep our side, measure by measure over eight quarters."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.permissions import VENDOR_SCORECARD_VIEW
from performance.queries.promises import Whose
from performance.reports.catalogue import SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.columns import ReportColumn, score
from performance.reports.question import Question
from performance.screens.vendor import VendorScorecard, build_vendor_scorecard, figure_words
from performance.words.vendor import figures_of
from prm.ui import formats
from prm.ui.charts import Chart


def _page(question: Question) -> VendorScorecard:
    """Our own scorecard of the running quarter, towards the partners asked about."""

    def build() -> VendorScorecard:
        whose = Whose(partners=question.partners().order_by().values("pk"))
        return build_vendor_scorecard(whose, today=question.today)

    page: VendorScorecard = question.kept("vendor", build)
    return page


def _rows(question: Question, limit: int | None) -> Iterator[dict[str, Any]]:
    yield from islice(figures_of(_page(question)), limit)


def _count(question: Question) -> int:
    page = _page(question)
    return len(page.lines) * len(page.periods)


def _figure(question: Question) -> Figure | None:
    page = _page(question)
    if page.total is None:
        return Figure(formats.NONE, _("nothing was due in %(period)s") % {"period": page.period.label})
    words = _("of 100 in %(period)s so far") % {"period": page.period.label}
    return Figure(formats.number(page.total, 1), words, page.totals)


def _chart(question: Question) -> Chart | None:
    chart = _page(question).chart
    return None if chart.is_empty else chart


def _words(row: dict[str, Any], value: Decimal | None) -> str:
    return figure_words(row["measure"], value) or _("Nothing was due")


COLUMNS = (
    ReportColumn(
        "measure",
        gettext_lazy("Measure"),
        value=lambda row: str(row["measure"].label),
        always=True,
        phone="head",
        width=2.4,
    ),
    ReportColumn("period", gettext_lazy("Quarter"), value=lambda row: row["period"].label, phone="head"),
    ReportColumn("value", gettext_lazy("Figure"), value=lambda row: row["value"], numeric=True, write=_words),
    ReportColumn(
        "unit", gettext_lazy("Unit"), value=lambda row: str(row["measure"].unit.label), on_screen=False, on_paper=False
    ),
    ReportColumn("points", gettext_lazy("Points"), value=lambda row: row["points"], numeric=True, write=score),
    ReportColumn("weight", gettext_lazy("Weight"), value=lambda row: row["weight"], numeric=True, phone="hide"),
    ReportColumn("due", gettext_lazy("Due"), value=lambda row: row["tally"].due, numeric=True),
    ReportColumn("on_time", gettext_lazy("On time"), value=lambda row: row["tally"].on_time, numeric=True),
    ReportColumn("late", gettext_lazy("Late"), value=lambda row: row["tally"].late, numeric=True, phone="hide"),
    ReportColumn("overdue", gettext_lazy("Overdue"), value=lambda row: row["tally"].overdue, numeric=True),
    ReportColumn("missed", gettext_lazy("Not kept"), value=lambda row: row["tally"].missed, numeric=True, phone="hide"),
    ReportColumn(
        "partners", gettext_lazy("Partners"), value=lambda row: row["tally"].partners, numeric=True, phone="hide"
    ),
)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="own-scorecard",
            title=gettext_lazy("Our own scorecard"),
            answers=gettext_lazy("How well do we keep our own side towards partners?"),
            subject=SUBJECTS["followed"],
            order=30,
            icon="handshake",
            permission=VENDOR_SCORECARD_VIEW,
            filters=("region", "type", "owner", "mine", "partner"),
            columns=COLUMNS,
            rows=_rows,
            count=_count,
            chart=_chart,
            figure=_figure,
        )
    )
