"""The inbox of a workspace and of a portal."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy

from prm.access.permissions import Permission
from prm.access.requests import ScopedRequest
from prm.access.views import PortalView, TenantView
from prm.accounts.permissions import WORKSPACE_USE
from prm.notifications.forms import MailForm
from prm.notifications.models import MorningMail
from prm.notifications.morning import MORNING, preferences_of, set_preferences
from prm.notifications.queries import inbox_url, messages_of, unread_count
from prm.notifications.services import mark_read
from prm.ui.steps import ServiceForm

PAGE_SIZE = 25
MAILS_SHOWN = 7


class _Inbox:
    permission: Permission | None = WORKSPACE_USE
    base_template = "base_manager.html"

    def get(self, request: ScopedRequest, **_kwargs: Any) -> HttpResponse:
        mine = messages_of(user_id=request.user.pk, partner_id=_partner_id(request))
        only_unread = request.GET.get("show") == "unread"
        rows = mine.filter(read_at__isnull=True) if only_unread else mine
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        return render(
            request,
            "notifications/inbox.html",
            {
                "base_template": self.base_template,
                "page": page,
                "only_unread": only_unread,
                "unread": unread_count(user_id=request.user.pk, partner_id=_partner_id(request)),
                "action": inbox_url(request),
            },
        )

    def post(self, request: ScopedRequest, **_kwargs: Any) -> HttpResponse:
        """Mark everything read."""
        mark_read(user_id=request.user.pk, partner_id=_partner_id(request))
        return redirect(inbox_url(request))


class _Open:
    """Mark one message read and go to its page."""

    permission: Permission | None = WORKSPACE_USE

    def post(self, request: ScopedRequest, *, notification: int, **_kwargs: Any) -> HttpResponse:
        partner_id = _partner_id(request)
        row = get_object_or_404(messages_of(user_id=request.user.pk, partner_id=partner_id), pk=notification)
        mark_read(user_id=request.user.pk, partner_id=partner_id, notification_id=row.pk)
        if row.url and url_has_allowed_host_and_scheme(row.url, allowed_hosts=None):
            return redirect(row.url)
        return redirect(inbox_url(request))


class InboxView(_Inbox, TenantView):
    """Messages in the manager workspace."""


class PortalInboxView(_Inbox, PortalView):
    """Messages in a partner's portal."""

    base_template = "base_portal.html"


class OpenView(_Open, TenantView):
    pass


class PortalOpenView(_Open, PortalView):
    pass


class MailView(ServiceForm, TenantView):
    """What a person wants in the morning mail of this workspace."""

    permission = WORKSPACE_USE
    form_class = MailForm
    template_name = "notifications/mail.html"
    success_message = gettext_lazy("Your morning mail is set.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"parts": preferences_of(self.request.membership)}

    def context(self, form: Any) -> dict[str, Any]:
        mails = MorningMail.objects.filter(user_id=self.request.user.pk)[:MAILS_SHOWN]
        return {"mails": mails, "hour": MORNING.start, "back_url": inbox_url(self.request)}

    def perform(self, form: Any) -> HttpResponse:
        set_preferences(member=self.request.membership, wanted=form.cleaned_data["wanted"])
        return redirect("notifications:mail", tenant=self.request.tenant.slug)


def _partner_id(request: ScopedRequest) -> int | None:
    access = request.partner_access
    return None if access is None else access.partner_id
