"""From an address and a session to a proven tenant, before any scope is open. Reads platform tables only."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from prm.access.actor import Actor
from prm.access.permissions import permissions_of

VISIT_INTERVAL = timedelta(minutes=5)


class SignInFirst(Exception):
    """The address needs a signed-in person."""


@dataclass(frozen=True, slots=True)
class Access:
    """The proven right to work in a tenant, as somebody, with these permissions."""

    tenant: Any
    actor: Actor
    permissions: frozenset[str]
    membership: Any = None
    partner_access: Any = None
    api_key: Any = None
    partner_id: int | None = field(default=None)


def find_access(request: HttpRequest) -> Access | HttpResponse | None:
    """The access an address asks for; None for addresses without a tenant; a response where it ends at once.

    Raises:
        SignInFirst: a manager or portal address without a session.
        Http404: a tenant or partner that does not exist for this person.
    """
    path = request.path_info
    if path.startswith("/api/"):
        from prm.api.authentication import access_by_key

        return access_by_key(request)
    if path.startswith("/admin/"):
        return _operator_access(request)
    try:
        kwargs = resolve(path).kwargs
    except Resolver404:
        return None
    if "tenant" not in kwargs:
        return None
    if not request.user.is_authenticated:
        raise SignInFirst
    if "partner" in kwargs and path.startswith("/portal/"):
        return _portal_access(request.user, kwargs["tenant"], kwargs["partner"])
    return _manager_access(request.user, kwargs["tenant"])


def _remember_visit(place: Any) -> None:
    """Keep when somebody was last here, at most every five minutes, outside the request's transaction."""
    now = timezone.now()
    if place.last_seen_at is None or place.last_seen_at < now - VISIT_INTERVAL:
        type(place).objects.filter(pk=place.pk).update(last_seen_at=now)


def _manager_access(user: Any, slug: str) -> Access:
    from prm.accounts.models import Membership

    membership = (
        Membership.objects.select_related("tenant__reference_change")
        .filter(user=user, is_active=True, tenant__slug=slug, tenant__is_active=True)
        .order_by()  # at most one, so nothing to sort by names
        .first()
    )
    if membership is None:
        raise Http404
    _remember_visit(membership)
    membership.user = user
    return Access(
        tenant=membership.tenant,
        actor=Actor.of_user(user),
        permissions=permissions_of(membership.role),
        membership=membership,
    )


def _portal_access(user: Any, slug: str, partner: Any) -> Access:
    from prm.accounts.models import PartnerAccess

    access = (
        PartnerAccess.objects.select_related("tenant__reference_change")
        .filter(
            user=user,
            is_active=True,
            partner_public_id=partner,
            tenant__slug=slug,
            tenant__is_active=True,
        )
        .first()
    )
    if access is None:
        raise Http404
    _remember_visit(access)
    access.user = user
    return Access(
        tenant=access.tenant,
        actor=Actor.of_user(user),
        permissions=permissions_of(access.role),
        partner_access=access,
        partner_id=access.partner_id,
    )


def _operator_access(request: HttpRequest) -> Access | None:
    """The tenant an operator has chosen to work in; None before the choice and for everybody else."""
    from prm.operators.sessions import current_stay
    from prm.tenancy.models import Tenant

    stay = current_stay(request.session)
    user = request.user
    if stay is None or not (user.is_authenticated and user.is_active and user.is_staff):
        return None
    tenant = Tenant.objects.select_related("reference_change").filter(pk=stay.tenant_id).first()
    if tenant is None:
        return None
    return Access(
        tenant=tenant,
        actor=Actor.of_user(user, kind="operator"),
        permissions=frozenset(),
    )
