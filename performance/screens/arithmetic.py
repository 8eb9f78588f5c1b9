"""How a line's points came about, in steps that a reader can redo, and its benchmark in words."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import Aggregation, Direction, GrowthBase, LineState
from performance.models import KPI
from performance.queries.lines import Derivation, Line
from performance.rules.scoring import HUNDRED


@dataclass(frozen=True)
class Step:
    """One of the four steps from the measurement to the total."""

    title: str
    figure: str
    note: str


def target_text(kpi: KPI, row: Line) -> str:
    """The target as text; of a band both edges."""
    if row.target is None:
        return display.NONE
    if row.direction == Direction.BAND and row.stretch is not None and row.stretch != row.target:
        return _("%(low)s to %(high)s") % {
            "low": display.plain(display.shown(kpi, row.target)),
            "high": display.threshold(kpi, display.shown(kpi, row.stretch)),
        }
    return display.threshold(kpi, display.shown(kpi, row.target))


def thresholds_text(kpi: KPI, row: Line, *, is_exact: bool = False) -> str:
    """All thresholds in words, as cards show them, or with all decimals where a reader redoes the arithmetic."""
    if row.target is None:
        return _("No benchmark applies.")
    values = {}
    for name in ("floor", "target", "stretch", "ceiling"):
        value = getattr(row, name)
        values[name] = display.threshold(kpi, value if is_exact or value is None else display.shown(kpi, value))
    if row.direction == Direction.BAND:
        return _("Floor %(floor)s, band %(target)s to %(stretch)s, ceiling %(ceiling)s.") % values
    return _("Floor %(floor)s, target %(target)s, stretch %(stretch)s.") % values


def zone_of(row: Line) -> str:
    """`pos` at or beyond the target, `warn` between floor and target, `neg` at or below the floor."""
    if row.points is None or row.actual is None or row.target is None:
        return ""
    if row.direction == Direction.BAND:
        return "pos" if row.points == HUNDRED else "warn" if row.points > 0 else "neg"
    reached = row.actual >= row.target if row.direction == Direction.HIGHER else row.actual <= row.target
    return "pos" if reached else "warn" if row.points > 0 else "neg"


def explain(
    kpi: KPI, row: Line, *, points_at_target: Decimal, weight_scored: Decimal, relative: str = ""
) -> list[Step]:
    """From the measurements to the total in four steps that a reader can redo."""
    first = Step(_("1. Measured"), display.kpi_value(kpi, row.actual), _measured_note(kpi, row))
    if row.points is None:
        return [first, Step(_("2. Against the benchmark"), display.NONE, relative or row.state_label)]
    figure, way, rule = _way(row, points_at_target)
    share = _("%(points)s × %(weight)s ÷ %(all)s") % {
        "points": display.plain(row.points),
        "weight": display.plain(row.weight),
        "all": display.plain(weight_scored),
    }
    return [
        first,
        Step(
            _("2. Against the benchmark"),
            figure,
            f"{way} {thresholds_text(kpi, row, is_exact=True)} {relative}".strip(),
        ),
        Step(_("3. Points of 100"), display.plain(row.points), rule),
        Step(_("4. Adds to the total"), display.score(row.contribution), share),
    ]


def _measured_note(kpi: KPI, row: Line) -> str:
    if row.state == LineState.CARRIED:
        return ngettext(
            "no data, carried from %(count)s period before",
            "no data, carried from %(count)s periods before",
            row.carried_periods,
        ) % {"count": row.carried_periods}
    if row.derivation is not None:
        return derivation_note(Aggregation(row.aggregation), row.derivation)
    if not row.facts:
        return _("no measurement in this period")
    count = ngettext("%(count)s measurement", "%(count)s measurements", row.facts) % {
        "count": display.number(Decimal(row.facts), 0)
    }
    how = {
        Aggregation.SUM: _("sum of %(measurements)s"),
        Aggregation.AVERAGE: _("weighted average of %(measurements)s"),
        Aggregation.RATIO: _("values ÷ weights of %(measurements)s"),
        Aggregation.LAST: _("newest of %(measurements)s"),
        Aggregation.COUNT: _("count of %(measurements)s"),
        Aggregation.MEDIAN: _("median of %(measurements)s"),
        Aggregation.DISTINCT: _("different values of “%(attribute)s” in %(measurements)s"),
    }[Aggregation(kpi.aggregation)]
    return how % {"measurements": count, "attribute": kpi.attribute}


def derivation_note(aggregation: Aggregation, derivation: Derivation) -> str:
    """The arithmetic of a derived actual with the inputs' actuals, so that a reader can redo it."""
    figures = [
        _("%(code)s a year earlier") % {"code": row.code}
        if row.back and derivation.compare_with == GrowthBase.YEAR
        else _("%(code)s the period before") % {"code": row.code}
        if row.back
        else row.code
        for row in derivation.inputs
    ]
    values = [display.NONE if row.actual is None else display.plain(row.actual) for row in derivation.inputs]
    known = ", ".join(f"{name} = {value}" for name, value in zip(figures, values, strict=True))
    times = "" if derivation.multiplier == 1 else f"{display.plain(derivation.multiplier, 4)} × "
    rule = {
        Aggregation.GROWTH: "{times}({0} − {1}) ÷ {1}",
        Aggregation.QUOTIENT: "{times}{0} ÷ {1}",
    }.get(aggregation, "")
    if not rule:
        return _("%(formula)s with %(inputs)s") % {"formula": derivation.formula, "inputs": known}
    return _("%(rule)s with %(inputs)s") % {"rule": rule.format(*values, times=times), "inputs": known}


