"""Let the application's role ANALYZE the engine's large tables, so that a large intake leaves the planner informed."""

from typing import Any

from django.conf import settings
from django.db import migrations

TABLES = "performance_measurement, performance_rollup, performance_scorecard"


def _grant(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"GRANT MAINTAIN ON {TABLES} TO {schema_editor.quote_name(settings.DB_APP_ROLE)}")


def _revoke(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"REVOKE MAINTAIN ON {TABLES} FROM {schema_editor.quote_name(settings.DB_APP_ROLE)}")


class Migration(migrations.Migration):
    dependencies = [("performance", "0002_room_for_updates")]

    operations = [migrations.RunPython(_grant, _revoke)]
