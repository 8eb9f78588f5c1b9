"""SQL compilers that refuse a statement on a tenant's table when no scope is open.

They only check. Adding the tenant predicate is the manager's job, and row-level security stands under both.
A custom Query class would be lost when Django chains to update and delete queries, hence the compilers.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import compiler as postgres

from prm.tenancy.registry import TENANT_TABLES
from prm.tenancy.scope import TenantScopeError, current_scope, wall_is_down


def refuse_outside_scope(tables: Any) -> None:
    """Raise TenantScopeError if any of the tables belongs to tenants and no scope is open."""
    if current_scope() is not None or wall_is_down() or settings.DB_AS_OWNER:
        return
    for table in tables:
        if table in TENANT_TABLES:
            raise TenantScopeError(f"No tenant scope is open, but the statement touches {table}.")


class Walled:
    """Checks every table of a statement after Django has written it."""

    query: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        sql = super().as_sql(*args, **kwargs)  # type: ignore[misc]
        refuse_outside_scope(alias.table_name for alias in self.query.alias_map.values())
        return sql


class SQLCompiler(Walled, postgres.SQLCompiler):
    pass


class SQLInsertCompiler(postgres.SQLInsertCompiler):
    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        refuse_outside_scope([self.query.get_meta().db_table])
        return super().as_sql(*args, **kwargs)


class SQLDeleteCompiler(Walled, postgres.SQLDeleteCompiler):
    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        refuse_outside_scope([self.query.get_meta().db_table])
        return super().as_sql(*args, **kwargs)


class SQLUpdateCompiler(Walled, postgres.SQLUpdateCompiler):
    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        refuse_outside_scope([self.query.get_meta().db_table])
        return super().as_sql(*args, **kwargs)


class SQLAggregateCompiler(Walled, postgres.SQLAggregateCompiler):
    pass
