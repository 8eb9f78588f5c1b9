"""Put down what cohorts came to in the periods that are closed already, from their frozen cards."""

from django.db import migrations

KEEP = """
INSERT INTO performance_cohortactuals (tenant_id, programme_id, period_id, kpi_id, partner_type_id, tier_id, actuals)
SELECT s.tenant_id, s.programme_id, s.period_id, f.kpi_id, s.partner_type_id, s.tier_id,
       array_agg(f.actual ORDER BY f.actual)
  FROM performance_scorecard s
  JOIN performance_periodrow p ON p.tenant_id = s.tenant_id AND p.id = s.period_id AND p.closed_at IS NOT NULL
 CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS f(kpi_id bigint, state text, actual numeric)
  JOIN performance_kpi k ON k.tenant_id = s.tenant_id AND k.id = f.kpi_id
 WHERE s.rated AND f.state IN ('scored', 'no_benchmark') AND f.actual IS NOT NULL
 GROUP BY s.tenant_id, s.programme_id, s.period_id, f.kpi_id, s.partner_type_id, s.tier_id
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [("performance", "0007_relative_benchmarks")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
