"""Django's PostgreSQL backend with the ORM's wall (compilers) and the tables' wall (schema editor)."""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import (
    DatabaseOperations as PostgresOperations,
)

from prm.tenancy.backend.schema import DatabaseSchemaEditor


class DatabaseOperations(PostgresOperations):
    compiler_module = "prm.tenancy.backend.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    ops_class = DatabaseOperations
