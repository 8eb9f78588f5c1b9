"""Making the file of a report: the same rows as on screen, with what was asked, as of which day and run."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.utils.translation import gettext as _

from performance.reports.catalogue import Report
from performance.reports.choices import FileFormat
from performance.reports.files.papers import report_content
from performance.reports.question import Question
from prm.pdf import typeset
from prm.tenancy.scope import require_scope
from prm.ui import formats
from prm.ui.lists.export import FORMATS, spooled

PDF = "application/pdf"
TOLD_EVERY = 1_000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Made:
    """A file at its beginning; whoever asked for it closes it."""

    content: IO[bytes]
    name: str
    content_type: str
    row_count: int


def about(report: Report, question: Question, *, made_at: datetime) -> list[tuple[str, str]]:
    """What every file carries: report, filters, day, run, when it was made."""
    return [
        (_("Report"), str(report.title)),
        *question.words(report.filters),
        (_("As of"), formats.day(question.today, year=True)),
        (_("Run"), str(question.run_id or formats.NONE)),
        (_("Made on"), formats.stamp(made_at)),
    ]


def make_file(
    report: Report, question: Question, kind: str, *, made_at: datetime, progress: Progress | None = None
) -> Made | None:
    """The file of a report in the open scope, the rows read to their end; None where a pack has nothing to show."""
    name = f"{_file_name(report, question)}.{kind}"
    if kind == FileFormat.PDF:
        return _pdf(report, question, name, made_at)
    counted = _Counted(report.rows(question, None), progress)
    columns = report.columns_for(question)
    spool: Any = spooled(kind, columns, counted, about=about(report, question, made_at=made_at))
    return Made(spool, name, FORMATS[kind], counted.number)


def _pdf(report: Report, question: Question, name: str, made_at: datetime) -> Made | None:
    if report.pack is not None and question.partner is not None:
        pack = report.pack(question)
        return None if pack is None else Made(io.BytesIO(pack), name, PDF, 1)
    tenant = require_scope().tenant
    said = about(report, question, made_at=made_at)
    content = report_content(report, question, tenant=tenant.name, made_at=made_at, about=said)
    pdf = typeset("report", content, accent=tenant.accent)
    return Made(io.BytesIO(pdf), name, PDF, len(content["table"]["rows"]))


def _file_name(report: Report, question: Question) -> str:
    parts = [str(report.title)]
    if question.partner is not None:
        parts.append(question.partner.name)
    if question.period is not None and "period" in report.filters:
        parts.append(question.period.label)
    else:
        parts.append(question.today.isoformat())
    return " ".join("".join(" " if mark in '/\\:*?"<>|' else mark for mark in part) for part in parts)[:150].strip()


class _Counted:
    """Rows on their way into a file, counted, with word of how far it is."""

    def __init__(self, rows: Iterable[Any], progress: Progress | None) -> None:
        self.rows, self.progress, self.number = rows, progress, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            self.number += 1
            if self.progress is not None and self.number % TOLD_EVERY == 0:
                self.progress(self.number)
            yield row
