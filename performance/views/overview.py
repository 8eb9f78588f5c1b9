"""The overview: how the programme stands, who needs attention, what moved."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from performance.menu import open_alerts
from performance.models import KPI, Benchmark, Measurement, Run, Scorecard, ScorecardTemplate
from performance.permissions import SCORECARD_EXPORT, SCORECARD_VIEW
from performance.queries.cards import newest_run
from performance.screens.overview import Overview, build_overview
from performance.screens.summary import summary_of_programme
from performance.views.base import Page, Selection, reader_language, selection_of
from performance.views.tables import Table, table_response


class Links:
    """Addresses that keep the selection, so that a number opens the list it was counted from."""

    def __init__(self, tenant: str, selection: Selection) -> None:
        self.tenant = tenant
        self.selection = selection

    def scorecards(self, **changes: str) -> str:
        """The list of scorecards, narrowed further."""
        return self.page("scorecard_list", **changes)

    def page(self, name: str, **changes: str) -> str:
        """A page of this app about the same period, region and type."""
        address = reverse(f"performance:{name}", kwargs={"tenant": self.tenant})
        return f"{address}?{urlencode(self.selection.query(**changes))}"

    def kpi(self, kpi: KPI) -> str:
        """A KPI's page for the same partners and period."""
        address = reverse("performance:kpi_detail", kwargs={"tenant": self.tenant, "kpi": kpi.public_id})
        return f"{address}?{urlencode(self.selection.query())}"

    def card(self, card: Scorecard) -> str:
        """A partner's scorecard of the period."""
        kwargs = {"tenant": self.tenant, "partner": card.partner.public_id, "tab": "scorecard"}
        query = {name: value for name, value in self.selection.query().items() if name in ("programme", "period")}
        return f"{reverse('partners:partner_tab', kwargs=kwargs)}?{urlencode(query)}"


class _OverviewBase(Page):
    """Reads the selection and builds the page."""

    def build(self, selection: Selection, *, run: Run | None, all_risks: bool = False) -> Overview | None:
        """All parts of the page, or None before the first card. `run` is the newest one."""
        if selection.period is None:
            return None
        links = Links(self.kwargs["tenant"], selection)
        return build_overview(
            selection.cards,
            selection.period,
            selection.regions,
            link=links.scorecards,
            kpi_link=links.kpi,
            card_link=links.card,
            run_id=run.pk if run else None,
            all_risks=all_risks,
        )


class OverviewPage(_OverviewBase):
    """The manager's first page."""

    permission = SCORECARD_VIEW
    template_name = "performance/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        selection = selection_of(self.request)
        run = newest_run()
        page = self.build(selection, run=run)
        links = Links(self.kwargs["tenant"], selection)
        return super().get_context_data(
            selection=selection,
            page=page,
            run=run,
            steps=None if page else first_steps(self.kwargs["tenant"]),
            query=urlencode(selection.query()),
            exports=[(table, label) for table, (label, _rows) in EXPORTS.items()],
            gaps_url=links.scorecards(gaps="yes"),
            summary=summary_of_programme(page, reader_language(self.request)) if page else None,
            rose_url=links.scorecards(moved="up", sort="-change"),
            fell_url=links.scorecards(moved="down", sort="change"),
            risk_url=links.scorecards(risk="yes"),
            alert_count=open_alerts(self.request),
            unrated_url=links.scorecards(rated="no"),
            map_url=links.page("heat_map"),
            comparison_url=links.page("comparison"),
            **kwargs,
        )


def first_steps(tenant: str) -> list[tuple[str, str, str, bool]]:
    """What a new workspace still needs before it has a score: (title, why, address, done)."""

    def address(name: str) -> str:
        return reverse(name, kwargs={"tenant": tenant})

    return [
        (
            _("Import your partners"),
            _("A file with a number and a name each is enough."),
            address("partners:partner_list"),
            Partner.objects.exists(),
        ),
        (
            _("Define KPIs"),
            _("What you measure, in plain words."),
            address("performance:kpi_list"),
            KPI.objects.exists(),
        ),
        (
            _("Set benchmarks"),
            _("What you expect: floor, target, stretch."),
            address("performance:benchmark_list"),
            Benchmark.objects.exists(),
        ),
        (
            _("Publish a scorecard"),
            _("Which KPI counts how much."),
            address("performance:template_list"),
            ScorecardTemplate.objects.filter(status="published").exists(),
        ),
        (
            _("Import measurements"),
            _("Scores follow within seconds."),
            address("performance:measurement_list"),
            Measurement.objects.exists(),
        ),
    ]


class OverviewVersion(Page):
    """Tells an open page whether a recompute has changed a score since it was drawn: 204 no, reload yes."""

    permission = SCORECARD_VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = newest_run()
        seen = request.GET.get("seen", "")
        if run is None or str(run.pk) == seen or not _changed_something(run):
            return HttpResponse(status=204)
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response


def _changed_something(run: Any) -> bool:
    return any(run.counts.get(name) for name in ("created", "updated", "removed"))


class OverviewExport(_OverviewBase):
    """One table of the overview as CSV, with exactly the figures of the page."""

    permission = SCORECARD_EXPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        table = kwargs["table"]
        selection = selection_of(self.request)
        page = self.build(selection, run=newest_run(), all_risks=table == "risk") if table in EXPORTS else None
        if page is None or selection.period is None:
            raise Http404
        return table_response(table, selection.period, EXPORTS[table][1](page))


def _trend(page: Overview) -> Table:
    head = ("period", "average", "p25", "p75", "rated", "partners", "with_data_gaps")
    return head, [
        (point.period.label, point.average, point.p25, point.p75, point.rated, point.partners, point.with_gaps)
        for point in page.trend
    ]


def _tiles(page: Overview) -> Table:
    head = ("figure", *(period.label for period in page.periods))
    return head, [(tile.label, *tile.values) for tile in page.tiles]


def _grades(page: Overview) -> Table:
    head = ("grade", "partners", "share_percent", "change")
    return head, [(row.key, row.count, round(row.share, 2), row.change) for row in page.grades.rows]


def _risk(page: Overview) -> Table:
    head = ("partner", "name", "total", "grade", "change", "reasons", "main_driver", "threshold")
    return head, [
        (
            row.card.partner.external_id,
            row.card.partner.name,
            row.card.total,
            row.card.grade,
            row.card.delta,
            "; ".join(row.reasons),
            row.driver,
            row.driver_note,
        )
        for row in page.at_risk
    ]


def _movers(page: Overview) -> Table:
    head = ("partner", "name", "total", "change")
    cards = [mover.card for mover in page.movers]
    return head, [(card.partner.external_id, card.partner.name, card.total, card.delta) for card in cards]


def _heat(page: Overview) -> Table:
    head = ("region", *(kpi.code for kpi in page.heat_kpis))
    return head, [(row.name, *(cell.text if cell else None for cell in row.cells)) for row in page.heat]


EXPORTS: dict[str, tuple[Any, Callable[[Overview], Table]]] = {
    "figures": (gettext_lazy("Key figures by period"), _tiles),
    "trend": (gettext_lazy("Average score by period"), _trend),
    "grades": (gettext_lazy("Grade distribution"), _grades),
    "risk": (gettext_lazy("All partners at risk"), _risk),
    "movers": (gettext_lazy("Top movers"), _movers),
    "heat": (gettext_lazy("Attainment by region"), _heat),
}
