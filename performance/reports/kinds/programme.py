"""The programme summary: the overview's figures and what they say in sentences."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from django.utils.translation import get_language, gettext_lazy

from partners.reference import regions_by_id
from performance.permissions import SCORECARD_VIEW
from performance.reports.catalogue import SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.columns import ReportColumn
from performance.reports.question import Question
from performance.screens.overview import Overview, Tile, build_overview
from performance.screens.summary import summary_of_programme
from prm.languages import written_language
from prm.ui import formats
from prm.ui.charts import Chart


def page_of(question: Question) -> Overview | None:
    """The overview of the partners asked about."""

    def build() -> Overview | None:
        if question.programme is None or question.period is None:
            return None
        return build_overview(
            question.asked,
            question.period,
            list(regions_by_id().values()),
            link=lambda *_args, **_kwargs: "",
            kpi_link=lambda _kpi: "",
            card_link=lambda _card: "",
            today=question.today,
        )

    found: Overview | None = question.kept("overview", build)
    return found


def _tiles(question: Question, limit: int | None) -> Iterator[Tile]:
    page = page_of(question)
    yield from islice(iter(page.tiles if page else ()), limit)


def _count(question: Question) -> int:
    page = page_of(question)
    return len(page.tiles) if page else 0


def _chart(question: Question) -> Chart | None:
    page = page_of(question)
    return page.score_chart if page else None


def _story(question: Question) -> list[tuple[str, str]]:
    page = page_of(question)
    if page is None or not page.now.partners:
        return []
    summary = summary_of_programme(page, written_language((get_language() or "en").split("-")[0]))
    return [(paragraph.heading, " ".join(paragraph.sentences)) for paragraph in summary.paragraphs]


def _figure(question: Question) -> Figure | None:
    if not question.trend:
        return None
    now = question.trend[-1]
    rated = formats.number(now.rated)
    return Figure(rated, str(gettext_lazy("of %(all)s partners rated")) % {"all": formats.number(now.partners)})


def _change(tile: Tile, value: Decimal | None) -> str:
    return formats.signed(value, tile.digits)


def _reads(tile: Tile) -> str:
    return f"{tile.value}{formats.unit_space(tile.unit)}{tile.unit}" if tile.unit else tile.value


COLUMNS = (
    ReportColumn("figure", gettext_lazy("Figure"), value="label", always=True, phone="head", width=2),
    ReportColumn(
        "value",
        gettext_lazy("Value"),
        value=_reads,
        export=lambda tile: tile.values[-1] if tile.values else None,
        numeric=True,
        phone="head",
    ),
    ReportColumn("reads", gettext_lazy("Reads"), value=_reads, on_screen=False, on_paper=False),
    ReportColumn("change", gettext_lazy("Change"), value="delta", numeric=True, write=_change),
    ReportColumn("note", gettext_lazy("Note"), value="note", phone="full", width=2),
)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="programme-summary",
            title=gettext_lazy("Programme summary"),
            answers=gettext_lazy("How healthy is the programme, told in a page?"),
            subject=SUBJECTS["scores"],
            order=10,
            icon="layout-dashboard",
            permission=SCORECARD_VIEW,
            filters=("programme", "period", "tier", "region", "type", "owner", "mine"),
            columns=COLUMNS,
            rows=_tiles,
            count=_count,
            chart=_chart,
            story=_story,
            figure=_figure,
        )
    )
