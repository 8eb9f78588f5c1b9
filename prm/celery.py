"""The Celery application. Beat entries only find due work and fan out one task per tenant."""

import os
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, worker_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings.prod")

app = Celery("prm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@worker_init.connect
def check_database_role(**_kwargs: Any) -> None:
    """Refuse to work as a role that would pass through row-level security."""
    from prm.tenancy.checks import refuse_unsafe_role

    refuse_unsafe_role()


@setup_logging.connect
def log_as_the_web_does(**_kwargs: Any) -> None:
    """Worker and beat write the same events as the web process; without a receiver Celery would set its own format."""
    from django.conf import settings

    from prm.logs import configure

    configure(settings.LOGGING)


@heartbeat_sent.connect
def tell_health(**_kwargs: Any) -> None:
    """Let the readiness page see that a worker is alive."""
    from prm.health import note_worker

    note_worker()
