"""Migration operations of the tenancy layer."""

from collections.abc import Sequence

from django.db import migrations

SEEN_BY = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def watch_tables(tables: Sequence[str]) -> list[migrations.RunSQL]:
    """Triggers that move the tenant's `ReferenceChange` with every statement that changes a row of these tables."""
    return [
        migrations.RunSQL(
            f"CREATE TRIGGER reference_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {seen} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenancy_reference_moved()",
            f"DROP TRIGGER reference_{event.lower()} ON {table}",
        )
        for table in tables
        for event, seen in SEEN_BY.items()
    ]
