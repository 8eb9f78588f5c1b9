"""Leave room on the pages of the tables that a recompute rewrites, so that an update need not touch their indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("performance", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE performance_scorecard SET (fillfactor = 70)",
                "ALTER TABLE performance_rollup SET (fillfactor = 85)",
            ],
            [
                "ALTER TABLE performance_scorecard RESET (fillfactor)",
                "ALTER TABLE performance_rollup RESET (fillfactor)",
            ],
        )
    ]
