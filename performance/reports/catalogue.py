"""The catalogue of reports: a registry. Apps above and beside this one register theirs in `AppConfig.ready()`.

    register(
        Report(
            key="training-progress",
            title=_("Training progress"),
            answers=_("Who has finished which course, and whose certificate ends soon?"),
            subject=SUBJECTS["followed"],
            permission=COURSE_VIEW,
            filters=("region", "tier"),
            columns=(ReportColumn("partner", _("Partner"), value="partner.name"), …),
            rows=rows_of_progress,        # (question, limit) -> iterator, streamed
            count=count_of_progress,      # (question) -> int
        )
    )

`Question` (performance/reports/question.py) says which programme, period and partners are asked about and whose eyes
read the answer. A query that takes its partners from `question.cards()` or `question.partner_ids()` shows nobody more
than they may see.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from performance.reports.choices import FileFormat
from performance.reports.columns import ReportColumn
from prm.access.permissions import Permission
from prm.ui.charts import Chart

if TYPE_CHECKING:
    from performance.reports.question import Question

FILTERS = ("programme", "period", "tier", "region", "type", "owner", "mine", "partner")
"""Everything a report can be narrowed by."""

OF_CARDS = FILTERS


@dataclass(frozen=True, slots=True)
class Subject:
    """A heading of the catalogue."""

    key: str
    label: Any
    order: int


SUBJECTS = {
    "scores": Subject("scores", _("Scores and ranks"), 10),
    "kpis": Subject("kpis", _("KPIs and benchmarks"), 20),
    "followed": Subject("followed", _("What is done about it"), 30),
    "data": Subject("data", _("Data and runs"), 40),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """The preview on a report's card: one figure, what it counts, and how it ran over the last periods."""

    value: str
    words: str
    series: Sequence[Decimal | None] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report of the catalogue.

    `rows(question, limit)` streams; `limit` None means all. `reaches_partners` reports can be sent to partners, each
    only its own rows; columns that are `internal` are left out there. `pack` makes a PDF of its own for one partner:
    such a report has one file for each partner instead of one for all. `names_partners` False: its rows are about no
    partner, so everybody with the permission reads the same.
    """

    key: str
    title: Any
    answers: Any
    subject: Subject
    permission: Permission
    filters: tuple[str, ...]
    columns: "tuple[ReportColumn, ...] | Callable[[Question], tuple[ReportColumn, ...]]"
    rows: "Callable[[Question, int | None], Iterator[Any]]"
    count: "Callable[[Question], int]"
    icon: str = "file-text"
    order: int = 50
    chart: "Callable[[Question], Chart | None] | None" = None
    story: "Callable[[Question], list[tuple[str, str]]] | None" = None
    figure: "Callable[[Question], Figure | None] | None" = None
    pack: "Callable[[Question], bytes | None] | None" = None
    reaches_partners: bool = False
    names_partners: bool = True

    @property
    def formats(self) -> tuple[FileFormat, ...]:
        """What it can be written as; for a pack the PDF is each partner's own."""
        return (FileFormat.PDF, FileFormat.XLSX, FileFormat.CSV)

    def columns_for(self, question: "Question") -> tuple[ReportColumn, ...]:
        """The columns that this reader sees."""
        columns = self.columns(question) if callable(self.columns) else self.columns
        return tuple(one for one in columns if not (one.internal and question.reader.partner_id is not None))


_reports: dict[str, Report] = {}


def register(report: Report) -> None:
    """Add a report.

    Raises:
        ValueError: the key is taken, or it has a filter that does not exist.
    """
    if report.key in _reports:
        raise ValueError(f"There is a report {report.key} already.")
    unknown = set(report.filters) - set(FILTERS)
    if unknown:
        raise ValueError(f"Report {report.key}: no filters are called {', '.join(sorted(unknown))}.")
    _reports[report.key] = report


def get_report(key: str) -> Report | None:
    """The report with this key; None when no app registered it, for example after an app was taken out."""
    return _reports.get(key)


def all_reports() -> list[Report]:
    """Every report in the order of the catalogue."""
    return sorted(_reports.values(), key=lambda one: (one.subject.order, one.order, one.key))
