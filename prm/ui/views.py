"""Pages of the shell: the command palette's search, the living page of the kit, and what people see on errors."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from prm.access.views import PortalView, PublicView, TenantView
from prm.accounts.permissions import WORKSPACE_USE
from prm.ui import palette
from prm.ui.kit import kit_context
from prm.ui.navigation import Area


class _Palette:
    permission = WORKSPACE_USE
    base_template = "base_manager.html"
    palette_area: Area = "manager"

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        query = request.GET.get("q", "")[:100]
        context = {
            "base_template": self.base_template,
            "query": query,
            "groups": palette.search(request, query, self.palette_area),
        }
        wants_options = "fragment" in request.GET or request.htmx  # type: ignore[attr-defined]
        return render(request, "ui/_palette_results.html" if wants_options else "ui/palette.html", context)


class PaletteView(_Palette, TenantView):
    """Search from everywhere in a workspace."""


class PortalPaletteView(_Palette, PortalView):
    """Search from everywhere in a portal."""

    base_template = "base_portal.html"
    palette_area: Area = "portal"


class KitView(PublicView):
    """Every component in every state. For developers (DEBUG) and operators; nobody else knows it exists."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        if not (settings.DEBUG or (request.user.is_authenticated and request.user.is_staff)):
            raise Http404
        return render(request, "_kit/kit.html", kit_context(request))
