"""A what-if as its page shows it: what the draft changes in words, the figures before and after, who moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import BenchmarkBasis, MoveKind
from performance.models import KPI, PERIOD_KINDS, GradeBand, PeriodRow, WhatIf, WhatIfMove
from performance.queries.cards import tier_places
from performance.queries.outlook import is_running
from performance.queries.what_if_draft import Draft
from performance.queries.what_ifs import largest_moves, moves, outcomes_of
from performance.rules.what_if import BINS, Outcome
from performance.screens.grades import grade_colour
from performance.services.what_if_replay import has_newer_results, latest_job, needs_basis
from performance.services.what_ifs import is_fresh
from prm.jobs.models import Job
from prm.ui.charts import Chart, Legend, histogram

MOVERS = 8
"""So many of those that lose and of those that gain are drawn."""

WIDTH = 100 // BINS


@dataclass(frozen=True)
class ChangeLine:
    """One change of the draft in words: what it is of, from what to what."""

    name: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class GradeLine:
    """One grade: how many have it now and would have it."""

    key: str
    colour: str
    before: int
    after: int

    @property
    def change(self) -> Decimal:
        """How many more."""
        return Decimal(self.after - self.before)


@dataclass(frozen=True)
class Mover:
    """A partner that would change its grade, with the colours of both."""

    move: WhatIfMove
    old_colour: str
    new_colour: str
    tier_place: int | None


@dataclass(frozen=True)
class WhatIfPage:
    """All that the page needs."""

    what_if: WhatIf
    periods: Sequence[PeriodRow]
    outcomes: Sequence[Outcome]
    shown: Outcome | None
    changes: Sequence[ChangeLine]
    grades: Sequence[GradeLine]
    movers: Sequence[Mover]
    chart: Chart
    job: Job | None
    is_fresh: bool
    has_newer: bool
    running: frozenset[str]

    @property
    def is_running(self) -> bool:
        """Whether the period whose figures are shown has not ended yet, so that its totals will still move."""
        return self.shown is not None and self.shown.period in self.running

    @property
    def period(self) -> PeriodRow | None:
        """The period whose figures are shown."""
        return next((row for row in self.periods if self.shown and row.label == self.shown.period), None)

    @property
    def average_change(self) -> Decimal | None:
        """How much the average would change."""
        return _difference(self.shown)

    @property
    def headline(self) -> str:
        """What would happen in the period, in one sentence."""
        if self.shown is None:
            return ""
        return moved_sentence(self.shown)

    @property
    def ways(self) -> str:
        """Which ways they move."""
        return ways_sentence(self.shown) if self.shown else ""

    @property
    def by_period(self) -> list[tuple[Outcome, Decimal | None, int, int]]:
        """Each period with the change of its average, and how many move up and down, newest first."""
        return [(row, _difference(row), *_up_and_down(row)) for row in self.outcomes]

    @property
    def unrated_change(self) -> Decimal | None:
        """How many more have no grade."""
        return None if self.shown is None else Decimal(self.shown.not_rated_after - self.shown.not_rated_before)


def moved_sentence(outcome: Outcome) -> str:
    """How many change grade, and which way."""
    if not outcome.moved:
        return _("No partner would change grade.")
    return ngettext(
        "%(count)s partner would change grade.", "%(count)s partners would change grade.", outcome.moved
    ) % {"count": display.number(outcome.moved, 0)}


def ways_sentence(outcome: Outcome) -> str:
    """The ways they move, in words: 12 up, 47 down, 3 no longer rated."""
    words = {
        MoveKind.UP: _("%(count)s up"),
        MoveKind.DOWN: _("%(count)s down"),
        MoveKind.RATED: _("%(count)s newly rated"),
        MoveKind.UNRATED: _("%(count)s no longer rated"),
        MoveKind.NEW: _("%(count)s with a new scorecard"),
        MoveKind.GONE: _("%(count)s without a scorecard"),
    }
    return ", ".join(
        text % {"count": display.number(outcome.moves[kind], 0)}
        for kind, text in words.items()
        if kind in outcome.moves
    )


def _difference(outcome: Outcome | None) -> Decimal | None:
    if outcome is None or outcome.average_before is None or outcome.average_after is None:
        return None
    return outcome.average_after - outcome.average_before


def _up_and_down(outcome: Outcome) -> tuple[int, int]:
    return outcome.moves.get(MoveKind.UP, 0), outcome.moves.get(MoveKind.DOWN, 0)


def build_what_if(draft: Draft, *, period: str = "", portfolio: Any | None = None) -> WhatIfPage:
    """The page, with a fixed number of queries. `period` chooses whose figures stand in front."""
    what_if, today = draft.what_if, timezone.localdate()
    outcomes = outcomes_of(what_if)
    shown = next((row for row in outcomes if row.period == period), outcomes[0] if outcomes else None)
    old_bands = list(draft.base.bands.all()) if draft.base else []
    new_bands = list(draft.template.bands.all()) if draft.template else old_bands
    stored = draft.changes if what_if.is_open else what_if.changes
    return WhatIfPage(
        what_if=what_if,
        periods=draft.periods,
        outcomes=outcomes,
        shown=shown,
        changes=_changes(stored, draft),
        grades=_grades(shown, new_bands, old_bands),
        movers=_movers(what_if, shown, old_bands, new_bands, portfolio),
        chart=_chart(shown, new_bands or old_bands),
        job=latest_job(what_if) if what_if.is_open else None,
        is_fresh=is_fresh(draft),
        running=frozenset(row.label for row in draft.periods if is_running(row, today)),
        has_newer=what_if.is_open and not needs_basis(what_if) and has_newer_results(what_if),
    )


def _changes(stored: Sequence[dict[str, Any]], draft: Draft) -> list[ChangeLine]:
    """Each in words. The KPIs are those of the card and of its benchmarks; of a settled one perhaps others."""
    known = [row.kpi for row in draft.lines] + [row.kpi for row in draft.benchmarks]
    kpis = {kpi.code: kpi for kpi in known}
    missing = {entry["code"] for entry in stored} - kpis.keys() - {""}
    if missing:
        kpis |= {row.code: row for row in KPI.objects.filter(code__in=missing)}
    return [_change_line(entry, kpis.get(entry["code"])) for entry in stored]


def _change_line(entry: dict[str, Any], kpi: KPI | None) -> ChangeLine:
    before, after = (_worded(entry, kpi, entry[side]) for side in ("before", "after"))
    fields = {"floor": _("Floor"), "target": _("Target"), "stretch": _("Stretch"), "ceiling": _("Ceiling")}
    if entry["what"] == "setting":
        names = {
            "points_at_target": _("Points at target"),
            "minimum_coverage": _("Minimum coverage"),
            "period_kinds": _("Scorecards for each"),
        }
        return ChangeLine(names[entry["name"]], "", before, after)
    if entry["what"] == "grade":
        return ChangeLine(_("Grade %(grade)s") % {"grade": entry["name"]}, _("From"), before, after)
    words = {
        "weight": _("Weight"),
        "policy": _("Without data"),
        "gate": _("Gate"),
        "types": _("Only for"),
        "benchmark": fields.get(entry["field"], ""),
    }
    return ChangeLine(entry["name"], words[entry["what"]], before, after)


def _worded(entry: dict[str, Any], kpi: KPI | None, value: Any) -> str:
    if value is None:
        return _("none") if entry["what"] == "benchmark" else display.NONE
    if entry["what"] == "benchmark":
        if entry["basis"] == BenchmarkBasis.COHORT:
            return f"P{display.plain(Decimal(value))}"
        if entry["basis"] != BenchmarkBasis.ABSOLUTE:
            return display.with_unit(display.plain(Decimal(value)), "%")
        return display.threshold(kpi, Decimal(value)) if kpi else str(value)
    if entry["what"] == "weight":
        return display.with_unit(display.plain(Decimal(value)), "%")
    if entry["what"] == "grade" or entry["name"] == "points_at_target":
        return display.plain(Decimal(value))
    if entry["name"] == "minimum_coverage":
        return display.percent(Decimal(value))
    if entry["name"] == "period_kinds":
        names = dict(PERIOD_KINDS)
        return ", ".join(str(names.get(kind, kind)) for kind in value)
    return str(value)


def _grades(outcome: Outcome | None, new: Sequence[GradeBand], old: Sequence[GradeBand]) -> list[GradeLine]:
    if outcome is None:
        return []
    return [
        GradeLine(key, grade_colour(key, new) or grade_colour(key, old), before, after)
        for key, before, after in outcome.grades
    ]


def _movers(
    what_if: WhatIf,
    outcome: Outcome | None,
    old: Sequence[GradeBand],
    new: Sequence[GradeBand],
    portfolio: Any | None,
) -> list[Mover]:
    if outcome is None:
        return []
    places = tier_places(what_if.programme_id)
    rows = largest_moves(moves(what_if, portfolio), outcome.period, MOVERS)
    return [
        Mover(row, grade_colour(row.old_grade, old), grade_colour(row.new_grade, new), places.get(row.tier_id or 0))
        for row in rows
    ]


def _chart(outcome: Outcome | None, bands: Sequence[GradeBand]) -> Chart:
    """The distribution by the draft, coloured by its grades, with the outline of the stored one."""
    if outcome is None:
        return histogram([], label="")
    edges = [str(index * WIDTH) for index in range(BINS)]
    tones = [_tone(index * WIDTH, bands) for index in range(BINS)]
    chart = histogram(
        outcome.bins_after,
        label=_("Totals in %(period)s. %(finding)s")
        % {"period": outcome.period, "finding": f"{moved_sentence(outcome)} {ways_sentence(outcome)}".strip()},
        labels=[edge if int(edge) % 20 == 0 else "" for edge in edges] + ["100"],
        css=tones,
        before=outcome.bins_before,
        height="h120",
        columns=(_("Total"), _("Then"), _("Now")),
        bin_names=[
            _("%(low)s to under %(high)s") % {"low": edge, "high": int(edge) + WIDTH}
            if index < BINS - 1
            else _("95 to 100")
            for index, edge in enumerate(edges)
        ],
        max_labels=BINS + 1,
    )
    return Chart(chart.html, chart.columns, chart.rows, (Legend(_("By the draft"), "k6"), Legend(_("As it is"), "ko")))


def _tone(low: int, bands: Sequence[GradeBand]) -> str:
    """The colour of the grade that the middle of a bin has."""
    middle = Decimal(low) + Decimal(WIDTH) / 2
    fitting = [band for band in bands if band.minimum <= middle]
    best = max(fitting, key=lambda band: band.minimum, default=None)
    return grade_colour(best.key, bands) if best else "6"
