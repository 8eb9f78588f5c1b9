"""Pages of the shell: the command palette's search, the living page of the kit, and what people see on errors."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from prm.access.permissions import Permission
from prm.access.requests import ScopedRequest
from prm.access.views import PortalView, PublicView, TenantView
from prm.accounts.permissions import WORKSPACE_USE
from prm.ui import palette
from prm.ui.kit import kit_context
from prm.ui.lists import ListPage
from prm.ui.lists.saved import ViewRefused, delete_view, save_view
from prm.ui.models import SavedView
from prm.ui.navigation import Area
from prm.ui.steps import ServiceButton


class _Palette:
    permission: Permission | None = WORKSPACE_USE
    base_template = "base_manager.html"
    palette_area: Area = "manager"

    def get(self, request: ScopedRequest, **_kwargs: Any) -> HttpResponse:
        query = request.GET.get("q", "").replace("\x00", "")[:100]
        context = {
            "base_template": self.base_template,
            "query": query,
            "groups": palette.search(request, query, self.palette_area),
        }
        wants_options = "fragment" in request.GET or request.htmx
        return render(request, "ui/_palette_results.html" if wants_options else "ui/palette.html", context)


class PaletteView(_Palette, TenantView):
    """Search from everywhere in a workspace."""


class PortalPaletteView(_Palette, PortalView):
    """Search from everywhere in a portal."""

    base_template = "base_portal.html"
    palette_area: Area = "portal"


class SaveViewView(TenantView):
    """Keep the present search, filters, order and columns of a list under a name."""

    permission = WORKSPACE_USE

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        if request.POST.get("list") not in ListPage.registry:
            raise Http404
        back = _local(request.POST.get("path", ""))
        try:
            view = save_view(
                actor=self.actor,
                list_key=request.POST["list"],
                name=request.POST.get("name", ""),
                query=request.POST.get("query", ""),
                is_shared=request.POST.get("is_shared") == "on",
            )
        except ViewRefused as refusal:
            messages.error(request, str(refusal.message))
            return redirect(back)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        return redirect(f"{back}?{view.full_query}" if view.full_query else back)


class DeleteViewView(ServiceButton, TenantView):
    """Remove one's own saved view."""

    permission = WORKSPACE_USE
    view: SavedView

    def load(self, *, view: int, **_kwargs: Any) -> None:
        self.view = get_object_or_404(SavedView, Q(user_id=self.actor.user_id) | Q(is_shared=True), pk=view)

    def back(self) -> str:
        return _local(self.request.POST.get("path", ""))

    def perform(self) -> str:
        delete_view(actor=self.actor, view=self.view)
        return _("The view “%(name)s” is deleted.") % {"name": self.view.name}


def _local(path: str) -> str:
    """The path to go back to, if it is one of ours."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else "/"


class FaviconView(PublicView):
    """Browsers ask for this address on answers that are no page of ours."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return redirect(static("prm/favicon.svg"), permanent=True)


class KitView(PublicView):
    """Every component in every state. For developers (DEBUG) and operators; nobody else knows it exists."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        if not (settings.DEBUG or (request.user.is_authenticated and request.user.is_staff)):
            raise Http404
        return render(request, "_kit/kit.html", kit_context(request))
