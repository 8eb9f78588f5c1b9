"""The Celery application. Beat entries only find due work and fan out one task per tenant."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings.prod")

app = Celery("prm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check_database_role(**_kwargs: Any) -> None:
    """Refuse to work as a role that would pass through row-level security."""
    from prm.tenancy.checks import refuse_unsafe_role

    refuse_unsafe_role()
