"""What measured results do to a plan: its checkpoints, its success, its failure, and when its clock stands.

Nobody ends a plan by hand: it succeeds after m closed periods in a row at or beyond every exit, and fails when its
last day is over without that. A period counts if its last day lies within the plan. Time stands still while a result
is missing, or while the vendor owes the partner something after its day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from performance.plans.choices import StopReason, Verdict
from performance.plans.rules.progress import Goal, is_on_track
from prm.periods import PeriodKind

LONGEST_MONTHS = {1: 31, 3: 92, 6: 184, 12: 366}
RELAPSE_PERIODS = 2
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Result:
    """The closed results of one period: what each KPI came to; a KPI without a result is None or left out.

    `seq` counts the periods of a kind without gaps, closed or not.
    """

    label: str
    seq: int
    last_day: date
    closed_on: date
    values: Mapping[int, Decimal | None]


class Ending(StrEnum):
    """What follows from the results for a plan that runs."""

    GO_ON = "go_on"
    WAIT = "wait"
    SUCCEED = "succeed"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen: `since` and `reason` where the clock stands, `period` where results ended the plan."""

    ending: Ending
    period: str = ""
    reason: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running plan as the rules see it. While the clock stands, `stopped_on` is the first day that does not count."""

    starts_on: date
    ends_on: date
    stopped_on: date | None = None
    stopped_days: int = 0
    periods_to_succeed: int = 2

    def stopped_until(self, today: date) -> int:
        """All days that do not count, those of the present stop included."""
        return self.stopped_days + self._present_stop(today)

    def ends_on_as_of(self, today: date) -> date:
        """The last day, moved by the present stop."""
        return self.ends_on + timedelta(days=self._present_stop(today))

    def _present_stop(self, today: date) -> int:
        return 0 if self.stopped_on is None else max((today - self.stopped_on).days, 0)


def least_days(period_kind: str, periods: int) -> int:
    """The days in which the last days of so many periods lie, wherever a plan begins."""
    return LONGEST_MONTHS[PeriodKind(period_kind).months] * periods


def streak(goal: Goal, results: Sequence[Result]) -> int:
    """How many of the last closed periods in a row are at or beyond the exit.

    A missing result ends the row, and so does a period between them that is not closed.
    """
    count, before = 0, None
    for result in reversed(results):
        follows = before is None or result.seq == before - 1
        if not follows or not goal.is_reached(result.values.get(goal.kpi_id)):
            break
        count, before = count + 1, result.seq
    return count


def within(plan: Running, results: Iterable[Result], today: date) -> list[Result]:
    """The closed periods that count for a plan, in order of time."""
    last = plan.ends_on_as_of(today)
    return sorted(
        (result for result in results if plan.starts_on <= result.last_day <= last), key=lambda one: one.last_day
    )


def judge(
    plan: Running,
    goals: Sequence[Goal],
    results: Iterable[Result],
    *,
    period_ends: Iterable[date],
    vendor_overdue_since: date | None,
    today: date,
) -> Decision:
    """What follows for a running plan today.

    `period_ends` are the last days of the calendar's periods, closed or not. `vendor_overdue_since` is the first day
    on which something that the vendor owes was overdue.
    """
    counted = within(plan, results, today)
    if counted and all(streak(goal, counted) >= plan.periods_to_succeed for goal in goals):
        return Decision(Ending.SUCCEED, period=counted[-1].label)
    if vendor_overdue_since is not None:
        return Decision(Ending.WAIT, reason=StopReason.VENDOR, since=vendor_overdue_since)
    if counted and any(counted[-1].values.get(goal.kpi_id) is None for goal in goals):
        return Decision(Ending.WAIT, reason=StopReason.DATA, since=today)
    last = plan.ends_on_as_of(today)
    if today <= last:
        return Decision(Ending.GO_ON)
    closed = {result.last_day for result in counted}
    awaited = [day for day in period_ends if plan.starts_on <= day <= last and day not in closed]
    if awaited or not counted:
        return Decision(Ending.WAIT, reason=StopReason.DATA, since=plan.ends_on + ONE_DAY)
    return Decision(Ending.FAIL, period=counted[-1].label)


def has_relapsed(goals: Sequence[Goal], after: Sequence[Result]) -> str:
    """The period in which a plan that had succeeded fell back, among the first closed ones after it; else empty."""
    for result in sorted(after, key=lambda one: one.last_day)[:RELAPSE_PERIODS]:
        if any(goal.has_relapsed(result.values.get(goal.kpi_id)) for goal in goals):
            return result.label
    return ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a checkpoint found about one objective."""

    kpi_id: int
    value: Decimal | None
    period: str
    progress: Decimal | None
    verdict: Verdict


def checkpoint(goals: Sequence[Goal], results: Sequence[Result], expected: Decimal) -> tuple[Verdict, list[Finding]]:
    """How a plan stands at a checkpoint, by the newest closed result of each objective that counts for it.

    Behind if one objective is behind; no data yet if none is behind and one has no result.
    """
    findings = [_finding(goal, results, expected) for goal in goals]
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.MISSED, Verdict.NO_DATA):
        if verdict in verdicts:
            return verdict, findings
    return Verdict.ON_TRACK, findings


def _finding(goal: Goal, results: Sequence[Result], expected: Decimal) -> Finding:
    for result in reversed(results):
        value = result.values.get(goal.kpi_id)
        if value is not None:
            done = goal.progress(value)
            verdict = Verdict.ON_TRACK if is_on_track(done, expected) else Verdict.MISSED
            return Finding(goal.kpi_id, value, result.label, done, verdict)
    return Finding(goal.kpi_id, None, "", None, Verdict.NO_DATA)
