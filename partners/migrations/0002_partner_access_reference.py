"""Holds accounts.PartnerAccess and accounts.Invitation, which lie below this app, to partners of their own tenant."""

from django.db import migrations


def reference(table: str, name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, partner_id) "
        f"REFERENCES partners_partner (tenant_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        reference("accounts_partneraccess", "partner_access_of_own_tenant"),
        reference("accounts_invitation", "invitation_of_own_tenant"),
    ]
