"""Reading the audit trail."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from prm.access.portfolio import portfolio_of
from prm.audit.models import AuditEntry
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the trail to show. Days are the tenant's, both inclusive."""

    search: str = ""
    action: str = ""
    actor: int | None = None
    partner_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None


def visible_entries(membership: Any) -> QuerySet[AuditEntry]:
    """What this person may read: a channel manager with an own portfolio sees their partners and themselves alone."""
    rows = AuditEntry.objects.all()
    portfolio = portfolio_of(membership)
    if portfolio is None:
        return rows
    return rows.filter(Q(partner_id__in=portfolio) | Q(actor_user_id=membership.user_id))


def filtered(rows: QuerySet[AuditEntry], wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries that a filter wants, newest first."""
    if wanted.search:
        rows = rows.filter(
            Q(target_label__icontains=wanted.search)
            | Q(actor_label__icontains=wanted.search)
            | Q(reason__icontains=wanted.search)
        )
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.actor is not None:
        rows = rows.filter(actor_user_id=wanted.actor)
    if wanted.partner_id is not None:
        rows = rows.filter(partner_id=wanted.partner_id)
    zone = require_scope().tenant.zone
    if wanted.first_day:
        rows = rows.filter(at__gte=datetime.combine(wanted.first_day, time.min, zone))
    if wanted.last_day:
        rows = rows.filter(at__lt=datetime.combine(wanted.last_day + timedelta(days=1), time.min, zone))
    return rows


def actions_in_use() -> list[str]:
    """The actions that occur in this tenant's trail. Remembered for five minutes: the trail is long, the list short."""
    key = f"t{require_scope().tenant_id}:audit:actions"
    actions = cache.get(key)
    if actions is None:
        actions = list(AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct())
        cache.set(key, actions, 300)
    return actions
