"""The workspace's people and the invitations that wait."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.accounts.forms import InviteMemberForm, MemberForm
from prm.accounts.models import Invitation, Membership
from prm.accounts.permissions import MEMBER_MANAGE, MEMBER_VIEW
from prm.accounts.queries import is_expired, members, open_invitations
from prm.accounts.services.invitations import (
    invite_member,
    resend_invitation,
    revoke_invitation,
)
from prm.accounts.services.members import (
    change_member,
    deactivate_member,
    reactivate_member,
)
from prm.ui.steps import ServiceButton, ServiceForm


class PeopleView(TenantView):
    """Everybody who works here, and who is invited."""

    permission = MEMBER_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        invitations = [(row, is_expired(row)) for row in open_invitations()]
        return render(request, "settings/people.html", {"members": members(), "invitations": invitations})


class InviteMemberView(ServiceForm, TenantView):
    """Invite somebody to the workspace."""

    permission = MEMBER_MANAGE
    form_class = InviteMemberForm
    template_name = "settings/invite_member.html"

    def perform(self, form: Any) -> HttpResponse:
        invitation = invite_member(actor=self.actor, **form.cleaned_data)
        messages.success(self.request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
        return redirect(_people(self.request))


class MemberView(ServiceForm, TenantView):
    """One member: role, portfolio, job title."""

    permission = MEMBER_VIEW
    write_permission = MEMBER_MANAGE
    form_class = MemberForm
    template_name = "settings/member.html"
    member: Membership

    def load(self, *, membership: int, **_kwargs: Any) -> None:
        self.member = get_object_or_404(members(), pk=membership)

    def form_kwargs(self) -> dict[str, Any]:
        names = ("role", "own_portfolio_only", "job_title")
        return {"initial": {name: getattr(self.member, name) for name in names}}

    def context(self, form: Any) -> dict[str, Any]:
        if MEMBER_MANAGE not in self.request.can:
            for field in form.fields.values():
                field.disabled = True
        return {"member": self.member}

    def perform(self, form: Any) -> HttpResponse:
        change_member(membership=self.member, actor=self.actor, **form.cleaned_data)
        messages.success(self.request, _("%(person)s is changed.") % {"person": self.member.user})
        return redirect(_people(self.request))


class _MemberButton(ServiceButton, TenantView):
    permission = MEMBER_MANAGE
    http_method_names = ["post", "options"]
    member: Membership

    def load(self, *, membership: int, **_kwargs: Any) -> None:
        self.member = get_object_or_404(members(), pk=membership)

    def back(self) -> str:
        return _people(self.request)


class DeactivateMemberView(_MemberButton):
    """Close the workspace to a member."""

    def perform(self) -> str:
        deactivate_member(membership=self.member, actor=self.actor, reason=self.request.POST.get("reason", "").strip())
        return _("%(person)s can no longer open the workspace.") % {"person": self.member.user}


class ReactivateMemberView(_MemberButton):
    """Open the workspace to a former member again."""

    def perform(self) -> str:
        reactivate_member(membership=self.member, actor=self.actor)
        return _("%(person)s can open the workspace again.") % {"person": self.member.user}


class _InvitationButton(ServiceButton, TenantView):
    permission = MEMBER_MANAGE
    http_method_names = ["post", "options"]
    waiting: Invitation

    def load(self, *, invitation: Any, **_kwargs: Any) -> None:
        self.waiting = get_object_or_404(open_invitations(), public_id=invitation)

    def back(self) -> str:
        return _people(self.request)


class ResendInvitationView(_InvitationButton):
    """Send an invitation again."""

    def perform(self) -> str:
        resend_invitation(invitation=self.waiting, actor=self.actor)
        return _("The invitation to %(email)s is on its way again.") % {"email": self.waiting.email}


class RevokeInvitationView(_InvitationButton):
    """Take an invitation back."""

    def perform(self) -> str:
        revoke_invitation(invitation=self.waiting, actor=self.actor)
        return _("The invitation to %(email)s is taken back.") % {"email": self.waiting.email}


def _people(request: TenantRequest) -> str:
    return reverse("accounts:people", args=[request.tenant.slug])
