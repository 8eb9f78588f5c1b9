"""The application role may add to the audit trail and read it, never change or remove an entry."""

from django.conf import settings
from django.db import migrations


def close(apps, schema_editor):
    schema_editor.execute(
        f'REVOKE UPDATE, DELETE ON audit_auditentry FROM "{settings.DB_APP_ROLE}"'
    )


def reopen(apps, schema_editor):
    schema_editor.execute(
        f'GRANT UPDATE, DELETE ON audit_auditentry TO "{settings.DB_APP_ROLE}"'
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(close, reopen)]
