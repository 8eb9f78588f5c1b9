"""One plan as its pages show it, on both sides: the facts on top, each objective, who does what, what happened."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance import display
from performance.choices import Direction
from performance.models import Scorecard
from performance.plans.choices import RUNNING, CommitmentState, Side, Verdict
from performance.plans.models import CheckIn, Commitment, Objective, Plan, PlanNote, Signature
from performance.plans.queries.plans import ObjectiveStanding, Standing, standing_of
from performance.plans.screens.chart import Known, Pace, ahead_words, pace_chart
from performance.queries.reference import periods_by_id
from prm.ui.charts import Chart

HUNDRED = 100


@dataclass(slots=True)
class CommitmentView:
    """A promise with what it needs today."""

    row: Commitment
    today: date
    counts: bool
    """Whether days count: the plan runs."""

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.row.state == CommitmentState.DONE

    @property
    def is_dropped(self) -> bool:
        """Whether it is not wanted any more."""
        return self.row.state == CommitmentState.DROPPED

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.row.state == CommitmentState.OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether its day is over and it is not done, while the plan runs."""
        return self.counts and self.is_open and self.row.due_on < self.today

    @property
    def is_ours(self) -> bool:
        """Whether the vendor promised it."""
        return self.row.side == Side.VENDOR


@dataclass(slots=True)
class ObjectiveView:
    """A KPI of the plan: where it began, where it is, where it has to get, what was promised for it."""

    standing: ObjectiveStanding
    commitments: list[CommitmentView] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def row(self) -> Objective:
        """The record."""
        return self.standing.objective

    @property
    def baseline(self) -> Decimal | None:
        """Where the way begins: fixed at the start, before it what the plan was proposed with."""
        return self.row.trigger_value if self.row.baseline is None else self.row.baseline

    @property
    def is_measured(self) -> bool:
        """Whether there is a result since the start."""
        return self.row.baseline is not None and self.standing.verdict != Verdict.NO_DATA

    @property
    def percent(self) -> Decimal | None:
        """The share of the way that is done, in percent; None while nothing was measured since the start."""
        if self.standing.progress is None or not self.is_measured:
            return None
        return self.standing.progress * HUNDRED

    @property
    def on_track(self) -> bool | None:
        """Whether it keeps pace; None while nothing was measured since the start."""
        return None if not self.is_measured else self.standing.verdict == Verdict.ON_TRACK

    @property
    def tone(self) -> str:
        """The colour of its bar."""
        return "acc" if self.on_track is None else "pos" if self.on_track else "warn"

    @property
    def exit_text(self) -> str:
        """What has to be reached, as cards show thresholds."""
        return self._threshold(self.row.exit_value)

    @property
    def floor_text(self) -> str:
        """Where it is red, likewise: the floor, or outside of a band."""
        floor, ceiling = self._threshold(self.row.floor), self._threshold(self.row.ceiling)
        if self.row.direction == Direction.BAND and self.row.ceiling is not None:
            return _("Red below %(floor)s and above %(ceiling)s.") % {"floor": floor, "ceiling": ceiling}
        return _("Floor %(floor)s.") % {"floor": floor}

    def _threshold(self, value: Decimal | None) -> str:
        kpi = self.row.kpi
        return display.threshold(kpi, None if value is None else display.shown(kpi, value))


