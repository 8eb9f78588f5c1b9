"""Reports whose rows are scorecards: the summary, every line of them, the league table of each cohort."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.cells import scorecards as cells
from performance.models import KPI, Scorecard
from performance.permissions import SCORECARD_VIEW
from performance.queries import overview
from performance.queries.cards import previous_of
from performance.queries.lines import Line, lines_of_cards
from performance.queries.reference import kpis_by_id
from performance.queries.reference import lines_of as template_lines
from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.cells import partner_link
from performance.reports.columns import ReportColumn, of_kpi, score, share, signed
from performance.reports.kinds.streams import BY_NAME, cards_of, completed
from performance.reports.question import Question
from performance.rules.scoring import COHORT_SHOWN_FROM
from performance.screens.overview import short_label
from prm.ui import formats, pieces
from prm.ui.charts import Chart, Series, histogram, line

WHO = (
    ReportColumn(
        "partner",
        gettext_lazy("Partner"),
        value="partner.name",
        always=True,
        phone="head",
        width=2.2,
        draw=partner_link,
    ),
    ReportColumn("number", gettext_lazy("Number"), value="partner.external_id", on_screen=False, on_paper=False),
    ReportColumn("type", gettext_lazy("Type"), value="partner_type.name", phone="hide", width=1.2),
    ReportColumn("tier", gettext_lazy("Tier"), value="tier.name", phone="hide"),
    ReportColumn("region", gettext_lazy("Region"), value="region.name", phone="hide", width=1.2),
    ReportColumn(
        "owner", gettext_lazy("Owner"), value="partner.owner_name", phone="hide", internal=True, on_paper=False
    ),
)


def rank_for(question: Question) -> Any:
    """The rank of a card as this reader may see it: a partner only among five or more."""
    is_partner = question.reader.partner_id is not None

    def rank(card: Scorecard) -> int | None:
        return None if is_partner and (card.cohort or 0) < COHORT_SHOWN_FROM else card.rank

    return rank


def size_for(question: Question) -> Any:
    """How many are ranked beside it, likewise."""
    rank = rank_for(question)
    return lambda card: None if rank(card) is None else card.cohort


def card_score(card: Scorecard, _value: Any) -> str:
    """The total with its grade, or why there is none."""
    return cells.card_score(card, card.total)


def _rated_grade(card: Scorecard) -> str:
    return card.grade if card.rated else ""


def summary_columns(question: Question) -> tuple[ReportColumn, ...]:
    """What a card comes to, for this reader."""
    return (
        *WHO,
        ReportColumn("score", _("Score"), value="total", write=score, draw=card_score, phone="head"),
        ReportColumn(
            "grade", _("Grade"), value=lambda card: card.grade if card.rated else "", on_screen=False, width=0.7
        ),
        ReportColumn("change", _("Change"), value="delta", numeric=True, write=signed, draw=cells.change),
        ReportColumn("coverage", _("Coverage"), value="coverage", numeric=True, write=share, draw=cells.coverage),
        ReportColumn("rank", _("Rank"), value=rank_for(question), numeric=True, width=0.7),
        ReportColumn("cohort", _("Of"), value=size_for(question), numeric=True, width=0.6),
        ReportColumn(
            "unrated",
            _("Not rated because"),
            value=lambda card: card.get_unrated_reason_display() if card.unrated_reason else "",
            on_screen=False,
            on_paper=False,
        ),
    )


def _grades(question: Question) -> Chart | None:
    """How the cards spread over the score, the period before as an outline."""
    if question.period is None or question.reader.partner_id is not None:
        return None
    before = previous_of(question.period, question.recent)
    found = overview.grades(question.asked, question.period, before, question.bands)
    rated = sum(row.count for row in found.rows)
    if not rated:
        return None
    label = ngettext(
        "%(count)s rated partner by score, in steps of five points",
        "%(count)s rated partners by score, in steps of five points",
        rated,
    ) % {"count": formats.number(rated)}
    edges = range(0, 100, overview.BIN_WIDTH)
    earlier = [before.label] if before is not None and found.bins_before else []
    return histogram(
        found.bins,
        label=label,
        labels=[str(edge) for edge in (0, 20, 40, 60, 80, 100)],
        before=found.bins_before or (),
        columns=[_("Score"), question.period.label, *earlier],
        bin_names=[f"{low}–{low + overview.BIN_WIDTH}" for low in edges],
    )


def average_chart(question: Question) -> Chart | None:
    """The mean score of the last periods with the middle half."""
    points = question.trend
    if not any(point.average is not None for point in points):
        return None
    return line(
        [short_label(point.period) for point in points],
        [Series(_("Average"), [point.average for point in points])],
        label=_("Average score over %(count)d periods, %(last)s in %(period)s")
        % {
            "count": len(points),
            "last": formats.number(points[-1].average, 1),
            "period": points[-1].period.label,
        },
        band=([point.p25 for point in points], [point.p75 for point in points]) if _many(question) else None,
        band_name=_("Middle half of partners"),
        digits=1,
        first_column=_("Period"),
    )


def _many(question: Question) -> bool:
    return question.reader.partner_id is None and question.partner is None


def _average(question: Question) -> Figure | None:
    if not question.trend or question.trend[-1].average is None:
        return None
    now = question.trend[-1]
    words = ngettext("average of %(count)s rated partner", "average of %(count)s rated partners", now.rated)
    return Figure(
        formats.number(now.average, 1),
        words % {"count": formats.number(now.rated)},
        [point.average for point in question.trend],
    )


def _measured(question: Question) -> Figure | None:
    if not question.trend or not question.trend[-1].partners:
        return None
    count = question.trend[-1].partners
    words = ngettext("scorecard with all its KPIs", "scorecards with all their KPIs", count)
    return Figure(formats.number(count), words)


# --- Lines --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LineOfCard:
    """One KPI of one card."""

    card: Scorecard
    line: Line
    kpi: KPI


def lines_of(question: Question, limit: int | None) -> Iterator[LineOfCard]:
    """Every line of the cards asked about, by partner and place on the card."""
    kpis = kpis_by_id()
    lines: dict[int, tuple[Line, ...]] = {}

    def read(piece: list[Scorecard]) -> None:
        lines.clear()
        lines.update(lines_of_cards([card.pk for card in piece]))

    # No more cards than rows are wanted: each has a line at least, or none and then it is passed over.
    for card in cards_of(question, limit, order=BY_NAME, prepare=read):
        for found in lines[card.pk]:
            yield LineOfCard(card, found, kpis[found.kpi_id])


def _count_lines(question: Question) -> int:
    """Open cards have the lines of their template; those of closed periods bring their own along."""
    cards = question.cards().order_by()
    counted = cards.filter(lines__isnull=True).values_list("template_id").annotate(count=Count("pk"))
    frozen = cards.filter(lines__isnull=False)
    length = Func(F("lines"), function="jsonb_array_length", output_field=IntegerField())
    kept = frozen.aggregate(found=Sum(length))["found"] or 0
    return sum(number * len(template_lines(template)) for template, number in counted) + int(kept)


def _line_columns(_question: Question) -> tuple[ReportColumn, ...]:
    return (
        ReportColumn(
            "partner", _("Partner"), value="card.partner.name", always=True, phone="head", width=2, draw=partner_link
        ),
        ReportColumn("number", _("Number"), value="card.partner.external_id", on_screen=False, on_paper=False),
        ReportColumn("tier", _("Tier"), value="card.tier.name", on_screen=False, on_paper=False),
        ReportColumn("section", _("Section"), value="line.section", on_screen=False, on_paper=False),
        ReportColumn("code", _("Code"), value="line.code", on_screen=False, on_paper=False),
        ReportColumn("kpi", _("KPI"), value="line.name", phone="full", width=2),
        ReportColumn("result", _("Result"), value="line.actual", numeric=True, write=of_kpi),
        ReportColumn("unit", _("Unit"), value="line.unit", on_screen=False, on_paper=False),
        ReportColumn("floor", _("Floor"), value="line.floor", numeric=True, write=of_kpi, phone="hide"),
        ReportColumn("target", _("Target"), value="line.target", numeric=True, write=of_kpi),
        ReportColumn("stretch", _("Stretch"), value="line.stretch", numeric=True, write=of_kpi, phone="hide"),
        ReportColumn("attainment", _("Attainment"), value="line.attainment", numeric=True, write=share),
        ReportColumn("points", _("Points"), value="line.points", numeric=True, write=score),
        ReportColumn("weight", _("Weight"), value="line.weight", numeric=True, phone="hide"),
        ReportColumn("adds", _("Adds"), value="line.contribution", numeric=True, write=score),
        ReportColumn("state", _("State"), value="line.state_label", phone="hide", width=1.3),
    )


# --- League -------------------------------------------------------------------------------------------------------
def _league(question: Question, limit: int | None) -> Iterator[Scorecard]:
    cards = question.cards().filter(rated=True, rank__isnull=False)
    order = ("partner_type__name", "tier__rank", "tier_id", "rank", "partner__name", "pk")
    yield from completed(cards.order_by(*order), limit)


def _league_count(question: Question) -> int:
    return question.cards().filter(rated=True, rank__isnull=False).count()


def _cohort(card: Scorecard) -> str:
    return ", ".join(row.name for row in (card.partner_type, card.tier) if row is not None)


def _medal(_card: Scorecard, value: int | None) -> str:
    text = formats.number(value)
    return pieces.badge(text, "acc") if value == 1 else text


LEAGUE = (
    ReportColumn("cohort", gettext_lazy("Cohort"), value=_cohort, phone="full", width=1.8),
    ReportColumn("rank", gettext_lazy("Rank"), value="rank", numeric=True, draw=_medal, width=0.6),
    ReportColumn("of", gettext_lazy("Of"), value="cohort", numeric=True, width=0.5),
    WHO[0],
    WHO[1],
    ReportColumn("score", gettext_lazy("Score"), value="total", write=score, draw=card_score, phone="head"),
    ReportColumn("grade", gettext_lazy("Grade"), value="grade", on_screen=False, width=0.7),
    ReportColumn("change", gettext_lazy("Change"), value="delta", numeric=True, write=signed, draw=cells.change),
    ReportColumn("percentile", gettext_lazy("Percentile"), value="percentile", numeric=True, write=score, phone="hide"),
)


def _best(question: Question) -> Figure | None:
    best = question.cards().filter(rated=True).order_by("-total_e4").values_list("partner__name", "total").first()
    if best is None:
        return None
    name, total = best
    return Figure(formats.number(total or Decimal(0), 1), _("%(partner)s leads") % {"partner": name})


def register() -> None:
    """Called once the app is ready."""
    scores = SUBJECTS["scores"]
    add(
        Report(
            key="scorecard-summary",
            title=gettext_lazy("Scorecard summary"),
            answers=gettext_lazy("How does each partner stand in a period, and how did it move?"),
            subject=scores,
            order=20,
            icon="gauge",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=summary_columns,
            rows=cards_of,
            count=lambda question: question.cards().count(),
            chart=_grades,
            figure=_average,
            reaches_partners=True,
        )
    )
    add(
        Report(
            key="league-table",
            title=gettext_lazy("League table"),
            answers=gettext_lazy("Who ranks where among partners of the same type and tier?"),
            subject=scores,
            order=30,
            icon="medal",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=LEAGUE,
            rows=_league,
            count=_league_count,
            figure=_best,
        )
    )
    add(
        Report(
            key="scorecard-lines",
            title=gettext_lazy("Scorecard lines"),
            answers=gettext_lazy("What did every KPI of every partner come to, against which benchmark?"),
            subject=SUBJECTS["kpis"],
            order=30,
            icon="list",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=_line_columns,
            rows=_first_lines,
            count=_count_lines,
            figure=_measured,
            reaches_partners=True,
        )
    )


def _first_lines(question: Question, limit: int | None) -> Iterator[LineOfCard]:
    rows = lines_of(question, limit)
    if limit is None:
        yield from rows
        return
    for _number, row in zip(range(limit), rows, strict=False):
        yield row
