"""Letting go of files whose time has come."""

from datetime import date

from django.utils import timezone

from performance.reports.models import Delivery, Produced
from prm.files.services import delete_file
from prm.notifications.letters import let_go
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

AT_ONCE = 200


def has_expired_files(tenant: Tenant, on: date | None = None) -> bool:
    """Whether files of the tenant are kept beyond their day."""
    with tenant_scope(tenant):
        return Produced.objects.filter(expires_on__lt=on or tenant.local_date(timezone.now())).exists()


def remove_expired(*, tenant: Tenant, on: date | None = None) -> int:
    """Delete files past their day with their rows; how many. What was delivered to whom stays in the history."""
    on = on or tenant.local_date(timezone.now())
    removed = 0
    while True:
        with tenant_scope(tenant):
            rows = list(Produced.objects.filter(expires_on__lt=on).select_related("file").order_by("pk")[:AT_ONCE])
            Delivery.objects.filter(produced__in=rows).update(produced=None)
            let_go([row.file_id for row in rows if row.file_id is not None])
            for row in rows:
                stored = row.file
                row.delete()
                if stored is not None:
                    delete_file(stored)
        removed += len(rows)
        if len(rows) < AT_ONCE:
            return removed
