"""Watching sources: who is late is told once a spell, and the spell ends with the first delivery."""

from datetime import datetime

from django.utils import timezone, translation

from performance.models import MeasurementSource
from performance.queries.sources import sources, standing_of
from performance.services.source_news import tell_of_delivery_again, tell_of_late
from prm.access.actor import SYSTEM
from prm.audit.services import record
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope


def look_for_late_sources(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Tell the owners of sources that have become late; how many. Looking twice tells nobody twice."""
    at = at or timezone.now()
    with tenant_scope(tenant), translation.override(tenant.language), timezone.override(tenant.zone):
        today = tenant.local_date(at)
        late = []
        watched = sources(today).filter(is_active=True, expected_every__isnull=False)
        for source in watched.select_for_update(of=("self",)):
            now = standing_of(source, today)
            if now.is_late and source.late_since is None:
                late.append((source, now.days))
                source.late_since, source.late_told_at = now.due_on, at
            elif not now.is_late and source.late_since is not None:
                source.late_since = None
            else:
                continue
            source.save(update_fields=["late_since", "late_told_at"])
        tell_of_late(late)
        for source, days in late:
            record(actor=SYSTEM, action="measurement_source.late", target=source, changes={"days_late": [None, days]})
    return len(late)


def came_again(source_id: int, *, at: datetime) -> None:
    """A delivery of a late source: its spell is over at once, and whoever was told hears of it."""
    ended = MeasurementSource.objects.filter(pk=source_id, late_since__isnull=False).update(late_since=None)
    if ended:
        source = MeasurementSource.objects.get(pk=source_id)
        tell_of_delivery_again(source)
        record(actor=SYSTEM, action="measurement_source.delivers_again", target=source)
