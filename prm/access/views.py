"""View mixins that ask for the declared permission. A view without a declaration does not pass the start-up check.

A view declares exactly one of `permission = PARTNER_VIEW`, `signed_in = True`, `public = True`, `operator_only = True`.
Another tenant's address never reaches a view (404 in the middleware); here only 403 is left to say.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.generic import View

from prm.access.actor import Actor
from prm.access.permissions import Permission
from prm.access.requests import READING, AppRequest, PortalRequest, TenantRequest, app_request

DECLARATIONS = ("permission", "signed_in", "public", "operator_only")


def declaration_of(view: Any) -> tuple[str, Any] | None:
    """What a URL's callback declares, as (name, value), or None. Class-based and function views alike."""
    target = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    found = [(name, getattr(target, name)) for name in DECLARATIONS if getattr(target, name, None)]
    return found[0] if len(found) == 1 else None


class DeclaredView(View):
    """A view that asks for a permission. Below it stand those of the workspace and those of the portal."""

    permission: Permission | None = None
    request: AppRequest

    def permission_for(self, request: HttpRequest) -> Permission | None:
        """The permission this request needs; views whose POST needs more than their GET say so here."""
        if request.method not in READING:
            return getattr(self, "write_permission", None) or self.permission
        return self.permission

    @property
    def actor(self) -> Actor:
        """Who is at work, for services."""
        return self.request.actor


class ScopedView(DeclaredView):
    """A page inside a tenant's scope, which is a transaction already.

    Only what writes gets a savepoint of its own inside it, so that a page that fails leaves nothing behind.
    """

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        return transaction.non_atomic_requests(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in READING:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class TenantView(ScopedView):
    """A page of the manager workspace, /t/<tenant>/…"""

    area = "manager"
    request: TenantRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if app_request(request).membership is None:
            raise Http404
        _require(request, self.permission_for(request))
        return super().dispatch(request, *args, **kwargs)


class PortalView(ScopedView):
    """A page of the partner's portal, /portal/<tenant>/<partner>/…"""

    area = "portal"
    request: PortalRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if app_request(request).partner_access is None:
            raise Http404
        _require(request, self.permission_for(request))
        return super().dispatch(request, *args, **kwargs)

    @property
    def partner_id(self) -> int:
        """The partner whose portal this is; every query here filters by it."""
        return self.request.partner_access.partner_id


class SignedInView(View):
    """A page for anybody who is signed in, outside any tenant."""

    signed_in = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class PublicView(View):
    """A page for strangers."""

    public = True


class OperatorView(View):
    """A page for platform operators outside the Django admin."""

    operator_only = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


def _require(request: HttpRequest, permission: Permission | None) -> None:
    if permission is None or permission not in app_request(request).can:
        raise PermissionDenied


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare a function view public."""
    view.public = True  # type: ignore[attr-defined]
    return view
