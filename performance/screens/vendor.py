"""Our own scorecard: what came of our promises, against what we expect of ourselves, scored as partners are.

Everything follows from one statement over the promises of all measures (`queries/promises.tallies`). The same object
stands behind the page, its files, the API, the report and what partners see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner
from partners.registries import PartnerSidePanel, partner_side_panels
from performance.choices import Direction, MeasureUnit
from performance.permissions import VENDOR_SCORECARD_VIEW
from performance.queries.cards import TREND_PERIODS
from performance.queries.promises import Tallies, Whose, count_overdue, tallies
from performance.queries.vendor import (
    Grading,
    calendar_of,
    expected_on,
    gradings,
    period_of,
    vendor_targets,
)
from performance.rules.promises import Tally
from performance.rules.scoring import COHORT_SHOWN_FROM, CardScore, LineInput, LineScore, score_card
from performance.screens.grades import grade_colour
from performance.screens.overview import short_label
from performance.vendor_measures import Expected, VendorMeasure, vendor_measures
from prm.periods import Period, PeriodKind
from prm.ui import formats
from prm.ui.charts import Chart, Series, bullet_tone, line

BETTER = {Direction.HIGHER: "up", Direction.LOWER: "down"}


@dataclass(frozen=True)
class MeasuredLine:
    """One measure in a period, with its values of the last periods, oldest first; the period itself is the last.

    `own` is what lies between us and the partner who looks; None in the workspace.
    """

    measure: VendorMeasure
    expected: Expected
    scored: LineScore
    tallies: Sequence[Tally]
    periods: Sequence[Period]
    own: Tally | None = None

    @property
    def tally(self) -> Tally:
        """What was due in the period."""
        return self.tallies[-1]

    @cached_property
    def values(self) -> list[Decimal | None]:
        """The figure of each period; None where nothing was due, or too few partners stand behind it."""
        return [self.measure.value(tally) if self.shows(tally) else None for tally in self.tallies]

    def shows(self, tally: Tally) -> bool:
        """Whether a figure may be shown: to a partner only with at least five others behind it."""
        return self.own is None or tally.others >= COHORT_SHOWN_FROM

    @property
    def is_hidden(self) -> bool:
        """Whether something was due that this reader may not see."""
        return self.tally.due > 0 and not self.shows(self.tally)

    @property
    def value(self) -> Decimal | None:
        """The figure of the period."""
        return self.values[-1]

    @property
    def change(self) -> Decimal | None:
        """The figure against that of the period before."""
        before = self.values[-2] if len(self.values) > 1 else None
        return None if self.value is None or before is None else self.value - before

    @property
    def better(self) -> str:
        """Which movement is an improvement."""
        return BETTER.get(Direction(self.measure.direction), "")

    @property
    def words(self) -> str:
        """The figure in words."""
        return figure_words(self.measure, self.value)

    @property
    def own_words(self) -> str:
        """The figure towards the partner who looks."""
        return "" if self.own is None else figure_words(self.measure, self.measure.value(self.own))

    @property
    def target_words(self) -> str:
        """The target in words."""
        return figure_words(self.measure, self.expected.target)

    @property
    def thresholds_words(self) -> str:
        """Floor, target and stretch in a sentence, for those who do not see the picture."""
        return _("Floor %(floor)s, target %(target)s, stretch %(stretch)s") % {
            "floor": figure_words(self.measure, self.expected.floor),
            "target": self.target_words,
            "stretch": figure_words(self.measure, self.expected.stretch),
        }

    @property
    def change_unit(self) -> str:
        """The unit of a change: percent differ by points."""
        return _("pts") if self.measure.unit == MeasureUnit.PERCENT else _("days")

    @property
    def tone(self) -> str:
        """pos at the target or better, warn above the floor, neg below."""
        if self.value is None:
            return ""
        is_lower = self.measure.direction == Direction.LOWER
        return bullet_tone(float(self.value), float(self.expected.floor), float(self.expected.target), is_lower)

    @property
    def is_scored(self) -> bool:
        """Whether it takes part in the total."""
        return self.expected.weight > 0

    @property
    def none_words(self) -> str:
        """Why there is no figure."""
        if self.is_hidden:
            return _("Too few partners to show")
        return _("Nothing was due")

    @property
    def chart(self) -> Chart:
        """The figure over the periods, with the target and a table of what became of what was due."""
        drawn = line(
            [short_label(period) for period in self.periods],
            [Series(str(self.measure.label), self.values)],
            label=self._finding(),
            target=self.expected.target,
            target_name=_("Target %(target)s") % {"target": self.target_words},
            digits=0 if self.measure.unit == MeasureUnit.PERCENT else 1,
            height="h200",
            first_column=_("Period"),
        )
        return Chart(drawn.html, self.table_heads(), self.table_rows(), drawn.legend)

    def table_heads(self) -> list[str]:
        """The heads of the table behind the chart."""
        return [_("Period"), _("Figure"), _("Due"), *(label for _name, label in outcomes())]

    def table_rows(self) -> list[list[str]]:
        """One row for each period, the newest first."""
        rows = []
        for period, value, tally in zip(self.periods, self.values, self.tallies, strict=True):
            counts = [tally.due, *(getattr(tally, name) for name, _label in outcomes())]
            shown = [formats.number(count) if self.shows(tally) else formats.NONE for count in counts]
            rows.append([short_label(period), figure_words(self.measure, value) or _("Nothing was due"), *shown])
        return rows[::-1]

    def _finding(self) -> str:
        known = [(period, value) for period, value in zip(self.periods, self.values, strict=True) if value is not None]
        if not known:
            return _("Nothing was due.")
        return _("%(measure)s went from %(first)s in %(since)s to %(last)s in %(until)s.") % {
            "measure": self.measure.label,
            "first": figure_words(self.measure, known[0][1]),
            "since": known[0][0].label,
            "last": figure_words(self.measure, known[-1][1]),
            "until": known[-1][0].label,
        }


@dataclass(frozen=True)
class VendorScorecard:
    """Our own scorecard of one quarter with the seven before it."""

    periods: Sequence[Period]
    lines: Sequence[MeasuredLine]
    cards: Sequence[CardScore]
    grading: Grading
    today: date
    is_for_partner: bool = False

    @property
    def period(self) -> Period:
        """The quarter it is about."""
        return self.periods[-1]

    @property
    def card(self) -> CardScore:
        """Total, coverage and grade."""
        return self.cards[-1]

    @property
    def is_running(self) -> bool:
        """Whether the quarter is not over."""
        return self.today < self.period.end

    @property
    def total_is_hidden(self) -> bool:
        """Whether a partner could work somebody else's figures out of the total."""
        return self.is_for_partner and any(one.is_hidden for one in self.lines if one.is_scored)

    @property
    def total(self) -> Decimal | None:
        """The total, where it may be shown."""
        return None if self.total_is_hidden else self.card.total

    @property
    def totals(self) -> list[Decimal | None]:
        """The total of each period."""
        hidden = [
            self.is_for_partner and any(one.is_scored and tally.due and not one.shows(tally) for one, tally in row)
            for row in ([(one, one.tallies[place]) for one in self.lines] for place in range(len(self.periods)))
        ]
        return [None if is_hidden else card.total for card, is_hidden in zip(self.cards, hidden, strict=True)]

    @property
    def change(self) -> Decimal | None:
        """The total against the period before."""
        before = self.totals[-2] if len(self.cards) > 1 else None
        return None if self.total is None or before is None else self.total - before

    @property
    def before(self) -> Period | None:
        """The period before."""
        return self.periods[-2] if len(self.periods) > 1 else None

    @property
    def due(self) -> int:
        """Everything that was due in the period, as far as this reader may see it, each promise once."""
        return self._sum("due")

    @property
    def on_time(self) -> int:
        """What of it was kept by its day."""
        return self._sum("on_time")

    @property
    def overdue(self) -> int:
        """What of it is still open."""
        return self._sum("overdue")

    def _sum(self, name: str) -> int:
        counted = (one for one in self.lines if not one.measure.repeats and not one.is_hidden)
        return sum(getattr(one.tally, name) for one in counted)

    @property
    def grade_colour(self) -> str:
        """The colour of the grade."""
        return grade_colour(self.card.grade or "", self.grading.bands)

    @property
    def weight(self) -> Decimal:
        """All weights together."""
        return sum((one.expected.weight for one in self.lines), Decimal(0))

    @property
    def chart(self) -> Chart:
        """The total over the periods."""
        known = [(p, total) for p, total in zip(self.periods, self.totals, strict=True) if total is not None]
        if not known:
            return Chart(line([], [], label="").html)
        said = _("Our score went from %(first)s in %(since)s to %(last)s in %(until)s.") % {
            "first": formats.number(known[0][1], 1),
            "since": known[0][0].label,
            "last": formats.number(known[-1][1], 1),
            "until": known[-1][0].label,
        }
        return line(
            [short_label(period) for period in self.periods],
            [Series(_("Our score"), self.totals)],
            label=said,
            digits=1,
            first_column=_("Period"),
        )

    def line_of(self, key: str) -> MeasuredLine:
        """The line of one measure."""
        return next(one for one in self.lines if one.measure.key == key)


