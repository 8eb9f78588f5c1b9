"""Reports about the data itself: what is missing, which runs there were, what was restated, where figures come from."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.cells import scorecards as cells
from performance.choices import LineState, SourceState
from performance.models import Restatement, Run, Scorecard
from performance.permissions import RESTATEMENT_VIEW, RUN_VIEW, SCORECARD_VIEW, SOURCE_VIEW
from performance.queries.lines import lines_of_cards
from performance.queries.overview import has_gap
from performance.queries.restatements import restatements
from performance.queries.runs import runs
from performance.queries.sources import feeds_of, sources, standing_of
from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.cells import partner_link
from performance.reports.columns import ReportColumn, score, share, short, signed, stamp
from performance.reports.kinds.cards import WHO
from performance.reports.kinds.streams import completed, in_pieces
from performance.reports.question import Question
from performance.screens.overview import short_label
from performance.words.sources import rhythm_words, standing_words
from prm.ui import formats
from prm.ui.charts import Chart, columns


# --- Coverage -------------------------------------------------------------------------------------------------------
def _gaps(question: Question, limit: int | None) -> Iterator[Scorecard]:
    def prepare(piece: list[Scorecard]) -> None:
        lines = lines_of_cards([card.pk for card in piece])
        for card in piece:
            missing = [line for line in lines[card.pk] if line.state in (LineState.NO_DATA, LineState.BLOCKING)]
            card.missing_kpis = ", ".join(line.name for line in missing)  # type: ignore[attr-defined]  # for the column
            card.missing_count = len(missing)  # type: ignore[attr-defined]  # for the column

    cards = question.cards().filter(has_gap()).order_by("coverage", "partner__name", "pk")
    yield from completed(cards, limit, prepare=prepare)


def _count_gaps(question: Question) -> int:
    return question.cards().filter(has_gap()).count()


def _gap_chart(question: Question) -> Chart | None:
    points = question.trend
    if not any(point.partners for point in points):
        return None
    now = points[-1]
    return columns(
        [short_label(point.period) for point in points],
        [point.with_gaps for point in points],
        label=_("Partners with data gaps over %(count)d periods, %(now)d of %(all)d in %(period)s")
        % {"count": len(points), "now": now.with_gaps, "all": now.partners, "period": now.period.label},
        digits=0,
        heads=(_("Period"), _("Partners with gaps")),
    )


def _gap_figure(question: Question) -> Figure | None:
    if not question.trend:
        return None
    count = question.trend[-1].with_gaps
    return Figure(formats.number(count), ngettext("partner with data gaps", "partners with data gaps", count))


COVERAGE = (
    WHO[0],
    WHO[1],
    WHO[3],
    WHO[4],
    WHO[5],
    ReportColumn(
        "coverage",
        gettext_lazy("Coverage"),
        value="coverage",
        numeric=True,
        write=share,
        draw=cells.coverage,
        phone="head",
    ),
    ReportColumn("rated", gettext_lazy("Rated"), value="rated", width=0.7),
    ReportColumn(
        "unrated",
        gettext_lazy("Not rated because"),
        value=lambda card: card.get_unrated_reason_display() if card.unrated_reason else "",
        phone="hide",
        width=1.4,
    ),
    ReportColumn("gaps", gettext_lazy("KPIs without data"), value="missing_count", numeric=True, phone="hide"),
    ReportColumn("missing", gettext_lazy("Which"), value="missing_kpis", phone="full", css="wr", width=3),
)


# --- Runs -----------------------------------------------------------------------------------------------------------
def _runs(_question: Question, limit: int | None) -> Iterator[Run]:
    for piece in in_pieces(runs(), limit):
        yield from piece


def _last_run(_question: Question) -> Figure | None:
    run = runs().first()
    if run is None:
        return None
    return Figure(formats.since(run.started_at), _("newest run, %(state)s") % {"state": run.get_status_display()})


RUNS = (
    ReportColumn("run", gettext_lazy("Run"), value="pk", numeric=True, always=True, phone="head", width=0.7),
    ReportColumn("kind", gettext_lazy("Kind"), value="get_kind_display", phone="head", width=1.6),
    ReportColumn("status", gettext_lazy("Status"), value="get_status_display", width=0.8),
    ReportColumn("started", gettext_lazy("Started"), value="started_at", write=stamp, width=1.8),
    ReportColumn("seconds", gettext_lazy("Seconds"), value=lambda run: run.duration_ms / 1000, numeric=True, width=0.8),
    ReportColumn("as_of", gettext_lazy("As of"), value="as_of", phone="hide"),
    ReportColumn(
        "periods", gettext_lazy("Periods"), value=lambda run: ", ".join(run.periods), phone="full", css="wr", width=2
    ),
    ReportColumn("cards", gettext_lazy("Cards"), value=lambda run: run.counts.get("cards"), numeric=True),
    ReportColumn("rated", gettext_lazy("Rated"), value=lambda run: run.counts.get("rated"), numeric=True),
    ReportColumn("written", gettext_lazy("Written"), value=lambda run: run.counts.get("written"), numeric=True),
    ReportColumn("by", gettext_lazy("Asked for by"), value="actor_label", phone="hide", width=1.3),
    ReportColumn(
        "rules", gettext_lazy("Hash of the rules"), value="rules_hash", write=short, on_screen=False, on_paper=False
    ),
    ReportColumn(
        "output", gettext_lazy("Hash of the results"), value="output_hash", write=short, on_screen=False, on_paper=False
    ),
    ReportColumn("error", gettext_lazy("Error"), value="error", phone="full", css="wr", on_paper=False),
)


# --- Restatements -----------------------------------------------------------------------------------------------------
def _restatement_rows(question: Question) -> Any:
    rows = restatements().filter(scorecard__in=question.asked.cards().values("pk"))
    return rows.order_by("-last_noticed_at", "-pk")


def _restated(question: Question, limit: int | None) -> Iterator[Restatement]:
    for piece in in_pieces(_restatement_rows(question), limit):
        yield from piece


def _open(question: Question) -> Figure | None:
    count = _restatement_rows(question).filter(settled_at=None).count()
    return Figure(formats.number(count), ngettext("waits for a decision", "wait for a decision", count))


RESTATED = (
    ReportColumn(
        "partner",
        gettext_lazy("Partner"),
        value="scorecard.partner.name",
        always=True,
        phone="head",
        width=2,
        draw=partner_link,
    ),
    ReportColumn(
        "number", gettext_lazy("Number"), value="scorecard.partner.external_id", on_screen=False, on_paper=False
    ),
    ReportColumn("period", gettext_lazy("Period"), value="scorecard.period.label"),
    ReportColumn("status", gettext_lazy("Status"), value=lambda row: row.status.label, phone="head"),
    ReportColumn("before", gettext_lazy("Before"), value="old_total", numeric=True, write=score),
    ReportColumn("after", gettext_lazy("After"), value="new_total", numeric=True, write=score),
    ReportColumn("change", gettext_lazy("Change"), value="total_change", numeric=True, write=signed, draw=cells.change),
    ReportColumn(
        "grades",
        gettext_lazy("Grades"),
        value=lambda row: " → ".join(one for one in (row.old_grade, row.new_grade) if one),
    ),
    ReportColumn("noticed", gettext_lazy("Noticed"), value="first_noticed_at", write=stamp, phone="hide", width=1.4),
    ReportColumn("settled", gettext_lazy("Settled"), value="settled_at", write=stamp, phone="hide", width=1.4),
    ReportColumn("by", gettext_lazy("By"), value="settled_by", phone="hide", on_paper=False),
    ReportColumn("reason", gettext_lazy("Reason"), value="reason", phone="full", css="wr", width=2),
)


# --- Sources ----------------------------------------------------------------------------------------------------------
def _sources(question: Question, limit: int | None) -> Iterator[Any]:
    for piece in in_pieces(sources(question.today).order_by("state_place", "name"), limit):
        feeds = feeds_of(piece)
        for source in piece:
            source.kpi_names = ", ".join(feed.kpi.name for feed in feeds.get(source.pk, []))
            standing = standing_of(source, question.today)
            source.state_words = standing_words(standing, has_received=source.received_at is not None)
            yield source


def _late(question: Question) -> Figure | None:
    late = sources(question.today).filter(state=SourceState.LATE).count()
    return Figure(formats.number(late), ngettext("source is late", "sources are late", late))


SOURCES = (
    ReportColumn("name", gettext_lazy("Source"), value="name", always=True, phone="head", width=1.8),
    ReportColumn("code", gettext_lazy("Code"), value="code", on_screen=False, on_paper=False),
    ReportColumn("state", gettext_lazy("State"), value="state_words", phone="head", width=1.4),
    ReportColumn("rhythm", gettext_lazy("Expected"), value=rhythm_words, phone="hide", width=1.4),
    ReportColumn("received", gettext_lazy("Last received"), value="received_at", write=stamp, width=1.4),
    ReportColumn("rows", gettext_lazy("Rows in 30 days"), value="rows_recent", numeric=True),
    ReportColumn("bad", gettext_lazy("Of them wrong"), value="bad_recent", numeric=True),
    ReportColumn("owner", gettext_lazy("Owner"), value="owner", phone="hide"),
    ReportColumn("kpis", gettext_lazy("KPIs"), value="kpi_names", phone="full", css="wr", width=2.4),
)


def register() -> None:
    """Called once the app is ready."""
    data = SUBJECTS["data"]
    add(
        Report(
            key="coverage",
            title=gettext_lazy("Coverage and data quality"),
            answers=gettext_lazy("Whose scores stand on too little data, and what is missing?"),
            subject=data,
            order=10,
            icon="grid-3x3",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=COVERAGE,
            rows=_gaps,
            count=_count_gaps,
            chart=_gap_chart,
            figure=_gap_figure,
        )
    )
    add(
        Report(
            key="sources",
            title=gettext_lazy("Measurement sources"),
            answers=gettext_lazy("Which systems deliver, how much, and which are late?"),
            subject=data,
            order=20,
            icon="cable",
            permission=SOURCE_VIEW,
            filters=(),
            columns=SOURCES,
            rows=_sources,
            count=lambda question: sources(question.today).count(),
            figure=_late,
            names_partners=False,
        )
    )
    add(
        Report(
            key="restatements",
            title=gettext_lazy("Restatements"),
            answers=gettext_lazy("Which closed scores would change or have changed, and why?"),
            subject=data,
            order=30,
            icon="rotate-ccw",
            permission=RESTATEMENT_VIEW,
            filters=("programme", "tier", "region", "type", "owner", "mine", "partner"),
            columns=RESTATED,
            rows=_restated,
            count=lambda question: _restatement_rows(question).count(),
            figure=_open,
        )
    )
    add(
        Report(
            key="run-audit",
            title=gettext_lazy("Run audit"),
            answers=gettext_lazy("When was what computed, from which rules and facts, and by whom?"),
            subject=data,
            order=40,
            icon="history",
            permission=RUN_VIEW,
            filters=(),
            columns=RUNS,
            rows=_runs,
            count=lambda _question: runs().count(),
            figure=_last_run,
            names_partners=False,
        )
    )
