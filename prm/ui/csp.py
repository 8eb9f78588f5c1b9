"""The content security policy and the other headers that tell browsers what our pages never do.

Partners upload text and files from everywhere; nothing of it may run. There is no inline script, style or handler in
the product, so the policy needs no nonce and no exception: the Django admin and allauth's pages run under it as well.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class SecurityHeadersMiddleware:
    """Sets the policy on every answer. A view that sets its own, stricter one keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if getattr(request, "tenant", None) is not None:
            # A shared computer's back button must not show a colleague's figures after signing out.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
