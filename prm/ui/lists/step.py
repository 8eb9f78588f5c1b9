"""A page between a list's selection and what is done with it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class ListStep:
    """Put it before the list in the bases. It knows the list it came from, and goes back to it.

    `list_name` is the address of the list, in the manager workspace.
    """

    request: Any
    list_name = ""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """There is nothing to show without a selection."""
        return redirect(self.list_url())

    def list_url(self) -> str:
        """The list that the page belongs to."""
        return reverse(self.list_name, kwargs={"tenant": self.request.tenant.slug})

    def back(self) -> str:
        """The list as it was, when the posted address is one of the list's."""
        path = self.request.POST.get("path", "")
        is_ours = path.startswith(self.list_url()) and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if is_ours else self.list_url()
