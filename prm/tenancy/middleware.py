"""Proves who a request is and opens its tenant scope.

The addresses say which tenant: /t/<tenant>/ for the manager, /portal/<tenant>/<partner>/ for the partner's people.
The API's tenant comes from its key, the Django admin's from the operator's session. An address of somebody else's
tenant or partner answers 404 like one that does not exist.
"""

from collections.abc import Callable
from contextlib import nullcontext

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from prm.access.actor import Actor
from prm.access.permissions import Can
from prm.access.requests import READING, AppRequest
from prm.access.resolvers import SignInFirst, find_access
from prm.tenancy.reference import kept_reference
from prm.tenancy.scope import tenant_scope


class TenantMiddleware:
    """Opens the scope around the view and its rendering.

    Sets on the request: `tenant`, `membership` or `partner_access` or `api_key`, `actor` and `can`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: AppRequest) -> HttpResponse:
        request.tenant = request.membership = request.partner_access = request.api_key = None
        request.can = Can(frozenset())
        request.actor = Actor.of_user(request.user)
        try:
            access = find_access(request)
        except SignInFirst:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if access is None:
            return self.get_response(request)
        if isinstance(access, HttpResponse):
            return access
        request.tenant = access.tenant
        request.membership = access.membership
        request.partner_access = access.partner_access
        request.api_key = access.api_key
        request.actor = access.actor
        request.can = Can(access.permissions)
        structlog.contextvars.bind_contextvars(tenant_id=access.tenant.pk, actor_kind=access.actor.kind)
        with (
            tenant_scope(access.tenant, partner_id=access.partner_id),
            timezone.override(access.tenant.zone),
            kept_reference(access.tenant) if request.method in READING else nullcontext(),
        ):
            return self.get_response(request)
