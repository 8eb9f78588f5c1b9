"""The lists: scorecards of a period, KPIs, benchmarks, measurements, runs."""

from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from performance.cells import kpis as kpi_cells
from performance.cells import measurements as measurement_cells
from performance.cells import scorecards as cells
from performance.filters import BenchmarkFilter, KPIFilter, MeasurementFilter, RunFilter, ScorecardFilter
from performance.models import KPI, GradeBand, MeasurementHistory, PeriodRow
from performance.permissions import (
    BENCHMARK_EDIT,
    KPI_VIEW,
    MEASUREMENT_VIEW,
    RUN_VIEW,
    SCORECARD_EXPORT,
    SCORECARD_VIEW,
)
from performance.queries import library
from performance.queries.cards import CardFilter, complete, tier_places, trend_of
from performance.queries.lines import lines_of_cards
from performance.queries.measurements import measurements
from performance.queries.outlook import histories_of, rolling_of, rules_of, series_of, stated_reasons
from performance.queries.reference import bands_for, sources_by_code
from performance.queries.risks import RiskTest
from performance.queries.runs import runs
from performance.screens.kpi import benchmark_rows
from performance.screens.outlook import reason_words
from performance.views.base import Selection, selection_of
from performance.views.runs import jobs_at_work
from performance.views.switch import views_of_cards
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.ui.addresses import record_url
from prm.ui.lists import BulkAction, Column, ListPage, ReadyView

CELLS = "performance/cells"


