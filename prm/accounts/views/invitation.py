"""The page behind an invitation's link. The link is the proof, so it is open to strangers."""

from typing import Any

from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from prm.access.views import PublicView
from prm.accounts.errors import InvitationNotUsable
from prm.accounts.forms import NewAccountForm
from prm.accounts.models import Invitation
from prm.accounts.services.invitations import (
    accept_invitation,
    accept_with_new_account,
    account_of,
    find_invitation,
    owns_address,
)
from prm.errors import DomainError

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RATE = {"invitation": "30/m/ip"}


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class InvitationView(PublicView):
    """Shows who invites whom to what; accepts it, with the account at hand or a new one."""

    def dispatch(self, request: HttpRequest, *args: Any, token: str, **kwargs: Any) -> HttpResponse:
        if getattr(settings, "ACCOUNT_RATE_LIMITS", None) is not False and not consume(
            request, app="prm.accounts", action="invitation", config=RATE, limit_get=True
        ):
            return render(request, "429.html", status=429)
        try:
            invitation = find_invitation(token, at=timezone.now())
        except InvitationNotUsable as refusal:
            return self._refused(request, refusal)
        return super().dispatch(request, *args, token=token, invitation=invitation, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest, *, token: str, invitation: Invitation, **_kwargs: Any) -> HttpResponse:
        return self._page(request, token, invitation)

    def post(self, request: HttpRequest, *, token: str, invitation: Invitation, **_kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return self._accept(request, token, invitation)
        return self._register(request, token, invitation)

    def _accept(self, request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
        try:
            url = accept_invitation(token=token, user=request.user)  # type: ignore[arg-type]
        except InvitationNotUsable as refusal:
            return self._refused(request, refusal)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, token, invitation, status=409)
        messages.success(request, _("Welcome to %(company)s.") % {"company": invitation.tenant})
        return redirect(url)

    def _register(self, request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
        form = NewAccountForm(request.POST, email=invitation.email)
        if not form.is_valid():
            return self._page(request, token, invitation, form=form, status=422)
        try:
            user, url = accept_with_new_account(
                token=token,
                full_name=form.cleaned_data["full_name"],
                password=form.cleaned_data["password"],
            )
        except InvitationNotUsable as refusal:
            return self._refused(request, refusal)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, token, invitation, status=409)
        login(request, user, backend=BACKEND)
        messages.success(request, _("Welcome to %(company)s.") % {"company": invitation.tenant})
        return redirect(url)

    def _page(
        self,
        request: HttpRequest,
        token: str,
        invitation: Invitation,
        *,
        form: NewAccountForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        has_account = account_of(invitation.email) is not None
        return render(
            request,
            "accounts/invitation.html",
            {
                "invitation": invitation,
                "company": invitation.tenant,
                "has_account": has_account,
                "is_invited_person": request.user.is_authenticated and owns_address(request.user, invitation.email),
                "form": form or (None if has_account else NewAccountForm(email=invitation.email)),
            },
            status=status,
        )

    def _refused(self, request: HttpRequest, refusal: InvitationNotUsable) -> HttpResponse:
        status = 404 if refusal.reason == "unknown" else 410
        return render(request, "accounts/invitation_refused.html", {"refusal": refusal}, status=status)
