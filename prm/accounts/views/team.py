"""The partner's own people in the portal: a partner admin keeps the list without the vendor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from prm.access.requests import PortalRequest
from prm.access.views import PortalView
from prm.accounts.forms import ColleagueForm, InviteColleagueForm
from prm.accounts.models import Invitation, PartnerAccess
from prm.accounts.permissions import TEAM_MANAGE, TEAM_VIEW
from prm.accounts.places import places_of
from prm.accounts.queries import is_expired, open_invitations, team_of
from prm.accounts.services.invitations import (
    invite_to_partner,
    resend_invitation,
    revoke_invitation,
)
from prm.accounts.services.team import change_partner_access, remove_partner_access
from prm.ui.steps import ServiceButton, ServiceForm


class TeamView(PortalView):
    """Who can open this portal, and who is invited."""

    permission = TEAM_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        invitations = [(row, is_expired(row)) for row in open_invitations(partner_id=self.partner_id)]
        return render(
            request,
            "accounts/team.html",
            {"team": team_of(self.partner_id), "invitations": invitations},
        )


class InviteColleagueView(ServiceForm, PortalView):
    """Invite a colleague to the portal."""

    permission = TEAM_MANAGE
    form_class = InviteColleagueForm
    template_name = "accounts/invite_colleague.html"

    def perform(self, form: Any) -> HttpResponse:
        access = self.request.partner_access
        invitation = invite_to_partner(
            actor=self.actor,
            partner_id=access.partner_id,
            partner_public_id=access.partner_public_id,
            partner_name=access.partner_name,
            **form.cleaned_data,
        )
        messages.success(self.request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
        return redirect(_team(self.request))


class ColleagueView(ServiceForm, PortalView):
    """A colleague's role."""

    permission = TEAM_MANAGE
    form_class = ColleagueForm
    template_name = "accounts/colleague.html"
    colleague: PartnerAccess

    def load(self, *, access: int, **_kwargs: Any) -> None:
        self.colleague = get_object_or_404(team_of(self.partner_id), pk=access)

    def form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"role": self.colleague.role}}

    def context(self, form: Any) -> dict[str, Any]:
        return {"colleague": self.colleague, "is_self": self.colleague.user_id == self.request.user.pk}

    def perform(self, form: Any) -> HttpResponse:
        change_partner_access(access=self.colleague, role=form.cleaned_data["role"], actor=self.actor)
        messages.success(self.request, _("%(person)s is changed.") % {"person": self.colleague.user})
        return redirect(_team(self.request))


class RemoveColleagueView(ServiceButton, PortalView):
    """Close the portal to a colleague, or to oneself while another admin is left."""

    permission = TEAM_MANAGE
    http_method_names = ["post", "options"]
    colleague: PartnerAccess

    def load(self, *, access: int, **_kwargs: Any) -> None:
        self.colleague = get_object_or_404(team_of(self.partner_id), pk=access)

    def back(self) -> str:
        return _team(self.request)

    def onward(self) -> str:
        """Who has left cannot come back to the team's page."""
        if self.request.partner_access.pk != self.colleague.pk:
            return self.back()
        only = places_of(self.request.user).only
        return only.url if only else reverse("accounts:workspaces")

    def perform(self) -> str:
        remove_partner_access(access=self.colleague, actor=self.actor)
        return _("%(person)s can no longer open the portal.") % {"person": self.colleague.user}


class _InvitationButton(ServiceButton, PortalView):
    permission = TEAM_MANAGE
    http_method_names = ["post", "options"]
    waiting: Invitation

    def load(self, *, invitation: Any, **_kwargs: Any) -> None:
        self.waiting = get_object_or_404(open_invitations(partner_id=self.partner_id), public_id=invitation)

    def back(self) -> str:
        return _team(self.request)


class ResendColleagueInvitationView(_InvitationButton):
    """Send an invitation again."""

    def perform(self) -> str:
        resend_invitation(invitation=self.waiting, actor=self.actor)
        return _("The invitation to %(email)s is on its way again.") % {"email": self.waiting.email}


class RevokeColleagueInvitationView(_InvitationButton):
    """Take an invitation back."""

    def perform(self) -> str:
        revoke_invitation(invitation=self.waiting, actor=self.actor)
        return _("The invitation to %(email)s is taken back.") % {"email": self.waiting.email}


def _team(request: PortalRequest) -> str:
    access = request.partner_access
    return reverse("accounts:team", args=[request.tenant.slug, access.partner_public_id])
