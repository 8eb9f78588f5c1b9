"""One log event per request, and its id in the answer.

The id stands on every log line of the request, in the audit trail beside every change it made, and in the header
X-Request-ID of the answer, so that a person who reports a problem can name it.
"""

import time

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware as StructlogRequestMiddleware

from prm.access.requests import app_request


class RequestMiddleware(StructlogRequestMiddleware):
    """Binds the request id and the address, logs the end of the request by its route, never by its full address.

    Query strings hold what people searched for, and some paths hold one-time tokens: the route holds neither.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        self.prepare(request)
        request_id = structlog.contextvars.get_contextvars()["request_id"]
        app_request(request).request_id = request_id
        response = self.get_response(request)
        structlog.contextvars.bind_contextvars(duration_ms=round((time.monotonic() - started) * 1000))
        self.handle_response(request, response)  # type: ignore[arg-type]
        response.headers["X-Request-ID"] = request_id  # type: ignore[union-attr]
        return response  # type: ignore[return-value]

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and route, such as `GET t/<slug:tenant>/partners/`."""
        match = getattr(request, "resolver_match", None)
        return f"{request.method} {match.route if match else '(no route)'}"
