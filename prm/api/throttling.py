"""How often one key may call. Counted in the shared cache, per key and kind of call."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from prm.access.requests import app_request


class KeyThrottle(SimpleRateThrottle):
    """The rate of the view's `throttle_kind`: read, write or bulk, from `settings.API_RATES`."""

    def get_rate(self) -> str:
        return str(settings.API_RATES["read"])

    def allow_request(self, request: Request, view: Any) -> bool:
        self.scope = view.throttle_kind(request)
        self.num_requests, self.duration = self.parse_rate(settings.API_RATES[self.scope])
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        key = app_request(request._request).api_key
        return None if key is None else f"api:rate:{self.scope}:{key.pk}"
