"""A person's places for the switcher of every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from prm.accounts.places import Places, places_of


def places(request: HttpRequest) -> dict[str, Any]:
    """`places`: workspaces and portals of the signed-in person, read when the template asks (one query)."""
    return {"places": SimpleLazyObject(lambda: _places(request))}


def _places(request: HttpRequest) -> Places:
    user = getattr(request, "user", None)
    return Places() if user is None else places_of(user)
