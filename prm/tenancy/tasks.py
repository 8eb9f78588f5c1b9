"""The base class of Celery tasks that work for one tenant."""

from typing import Any

import structlog
from celery import Task


class TenantTask(Task):
    """Binds the tenant to the log lines. The first argument is always `tenant_id`; the service opens the scope."""

    abstract = True
    acks_late = True
    reject_on_worker_lost = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tenant_id = kwargs.get("tenant_id", args[0] if args else None)
        with structlog.contextvars.bound_contextvars(tenant_id=tenant_id, task=self.name):
            return super().__call__(*args, **kwargs)