@dataclass
class PlanPage:
    """Everything a page of a plan needs. Of a partner's page, internal notes are left out when it is built."""

    plan: Plan
    standing: Standing
    objectives: list[ObjectiveView]
    general: list[CommitmentView]
    today: date
    check_ins: list[CheckIn]
    notes: list[PlanNote]
    signatures: list[Signature]
    cards: list[tuple[Any, Decimal]]
    """Period and total of the partner's scored periods of the plan's kind, oldest first."""

    @cached_property
    def commitments(self) -> list[CommitmentView]:
        """All of both sides that count."""
        every = [one for objective in self.objectives for one in objective.commitments] + self.general
        return [one for one in every if not one.is_dropped]

    @property
    def done(self) -> int:
        """How many commitments are done."""
        return sum(one.is_done for one in self.commitments)

    @property
    def overdue(self) -> tuple[Commitment, ...]:
        """Those that are late, the latest first."""
        return self.standing.overdue

    @property
    def ours_overdue(self) -> int:
        """How much of it is ours to do."""
        return sum(row.side == Side.VENDOR for row in self.standing.overdue)

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.plan.status in RUNNING

    @property
    def may_settle(self) -> bool:
        """Whether commitments can be settled: while the plan runs."""
        return self.is_running

    @property
    def expected_percent(self) -> Decimal | None:
        """How far every objective should be today, in percent."""
        return None if self.standing.expected is None else self.standing.expected * HUNDRED

    @property
    def judged(self) -> list[ObjectiveView]:
        """The objectives with a result since the start."""
        return [one for one in self.objectives if one.is_measured]

    @property
    def behind_count(self) -> int:
        """How many of them do not keep pace."""
        return len(self.judged) - self.standing.on_track_count

    @property
    def score(self) -> Decimal | None:
        """The score of the newest period."""
        return self.cards[-1][1] if self.cards else None

    @property
    def score_period(self) -> Any:
        """The period of that score."""
        return self.cards[-1][0] if self.cards else None

    @property
    def score_change(self) -> Decimal | None:
        """Points since the last period before the plan began; None before there is a newer one."""
        start = self.plan.starts_on
        if start is None or not self.cards or self.plan.activated_at is None:
            return None
        before = [total for period, total in self.cards if period.end <= start]
        return None if not before or self.score_period.end <= start else self.cards[-1][1] - before[-1]

    @cached_property
    def slowest(self) -> ObjectiveView | None:
        """The objective that is least far on its way, of those with a result if there are any."""
        rows = [one for one in self.objectives if one.row.baseline is not None and one.row.exit_value is not None]
        return min(rows, key=lambda one: (not one.is_measured, one.standing.progress or 0), default=None)

    @cached_property
    def pace(self) -> Pace | None:
        """The way the slowest objective has to go."""
        one = self.slowest
        if one is None or one.row.baseline is None or one.row.exit_value is None or self.standing.day is None:
            return None
        return Pace(one.row.baseline, one.row.exit_value, self.standing.days)

    @cached_property
    def known(self) -> list[Known]:
        """What was measured of the slowest objective since the start: at checkpoints, and now."""
        one, pace = self.slowest, self.pace
        if one is None or pace is None:
            return []
        found = {0: pace.baseline}
        for check in self.check_ins:
            if check.round != self.plan.relapses:
                continue
            for item in check.found:
                if item.get("kpi") in (one.row.kpi_id, one.row.kpi.code) and item.get("value") is not None:
                    found[min(check.day, pace.days)] = Decimal(str(item["value"]))
        if one.is_measured and one.row.last_value is not None and self.standing.day is not None:
            found[max(self.standing.day - 1, 1)] = one.row.last_value
        return [Known(day, value) for day, value in sorted(found.items())]

    @cached_property
    def chart(self) -> Chart | None:
        """The slowest objective against the pace it needs."""
        if self.pace is None or self.slowest is None or self.plan.starts_on is None or len(self.known) < 2:
            return None
        return pace_chart(self.slowest.row.kpi, pace=self.pace, start=self.plan.starts_on, known=self.known)

    @property
    def ahead(self) -> Decimal | None:
        """How far the newest result of the slowest objective is before the pace; negative when it is behind."""
        return self.pace.ahead(self.known[-1]) if self.pace and self.chart else None

    @property
    def ahead_words(self) -> str:
        """The same in words."""
        return ahead_words(self.slowest.row.kpi, self.ahead) if self.slowest and self.ahead is not None else ""

    @property
    def signed(self) -> dict[str, Signature]:
        """The signatures under the version that stands, by side."""
        return {one.side: one for one in self.signatures if one.version == self.plan.version}

    @property
    def former_signatures(self) -> list[Signature]:
        """Those under versions that have been changed since."""
        return [one for one in self.signatures if one.version != self.plan.version]

    @property
    def checkpoints_ahead(self) -> list[tuple[int, date]]:
        """The days still to be judged, with their dates, the last first."""
        start, judged = self.plan.starts_on, {one.day for one in self.check_ins if one.round == self.plan.relapses}
        if start is None or not self.is_running:
            return []
        days = sorted(set(self.plan.checkpoint_days) - judged, reverse=True)
        return [(day, start + timedelta(days=day + self.standing.stopped_days)) for day in days]


def build_plan(plan: Plan, *, for_partner: bool) -> PlanPage:
    """What belongs to a plan that `one_plan` has loaded; one statement more, for the scores."""
    today = timezone.localdate()
    standing = standing_of(plan, today)
    periods = periods_by_id()
    by_label = {period.label: period for period in periods.values()}
    objectives = [ObjectiveView(one, records=_records(one.objective, by_label)) for one in standing.objectives]
    by_objective = {one.row.pk: one for one in objectives}
    general: list[CommitmentView] = []
    commitments: list[Commitment] = plan.all_commitments  # type: ignore[attr-defined]  # `one_plan` puts them there
    for commitment in commitments:
        view = CommitmentView(commitment, today, plan.status in RUNNING)
        home = by_objective.get(commitment.objective_id or 0)
        (home.commitments if home else general).append(view)
    return PlanPage(
        plan,
        standing,
        objectives,
        general,
        today,
        sorted(plan.check_ins.all(), key=lambda one: (one.round, one.day), reverse=True),
        [note for note in plan.notes.all() if not (for_partner and note.is_internal)],
        list(plan.signatures.all()),
        _cards(plan, periods),
    )


def _records(objective: Objective, by_label: Any) -> list[dict[str, Any]]:
    """The results that led here, as figures, with the period where there is one."""
    names = ("value", "floor", "target", "points")
    return [
        {
            "period": one.get("period", ""),
            "row": by_label.get(one.get("period", "")),
            **{name: None if one.get(name) is None else Decimal(str(one[name])) for name in names},
        }
        for one in objective.records
    ]


def _cards(plan: Plan, periods: Any) -> list[tuple[Any, Decimal]]:
    kind = {pk: row for pk, row in periods.items() if row.kind == plan.period_kind}
    if plan.ended_at is not None:
        kind = {pk: row for pk, row in kind.items() if row.start <= timezone.localdate(plan.ended_at)}
    cards = Scorecard.objects.filter(partner_id=plan.partner_id, programme_id=plan.programme_id, period_id__in=kind)
    found = cards.order_by().values_list("period_id", "total")
    return sorted(((kind[pk], total) for pk, total in found if total is not None), key=lambda pair: pair[0].start)
