"""What the planner knows of a table. Autovacuum looks about once a minute; a large intake cannot wait for it."""

from django.db import connection, models

MANY_ROWS = 10_000
"""From so many new or changed rows on the statistics of before are no use."""


def refresh_statistics(*tables: type[models.Model]) -> None:
    """ANALYZE the tables in the open transaction, its own new rows included. One that is being analysed is left out.

    The application's role needs MAINTAIN on them.
    """
    names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {names}")
