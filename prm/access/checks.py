"""Start-up check: every view of ours declares who may call it. Silence means refused."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

from prm.access.views import declaration_of

# Views of other packages, each with the reason why it stands outside our declarations.
THIRD_PARTY = {
    "allauth": "sign-in and account pages, open or for the signed-in person alone",
    "django.views.static": "files of the development server",
    "django.contrib.staticfiles": "files of the development server",
    "django.views.i18n": "language of the screen",
}

ADMIN_PREFIX = "admin/"
"""Every page of the Django admin asks for an operator itself (`AdminSite.admin_view`), ours in it too."""


def walk_urls(patterns: Any = None, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every (route, qualified name, callback) of the URL tree."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk_urls(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield (
                prefix + str(entry.pattern),
                f"{namespace}{entry.name or ''}",
                entry.callback,
            )


def asks_itself(route: str, callback: Any) -> bool:
    """Whether the view is the Django admin's or comes from a package on the list above."""
    target = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
    module = getattr(target, "__module__", "") or ""
    return route.startswith(ADMIN_PREFIX) or any(
        module == name or module.startswith(f"{name}.") for name in THIRD_PARTY
    )


@checks.register(checks.Tags.urls)
def check_declarations(app_configs: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """One error for each view without exactly one declaration."""
    return [
        checks.Error(
            f"The view of {route} declares no permission (or more than one).",
            id="access.E001",
        )
        for route, _name, callback in walk_urls()
        if not asks_itself(route, callback) and declaration_of(callback) is None
    ]