def _way(row: Line, at_target: Decimal) -> tuple[str, str, str]:
    """How far the result is between two thresholds, which ones, and the arithmetic from there to the points (R5)."""
    if row.state == LineState.ZERO or row.actual is None:
        return display.NONE, "", _("no data counts as 0 points here")
    assert row.floor is not None
    assert row.target is not None
    assert row.stretch is not None
    if row.direction == Direction.BAND:
        return _way_in_band(row)
    sign = -1 if row.direction == Direction.LOWER else 1
    actual, floor, target, stretch = (sign * value for value in (row.actual, row.floor, row.target, row.stretch))
    if actual >= stretch:
        return _("Stretch reached"), "", _("the stretch gives 100")
    if actual >= target:
        share = _share((actual - target) / (stretch - target))
        rest = {"base": display.plain(at_target), "rest": display.plain(HUNDRED - at_target), "share": share}
        return share, _("of the way from target to stretch."), _("%(base)s at target + %(rest)s × %(share)s") % rest
    if actual > floor:
        share = _share((actual - floor) / (target - floor))
        rule = _("%(base)s at target × %(share)s") % {"base": display.plain(at_target), "share": share}
        return share, _("of the way from floor to target."), rule
    return _("Below the floor") if actual < floor else _("At the floor"), "", _("the floor gives 0")


def _way_in_band(row: Line) -> tuple[str, str, str]:
    assert row.actual is not None
    assert row.floor is not None
    assert row.target is not None
    assert row.stretch is not None
    assert row.ceiling is not None
    if row.target <= row.actual <= row.stretch:
        return _("Inside the band"), "", _("the band gives 100")
    if row.floor < row.actual < row.target:
        share = _share((row.actual - row.floor) / (row.target - row.floor))
        return share, _("of the way from floor to band."), f"100 × {share}"
    if row.stretch < row.actual < row.ceiling:
        share = _share((row.ceiling - row.actual) / (row.ceiling - row.stretch))
        return share, _("of the way from ceiling to band."), f"100 × {share}"
    return _("Outside"), "", _("outside floor and ceiling gives 0")


def _share(share: Decimal) -> str:
    return display.with_unit(display.plain(share * HUNDRED, 2), "%")
