"""The risk rules of `performance/outlook/risks.py` asked of the database, for lists and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from performance.models import CardOutlook, GradeBand, PeriodRow, Scorecard
from performance.outlook.risks import BIG_DROP, COVERAGE_NEAR, GRADE_FALL, TWO_FALLS, lowest_grades
from performance.queries.outlook import is_running


@dataclass(frozen=True)
class RiskTest:
    """What the rules need to know about the cards of one period of a programme. `bands` in any order."""

    programme_id: int
    period: PeriodRow
    bands: Sequence[GradeBand]
    minimum_coverage: Decimal
    as_of: date

    @classmethod
    def of(cls, bands: Sequence[GradeBand], period: PeriodRow, as_of: date) -> "RiskTest | None":
        """The test for the cards of a period that the version with these grades scores; None without a version."""
        if not bands:
            return None
        template = bands[0].template
        return cls(template.programme_id, period, bands, template.minimum_coverage, as_of)

    @property
    def grades(self) -> list[str]:
        """The grades, the best first."""
        return [band.key for band in sorted(self.bands, key=lambda band: band.minimum, reverse=True)]

    @property
    def condition(self) -> Q:
        """A card of the period that any of the rules finds at risk. Each subquery is read once, not for each card."""
        if is_running(self.period, self.as_of):
            kept = CardOutlook.objects.filter(period_id=self.period.pk, reasons__len__gt=0).order_by()
            return Q(pk__in=kept.values("scorecard_id"))
        low = lowest_grades(self.grades)
        found = Q(grade__in=low[-1:]) | Q(grade__in=low[:-1]) & (Q(delta__isnull=True) | Q(delta__lte=0))
        found |= Q(delta__lte=-BIG_DROP) | Q(limited_by__isnull=False)
        found |= Q(coverage__lt=min(self.minimum_coverage + COVERAGE_NEAR, Decimal(1)))
        for place, grade in enumerate(self.grades):
            better = self.grades[:place]
            if better:
                fallen = self._before().filter(rated=True, grade__in=better)
                found |= Q(grade=grade, delta__lte=-GRADE_FALL, partner_id__in=fallen.values("partner_id"))
        return Q(rated=True) & (found | self._two_falls())

    @property
    def change(self) -> Any:
        """The change that cards at risk are ordered by, the largest loss first: the projected one while it runs."""
        if not is_running(self.period, self.as_of):
            return F("delta")
        return Subquery(CardOutlook.objects.filter(scorecard_id=OuterRef("pk")).order_by().values("change")[:1])

    def _before(self) -> QuerySet[Scorecard]:
        return Scorecard.objects.filter(
            programme_id=self.programme_id, period__kind=self.period.kind, period__seq=self.period.seq - 1
        ).order_by()

    def _two_falls(self) -> Q:
        earlier = self._before().filter(
            partner_id=OuterRef("partner_id"), delta__lt=0, delta__lte=-TWO_FALLS - OuterRef("delta")
        )
        return Q(delta__lt=0) & Q(Exists(earlier))
