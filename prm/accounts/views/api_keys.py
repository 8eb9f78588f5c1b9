"""API keys of the workspace: list, create (shown once), revoke."""

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from prm.access.permissions import get_permission
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.accounts.forms import ApiKeyForm
from prm.accounts.permissions import APIKEY_MANAGE
from prm.api.models import ApiKey
from prm.api.services import create_api_key, revoke_api_key
from prm.ui.steps import ServiceButton, ServiceForm


class ApiKeyListView(TenantView):
    """Keys in use and keys of the past."""

    permission = APIKEY_MANAGE

    def get(self, request: TenantRequest, **_kwargs: Any) -> HttpResponse:
        now = timezone.now()
        rows = [
            {
                "key": key,
                "state": _state(key, now),
                "scopes": [_label(code) for code in key.scopes],
            }
            for key in _keys(request).select_related("created_by")
        ]
        return render(request, "settings/api_keys.html", {"rows": rows})


class CreateApiKeyView(ServiceForm, TenantView):
    """Make a key. The answer to the POST is the only page that ever shows it, so it is neither cached nor repeated."""

    permission = APIKEY_MANAGE
    form_class = ApiKeyForm
    template_name = "settings/create_api_key.html"

    def perform(self, form: Any) -> HttpResponse:
        data = form.cleaned_data
        key, text = create_api_key(
            actor=self.actor,
            name=data["name"],
            scopes=data["scopes"],
            expires_at=_end_of(data["expires_on"], self.request.tenant.zone),
        )
        response = render(
            self.request,
            "settings/api_key_created.html",
            {"key": key, "text": text, "scopes": [_label(code) for code in key.scopes]},
        )
        add_never_cache_headers(response)
        return response


class RevokeApiKeyView(ServiceButton, TenantView):
    """End a key."""

    permission = APIKEY_MANAGE
    http_method_names = ["post", "options"]
    key: ApiKey

    def load(self, *, api_key: Any, **_kwargs: Any) -> None:
        self.key = get_object_or_404(_keys(self.request), public_id=api_key)

    def back(self) -> str:
        return reverse("accounts:api_keys", args=[self.request.tenant.slug])

    def perform(self) -> str:
        revoke_api_key(key=self.key, actor=self.actor)
        return _("The key %(name)s no longer works.") % {"name": self.key.name}


def _keys(request: TenantRequest) -> Any:
    return ApiKey.objects.filter(tenant=request.tenant)


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "in_use"


def _label(code: str) -> Any:
    try:
        return get_permission(code).label
    except KeyError:  # a permission of a former version
        return code


def _end_of(day: Any, zone: Any) -> datetime | None:
    """The first instant after a day, in the tenant's zone."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time.min, zone)
