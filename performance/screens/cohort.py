"""Where a card stands among the rated partners of its type and tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from performance.models import PeriodRow, Scorecard
from performance.queries.mates import Mates
from performance.rules.scoring import COHORT_SHOWN_FROM


@dataclass(frozen=True)
class Cohort:
    """Where the card stands among the rated partners of its type and tier."""

    rank: int
    size: int
    totals: Sequence[Decimal]
    median: Decimal
    before: int | None
    size_before: int | None
    period_before: str
    name: str

    @property
    def places(self) -> int | None:
        """Places gained since the period before; negative when lost."""
        return None if self.before is None else self.before - self.rank

    @property
    def grown(self) -> str:
        """Against how many the former place was, where the cohort has another size now: a place alone would mislead."""
        if self.before is None or self.size_before is None or self.size_before == self.size:
            return ""
        words = {"rank": self.before, "size": self.size_before, "period": self.period_before, "now": self.size}
        if self.size_before > self.size:
            return _("%(rank)s of %(size)s in %(period)s; fewer partners are ranked now, %(now)s.") % words
        return _("%(rank)s of %(size)s in %(period)s; more partners are ranked now, %(now)s.") % words

    @property
    def low(self) -> Decimal:
        """The lowest total of the cohort."""
        return self.totals[0]

    @property
    def high(self) -> Decimal:
        """The highest total of the cohort."""
        return self.totals[-1]


def cohort_of(
    card: Scorecard, mates: Mapping[int, Mates], previous: Scorecard | None, *, is_portal: bool
) -> Cohort | None:
    """The strip of the cohort; None for a card without a rank and, in the portal, for fewer than five."""
    if card.rank is None or card.cohort is None or (is_portal and card.cohort < COHORT_SHOWN_FROM):
        return None
    own = mates.get(card.period_id)
    if own is None or not own.totals:
        return None
    name = ", ".join(str(part) for part in (card.partner_type, card.tier) if part)
    if previous is not None and is_portal and (previous.cohort or 0) < COHORT_SHOWN_FROM:
        previous = None
    return Cohort(
        rank=card.rank,
        size=card.cohort,
        totals=own.totals,
        median=own.median,
        before=previous.rank if previous else None,
        size_before=previous.cohort if previous else None,
        period_before=previous.period.label if previous else "",
        name=name,
    )


def medians_of(mates: Mapping[int, Mates], trend: Sequence[PeriodRow]) -> list[Decimal | None]:
    """The cohort's median per period, where it has five or more members."""
    found = (mates.get(row.pk) for row in trend)
    return [one.median if one is not None and one.members >= COHORT_SHOWN_FROM else None for one in found]
