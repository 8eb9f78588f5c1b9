"""Reports whose rows are KPIs: how each ran over the last periods, and how many reach their benchmark."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance import display
from performance.models import KPI
from performance.permissions import SCORECARD_VIEW
from performance.queries import aggregates
from performance.queries.reference import lines_of, template_for
from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.columns import ReportColumn, of_kpi, share
from performance.reports.question import Question
from performance.screens.overview import short_label
from prm.ui import formats
from prm.ui.charts import Chart, Series, bars, line


@dataclass(frozen=True, slots=True)
class KPIRow:
    """One KPI over the periods, oldest first, for the partners asked about together."""

    kpi: KPI
    weight: Decimal
    values: list[Decimal | None]

    @property
    def change(self) -> Decimal | None:
        """Against the period before."""
        if len(self.values) < 2 or self.values[-1] is None or self.values[-2] is None:
            return None
        return self.values[-1] - self.values[-2]


def _kpis(question: Question) -> list[tuple[KPI, Decimal]]:
    """The KPIs of the scorecard in force, in its order, with their weights."""
    if question.programme is None or question.period is None:
        return []
    template = template_for(question.programme.pk, question.period.start)
    lines = lines_of(template.pk) if template else ()
    mine = question.partner.partner_type_id if question.partner else None
    return [
        (row.kpi, row.weight)
        for row in lines
        if mine is None or not row.applies_to.all() or any(one.pk == mine for one in row.applies_to.all())
    ]


def trend_rows(question: Question) -> list[KPIRow]:
    """Every KPI of the scorecard over the last periods."""

    def find() -> list[KPIRow]:
        kpis = _kpis(question)
        if not kpis or not question.recent:
            return []
        totals = aggregates.programme_totals(question.asked, question.recent, [kpi.pk for kpi, _weight in kpis])
        return [KPIRow(kpi, weight, totals[kpi.pk]) for kpi, weight in kpis]

    found: list[KPIRow] = question.kept("kpi-trend", find)
    return found


def _trend_columns(question: Question) -> tuple[ReportColumn, ...]:
    def value(index: int) -> Callable[[KPIRow], Decimal | None]:
        return lambda row: row.values[index]

    return (
        ReportColumn("kpi", _("KPI"), value="kpi.name", always=True, phone="head", width=2.4),
        ReportColumn("code", _("Code"), value="kpi.code", on_screen=False, on_paper=False),
        ReportColumn("unit", _("Unit"), value="kpi.unit", on_screen=False, on_paper=False),
        ReportColumn("better", _("Better"), value=lambda row: row.kpi.get_direction_display(), phone="hide", width=1.2),
        *(
            ReportColumn(f"p{index}", period.label, value=value(index), numeric=True, write=of_kpi)
            for index, period in enumerate(question.recent)
        ),
        ReportColumn("change", _("Change"), value="change", numeric=True, write=_moved),
    )


def _moved(row: KPIRow, value: Decimal | None) -> str:
    if value is None:
        return formats.NONE
    return display.with_unit(formats.signed(value, row.kpi.decimals), row.kpi.unit)


def _trend_chart(question: Question) -> Chart | None:
    """The KPI that counts most."""
    rows = [row for row in trend_rows(question) if any(value is not None for value in row.values)]
    if not rows:
        return None
    row = max(rows, key=lambda one: one.weight)
    return line(
        [short_label(period) for period in question.recent],
        [Series(row.kpi.name, row.values)],
        label=_("%(kpi)s over %(count)d periods, %(last)s in %(period)s")
        % {
            "kpi": row.kpi.name,
            "count": len(question.recent),
            "last": display.kpi_value(row.kpi, row.values[-1]),
            "period": question.recent[-1].label,
        },
        digits=row.kpi.decimals,
        unit=row.kpi.unit if row.kpi.unit == "%" else "",
        first_column=_("Period"),
    )


# --- Benchmarks -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """How the partners asked about stand to their benchmarks at one KPI."""

    kpi: KPI
    cell: aggregates.Cell

    @property
    def on_share(self) -> Decimal | None:
        """The share of partners on target."""
        return Decimal(self.cell.on) / self.cell.partners if self.cell.partners else None


def attainment_rows(question: Question) -> list[AttainmentRow]:
    """Every KPI of the scorecard with results and benchmarks, in its order."""

    def find() -> list[AttainmentRow]:
        if question.period is None:
            return []
        cells = aggregates.over_all(aggregates.by_region(question.asked, question.period))
        return [AttainmentRow(kpi, cells[kpi.pk]) for kpi, _weight in _kpis(question) if kpi.pk in cells]

    found: list[AttainmentRow] = question.kept("attainment", find)
    return found


ATTAINMENT = (
    ReportColumn("kpi", gettext_lazy("KPI"), value="kpi.name", always=True, phone="head", width=2.4),
    ReportColumn("code", gettext_lazy("Code"), value="kpi.code", on_screen=False, on_paper=False),
    ReportColumn(
        "attainment", gettext_lazy("Attainment"), value="cell.attainment", numeric=True, write=share, phone="head"
    ),
    ReportColumn("target", gettext_lazy("Mean target"), value="cell.mean_target", numeric=True, write=of_kpi),
    ReportColumn("partners", gettext_lazy("Measured"), value="cell.partners", numeric=True),
    ReportColumn("on", gettext_lazy("On target"), value="cell.on", numeric=True),
    ReportColumn("between", gettext_lazy("Between"), value="cell.between", numeric=True),
    ReportColumn("below", gettext_lazy("Below floor"), value="cell.below", numeric=True),
    ReportColumn("share", gettext_lazy("Share on target"), value="on_share", numeric=True, write=share),
)


def _attainment_chart(question: Question) -> Chart | None:
    rows = attainment_rows(question)
    if not rows:
        return None
    shown = [(row.kpi.name, row.on_share, formats.share(row.on_share)) for row in rows]
    table = [[name, text] for name, _value, text in shown]
    return Chart(bars(shown, highest=1), [_("KPI"), _("Share of partners on target")], table)


def _attained(question: Question) -> Figure | None:
    rows = attainment_rows(question)
    measured = sum(row.cell.partners for row in rows)
    if not measured:
        return None
    reached = Decimal(sum(row.cell.on for row in rows)) / measured
    return Figure(formats.share(reached), _("of all results reach their target"))


def _listed(find: Callable[[Question], list[Any]]) -> Callable[[Question, int | None], Iterator[Any]]:
    return lambda question, limit: islice(iter(find(question)), limit)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="kpi-trend",
            title=gettext_lazy("KPI trend"),
            answers=gettext_lazy("How did each KPI run over the last eight periods?"),
            subject=SUBJECTS["kpis"],
            order=10,
            icon="chart-column",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=_trend_columns,
            rows=_listed(trend_rows),
            count=lambda question: len(trend_rows(question)),
            chart=_trend_chart,
            figure=lambda question: Figure(formats.number(len(_kpis(question))), _("KPIs on the scorecard")),
            reaches_partners=True,
        )
    )
    add(
        Report(
            key="benchmark-attainment",
            title=gettext_lazy("Benchmark attainment"),
            answers=gettext_lazy("Which targets are reached, and by how many partners?"),
            subject=SUBJECTS["kpis"],
            order=20,
            icon="target",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=ATTAINMENT,
            rows=_listed(attainment_rows),
            count=lambda question: len(attainment_rows(question)),
            chart=_attainment_chart,
            figure=_attained,
            reaches_partners=True,
        )
    )
