"""Types, regions, programmes and tiers are kept like reference data."""

from django.db import migrations

from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_partner_access_reference"), ("tenancy", "0002_reference_changes")]

    operations = watch_tables(["partners_partnertype", "partners_region", "partners_programme", "partners_tier"])
