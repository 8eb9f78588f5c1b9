"""The report of partner reviews: how far each is, and what it came to."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext

from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.cells import partner_link
from performance.reports.columns import ReportColumn, score, stamp
from performance.reports.kinds.streams import in_pieces
from performance.reports.question import Question
from performance.reviews.models import Review
from performance.reviews.permissions import REVIEW_VIEW
from prm.ui import formats


def _reviews(question: Question) -> QuerySet[Review]:
    """The reviews of the period about the partners asked about, by partner."""
    rows = Review.objects.filter(partner__in=question.partners().values("pk"), period=question.period)
    if question.programme is not None:
        rows = rows.filter(programme=question.programme)
    return rows.select_related("partner", "owner", "period").order_by("partner__name", "pk")


def _rows(question: Question, limit: int | None) -> Iterator[Review]:
    for piece in in_pieces(_reviews(question), limit):
        yield from piece


def _figure(question: Question) -> Figure | None:
    count = _reviews(question).filter(closed_at=None).count()
    return Figure(formats.number(count), ngettext("review under way", "reviews under way", count))


COLUMNS = (
    ReportColumn(
        "partner",
        gettext_lazy("Partner"),
        value="partner.name",
        always=True,
        phone="head",
        width=1.8,
        draw=partner_link,
    ),
    ReportColumn("number", gettext_lazy("Number"), value="partner.external_id", on_screen=False, on_paper=False),
    ReportColumn("period", gettext_lazy("Period"), value="period.label"),
    ReportColumn("status", gettext_lazy("Status"), value="get_status_display", phone="head", width=1.2),
    ReportColumn("due", gettext_lazy("Present step due"), value="due_on"),
    ReportColumn("owner", gettext_lazy("Owner"), value="owner", phone="hide"),
    ReportColumn(
        "answered", gettext_lazy("Self-assessment"), value="assessed_at", write=stamp, phone="hide", width=1.4
    ),
    ReportColumn("shared", gettext_lazy("Shared"), value="shared_at", write=stamp, phone="hide", width=1.4),
    ReportColumn("met", gettext_lazy("Met"), value="met_on", phone="hide"),
    ReportColumn("ratings", gettext_lazy("Ratings"), value="quality", numeric=True, write=score),
    ReportColumn("result", gettext_lazy("Final result"), value="final", numeric=True, write=score),
    ReportColumn("end", gettext_lazy("Ended"), value="get_end_display", phone="hide"),
)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="review-status",
            title=gettext_lazy("Review status"),
            answers=gettext_lazy("How far are the reviews of a period, and what did they come to?"),
            subject=SUBJECTS["followed"],
            order=15,
            icon="clipboard-check",
            permission=REVIEW_VIEW,
            filters=OF_CARDS,
            columns=COLUMNS,
            rows=_rows,
            count=lambda question: _reviews(question).count(),
            figure=_figure,
        )
    )
