from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Two walls between tenants: the ORM's scope, and PostgreSQL's row-level security under it."""

    name = "prm.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        import prm.celery  # noqa: F401  (makes it the default app for shared_task)
        from prm.tenancy import checks, registry  # noqa: F401  (registers the system checks)

        registry.collect_tenant_tables()