def build_vendor_scorecard(
    whose: Whose, *, today: date, label: str = "", own_partner: int | None = None, count: int = TREND_PERIODS
) -> VendorScorecard:
    """Our own scorecard of the quarter with this label, else of the running one, with those before it.

    With `own_partner` it is for this partner's eyes: `whose` still counts everybody, and each line also says what lies
    between us and the partner.
    """
    calendar = calendar_of()
    period = period_of(label, today)
    periods = calendar.last_periods(PeriodKind.QUARTER, period.start, count)
    counts = tallies(whose, periods, today, besides=own_partner or 0)
    own = tallies(Whose(partner_id=own_partner), periods[-1:], today) if own_partner is not None else None
    return _assemble(periods, counts, own, today)


def _assemble(periods: Sequence[Period], counts: Tallies, own: Tallies | None, today: date) -> VendorScorecard:
    grades, targets, measures = gradings(periods), vendor_targets(), list(vendor_measures)
    cards = []
    for place, period in enumerate(periods):
        inputs = []
        for measure in measures:
            expected = expected_on(measure, period.start, targets)
            inputs.append(
                LineInput(
                    measure.key,
                    expected.weight,
                    measure.value(counts[measure.key][place]),
                    expected.thresholds(measure.direction),
                )
            )
        grading = grades[period.seq]
        cards.append(
            score_card(
                inputs,
                points_at_target=grading.points_at_target,
                minimum_coverage=grading.minimum_coverage,
                bands=grading.bands,
            )
        )
    lines = [
        MeasuredLine(
            measure,
            expected_on(measure, periods[-1].start, targets),
            scored,
            counts[measure.key],
            periods,
            own[measure.key][-1] if own is not None else None,
        )
        for measure, scored in zip(measures, cards[-1].lines, strict=True)
    ]
    return VendorScorecard(periods, lines, cards, grades[periods[-1].seq], today, is_for_partner=own is not None)


