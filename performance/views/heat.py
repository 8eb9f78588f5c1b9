"""The heat map: the partners of a period against the KPIs of their scorecard, in percent of target."""

from functools import cached_property, partial
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from performance.cells import scorecards as cells
from performance.filters import ScorecardFilter
from performance.models import GradeBand, Run, ScorecardTemplate, TemplateLine
from performance.queries.cards import complete, newest_run
from performance.queries.heat import attained, looked_up
from performance.queries.lines import lines_of_cards
from performance.queries.reference import lines_of, template_for
from performance.screens import heat
from performance.screens.overview import KEPT_SECONDS
from performance.views.lists import ScorecardList
from prm.ui.addresses import record_url
from prm.ui.lists import Column, ReadyView

KPI_KEY = "kpi."
"""What the keys of the KPIs' columns begin with, so that no code can be taken for another column."""


class HeatMap(ScorecardList):
    """The scorecards of a period once more, with a shaded cell for each KPI instead of the card's own figures."""

    key = "heat_map"
    title = _("KPI heat map")
    template_name = "performance/heat_map.html"
    table_css = "heat map"
    page_size = 30
    two_lines = False
    ready_views: tuple[ReadyView, ...] = ()
    columns: tuple[Column, ...] = (
        Column(
            "partner",
            _("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=heat.partner,
        ),
        Column("number", _("Number"), value="partner.external_id", sort="partner__external_id", default=False),
        Column("type", _("Type"), value="partner_type.name", sort="partner_type__name", default=False, phone="hide"),
        Column("region", _("Region"), value="region.name", sort="region__name", default=False, phone="hide"),
        Column("tier", _("Tier"), value="tier.name", sort="tier__rank", default=False, phone="hide"),
        Column(
            "score",
            _("Score"),
            value="total",
            sort="total_e4",
            always=True,
            descending_first=True,
            phone="head",
            draw=cells.card_score,
        ),
        Column("grade", _("Grade"), value="grade", sort="grade", default=False, phone="hide"),
    )

    @cached_property
    def template(self) -> ScorecardTemplate | None:
        """The version that scored the period."""
        period, programme = self.chosen.period, self.chosen.programme
        return template_for(programme.pk, period.start) if programme and period else None

    @cached_property
    def bands(self) -> list[GradeBand]:
        return list(self.template.bands.all()) if self.template else []

    @cached_property
    def kpi_lines(self) -> dict[str, TemplateLine]:
        """The version's lines by the key of their column, in order."""
        found = lines_of(self.template.pk) if self.template else ()
        return {f"{KPI_KEY}{line.kpi.code}": line for line in found}

    @cached_property
    def filterset_class(self) -> Any:  # type: ignore[override]
        chosen = self.chosen
        return partial(
            ScorecardFilter,
            bands=self.bands,
            periods=chosen.periods,
            programme=chosen.programme,
            without=("kpi",),
        )

    def visible_columns(self) -> tuple[Column, ...]:
        return (*self.columns, *self.kpi_columns_shown)

    @cached_property
    def kpi_columns_shown(self) -> tuple[Column, ...]:
        """A column for each KPI, under the head of its section."""
        return tuple(self._kpi_column(key, line) for key, line in self.kpi_lines.items())

    def _kpi_column(self, key: str, line: TemplateLine) -> Column:
        kpi_id = line.kpi_id
        return Column(
            key,
            line.kpi.name,
            value=lambda card: card.line_by_kpi.get(kpi_id),
            sort="attained",
            descending_first=True,
            css="h",
            draw=lambda card, found: heat.cell(found, card.receipt_url),
            export=lambda card: heat.percent_of(card.line_by_kpi.get(kpi_id)),
            group=line.section.name if line.section else "",
            href=self._kpi_url(line),
        )

    def _kpi_url(self, line: TemplateLine) -> str:
        kwargs = {"tenant": self.kwargs["tenant"], "kpi": line.kpi.public_id}
        period = self.chosen.period
        return reverse("performance:kpi_detail", kwargs=kwargs) + (f"?period={period.label}" if period else "")

    def rows(self) -> QuerySet:
        rows = super().rows()
        sorted_by = self.kpi_lines.get(self.sort.lstrip("-"))
        return rows if sorted_by is None else rows.annotate(attained=self._attained)

    @cached_property
    def _attained(self) -> Any:
        """The column that the cards are sorted by. No card changes without a run, so it is kept until the next one;
        a portfolio can change without one and is always read afresh."""
        line, period = self.kpi_lines[self.sort.lstrip("-")], self.chosen.period
        if self.run is None or period is None or self.chosen.portfolio is not None:
            return looked_up(attained(super().rows(), line))
        key = f"t{self.request.tenant.pk}:heat:{self.run.pk}:{period.pk}:{line.pk}"
        found = cache.get(key)
        if found is None:
            found = attained(super().rows(), line)
            cache.set(key, found, KEPT_SECONDS)
        return looked_up(found)

    @cached_property
    def run(self) -> Run | None:
        """The newest one."""
        return newest_run()

    def prepare(self, objects: list[Any]) -> list[Any]:
        complete(objects)
        lines = lines_of_cards([card.pk for card in objects])
        for card in objects:
            card.line_by_kpi = {line.kpi_id: line for line in lines[card.pk] if line.state != "not_applicable"}
            card.scorecard_url = self._card_url(card)
            card.receipt_url = self._receipt_url(card)
        return objects

    def _receipt_url(self, card: Any) -> str:
        period = self.chosen.period.label  # type: ignore[union-attr]
        rest = {"tenant": self.kwargs["tenant"], "programme": card.programme.key, "period": period}
        return record_url("performance:receipt", "partner", card.partner.public_id, **rest)

    def export(self, kind: str) -> HttpResponseBase:
        """The whole filtered map. The partner's number always comes along, because names are no keys."""
        shown = {column.key for column in self.shown_columns} | {"number"}
        self.__dict__["shown_columns"] = [column for column in self.known_columns if column.key in shown]
        return super().export(kind)

    def extra_context(self) -> dict[str, Any]:
        return super().extra_context() | {"run": self.run, "shades": heat.shades()}
