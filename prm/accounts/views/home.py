"""The way in: the front door and the choice of a workspace."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from prm.access.views import PublicView, SignedInView
from prm.accounts.places import places_of, workspace_url


class FrontDoorView(PublicView):
    """`/`: to the places of a signed-in person, else to the sign-in page."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("accounts:workspaces")
        return redirect(settings.LOGIN_URL)


class WorkspacesView(SignedInView):
    """Choose a workspace or portal; straight into the only one, unless `?all=1` asks for the list."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        places = places_of(request.user)
        if places.only and not request.user.is_staff and "all" not in request.GET:
            return redirect(places.only.url)
        return render(request, "accounts/workspaces.html", {"places": places})


class PlacesView(SignedInView):
    """The entries of the switcher, fetched when somebody opens it; `here` names the present workspace."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        context = {"places": places_of(request.user), "here": workspace_url(request.GET.get("here", ""))}
        return render(request, "accounts/_places.html", context)
