"""The report of improvement plans: how each stands to what it has to reach."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.plans.choices import OPEN, PlanStatus
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_VIEW
from performance.plans.queries.plans import plans
from performance.reports.catalogue import SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.cells import partner_link
from performance.reports.columns import ReportColumn, share
from performance.reports.kinds.streams import in_pieces
from performance.reports.question import Question
from prm.ui import formats
from prm.ui.charts import Chart, bars


def _plans(question: Question) -> QuerySet[Plan]:
    """The plans of the partners asked about, those that are open first."""
    rows = plans().filter(partner__in=question.partners().values("pk"))
    return rows.order_by("ended_at", "ends_on", "partner__name", "pk")


def _rows(question: Question, limit: int | None) -> Iterator[Plan]:
    for piece in in_pieces(_plans(question), limit):
        yield from piece


def _objectives(plan: Any) -> str:
    """Each KPI with where it stands and what it has to reach."""
    said = []
    for one in plan.objectives.all():
        now, goal = display.kpi_value(one.kpi, one.last_value), display.threshold(one.kpi, one.exit_value)
        said.append(_("%(kpi)s %(now)s of %(goal)s") % {"kpi": one.kpi.name, "now": now, "goal": goal})
    return "; ".join(said)


def _by_status(question: Question) -> dict[str, int]:
    def count() -> dict[str, int]:
        rows = Plan.objects.filter(partner__in=question.partners().values("pk")).order_by()
        return dict(rows.values_list("status").annotate(count=Count("pk")))

    found: dict[str, int] = question.kept("plans", count)
    return found


def _chart(question: Question) -> Chart | None:
    found = _by_status(question)
    shown = [
        (str(status.label), found[status], formats.number(found[status])) for status in PlanStatus if status in found
    ]
    if not shown:
        return None
    return Chart(bars(shown), [_("Status"), _("Plans")], [[name, text] for name, _value, text in shown])


def _figure(question: Question) -> Figure | None:
    count = sum(number for status, number in _by_status(question).items() if status in OPEN)
    return Figure(formats.number(count), ngettext("open plan", "open plans", count))


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
    ReportColumn("plan", gettext_lazy("Plan"), value="title", phone="full", css="wr", width=2),
    ReportColumn("status", gettext_lazy("Status"), value="get_status_display", phone="head"),
    ReportColumn("owner", gettext_lazy("Owner"), value="owner", phone="hide"),
    ReportColumn("from", gettext_lazy("From"), value="starts_on"),
    ReportColumn("until", gettext_lazy("Until"), value="ends_on"),
    ReportColumn("progress", gettext_lazy("Furthest behind"), value="worst_progress", numeric=True, write=share),
    ReportColumn("objectives", gettext_lazy("Objectives"), value=_objectives, phone="full", css="wr", width=3),
    ReportColumn("due", gettext_lazy("Next commitment"), value="next_due", phone="hide"),
)


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="plan-status",
            title=gettext_lazy("Plan status"),
            answers=gettext_lazy("Which improvement plans run, and do they reach what they have to?"),
            subject=SUBJECTS["followed"],
            order=20,
            icon="clipboard-list",
            permission=PLAN_VIEW,
            filters=("tier", "region", "type", "owner", "mine", "partner"),
            columns=COLUMNS,
            rows=_rows,
            count=lambda question: _plans(question).count(),
            chart=_chart,
            figure=_figure,
        )
    )
