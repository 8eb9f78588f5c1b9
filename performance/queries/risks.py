"""The risk rules of `performance/outlook/risks.py` asked of the database, for lists and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from performance.models import CardOutlook, GradeBand, PeriodRow
from performance.outlook.risks import BIG_DROP, COVERAGE_NEAR, GRADE_FALL, TWO_FALLS, lowest_grades
from performance.queries.cards import previous_of, trend_of
from performance.queries.outlook import is_running
from prm.tenancy.scope import require_scope

_AT_RISK = """
SELECT s.id
  FROM performance_scorecard s
  LEFT JOIN performance_scorecard b
    ON b.tenant_id = s.tenant_id AND b.partner_id = s.partner_id AND b.programme_id = s.programme_id
   AND b.period_id = %s
 WHERE s.tenant_id = %s AND s.programme_id = %s AND s.period_id = %s AND s.rated
   AND (s.grade = ANY(%s) OR s.grade = ANY(%s) AND coalesce(s.delta, 0) <= 0
        OR s.delta <= %s OR s.limited_by_id IS NOT NULL OR s.coverage < %s
        OR s.delta <= %s AND b.rated
           AND array_position(%s::text[], b.grade::text) < array_position(%s::text[], s.grade::text)
        OR s.delta < 0 AND b.delta < 0 AND s.delta + b.delta <= %s)
"""
"""By hand, because every list counts it for a tab: in the ORM it took five subqueries and a tenth of a page."""


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
        """A card of the period that any of the rules finds at risk. The rules of `performance/outlook/risks.py`."""
        if is_running(self.period, self.as_of):
            kept = CardOutlook.objects.filter(period_id=self.period.pk, reasons__len__gt=0).order_by()
            return Q(pk__in=kept.values("scorecard_id"))
        low = lowest_grades(self.grades)
        before = previous_of(self.period, trend_of(self.period, 2))
        values = (
            before.pk if before else None,
            require_scope().tenant_id,
            self.programme_id,
            self.period.pk,
            list(low[-1:]),
            list(low[:-1]),
            -BIG_DROP,
            min(self.minimum_coverage + COVERAGE_NEAR, Decimal(1)),
            -GRADE_FALL,
            self.grades,
            self.grades,
            -TWO_FALLS,
        )
        return Q(pk__in=RawSQL(_AT_RISK, values))  # noqa: S611  (a constant; the values are parameters)

    @property
    def change(self) -> Any:
        """The change that cards at risk are ordered by, the largest loss first: the projected one while it runs."""
        if not is_running(self.period, self.as_of):
            return F("delta")
        return Subquery(CardOutlook.objects.filter(scorecard_id=OuterRef("pk")).order_by().values("change")[:1])
