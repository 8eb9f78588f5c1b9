"""From an API key to a proven tenant. Runs in the middleware, because DRF authenticates after the scope is open."""

import hashlib
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.resolvers import Access
from prm.api.models import ApiKey

PUBLIC_PATHS = ("/api/v1/schema/", "/api/v1/docs/")


def hash_key(key: str) -> str:
    """The stored form of a key. Keys are long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def access_by_key(request: HttpRequest) -> Access | HttpResponse | None:
    """The access of the request's `Authorization: Bearer …`, or a 401 that says what is missing."""
    if request.path_info.startswith(PUBLIC_PATHS):
        return None
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return _unauthorized(_("Send your API key as “Authorization: Bearer <key>”."))
    now = timezone.now()
    found = (
        ApiKey.objects.select_related("tenant__reference_change")
        .filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            key_hash=hash_key(key.strip()),
            revoked_at__isnull=True,
            tenant__is_active=True,
        )
        .first()
    )
    if found is None:
        return _unauthorized(_("This API key is unknown, expired or revoked."))
    if found.last_used_at is None or found.last_used_at < now - timedelta(minutes=5):
        ApiKey.objects.filter(pk=found.pk).update(last_used_at=now)
    if not _exists(request.path_info):
        return _refused(404, "not_found", _("There is no such address in this version of the API."))
    return Access(
        tenant=found.tenant,
        actor=Actor(kind="api_key", user_id=found.created_by_id, label=str(found)),
        permissions=frozenset(found.scopes),
        api_key=found,
    )


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _unauthorized(detail: str) -> JsonResponse:
    response = _refused(401, "not_authenticated", detail)
    response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def _refused(status: int, code: str, detail: str) -> JsonResponse:
    """A refusal in the API's one shape (prm/api/errors.py)."""
    return JsonResponse({"detail": detail, "code": code, "errors": []}, status=status)
