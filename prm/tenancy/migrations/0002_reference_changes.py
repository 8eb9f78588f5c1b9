"""The number of the last change of a tenant's reference data, and the functions that move it."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = """
CREATE SEQUENCE tenancy_reference_number;

CREATE FUNCTION tenancy_reference_changed(moved bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO tenancy_referencechange (tenant_id, number)
  VALUES (moved, nextval('tenancy_reference_number'))
  ON CONFLICT (tenant_id) DO UPDATE SET number = excluded.number
$$;

CREATE FUNCTION tenancy_reference_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN  -- perhaps with the whole tenant: never a new row
    UPDATE tenancy_referencechange SET number = nextval('tenancy_reference_number')
     WHERE tenant_id IN (SELECT tenant_id FROM changed);
  ELSE
    PERFORM tenancy_reference_changed(tenant_id) FROM (SELECT DISTINCT tenant_id FROM changed) t;
  END IF;
  RETURN NULL;
END
$$;
"""

UNMOVE = """
DROP FUNCTION tenancy_reference_moved();
DROP FUNCTION tenancy_reference_changed(bigint);
DROP SEQUENCE tenancy_reference_number;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ReferenceChange",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reference_change",
                        serialize=False,
                        to="tenancy.tenant",
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(MOVE, UNMOVE),
    ]
