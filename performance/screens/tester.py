"""The formula tester of a KPI's page: a partner and a period in, every value on the way out."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import Aggregation
from performance.forms.tester import TesterForm
from performance.models import KPI
from performance.queries.lines import Derivation, Input
from performance.queries.tester import Trial, TrialStep
from performance.screens.arithmetic import derivation_note
from prm.access.requests import TenantRequest
from prm.periods import FiscalCalendar


@dataclass(frozen=True)
class TesterRow:
    """One step in words: which KPI, when, what from, what came out; exact to six places."""

    name: str
    code: str
    period: str
    rule: str
    value: str
    is_result: bool


@dataclass(frozen=True)
class Tester:
    """The form and, once it was sent with a partner and a period, the steps."""

    form: TesterForm
    partner: str = ""
    rows: tuple[TesterRow, ...] = ()


def try_out(request: TenantRequest, kpi: KPI, selection: Any) -> Tester:
    """The tester for this request: nothing is stored, and only partners of the person's portfolio are found."""
    asked = request.GET if "try_partner" in request.GET else None
    form = TesterForm(
        asked,
        periods=selection.periods,
        portfolio=selection.portfolio,
        initial={"try_period": selection.period.label if selection.period else ""},
    )
    if not form.is_bound or not form.is_valid():
        return Tester(form)
    calendar = FiscalCalendar(request.tenant.fiscal_year_start)
    partner = form.cleaned_data["try_partner"]
    trial = Trial(kpi, partner, calendar.parse(form.cleaned_data["try_period"]), calendar)
    rows = tuple(_row(step, is_result=step is trial.result) for step in trial.steps)
    return Tester(form, partner.name, rows)


def _row(step: TrialStep, *, is_result: bool) -> TesterRow:
    value = display.NONE if step.actual is None else display.with_unit(display.plain(step.actual), step.kpi.unit)
    rule = _derived_rule(step) if step.kpi.is_derived else _measured_rule(step)
    return TesterRow(step.kpi.name, step.kpi.code, step.period.label, rule, value, is_result)


def _derived_rule(step: TrialStep) -> str:
    kpi = step.kpi
    inputs = tuple(
        Input(
            row.kpi.code,
            row.kpi.name,
            row.kpi.unit,
            row.kpi.decimals,
            step.period.ym_from - row.period.ym_from,
            row.actual,
        )
        for row in step.inputs
    )
    note = derivation_note(
        Aggregation(kpi.aggregation), Derivation(kpi.multiplier, kpi.compare_with, kpi.formula, inputs)
    )
    return note if step.actual is not None else f"{note}. {_why_none(step)}"


def _why_none(step: TrialStep) -> str:
    values = [row.actual for row in step.inputs]
    if all(value is None for value in values):
        return _("No input has a result.")
    if step.kpi.aggregation != Aggregation.FORMULA and None in values:
        return _("An input has no result.")
    if step.kpi.aggregation == Aggregation.GROWTH:
        return _("The earlier result is not above 0, so there is no growth.")
    if step.kpi.aggregation == Aggregation.QUOTIENT:
        return _("Nothing can be divided by 0.")
    return _("An input without result or a division by 0 leaves the formula without result.")


def _measured_rule(step: TrialStep) -> str:
    if not step.facts:
        return _("no measurement in this period")
    counted = ngettext("%(count)s measurement", "%(count)s measurements", step.facts) % {
        "count": display.number(Decimal(step.facts), 0)
    }
    sums = _("values %(values)s, weights %(weights)s") % {
        "values": display.plain(step.values),
        "weights": display.plain(step.weights),
    }
    return f"{step.kpi.get_aggregation_display()}: {counted}, {sums}"