# --- On the partner's page -------------------------------------------------------------------------------------------


def owed_to(_request: HttpRequest, partner: Partner) -> dict[str, Any]:
    """The panel of the partner page: what we owe it; nothing while nothing is overdue."""
    count = count_overdue(Whose(partner_id=partner.pk), timezone.localdate())
    return {"count": count, "partner": partner} if count else {}


def register_panel() -> None:
    """Called once the app is ready."""
    partner_side_panels.register(
        PartnerSidePanel(
            key="promises",
            order=20,
            template="performance/parts/own_panel.html",
            permission=VENDOR_SCORECARD_VIEW,
            context=owed_to,
        )
    )


# --- Words -----------------------------------------------------------------------------------------------------------


def outcomes() -> list[tuple[str, str]]:
    """What becomes of promises, as tallies name it and in words."""
    return [
        ("on_time", _("On time")),
        ("late", _("Late")),
        ("overdue", _("Overdue")),
        ("missed", _("Not kept")),
    ]


def figure_words(measure: VendorMeasure, value: Decimal | None) -> str:
    """A figure with its unit; nothing for none."""
    if value is None:
        return ""
    if measure.unit == MeasureUnit.PERCENT:
        return formats.percent(value)
    digits = 0 if value == value.to_integral_value() else 1
    words = formats.number(value, digits)
    return ngettext("%(days)s day", "%(days)s days", 1 if value == 1 else 2) % {"days": words}
