"""The report of partners at risk, with the reasons."""

from collections.abc import Iterator

from django.db.models import F
from django.utils.translation import gettext_lazy, ngettext

from performance.cells import scorecards as cells
from performance.models import Scorecard
from performance.permissions import SCORECARD_VIEW
from performance.queries.outlook import histories_of, rules_of, stated_reasons
from performance.queries.outlook import is_running as is_running_on
from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.columns import ReportColumn, score, share, signed
from performance.reports.kinds.cards import WHO, card_score
from performance.reports.kinds.streams import completed
from performance.reports.question import Question
from performance.screens.outlook import reason_words
from prm.ui import formats


def _rows(question: Question, limit: int | None) -> Iterator[Scorecard]:
    risk, period = question.risk, question.period
    if risk is None or period is None:
        return
    rules = rules_of(question.bands[0].template, question.bands)

    def prepare(piece: list[Scorecard]) -> None:
        histories = histories_of(period, [card.partner_id for card in piece], risk.programme_id)
        reasons = stated_reasons(piece, histories, rules, period, question.today)
        for card in piece:
            card.risks = [str(reason_words(reason)) for reason in reasons[card.pk]]  # type: ignore[attr-defined]  # for the column

    cards = question.cards().filter(risk.condition).annotate(foreseen_change=risk.change)
    order = (F("foreseen_change").asc(nulls_last=True), "total_e4", "partner_id")
    yield from completed(cards.order_by(*order), limit, prepare=prepare)


def _count(question: Question) -> int:
    return 0 if question.risk is None else question.cards().filter(question.risk.condition).count()


def _figure(question: Question) -> Figure | None:
    if question.period is None:
        return None
    count = _count(question)
    return Figure(formats.number(count), ngettext("partner at risk", "partners at risk", count))


def _columns(question: Question) -> tuple[ReportColumn, ...]:
    is_running = question.period is not None and is_running_on(question.period, question.today)
    return tuple(one for one in COLUMNS if one.key != "ahead" or is_running)


COLUMNS = (
    WHO[0],
    WHO[1],
    WHO[3],
    WHO[4],
    WHO[5],
    ReportColumn("score", gettext_lazy("Score"), value="total", write=score, draw=card_score, phone="head"),
    ReportColumn("grade", gettext_lazy("Grade"), value="grade", on_screen=False, width=0.7),
    ReportColumn("change", gettext_lazy("Change"), value="delta", numeric=True, write=signed, draw=cells.change),
    ReportColumn("ahead", gettext_lazy("Change foreseen"), value="foreseen_change", numeric=True, write=signed),
    ReportColumn("coverage", gettext_lazy("Coverage"), value="coverage", numeric=True, write=share),
    ReportColumn(
        "why",
        gettext_lazy("At risk because"),
        value=lambda card: "; ".join(card.risks),
        phone="full",
        css="wr",
        width=3,
    ),
)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="at-risk",
            title=gettext_lazy("At-risk partners"),
            answers=gettext_lazy("Who is likely to do badly, and what speaks for it?"),
            subject=SUBJECTS["scores"],
            order=40,
            icon="triangle-alert",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=_columns,
            rows=_rows,
            count=_count,
            figure=_figure,
        )
    )