class ScorecardList(ListPage, TenantView):
    """The scorecards of one period: what every number of the overview opens."""

    permission = SCORECARD_VIEW
    export_permission = SCORECARD_EXPORT
    key = "scorecards"
    title = _("Scorecards")
    template_name = "performance/scorecard_list.html"
    default_sort = "-score"
    row_id = "pk"
    search_fields = ("partner__name", "partner__external_id", "partner__city")
    search_placeholder = _("Name, city, number")
    counted = ngettext_lazy("%(count)s scorecard", "%(count)s scorecards", "count")
    empty_title = _("No scorecards in this period")
    empty_text = _("A scorecard appears when measurements arrive and a scorecard template is published.")
    empty_art = "chart"
    ready_views: tuple[ReadyView, ...] = (
        ReadyView(_("At risk"), "risk=yes"),
        ReadyView(_("Rose"), "moved=up&sort=-change"),
        ReadyView(_("Fell"), "moved=down&sort=change"),
        ReadyView(_("Data gaps"), "gaps=yes"),
        ReadyView(_("Not rated"), "rated=no"),
    )
    columns: tuple[Column, ...] = (
        Column(
            "partner",
            _("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.card_partner,
        ),
        Column("number", _("Number"), value="partner.external_id", sort="partner__external_id", default=False),
        Column("type", _("Type"), value="partner_type.name", sort="partner_type__name", default=False, phone="hide"),
        Column("region", _("Region"), value="region.name", sort="region__name", phone="hide"),
        Column("tier", _("Tier"), value="tier.name", sort="tier__rank", phone="hide", draw=cells.card_tier),
        Column(
            "score",
            _("Score"),
            value="total",
            sort="total_e4",
            descending_first=True,
            phone="head",
            draw=cells.card_score,
        ),
        Column("grade", _("Grade"), value="grade", sort="grade", default=False, phone="hide"),
        Column(
            "change",
            _("Change"),
            value="delta",
            sort="delta",
            numeric=True,
            descending_first=True,
            draw=cells.change,
        ),
        Column(
            "trend",
            _("8 periods"),
            value=lambda card: None,
            draw=cells.card_trend,
            phone="full",
            export=False,
        ),
        Column(
            "coverage",
            _("Coverage"),
            value="coverage",
            sort="coverage",
            numeric=True,
            draw=cells.coverage,
        ),
        Column("rolling", _("Rolling score"), value="rolling", numeric=True, default=False, draw=cells.card_rolling),
        Column("rank", _("Rank"), value="rank", sort="rank", numeric=True, draw=cells.card_rank),
        Column(
            "risks",
            _("At risk because"),
            value="risks",
            default=False,
            phone="full",
            draw=cells.card_risks,
            export=lambda card: "; ".join(str(word) for word in card.risks),
        ),
    )
    kpi_columns = (
        Column("result", _("Result"), value="shown.actual", numeric=True, template=f"{CELLS}/card_result.html"),
        Column(
            "target",
            _("Target"),
            value="shown.target",
            numeric=True,
            phone="hide",
            template=f"{CELLS}/card_target.html",
        ),
        Column(
            "against",
            _("Floor, target, stretch"),
            value=lambda card: None,
            phone="full",
            template=f"{CELLS}/card_against.html",
            export=False,
        ),
        Column("points", _("Points"), value="shown.points", numeric=True, template=f"{CELLS}/card_points.html"),
    )

    @cached_property
    def chosen(self) -> Selection:
        """Programme and period of the address; region and type are filters of the list."""
        return selection_of(self.request)

    @cached_property
    def bands(self) -> list[GradeBand]:
        period, programme = self.chosen.period, self.chosen.programme
        return bands_for(programme.pk, period.start) if programme and period else []

    @cached_property
    def kpi(self) -> KPI | None:
        """The KPI whose columns are shown."""
        code = self.parameters.get("kpi")
        return KPI.objects.filter(code=code).first() if code else None

    def visible_columns(self) -> tuple[Column, ...]:
        quiet = {"region", "coverage", "rank"} if self.kpi else set()
        loud = set()
        if self.parameters.get("risk"):
            quiet, loud = quiet | {"coverage", "rank"}, {"risks"}
        usual = [
            replace(one, default=(one.default or one.key in loud) and one.key not in quiet) for one in self.columns
        ]
        return (*usual, *self.kpi_columns) if self.kpi else tuple(usual)

    def rows(self) -> QuerySet:
        period, programme = self.chosen.period, self.chosen.programme
        cards = CardFilter(programme.pk if programme else 0, portfolio=self.chosen.portfolio).cards()
        return cards.filter(period_id=period.pk if period else 0).select_related("partner")

    @cached_property
    def filterset_class(self) -> Any:  # type: ignore[override]
        """The filters, which need the grades of the template in force."""
        chosen = self.chosen
        risk = RiskTest.of(self.bands, chosen.period, timezone.localdate()) if chosen.period else None
        return partial(ScorecardFilter, bands=self.bands, periods=chosen.periods, programme=chosen.programme, risk=risk)

    @cached_property
    def trend(self) -> list[PeriodRow]:
        return trend_of(self.chosen.period) if self.chosen.period else []

    def prepare(self, objects: list[Any]) -> list[Any]:
        programme, period = self.chosen.programme, self.chosen.period
        if not objects or programme is None or period is None:
            return objects
        complete(objects)
        histories = histories_of(period, [card.partner_id for card in objects], programme.pk)
        places = tier_places(programme.pk)
        lines = lines_of_cards([card.pk for card in objects]) if self.kpi else {}
        for card in objects:
            card.series = series_of(histories[card.partner_id], self.trend)
            card.rolling = rolling_of(histories[card.partner_id], period) if self.shows("rolling") else None
            card.tier_place = places.get(card.tier_id or 0, 0)
            card.kpi = self.kpi
            card.shown = next((row for row in lines.get(card.pk, ()) if self.kpi and row.kpi_id == self.kpi.pk), None)
            card.scorecard_url = self._card_url(card)
        if self.says_why and self.bands:
            rules = rules_of(self.bands[0].template, self.bands)
            reasons = stated_reasons(objects, histories, rules, period, timezone.localdate())
            for card in objects:
                card.risks = [reason_words(reason) for reason in reasons[card.pk]]
        return objects

    @property
    def says_why(self) -> bool:
        """Whether the column with the reasons is shown: when partners at risk are asked for, or it was chosen."""
        return self.shows("risks")

    def shows(self, key: str) -> bool:
        """Whether a column is on screen or in the file."""
        return any(column.key == key for column in self.shown_columns)

    def _card_url(self, card: Any) -> str:
        query = f"?programme={card.programme.key}&period={self.chosen.period.label}"  # type: ignore[union-attr]
        slug, partner = self.kwargs["tenant"], card.partner.public_id
        return record_url("partners:partner_tab", "partner", partner, tenant=slug, tab="scorecard") + query

    def extra_context(self) -> dict[str, Any]:
        return {"selection": self.chosen, "views": views_of_cards(self.request, self.chosen)}


class KPIList(ListPage, TenantView):
    """The KPI library with what counts and what is expected today."""

    permission = KPI_VIEW
    key = "kpis"
    title = _("KPIs")
    template_name = "performance/kpi_list.html"
    filterset_class = KPIFilter
    default_sort = "name"
    search_fields = ("name", "code", "definition")
    search_placeholder = _("Name, code, definition")
    counted = ngettext_lazy("%(count)s KPI", "%(count)s KPIs", "count")
    empty_title = _("No KPIs yet")
    empty_text = _("A KPI says in plain words what is measured and how it becomes one number.")
    empty_art = "chart"
    has_saved_views = False
    columns = (
        Column("name", _("KPI"), sort="name", always=True, phone="head", draw=kpi_cells.name),
        Column("code", _("Code"), sort="code", default=False, phone="hide"),
        Column("area", _("Area"), value="get_source_kind_display", sort="source_kind", phone="hide"),
        Column(
            "direction",
            _("Better"),
            value="get_direction_display",
            sort="direction",
            phone="hide",
            draw=kpi_cells.direction,
        ),
        Column("aggregation", _("Computed as"), value="get_aggregation_display", sort="aggregation", default=False),
        Column("weight", _("Weight"), value="library.weight", numeric=True, draw=kpi_cells.weight),
        Column(
            "floor",
            _("Floor"),
            value="library.general.floor",
            numeric=True,
            phone="hide",
            draw=kpi_cells.threshold,
        ),
        Column("target", _("Target"), value="library.general.target", numeric=True, draw=kpi_cells.target),
        Column(
            "stretch",
            _("Stretch"),
            value="library.general.stretch",
            numeric=True,
            phone="hide",
            draw=kpi_cells.threshold,
        ),
        Column("owner", _("Owner"), value="owner", sort="owner__full_name", phone="hide"),
    )

    def rows(self) -> QuerySet:
        return library.kpis()

    def prepare(self, objects: list[Any]) -> list[Any]:
        for row in library.library_rows(objects, timezone.localdate()):
            row.kpi.library = row  # type: ignore[attr-defined]
        return objects


class BenchmarkList(ListPage, TenantView):
    """What is expected of whom, and when it holds."""

    permission = KPI_VIEW
    key = "benchmarks"
    title = _("Benchmarks")
    template_name = "performance/benchmark_list.html"
    filterset_class = BenchmarkFilter
    search_fields = ("kpi__name", "kpi__code", "partner__name", "tier__name", "region__name", "partner_type__name")
    search_placeholder = _("KPI, partner, tier, region")
    counted = ngettext_lazy("%(count)s benchmark", "%(count)s benchmarks", "count")
    empty_title = _("No benchmarks yet")
    empty_text = _("A benchmark says what you expect of a KPI: floor, target and stretch, for whom and from when.")
    empty_art = "chart"
    has_saved_views = False
    ready_views = (
        ReadyView(_("Hold now"), "state=current"),
        ReadyView(_("Hold later"), "state=future"),
    )
    bulk_actions = (BulkAction(_("Carry forward"), "copy-plus", "performance:benchmark_copy", BENCHMARK_EDIT),)
    columns = (
        Column(
            "kpi",
            _("KPI"),
            value="kpi.name",
            sort="kpi__name",
            always=True,
            phone="head",
            template=f"{CELLS}/bm_kpi.html",
        ),
        Column("for", _("For"), value="scope_label", template=f"{CELLS}/bm_for.html"),
        Column("period", _("Period"), value="get_period_kind_display", sort="kind_place"),
        Column("floor", _("Floor"), numeric=True, template=f"{CELLS}/bm_number.html", phone="hide"),
        Column("target", _("Target"), numeric=True, template=f"{CELLS}/bm_target.html"),
        Column("stretch", _("Stretch"), numeric=True, template=f"{CELLS}/bm_number.html", phone="hide"),
        Column("ceiling", _("Ceiling"), numeric=True, default=False, template=f"{CELLS}/bm_number.html", phone="hide"),
        Column("valid_from", _("Holds"), sort="valid_from", template=f"{CELLS}/bm_holds.html", phone="full"),
        Column("last_day", _("Last day, inclusive"), value="shown.last_day", default=False),
        Column("note", _("Why"), default=False, phone="full"),
        Column(
            "actions",
            "",
            value=lambda row: None,
            always=True,
            template=f"{CELLS}/bm_actions.html",
            export=False,
            numeric=True,
            phone="hide",
        ),
    )

    def rows(self) -> QuerySet:
        return library.benchmarks()

    def prepare(self, objects: list[Any]) -> list[Any]:
        for row in benchmark_rows(objects, timezone.localdate()):
            row.benchmark.shown = row  # type: ignore[attr-defined]
        return objects


class MeasurementList(ListPage, TenantView):
    """Every measurement, newest arrival first."""

    permission = MEASUREMENT_VIEW
    export_permission = SCORECARD_EXPORT
    key = "measurements"
    title = _("Measurements")
    template_name = "performance/measurement_list.html"
    filterset_class = MeasurementFilter
    default_sort = "-recorded"
    row_id = "pk"
    search_fields = ("external_id", "partner__name")
    search_placeholder = _("External number or partner")
    counted = ngettext_lazy("%(count)s measurement", "%(count)s measurements", "count")
    count_limit = 10_000
    empty_title = _("No measurements yet")
    empty_text = _("Import a file, send them through the API, or type a single one in.")
    empty_art = "inbox"
    two_lines = False
    ready_views = (ReadyView(_("Typed in"), "manual=yes"),)
    columns = (
        Column("occurred_on", _("Day"), sort="occurred_on", always=True, phone="head", draw=measurement_cells.day),
        Column("partner", _("Partner"), value="partner.name", draw=measurement_cells.partner, phone="full"),
        Column("number", _("Partner number"), value="partner.external_id", default=False, phone="hide"),
        Column("kpi", _("KPI"), value="kpi.name", phone="full"),
        Column("code", _("KPI code"), value="kpi.code", default=False, phone="hide"),
        Column("value", _("Value"), numeric=True, draw=measurement_cells.number),
        Column("weight", _("Weight"), numeric=True, draw=measurement_cells.number),
        Column("source", _("Source"), draw=measurement_cells.source, phone="full"),
        Column("external_id", _("External number"), default=False, phone="hide"),
        Column("recorded", _("Recorded"), value="recorded_at", sort="id", descending_first=True, phone="hide"),
    )

    def rows(self) -> QuerySet:
        return measurements(portfolio_of(self.request.membership))

    def prepare(self, objects: list[Any]) -> list[Any]:
        corrected = set(
            MeasurementHistory.objects.filter(measurement_id__in=[row.pk for row in objects]).values_list(
                "measurement_id", flat=True
            )
        )
        records = sources_by_code()
        for row in objects:
            row.was_corrected = row.pk in corrected
            row.source_row = records.get(row.source)
        return objects


class RunList(ListPage, TenantView):
    """The run log: what was recomputed when, why, and what it changed."""

    permission = RUN_VIEW
    key = "runs"
    title = _("Runs")
    template_name = "performance/run_list.html"
    filterset_class = RunFilter
    default_sort = "-started"
    counted = ngettext_lazy("%(count)s run", "%(count)s runs", "count")
    empty_title = _("No run yet")
    empty_text = _("Scorecards are computed seconds after measurements arrive, and once a night.")
    empty_art = "done"
    has_saved_views = False
    two_lines = False
    columns = (
        Column(
            "number", _("Run"), value="pk", sort="id", always=True, phone="head", template=f"{CELLS}/run_number.html"
        ),
        Column("kind", _("Why"), value="get_kind_display", sort="kind", phone="full"),
        Column("started", _("Started"), value="started_at", sort="started_at", descending_first=True),
        Column("status", _("Status"), value="get_status_display", sort="status", template=f"{CELLS}/run_status.html"),
        Column("periods", _("Periods"), value=lambda run: len(run.periods), numeric=True, phone="hide"),
        Column("cards", _("Scorecards"), value=lambda run: run.counts.get("cards"), numeric=True),
        Column("changed", _("Changed"), numeric=True, value=lambda run: _changed(run)),
        Column("duration_ms", _("Milliseconds"), sort="duration_ms", numeric=True, phone="hide"),
        Column("actor", _("Asked for by"), value="actor_label", default=False, phone="hide"),
        Column("output_hash", _("Result"), template=f"{CELLS}/run_hash.html", phone="hide"),
    )

    def rows(self) -> QuerySet:
        return runs()

    def extra_context(self) -> dict[str, Any]:
        return {"jobs": jobs_at_work()}


def _changed(run: Any) -> int:
    return sum(run.counts.get(name) or 0 for name in ("created", "updated", "removed"))
