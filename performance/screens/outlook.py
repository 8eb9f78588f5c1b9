"""What may become of a card, as text: rolling score, projection, next steps, and why a partner is at risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance import display
from performance.models import KPI, GradeBand, PeriodRow, Scorecard
from performance.outlook.projection import ProjectedLine, Projection, Way
from performance.outlook.risks import Reason
from performance.outlook.steps import Goal, NextStep, next_steps
from performance.queries.lines import Line
from performance.queries.outlook import Mark, inputs_of, is_running, projection_of, reasons_of, rolling_of, rules_of
from performance.rules.scoring import HUNDRED, ROLLING_PERIODS, ZERO, delta_of, rolling_weight

STEPS_SHOWN = 4

REASON_WORDS = {
    Reason.LOWEST_GRADES: gettext_lazy("Low grade"),
    Reason.GRADE_FELL: gettext_lazy("Grade fell"),
    Reason.BIG_DROP: gettext_lazy("Down 10 points or more"),
    Reason.GRADE_PROJECTED: gettext_lazy("Worse grade ahead"),
    Reason.GATE_FAILED: gettext_lazy("Gate not met"),
    Reason.GATE_NEAR: gettext_lazy("Close to a gate"),
    Reason.TWO_FALLS: gettext_lazy("Two falls in a row"),
    Reason.COVERAGE_NEAR: gettext_lazy("Little data"),
}


def reason_words(reason: Reason) -> Promise:
    """A reason in a few words."""
    return REASON_WORDS[reason]


@dataclass(frozen=True)
class StepRow:
    """An action: what to bring where, and what that gains."""

    step: NextStep
    kpi: KPI

    @property
    def goal(self) -> str:
        """The figure to reach; a grade's figure is as fine as the KPI is shown, thresholds as they were set."""
        return display.threshold(self.kpi, display.shown(self.kpi, self.step.goal))

    @property
    def title(self) -> str:
        """For example: Customer satisfaction to 4.3."""
        return _("%(kpi)s to %(goal)s") % {"kpi": self.kpi.name, "goal": self.goal}

    @property
    def note(self) -> str:
        """Where it stands, and what the figure to reach is."""
        if self.step.actual is None:
            return _("No data yet, which counts as 0 points.")
        what = _("the stretch") if self.step.kind == Goal.STRETCH else _("the target")
        values = {"now": display.kpi_value(self.kpi, self.step.actual), "what": what}
        if self.step.kind == Goal.GRADE:
            return _("Now %(now)s.") % values
        return _("Now %(now)s. The figure to reach is %(what)s.") % values


@dataclass(frozen=True)
class ProjectedRow:
    """One KPI now and at the end of the period, and how the one follows from the other."""

    kpi: KPI
    line: ProjectedLine

    @property
    def now(self) -> str:
        """The result so far."""
        return display.kpi_value(self.kpi, self.line.actual)

    @property
    def at_end(self) -> str:
        """The projected result."""
        return display.kpi_value(self.kpi, self.line.projected)

    @property
    def way(self) -> str:
        """The method in words."""
        return {
            Way.RUN_RATE: _("Goes on at the same pace"),
            Way.COMPUTED: _("Computed again from its projected inputs"),
            Way.CARRIED_ON: _("Stays as it is"),
            Way.NO_DATA: _("No data so far"),
        }[self.line.way]


@dataclass(frozen=True)
class RollingShare:
    """What one period brings into the rolling score."""

    label: str
    total: Decimal
    percent: Decimal


@dataclass(frozen=True)
class Outlook:
    """Everything that a page of one card says about what may become of it."""

    as_of: date
    is_running: bool
    rolling: Decimal | None
    shares: list[RollingShare]
    projection: Projection | None
    projected_change: Decimal | None
    projected: list[ProjectedRow]
    steps: list[StepRow]
    lift: StepRow | None
    reasons: tuple[Reason, ...]

    @property
    def reason_words(self) -> list[Promise]:
        """Why the partner is at risk, in a few words each."""
        return [reason_words(reason) for reason in self.reasons]

    @property
    def first_steps(self) -> list[StepRow]:
        """The most worthwhile actions."""
        return self.steps[:STEPS_SHOWN]


def build_outlook(
    card: Scorecard,
    lines: Sequence[Line],
    kpis: Mapping[int, KPI],
    bands: Sequence[GradeBand],
    history: dict[int, Mark],
    labels: dict[int, str],
    *,
    as_of: date,
) -> Outlook:
    """From what a page has read already: no query of its own. `history` and `labels` go by `seq` of the period."""
    rules, period = rules_of(card.template, bands), card.period
    by_code = {line.code: kpis[line.kpi_id] for line in lines if line.kpi_id in kpis}
    projection = projection_of(lines, rules, period, as_of)
    inputs = inputs_of(lines, rules)
    found = next_steps(inputs, rules, rules.score(inputs), {code: kpi.decimals for code, kpi in by_code.items()})
    return Outlook(
        as_of=as_of,
        is_running=is_running(period, as_of),
        rolling=rolling_of(history, period),
        shares=_shares(period, history, labels),
        projection=projection,
        projected_change=delta_of(projection.score.total, card.total) if projection else None,
        projected=[ProjectedRow(by_code[row.kpi], row) for row in (projection.lines if projection else ())],
        steps=[StepRow(step, by_code[step.kpi]) for step in found.actions],
        lift=StepRow(found.lift, by_code[found.lift.kpi]) if found.lift else None,
        reasons=reasons_of(card, lines, history, rules, as_of, projection),
    )


def _shares(period: PeriodRow, history: dict[int, Mark], labels: dict[int, str]) -> list[RollingShare]:
    """The rated periods of the rolling score, newest first, with the percent that each brings."""
    found = []
    for age in range(ROLLING_PERIODS):
        mark = history.get(period.seq - age)
        if mark is not None and mark.rated_total is not None:
            found.append((labels[period.seq - age], mark.rated_total, rolling_weight(age)))
    weight = sum((share for _label, _total, share in found), ZERO)
    return [RollingShare(label, total, HUNDRED * share / weight) for label, total, share in found]
