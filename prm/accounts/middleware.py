"""What a signed-in person's account adds to each request: their language, and a second factor for operators."""

import hashlib
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

DEVICE_SECONDS = 300


class DeviceMiddleware:
    """Keeps the list of a person's devices true: address, browser and last use, at most every five minutes.

    allauth's own middleware writes with every request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.session_key:
            marks = (
                request.session.session_key,
                request.META.get("REMOTE_ADDR", ""),
                request.headers.get("X-Forwarded-For", ""),
                request.headers.get("User-Agent", ""),
            )
            key = f"device:{hashlib.sha256(repr(marks).encode()).hexdigest()}"
            if cache.add(key, 1, DEVICE_SECONDS):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


class LanguageMiddleware:
    """Speaks the language of the person's profile; without one, the browser's (LocaleMiddleware)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if not language or language not in dict(settings.LANGUAGES):
            return self.get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response


class OperatorSecondFactorMiddleware:
    """Sends operators without a second factor to set one up before /admin/ opens (OPERATORS_NEED_SECOND_FACTOR)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.OPERATORS_NEED_SECOND_FACTOR
            and request.path_info.startswith("/admin/")
            and user.is_authenticated
            and user.is_staff
            and not is_mfa_enabled(user)
        ):
            messages.warning(
                request,
                _("Operators need a second factor. Set up an authenticator app or a passkey first."),
            )
            return redirect("mfa_index")
        return self.get_response(request)
