"""A tenant with eight scored quarters for benches that read no single measurement: its results are monthly sums."""

from collections.abc import Callable

from performance.bench.data import FIRST_DAY, MONTHS, BenchTenant, make_rules
from performance.bench.database import owner_cursor, vacuum
from performance.bench.timing import timed
from performance.engine.recompute import ensure_periods
from performance.services.recompute import recompute_scorecards
from prm.periods import FiscalCalendar, PeriodKind, first_of, month_number
from prm.tenancy.scope import tenant_scope


def make_scored_quarters(owner_url: str, slug: str, *, partners: int, say: Callable[[str], None]) -> BenchTenant:
    """Partners, rules and two years of monthly sums, scored once."""
    made = BenchTenant(make_rules(slug, partners=partners), partners, facts=0)
    params = {"t": made.tenant.pk, "first": month_number(FIRST_DAY), "last": month_number(FIRST_DAY) + MONTHS - 1}
    with owner_cursor(owner_url) as cursor:
        cursor.execute(_SUMS, params)
        sums = cursor.rowcount
        cursor.execute(_QUARTERLY, params)
    vacuum(owner_url, "performance_rollup", "performance_benchmark", "partners_partner")
    vacuum(owner_url, "partners_tierassignment", "performance_kpi", "performance_templateline")
    with tenant_scope(made.tenant):
        span = first_of(params["first"]), first_of(params["last"])
        ensure_periods(FiscalCalendar(1), {PeriodKind.QUARTER}, [], *span)
    seconds = timed(lambda: recompute_scorecards(tenant=made.tenant))
    vacuum(owner_url, "performance_scorecard")
    say(f"{partners} partners, {sums} monthly sums, eight quarters scored in {seconds:.1f} s")
    return made


_SUMS = """
INSERT INTO performance_rollup (tenant_id, partner_id, ym, kpi_id, n, sum_v, sum_w, sum_vw, sum_w1, last_v)
SELECT %(t)s, p.id, ym, k.id, 4, v, w, v * 3, 12, CASE WHEN k.aggregation = 'last' THEN round(v / 4, 6) END
  FROM partners_partner p
 CROSS JOIN (SELECT id, aggregation, row_number() OVER (ORDER BY id) AS nth
               FROM performance_kpi WHERE tenant_id = %(t)s) k
 CROSS JOIN generate_series(%(first)s, %(last)s) ym
 CROSS JOIN LATERAL (SELECT abs(hashint8(p.id * 100003 + k.nth * 1009 + ym)::bigint) AS h) x
 CROSS JOIN LATERAL (
   SELECT round((CASE k.aggregation WHEN 'ratio' THEN 2 + h %% 17 ELSE 60 + h %% 81 END)::numeric * 4
                * (70 + (p.id * 31 + k.nth) %% 61) / 100, 4) AS v, (4 * (60 + h %% 81))::numeric AS w) y
 WHERE p.tenant_id = %(t)s AND h %% 100 >= 6
"""

_QUARTERLY = """
UPDATE performance_scorecardtemplate SET period_kinds = '{quarter}' WHERE tenant_id = %(t)s;
INSERT INTO performance_benchmark (tenant_id, kpi_id, period_kind, scope, tier_id, region_id, partner_type_id,
                                   partner_id, valid_from, direction, floor, target, stretch, ceiling, note, created_at,
                                   actor_label)
SELECT b.tenant_id, kpi_id, 'quarter', scope, tier_id, region_id, partner_type_id, partner_id, valid_from, b.direction,
       floor * f, target * f, stretch * f, ceiling * f, '', now(), ''
  FROM performance_benchmark b
  JOIN (SELECT id, CASE aggregation WHEN 'sum' THEN 3 ELSE 1 END AS f FROM performance_kpi) k ON k.id = b.kpi_id
 WHERE b.tenant_id = %(t)s
"""
