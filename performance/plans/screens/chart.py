"""How the slowest KPI of a plan goes on: measured, the pace that is needed, and what is to be reached."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance import display
from performance.models import KPI
from prm.ui import formats
from prm.ui.charts import Chart, Legend, Series, line

MOST_STEPS = 120
LABELS = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What was measured by a day of the plan; day 0 is its beginning."""

    day: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Pace:
    """A way from the baseline to the exit value in so many days."""

    baseline: Decimal
    exit_value: Decimal
    days: int

    def needed(self, day: int) -> Decimal:
        """Where the KPI would stand on a day if it went evenly."""
        share = Decimal(min(max(day, 0), self.days)) / Decimal(max(self.days, 1))
        return self.baseline + (self.exit_value - self.baseline) * share

    def ahead(self, known: Known) -> Decimal:
        """How much better than needed a result is, in the KPI's unit; negative when it is worse."""
        gap = known.value - self.needed(known.day)
        return gap if self.exit_value >= self.baseline else -gap


def ahead_words(kpi: KPI, gap: Decimal) -> str:
    """The gap to the pace in words."""
    if not display.shown(kpi, abs(gap)):
        return _("On pace")
    amount = display.kpi_value(kpi, abs(gap))
    return _("%(amount)s ahead") % {"amount": amount} if gap > 0 else _("%(amount)s behind") % {"amount": amount}


def pace_chart(kpi: KPI, *, pace: Pace, start: date, known: list[Known]) -> Chart:
    """The chart with its table. Between two results the line is straight; the table has the results alone."""
    if not known:
        return Chart(SafeString(""))
    steps = min(max(pace.days, 1), MOST_STEPS)
    days = [round(index * pace.days / steps) for index in range(steps + 1)]
    names = [formats.day(start + timedelta(days=day), year=False) for day in days]
    last = known[-1]
    drawn = line(
        names,
        [
            Series(_("Measured"), [_between(known, day) for day in days]),
            Series(_("Needed pace"), [pace.needed(day) for day in days], "mut dash"),
        ],
        label=_("%(kpi)s: %(now)s measured, %(needed)s needed by now, %(exit)s to reach.")
        % {
            "kpi": kpi.name,
            "now": display.kpi_value(kpi, last.value),
            "needed": display.kpi_value(kpi, pace.needed(last.day)),
            "exit": display.threshold(kpi, pace.exit_value),
        },
        target=pace.exit_value,
        target_name=_("To reach"),
        unit=kpi.unit if kpi.unit == "%" else "",
        max_labels=LABELS,
    )
    rows = [
        [
            formats.day(start + timedelta(days=one.day)),
            display.kpi_value(kpi, one.value),
            display.kpi_value(kpi, pace.needed(one.day)),
        ]
        for one in known
    ]
    rows.append([formats.day(start + timedelta(days=pace.days)), formats.NONE, display.threshold(kpi, pace.exit_value)])
    legend = [Legend(_("Measured"), "ls"), Legend(_("Needed pace"), "ls kmut"), Legend(_("To reach"), "dsh")]
    return Chart(drawn.html, [_("Day"), _("Measured"), _("Needed")], rows, legend)


def _between(known: list[Known], day: int) -> Decimal | None:
    """Where a straight line between the two neighbouring results passes; nothing after the last one."""
    before = [one for one in known if one.day <= day]
    after = [one for one in known if one.day >= day]
    if not before or not after:
        return None
    left, right = before[-1], after[0]
    if left.day == right.day:
        return right.value
    return left.value + (right.value - left.value) * Decimal(day - left.day) / Decimal(right.day - left.day)
