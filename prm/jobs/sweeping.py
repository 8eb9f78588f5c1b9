"""Jobs that were asked for and got lost: the broker could not be reached, or it lost the task with its worker.

Handing one out a second time does no harm: whoever is at it holds its lock, and a finished one is left alone.
"""

from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from prm.jobs.models import Job, JobStatus
from prm.jobs.retrying import sender_of, sent_kinds
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

logger = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=15)
"""A job that has waited or been at work for so long may be lost."""

FORGOTTEN = timedelta(days=3)
"""Nobody waits any more for a job that is older."""

AT_ONCE = 100


def _stalled(at: datetime) -> QuerySet[Job]:
    waits = Q(status=JobStatus.QUEUED, created_at__lt=at - PATIENCE)
    works = Q(status=JobStatus.RUNNING, started_at__lt=at - PATIENCE)
    return Job.objects.filter(waits | works, created_at__gt=at - FORGOTTEN, kind__in=sent_kinds())


def has_stalled_jobs(tenant: Tenant, at: datetime | None = None) -> bool:
    """Whether a job of the tenant may be lost."""
    with tenant_scope(tenant):
        return _stalled(at or timezone.now()).exists()


def send_stalled_jobs(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Hand jobs that may be lost to workers again, each once in a while; how many."""
    with tenant_scope(tenant):
        rows = list(_stalled(at or timezone.now()).order_by("created_at").values_list("pk", "kind")[:AT_ONCE])
    sent = 0
    for number, kind in rows:
        send = sender_of(kind)
        if send is not None and cache.add(f"t{tenant.pk}:job:{number}:sent", True, PATIENCE.total_seconds()):
            send(tenant.pk, number)
            sent += 1
    if sent:
        logger.info("jobs.sent_again", count=sent)
    return sent
