"""An operator's stay inside one tenant: chosen with a reason, ending by itself, written in that tenant's trail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

logger = structlog.get_logger(__name__)

SESSION_KEY = "operator_stay"
STAY = timedelta(hours=8)
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class Stay:
    """Which tenant an operator works in, why, and until when."""

    tenant_id: int
    reason: str
    until: datetime


def operator_actor(request: HttpRequest) -> Actor:
    """The signed-in operator, for services and the audit trail."""
    return Actor.of_user(request.user, kind="operator")


def current_stay(session: SessionBase, *, at: datetime | None = None) -> Stay | None:
    """The stay kept in the session, or None when there is none or its time is over."""
    kept = session.get(SESSION_KEY)
    if not kept:
        return None
    until = parse_datetime(kept["until"])
    if until is None or until <= (at or timezone.now()):
        return None
    return Stay(kept["tenant_id"], kept["reason"], until)


def enter_tenant(request: HttpRequest, *, tenant: Tenant, reason: str) -> Stay:
    """Begin a stay, ending one in another tenant first.

    Raises:
        InvalidInput: when the reason is too short to tell the tenant anything.
    """
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(_("Say in a few words why you work in this tenant. Its people can read it."), field="reason")
    leave_tenant(request)
    stay = Stay(tenant.pk, reason, timezone.now() + STAY)
    with tenant_scope(tenant):
        record(
            actor=operator_actor(request),
            action="operator.entered",
            target=tenant,
            reason=reason,
            changes={"until": [None, stay.until]},
        )
    request.session[SESSION_KEY] = {"tenant_id": tenant.pk, "reason": reason, "until": stay.until.isoformat()}
    return stay


def leave_tenant(request: HttpRequest) -> None:
    """End the stay, if there is one."""
    stay = current_stay(request.session)
    request.session.pop(SESSION_KEY, None)
    tenant = Tenant.objects.filter(pk=stay.tenant_id).first() if stay else None
    if tenant is None:
        return
    with tenant_scope(tenant):
        record(actor=operator_actor(request), action="operator.left", target=tenant)
