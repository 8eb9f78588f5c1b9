"""Who an API call is, and whether its key may do this. The middleware has proven the key before."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from prm.access.requests import app_request

READS = ("GET", "HEAD", "OPTIONS")


class KeyAuthentication(BaseAuthentication):
    """Takes the key that the middleware has proven; the scope is open by then."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        key = app_request(request._request).api_key
        return None if key is None else (AnonymousUser(), key)

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'


class KeyScope(BasePermission):
    """Asks the key for the permission that the view declares for this method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        view.require(view.permission_for(request))
        return True
