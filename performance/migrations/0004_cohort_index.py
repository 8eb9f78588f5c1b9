"""Find the members of one cohort without reading the rest of the period."""

from django.db import migrations, models
from django.db.models import Case, F, Value, When


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0002_partner_access_reference"),
        ("performance", "0003_application_may_analyze"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="scorecard",
            index=models.Index(
                F("tenant"),
                F("period"),
                F("programme"),
                F("partner_type"),
                Case(When(tier__isnull=True, then=Value(0)), default=F("tier"), output_field=models.BigIntegerField()),
                name="scorecard_cohort",
            ),
        ),
    ]
