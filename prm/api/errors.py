"""One shape for every refusal: `detail` is a sentence, `code` is for programs, `errors` names the inputs.

400 malformed, 401 no valid key, 403 the key lacks a scope, 404 not there for this key, 405, 409 the present state
does not allow it, 413 too large, 415 not JSON, 422 the input breaks a rule, 429 too many requests, 500 our fault.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as FieldsInvalid
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from prm.errors import DomainError

COLLISIONS = {"23505", "23P01"}
"""PostgreSQL's codes of a unique and an exclusion constraint: somebody else wrote the same at the same moment."""


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """The answer for an exception of an API view. Everything the view has written is rolled back."""
    set_rollback()
    if isinstance(error, DomainError):
        errors = [problem(error.field, error.code, error.message)] if error.field else []
        return refusal(error.status, str(error.message), error.code, errors)
    if isinstance(error, exceptions.ValidationError):
        return invalid(list(flatten(error.get_full_details())))
    if isinstance(error, FieldsInvalid):
        return invalid([problem(field, "invalid", text) for field, text in _messages(error)])
    if isinstance(error, Http404):
        return refusal(404, _("There is no such record for this key."), "not_found")
    if isinstance(error, PermissionDenied):
        return refusal(403, _("This key may not do that."), "permission_denied")
    if isinstance(error, IntegrityError) and getattr(error.__cause__, "pgcode", None) in COLLISIONS:
        text = _("Another request changed the same record at the same moment. Read it again, then repeat the call.")
        return refusal(409, text, "collision")
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return _our_fault(context)


def refusal(status: int, detail: str, code: str, errors: list[dict[str, Any]] | None = None) -> Response:
    """A refusal in the one shape."""
    return Response({"detail": detail, "code": code, "errors": errors or []}, status=status)


def invalid(errors: list[dict[str, Any]]) -> Response:
    """422 with every input that breaks a rule; the first one in words."""
    first = errors[0] if errors else problem("", "invalid", _("The input is not valid."))
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return refusal(422, detail, "invalid", errors)


def problem(field: str | None, code: str, message: Any) -> dict[str, str]:
    """One entry of `errors`."""
    return {"field": field or "", "code": code, "message": str(message)}


def flatten(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Every entry of the framework's nested errors, with the path of its field, such as `roles.0` or `rows.3.kpi`."""
    if isinstance(details, list):
        for number, item in enumerate(details):
            yield from flatten(item, path if _is_entry(item) or not path else f"{path}.{number}")
    elif _is_entry(details):
        yield problem(path, details["code"], details["message"])
    elif isinstance(details, dict):
        for name, inner in details.items():
            own = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from flatten(inner, own)


def _is_entry(details: Any) -> bool:
    """Whether it is one message and not fields or rows that have some."""
    return isinstance(details, dict) and details.keys() == {"message", "code"} and isinstance(details["message"], str)


def _messages(error: FieldsInvalid) -> Iterator[tuple[str, str]]:
    if hasattr(error, "error_dict"):
        for field, texts in error.message_dict.items():
            yield from (("" if field == "__all__" else field, text) for text in texts)
    else:
        yield from (("", text) for text in error.messages)


def _of_framework(error: exceptions.APIException) -> Response:
    codes = {exceptions.ParseError: "malformed", exceptions.UnsupportedMediaType: "not_json"}
    code = codes.get(type(error)) or str(error.get_codes())
    response = refusal(error.status_code, str(error.detail), code)
    if isinstance(error, exceptions.Throttled):
        response["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def _our_fault(context: dict[str, Any]) -> Response:
    """500 as JSON. The signal lets the log and error trackers see the exception as from any other view."""
    request = context["request"]._request
    got_request_exception.send(sender=None, request=request)
    return refusal(
        500,
        _("Something went wrong on our side. Nothing was changed. Name the request id %(id)s when you report it.")
        % {"id": getattr(request, "request_id", "")},
        "server_error",
    )
