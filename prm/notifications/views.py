"""The inbox of a workspace and of a portal."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy

from prm.access.permissions import Permission
from prm.access.requests import ScopedRequest
from prm.access.views import PortalView, TenantView
from prm.accounts.permissions import WORKSPACE_USE
from prm.notifications.forms import PreferenceForm
from prm.notifications.kinds import Area
from prm.notifications.morning import MORNING
from prm.notifications.preferences import chosen_reaches, set_muted, set_reaches, wanted_parts
from prm.notifications.queries import inbox_url, last_mails, messages_of, unread_count
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
                "preferences_url": f"{inbox_url(request)}preferences/",
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


class _Preferences(ServiceForm):
    """What a person wants to hear about, here and by mail."""

    permission: Permission | None = WORKSPACE_USE
    form_class = PreferenceForm
    template_name = "notifications/preferences.html"
    success_message = gettext_lazy("Your choice is kept.")
    news_area = Area.WORKSPACE
    base_template = "base_manager.html"

    @property
    def person(self) -> dict[str, Any]:
        """Whose choice it is and what they are here."""
        request: Any = self.request
        here = request.partner_access or request.membership
        return {"user_id": here.user_id, "role": here.role}

    def form_kwargs(self) -> dict[str, Any]:
        parts = wanted_parts(**self.person) if self.news_area == Area.WORKSPACE else []
        return {"parts": parts, "kinds": chosen_reaches(**self.person, area=self.news_area)}

    def context(self, form: Any) -> dict[str, Any]:
        partner_id = _partner_id(cast(ScopedRequest, self.request))
        return {
            "base_template": self.base_template,
            "mails": last_mails(user_id=self.person["user_id"], partner_id=partner_id, count=MAILS_SHOWN),
            "hour": MORNING.start,
            "back_url": inbox_url(cast(ScopedRequest, self.request)),
        }

    def perform(self, form: Any) -> HttpResponse:
        if "wanted" in form.cleaned_data:
            set_muted(**self.person, wanted=form.cleaned_data["wanted"])
        set_reaches(user_id=self.person["user_id"], reaches=form.reaches)
        return redirect(self.request.path)


class PreferencesView(_Preferences, TenantView):
    """The choice of somebody who works in the workspace."""


class PortalPreferencesView(_Preferences, PortalView):
    """The choice of somebody at a partner."""

    news_area = Area.PORTAL
    base_template = "base_portal.html"


def _partner_id(request: ScopedRequest) -> int | None:
    access = request.partner_access
    return None if access is None else access.partner_id
