"""Cadences and templates of reviews are kept like reference data."""

from django.db import migrations

from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("tenancy", "0002_reference_changes")]

    operations = watch_tables(["reviews_reviewcadence", "reviews_reviewtemplate"])
