"""Sources of the measurements that are there already, and what each import or day brought, counted once."""

from django.db import migrations

FILL = """
WITH arrived AS (
  SELECT tenant_id, source, batch_id, date_trunc('day', recorded_at) AS day, count(*) AS n,
         min(recorded_at) AS first_at, max(recorded_at) AS last_at
    FROM performance_measurement GROUP BY 1, 2, 3, 4),
made AS (
  INSERT INTO performance_measurementsource
         (tenant_id, public_id, code, name, kind, description, system_url, grace_days, is_active, is_described,
          created_at, updated_at)
  SELECT tenant_id, gen_random_uuid(), source, CASE source WHEN 'manual' THEN 'Typed in' ELSE source END,
         CASE WHEN source >= 'manual' AND source < 'manual.' THEN 'manual'
              WHEN count(batch_id) > 0 THEN 'file' ELSE 'api' END,
         '', '', 0, true, source = 'manual', min(first_at), now()
    FROM arrived GROUP BY tenant_id, source
  ON CONFLICT (tenant_id, code) DO NOTHING
  RETURNING id, tenant_id, code, kind)
INSERT INTO performance_sourcedelivery
       (tenant_id, source_id, channel, "by", batch_id, first_at, last_at, taken_at, calls, refused_calls, created,
        updated, unchanged, bad_rows, errors)
SELECT a.tenant_id, m.id, CASE WHEN a.batch_id IS NULL THEN m.kind ELSE 'file' END, '', a.batch_id, a.first_at,
       a.last_at, a.last_at, 1, 0, a.n, 0, 0, 0, '[]'
  FROM arrived a JOIN made m ON m.tenant_id = a.tenant_id AND m.code = a.source
"""

FEEDS = """
INSERT INTO performance_sourcekpi (tenant_id, source_id, kpi_id, is_named, seen_at)
SELECT f.tenant_id, s.id, f.kpi_id, false, min(f.recorded_at)
  FROM performance_measurement f
  JOIN performance_measurementsource s ON s.tenant_id = f.tenant_id AND s.code = f.source
 GROUP BY 1, 2, 3
ON CONFLICT (tenant_id, source_id, kpi_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("performance", "0016_measurement_sources")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(FEEDS, migrations.RunSQL.noop),
    ]
