"""A person's own settings, the same in every workspace."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from prm.access.views import SignedInView
from prm.accounts.forms import ProfileForm
from prm.accounts.models import User
from prm.accounts.services.profile import update_profile
from prm.ui.steps import ServiceForm


class ProfileView(ServiceForm, SignedInView):
    """Name, language, look and keyboard."""

    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_message = _("Your settings are saved.")

    def form_kwargs(self) -> dict[str, Any]:
        # A copy: the form writes what was entered into its instance, and the page is drawn with request.user.
        return {"instance": get_object_or_404(User, pk=self.request.user.pk)}

    def perform(self, form: Any) -> HttpResponse:
        update_profile(user=self.request.user, **form.cleaned_data)  # type: ignore[arg-type]
        return redirect("accounts:profile")


class ThemeView(SignedInView):
    """The shell's light and dark switch. Answers 204 to htmx and fetch, else goes back to the page."""

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        theme = request.POST.get("theme", "")
        if theme not in User.Theme.values:
            return HttpResponse(status=422)
        update_profile(user=request.user, theme=theme)  # type: ignore[arg-type]
        if getattr(request, "htmx", False) or request.headers.get("Sec-Fetch-Mode") == "cors":
            return HttpResponse(status=204)
        messages.success(request, _("Your settings are saved."))
        back = request.POST.get("next", "")
        return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "accounts:profile")
