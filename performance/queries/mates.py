"""The cohort of a card in figures: the rated partners of its type and tier in the programme, period by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from performance.models import PeriodRow, Scorecard
from prm.tenancy.scope import require_scope

TOTALS_SHOWN = 400
"""A strip shows at most this many totals; of a larger cohort so many percentiles. More would be a grey bar."""

_SHARES = [place / (TOTALS_SHOWN - 1) for place in range(TOTALS_SHOWN)]

_MATES = """
SELECT period_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY total),
       CASE WHEN count(*) > %(most)s
            THEN percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY total) FILTER (WHERE period_id = %(own)s)
            ELSE array_agg(total ORDER BY total) FILTER (WHERE period_id = %(own)s) END
  FROM performance_scorecard
 WHERE tenant_id = %(tenant)s AND programme_id = %(programme)s AND partner_type_id = %(type)s
   AND tier_id IS NOT DISTINCT FROM %(tier)s AND rated AND total IS NOT NULL AND period_id = ANY(%(periods)s)
 GROUP BY period_id
"""


@dataclass(frozen=True, slots=True)
class Mates:
    """The cohort in one period: how many are rated, their median, and in the card's own period their totals upwards."""

    members: int
    median: Decimal
    totals: Sequence[Decimal]


def mates_of(card: Scorecard, periods: Sequence[PeriodRow]) -> dict[int, Mates]:
    """The cohort by period, in one query; periods in which nobody of it is rated are missing."""
    values = {
        "tenant": require_scope().tenant_id,
        "programme": card.programme_id,
        "type": card.partner_type_id,
        "tier": card.tier_id,
        "periods": [period.pk for period in periods],
        "own": card.period_id,
        "most": TOTALS_SHOWN,
        "shares": _SHARES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MATES, values)
        return {
            period_id: Mates(members, Decimal(str(median)), totals or [])
            for period_id, members, median, totals in cursor.fetchall()
        }
