"""Every address of ours with what its view declares, read from the URL tree."""

import re
from dataclasses import dataclass
from typing import Any

from django.test import RequestFactory

from prm.access.checks import asks_itself, walk_urls
from prm.access.permissions import Permission
from prm.access.views import declaration_of

METHODS = ("get", "post", "put", "patch", "delete")
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """An address: its pattern, name, view, arguments and methods."""

    pattern: str
    name: str
    callback: Any

    @property
    def view(self) -> Any:
        return getattr(self.callback, "view_class", None) or getattr(self.callback, "cls", None) or self.callback

    @property
    def kind(self) -> str:
        """manager, portal, api, signed_in, public or operator_only."""
        declared = declaration_of(self.callback)
        assert declared is not None, f"{self.pattern} declares nothing"
        if declared[0] != "permission":
            return declared[0]
        if self.pattern.startswith("api/"):
            return "api"
        return getattr(self.view, "area", None) or ("portal" if self.pattern.startswith("portal/") else "manager")

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names between angle brackets, in order."""
        return tuple(_ARGUMENT.findall(self.pattern))

    @property
    def methods(self) -> tuple[str, ...]:
        """What the view answers."""
        actions = getattr(self.callback, "actions", None)
        if actions:
            return tuple(method for method in METHODS if method in actions)
        allowed = getattr(self.view, "http_method_names", METHODS)
        found = tuple(method for method in METHODS if method in allowed and self._is_ours(method))
        return found or ("get",)

    def _is_ours(self, method: str) -> bool:
        """Django's form views answer PUT like POST; asking both would prove nothing more."""
        handler = getattr(self.view, method, None)
        return handler is not None and not (method == "put" and handler.__module__.startswith("django."))

    def permission(self, method: str) -> Permission:
        """What the method asks for."""
        view = self.view(**getattr(self.callback, "initkwargs", {})) if isinstance(self.view, type) else self.view
        actions = getattr(self.callback, "actions", None)
        if actions:
            view.action = actions.get(method)
        ask = getattr(view, "permission_for", None)
        if ask is None:
            return self.view.permission
        request = RequestFactory().generic(method.upper(), "/")
        view.request = request
        return ask(request)


def our_routes() -> list[Route]:
    """Every address that is not on the list of third-party views; suffix doubles (`.json`) are left out."""
    seen: dict[tuple[str, Any], Route] = {}
    for pattern, name, callback in walk_urls():
        if asks_itself(pattern, callback) or "format" in pattern:
            continue
        seen.setdefault((pattern, name), Route(pattern, name, callback))
    return list(seen.values())
