"""What follows from the grades of a version, in words: what is chosen, whom it would concern, whether it is on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from performance.choices import ConsequenceTiming
from performance.consequences import consequence_kinds, kind_label
from performance.models import PERIOD_KINDS, GradeBand, Outcome, PeriodRow, ScorecardTemplate
from performance.queries.consequences import (
    DueList,
    bands_with_consequences,
    due_as_version,
    due_in_force,
    trial_periods,
    usual_period,
)
from performance.words.consequences import happened


@dataclass(frozen=True)
class Choice:
    """One consequence of a grade; `count` is how many partners it would have concerned, None where not tried."""

    key: str
    label: str
    timing: str
    help: str
    count: int | None = None


@dataclass(frozen=True)
class GradeChoices:
    """A grade and what follows from it."""

    band: GradeBand
    choices: list[Choice]


@dataclass(frozen=True)
class Standing:
    """The consequences of a version as its page shows them."""

    grades: list[GradeChoices]
    periods: str
    is_on: bool

    @property
    def has_any(self) -> bool:
        """Whether anything is chosen."""
        return any(grade.choices for grade in self.grades)


@dataclass(frozen=True)
class Trial:
    """A version's consequences tried on one period: nothing is told and nothing written."""

    standing: Standing
    period: PeriodRow | None
    periods: Sequence[PeriodRow]
    due: DueList

    @property
    def sentences(self) -> list[str]:
        """What would have happened, one sentence for each kind."""
        return sentences_of(self.due)

    @property
    def period_note(self) -> str:
        """Which period it is, for people who did not choose one."""
        if self.period is None:
            return ""
        if self.period.is_closed:
            return _("%(period)s, closed") % {"period": self.period.label}
        return _("%(period)s, still open") % {"period": self.period.label}


def sentences_of(due: DueList) -> list[str]:
    """What would happen, one sentence for each kind that concerns anybody."""
    return [kind.would(count) for kind, count in due.kinds]


def standing_of(template: ScorecardTemplate, due: DueList | None = None) -> Standing:
    """What follows from the grades of a version; with `due` also how often."""
    return Standing(
        [GradeChoices(band, _choices(band, due)) for band in bands_with_consequences(template)],
        kinds_of_period(template.consequence_periods),
        template.consequences_on_at is not None,
    )


def _choices(band: GradeBand, due: DueList | None) -> list[Choice]:
    chosen = {row.kind: row.timing for row in band.consequences.all()}
    return [
        Choice(
            kind.key,
            str(kind.label),
            str(ConsequenceTiming(chosen[kind.key]).label),
            str(kind.help),
            None if due is None else due.counts.get((band.key, kind.key), 0),
        )
        for kind in consequence_kinds
        if kind.key in chosen
    ]


def kinds_of_period(kinds: Iterable[str]) -> str:
    """Kinds of period in words, in the order of the calendar."""
    wanted = set(kinds)
    return ", ".join(str(label).lower() for value, label in PERIOD_KINDS if value in wanted)


def build_trial(
    template: ScorecardTemplate, *, today: date, label: str = "", partners: Iterable[int] | None = None
) -> Trial:
    """Try a version's consequences on the period asked for, else the last closed one, else the last or running one."""
    periods = trial_periods(template, today)
    period = next((row for row in periods if row.label == label), None) or usual_period(periods, today)
    due = due_as_version(template, period, partners=partners) if period else DueList([])
    return Trial(standing_of(template, due), period, periods, due)


@dataclass(frozen=True)
class Closing:
    """What closing a period would bring, for the page that confirms it."""

    due: DueList
    versions: list[ScorecardTemplate]
    elsewhere: str = ""
    """The kinds of period that consequences follow from, where this is none of them."""

    @property
    def sentences(self) -> list[str]:
        """What would happen, one sentence for each kind."""
        return sentences_of(self.due)

    @property
    def off(self) -> list[ScorecardTemplate]:
        """The versions whose consequences are off although they have some for this kind of period."""
        return [version for version in self.versions if version.consequences_on_at is None]


def build_closing(period: PeriodRow, versions: Sequence[ScorecardTemplate]) -> Closing:
    """What closing would bring, and what is left off. `versions` are those that score the period."""
    chosen = [version for version in versions if any(band.consequences.all() for band in version.bands.all())]
    concerned = [version for version in chosen if period.kind in version.consequence_periods]
    is_on = any(version.consequences_on_at for version in concerned)
    elsewhere = {kind for version in chosen for kind in version.consequence_periods} if not concerned else set()
    return Closing(due_in_force(period) if is_on else DueList([]), concerned, kinds_of_period(elsewhere))


def followed_rows(rows: Iterable[Outcome]) -> list[dict[str, Any]]:
    """What followed from a card, for its page."""
    return [{"outcome": row, "label": kind_label(row.kind), "words": happened(row)} for row in rows]
