"""Schema editor that builds the database's wall with each tenant table, so that no migration can forget it.

For a model with a TenantOwner field it adds, in the migration that creates the table:
UNIQUE (tenant_id, id) as the target of references, row-level security with one policy for the runtime role, and a
composite foreign key for every TenantForeignKey. The policy is not forced: the owner, who migrates, sees all rows.
"""

from typing import Any

from django.db.backends.postgresql import schema
from django.db.models import Field, Model

from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.registry import is_tenant_model

TENANT_EXPRESSION = "nullif(current_setting('app.tenant_id', true), '')::bigint"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if not is_tenant_model(model):
            return
        table = self.quote_name(model._meta.db_table)
        if any(field.column == "id" for field in model._meta.local_fields):
            name = self.quote_name(self._name(model._meta.db_table, "id", "_ref"))
            self.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (tenant_id, id)")
        for field in model._meta.local_fields:
            self._add_tenant_reference(model, field)
        self.deferred_sql.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        self.deferred_sql.append(
            f"CREATE POLICY tenant_wall ON {table} FOR ALL TO PUBLIC "
            f"USING (tenant_id = {TENANT_EXPRESSION}) WITH CHECK (tenant_id = {TENANT_EXPRESSION})"
        )

    def add_field(self, model: type[Model], field: Field) -> None:
        super().add_field(model, field)
        self._add_tenant_reference(model, field)

    def _add_tenant_reference(self, model: type[Model], field: Any) -> None:
        if not isinstance(field, TenantForeignKey):
            return
        table, column = model._meta.db_table, field.column
        name = self._name(table, column, "_tfk")
        self.deferred_sql.append(
            f"ALTER TABLE {self.quote_name(table)} ADD CONSTRAINT {self.quote_name(name)} "
            f"FOREIGN KEY (tenant_id, {self.quote_name(column)}) "
            f"REFERENCES {self.quote_name(field.remote_field.model._meta.db_table)} (tenant_id, id) "
            f"DEFERRABLE INITIALLY DEFERRED"
        )

    def _name(self, table: str, column: str, suffix: str) -> str:
        """A constraint's name as Django makes them: short enough, and the same at every migration."""
        name: str = self._create_index_name(table, ["tenant_id", column], suffix=suffix)  # type: ignore[attr-defined]
        return name
