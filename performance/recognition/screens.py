"""Whom a badge would have been granted to, with names and what earned it."""

from dataclasses import dataclass
from decimal import Decimal

from partners.models import Partner
from performance.models import PeriodRow, Scorecard
from performance.recognition.models import Award, Badge
from performance.recognition.services.granting import SHOWN_PER_PERIOD, try_rule
from performance.recognition.words.awards import award_sentence


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A partner that the rule fits."""

    partner: Partner
    why: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class PreviewPeriod:
    """A closed period: how many the rule fits there, and the first of them."""

    period: PeriodRow
    count: int
    lines: list[PreviewLine]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.lines)


@dataclass(frozen=True, slots=True)
class Preview:
    """The last closed periods, the newest first; none where no period of the kind is closed."""

    periods: list[PreviewPeriod]

    @property
    def is_empty(self) -> bool:
        """Whether nobody would have been granted it."""
        return not any(one.count for one in self.periods)


def preview_of(badge: Badge, *, shown: int = SHOWN_PER_PERIOD) -> Preview:
    """Try the rule of a badge, saved or not. Nothing is written; four statements."""
    if badge.programme_id is None:
        return Preview([])
    rule = badge.rule
    tried = try_rule(rule, badge.programme_id, shown=shown)
    partners = Partner.objects.in_bulk([row.partner_id for one in tried for row in one.candidates])
    numbers = [row.scorecard_id for one in tried for row in one.candidates]
    cards = Scorecard.objects.defer("lines").in_bulk(numbers)
    found = []
    for one in tried:
        lines = []
        for row in one.candidates:
            award = Award(
                badge=badge,
                period=one.period,
                scorecard=cards[row.scorecard_id],
                kept_rule=rule.as_json(),
                value=row.value,
                total=row.total,
                grade=row.grade,
                rank=row.place,
                cohort_size=row.members,
            )
            lines.append(PreviewLine(partners[row.partner_id], award_sentence(award), row.total))
        found.append(PreviewPeriod(one.period, one.count, lines))
    return Preview(found)
