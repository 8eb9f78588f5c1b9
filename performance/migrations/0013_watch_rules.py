"""KPIs, scorecard templates and periods are kept like reference data."""

from django.db import migrations

from prm.tenancy.operations import watch_tables


class Migration(migrations.Migration):
    dependencies = [("performance", "0012_card_outlooks"), ("tenancy", "0002_reference_changes")]

    operations = watch_tables(
        [
            "performance_kpi",
            "performance_scorecardtemplate",
            "performance_templatesection",
            "performance_templateline",
            "performance_templatelinetype",
            "performance_gradeband",
            "performance_periodrow",
        ]
    )
