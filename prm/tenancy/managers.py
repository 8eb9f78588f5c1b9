"""Managers that write the tenant predicate explicitly, which the indexes need."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models.sql import Query

from prm.tenancy.scope import TenantScopeError, current_scope, require_scope


class TenantQuerySet(models.QuerySet):
    """A queryset whose rows all belong to the open scope's tenant."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        for obj in objs:
            claim_row(obj)
        return super().bulk_create(objs, *args, **kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """The scoped default manager. Without a scope the queryset can be built, but the compilers refuse to run it."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet:
        queryset = super().get_queryset()
        scope = current_scope()
        if scope is not None:
            queryset.query = _of_tenant(self.model, scope.tenant_id).chain()
        return queryset


@lru_cache(maxsize=4096)
def _of_tenant(model: type[models.Model], tenant_id: int) -> Query:
    """The query that every queryset of a model begins with: a page makes hundreds, and a copy costs a third."""
    return models.QuerySet(model).filter(tenant_id=tenant_id).query


def claim_row(obj: Any) -> None:
    """Give a new row to the open scope's tenant.

    Raises:
        TenantScopeError: when no scope is open or the row belongs to another tenant.
    """
    scope = require_scope()
    if obj.tenant_id is None:
        obj.tenant = scope.tenant
    elif obj.tenant_id != scope.tenant_id:
        raise TenantScopeError(f"{obj._meta.label} belongs to tenant {obj.tenant_id}, the scope is {scope.tenant_id}.")
