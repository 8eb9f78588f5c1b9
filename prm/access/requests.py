"""What our middleware puts on a request, for the type checker. Nobody makes these: a request becomes one on its way in.

`AppRequest` is any request; outside a workspace its tenant is None. Behind the views that have made sure of more stand
`TenantRequest` (`TenantView`) and `PortalRequest` (`PortalView`); what serves both takes a `ScopedRequest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from prm.access.actor import Actor
    from prm.access.permissions import Can
    from prm.accounts.models import Membership, PartnerAccess
    from prm.api.models import ApiKey
    from prm.tenancy.models import Tenant


READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""


class AppRequest(HttpRequest):
    """Any request: who is at work, what they may do, and where, if it is inside a tenant."""

    request_id: str
    htmx: HtmxDetails
    tenant: Tenant | None
    membership: Membership | None
    partner_access: PartnerAccess | None
    api_key: ApiKey | None
    actor: Actor
    can: Can


class ScopedRequest(AppRequest):
    """A request inside a tenant: to the workspace or to a portal."""

    tenant: Tenant


class TenantRequest(ScopedRequest):
    """A request to the manager workspace."""

    membership: Membership


class PortalRequest(ScopedRequest):
    """A request to a partner's portal."""

    partner_access: PartnerAccess


def app_request(request: HttpRequest) -> AppRequest:
    """The same request, where Django or the API framework knows it by its plain type only."""
    return cast(AppRequest, request)


def scoped_request(request: HttpRequest) -> ScopedRequest:
    """The same request, where the middleware has put it inside a tenant."""
    return cast(ScopedRequest, request)
