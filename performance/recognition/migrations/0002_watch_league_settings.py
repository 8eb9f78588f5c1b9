"""What partners see of league tables is kept like reference data."""

from django.db import migrations

from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):
    dependencies = [("recognition", "0001_initial"), ("tenancy", "0002_reference_changes")]

    operations = watch_tables(["recognition_leaguesetting"])
