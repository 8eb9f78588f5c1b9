"""What people see when something is wrong: what happened, what is safe, what to do, a reference to give to support.

These pages stand alone: no database, no session, no tenant, no navigation that could fail for the same reason.
An htmx request gets the status alone; the page's script says it in words.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or form cannot be read."""
    return _page(request, 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: this person's role does not allow it."""
    return _page(request, 403, reason=_words(exception))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing for this person."""
    return _page(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: tried too often."""
    return _page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Must work when nothing else does."""
    return _page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose protection does not fit: signed out in between, or cookies are off."""
    return _page(request, 403, name="csrf")


def _page(request: HttpRequest, status: int, *, name: str = "", **context: Any) -> HttpResponse:
    template = loader.get_template(f"errors/{name or status}.html")
    context |= {
        "product_name": settings.PRODUCT_NAME,
        "reference": getattr(request, "request_id", "") or "",
        "home": "/",
        "again": request.get_full_path() if request.method == "GET" else "",
        "theme": getattr(getattr(request, "_cached_user", None), "theme", ""),
    }
    return HttpResponse(template.template.render(_plain(context)), status=status)  # type: ignore[attr-defined]


def _plain(context: dict[str, Any]) -> Any:
    """A context without context processors, which would ask the session and the database."""
    from django.template import Context

    return Context(context)


def _words(exception: Exception | None) -> str:
    """A reason given on purpose (`PermissionDenied(_("…"))`), never a technical one."""
    return str(exception) if exception is not None and exception.args else ""
