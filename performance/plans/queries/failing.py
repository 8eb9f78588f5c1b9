"""The closed cards that rules look at: which KPIs lay under their floors, for all partners in one statement."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from performance.models import PeriodRow
from performance.plans.rules.triggers import ClosedCard
from performance.queries.reference import periods_by_id
from prm.tenancy.scope import require_scope

# Red as `rules/progress.is_under_floor` has it. The worst is the KPI that cost the card most points.
_FAILING = """
SELECT s.partner_id, n.seq, s.grade, x.red, x.worst
  FROM performance_periodrow n
  JOIN performance_scorecard s
    ON s.tenant_id = %(tenant)s AND s.period_id = n.id AND s.programme_id = %(programme)s AND s.rated
  JOIN partners_partner p ON p.tenant_id = %(tenant)s AND p.id = s.partner_id
   AND p.status NOT IN ('terminated', 'suspended')
 CROSS JOIN LATERAL (
   SELECT array_agg(f.kpi_id ORDER BY f.lost DESC, f.position) FILTER (WHERE f.is_red) AS red,
          (array_agg(f.kpi_id ORDER BY f.lost DESC, f.position) FILTER (WHERE f.lost > 0))[1:2] AS worst
     FROM (SELECT l.kpi_id, l.position, l.weight * (100 - l.points) AS lost,
                  CASE WHEN l.direction = 'lower' THEN l.actual > l.floor
                       WHEN l.direction = 'band' THEN l.actual < l.floor OR l.actual > l.ceiling
                       ELSE l.actual < l.floor END AS is_red
             FROM jsonb_to_recordset(s.lines) AS l(
                  position int, kpi_id bigint, direction text, state text, weight numeric, actual numeric,
                  floor numeric, ceiling numeric, points numeric)
            WHERE l.state = 'scored') f) x
 WHERE n.tenant_id = %(tenant)s AND n.kind = %(kind)s AND n.closed_at IS NOT NULL
   AND n.seq BETWEEN %(since)s AND %(until)s
   AND (x.red IS NOT NULL OR s.grade = ANY(%(grades)s))
   AND (%(partners)s::bigint[] IS NULL OR s.partner_id = ANY(%(partners)s))
 ORDER BY s.partner_id, n.seq
"""


@dataclass(frozen=True, slots=True)
class FailingCard:
    """A rated closed card with something under its floor or a low grade. `worst` are the KPIs that cost it most."""

    card: ClosedCard
    worst: Sequence[int]


def failing_cards(
    period: PeriodRow,
    *,
    programme_id: int,
    periods: int,
    grades: Sequence[str] = (),
    partners: Collection[int] | None = None,
) -> dict[int, list[FailingCard]]:
    """Each partner's failing cards of the last `periods` periods up to this one; cards that are fine are left out."""
    params: dict[str, Any] = {
        "tenant": require_scope().tenant_id,
        "programme": programme_id,
        "kind": period.kind,
        "since": period.seq - periods + 1,
        "until": period.seq,
        "grades": list(grades),
        "partners": None if partners is None else sorted(partners),
    }
    found: dict[int, list[FailingCard]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")
        cursor.execute(_FAILING, params)
        for partner, seq, grade, red, worst in cursor.fetchall():
            card = ClosedCard(seq, rated=True, grade=grade, red=tuple(red or ()))
            found[partner].append(FailingCard(card, tuple(worst or ())))
    return found


def newest_closed(period_kind: str) -> PeriodRow | None:
    """The last closed period of a kind."""
    closed = (row for row in periods_by_id().values() if row.kind == period_kind and row.closed_at is not None)
    return max(closed, key=lambda row: row.seq, default=None)
