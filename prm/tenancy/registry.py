"""Which tables belong to tenants. Filled once when the apps are ready; the backend's compilers read it."""

from django.apps import apps
from django.db.models import Model

TENANT_TABLES: set[str] = set()


def is_tenant_model(model: type[Model]) -> bool:
    """Whether rows of this (real or historical) model carry a tenant and stand behind the policy."""
    from prm.tenancy.fields import TenantOwner

    return any(isinstance(field, TenantOwner) for field in model._meta.local_fields)


def tenant_models() -> list[type[Model]]:
    """All installed tenant models with a table of ours, many-to-many tables included, in a stable order."""
    return sorted(
        (m for m in apps.get_models(include_auto_created=True) if is_tenant_model(m) and not m._meta.proxy),
        key=lambda m: m._meta.label,
    )


def collect_tenant_tables() -> None:
    """Remember the tables behind the wall."""
    TENANT_TABLES.clear()
    TENANT_TABLES.update(model._meta.db_table for model in tenant_models())
