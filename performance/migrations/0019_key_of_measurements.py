"""The primary key of measurements begins with the tenant.

Every statement names the tenant. With a key of the number alone, the newest measurements of one tenant were looked for
among everybody's: the planner takes a tenant's numbers to lie evenly among the others', and where the others' are all
newer it reads through millions of them.
"""

from django.db import migrations

TABLE = "performance_measurement"

BEGIN_WITH_TENANT = f"""
DO $$
DECLARE former text;
BEGIN
    SELECT conname INTO former FROM pg_constraint
     WHERE conrelid = '{TABLE}'::regclass AND contype = 'u'
       AND pg_get_constraintdef(oid) = 'UNIQUE (tenant_id, id)';
    EXECUTE format('ALTER TABLE {TABLE} DROP CONSTRAINT %I', former);
END $$;
ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey;
ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (tenant_id, id);
"""

NUMBER_ALONE = f"""
ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey;
ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (id);
ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_tenant_id_id_ref UNIQUE (tenant_id, id);
"""


class Migration(migrations.Migration):

    dependencies = [('performance', '0018_work_behind_closings')]

    operations = [migrations.RunSQL(BEGIN_WITH_TENANT, NUMBER_ALONE)]
