"""What closed scorecards say about KPIs: the figures that plans are made from and judged by.

Closed cards bring their frozen lines, so a plan sees what was closed, and what was restated since.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from performance.plans.rules.judging import Result
from performance.queries.reference import periods_by_id
from prm.tenancy.scope import require_scope

# A value that was carried over from an earlier period is none of this period.
_FIGURES = """
SELECT s.partner_id, n.seq, n.label, n.end_on, n.closed_at, f.kpi_id, f.direction, f.weight,
       CASE WHEN f.state IN ('scored', 'no_benchmark') THEN f.actual END, f.floor, f.target, f.stretch,
       f.ceiling, f.points
  FROM performance_periodrow n
  JOIN performance_scorecard s ON s.tenant_id = %(tenant)s AND s.period_id = n.id
 CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f(
       position int, kpi_id bigint, direction text, weight numeric, state text, actual numeric, floor numeric,
       target numeric, stretch numeric, ceiling numeric, points numeric)
 WHERE n.tenant_id = %(tenant)s AND n.kind = %(kind)s AND n.closed_at IS NOT NULL AND n.seq >= %(since)s
   AND s.programme_id = %(programme)s AND s.partner_id = ANY(%(partners)s)
   AND f.state <> 'not_applicable'
 ORDER BY s.partner_id, n.seq, f.position
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one KPI of one partner came to in one closed period; `value` is None where nothing was measured."""

    partner_id: int
    seq: int
    period: str
    period_end: date
    closed_at: datetime
    kpi_id: int
    direction: str
    weight: Decimal | None
    value: Decimal | None
    floor: Decimal | None
    target: Decimal | None
    stretch: Decimal | None
    ceiling: Decimal | None
    points: Decimal | None


def figures_of(
    partner_ids: Collection[int], *, programme_id: int, period_kind: str, since: int = 0
) -> dict[int, list[Figure]]:
    """The figures of partners in the closed periods of a kind from the number `since` on, oldest first."""
    found: dict[int, list[Figure]] = defaultdict(list)
    params: dict[str, Any] = {
        "tenant": require_scope().tenant_id,
        "programme": programme_id,
        "kind": period_kind,
        "since": since,
        "partners": sorted(partner_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, params)
        for row in cursor.fetchall():
            found[row[0]].append(Figure(*row))
    return found


def as_results(figures: Collection[Figure], periods: Collection["ClosedPeriod"]) -> list[Result]:
    """One partner's figures by period, as the rules judge them. A closed period without a card has no values."""
    values: dict[str, dict[int, Decimal | None]] = defaultdict(dict)
    for figure in figures:
        values[figure.period][figure.kpi_id] = figure.value
    return [
        Result(period.label, period.seq, period.last_day, period.closed_on, values[period.label]) for period in periods
    ]


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A closed period. `closed_on` is the day in the tenant's time zone."""

    seq: int
    label: str
    last_day: date
    closed_on: date


def closed_periods(period_kind: str, *, since: int = 0) -> list[ClosedPeriod]:
    """The closed periods of a kind from the number `since` on, oldest first."""
    tenant = require_scope().tenant
    rows = [
        ClosedPeriod(row.seq, row.label, row.end - timedelta(days=1), tenant.local_date(row.closed_at))
        for row in periods_by_id().values()
        if row.kind == period_kind and row.seq >= since and row.closed_at is not None
    ]
    return sorted(rows, key=lambda row: row.seq)
