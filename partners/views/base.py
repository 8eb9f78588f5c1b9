"""What the screens of one partner share."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from partners.models import Partner
from partners.queries import access_partner
from prm.access.views import TenantView
from prm.ui.steps import ConfirmedStep, ServiceForm


def partner_url(request: HttpRequest, partner: Partner, tab: str = "") -> str:
    """The address of a partner's page, or of one of its tabs."""
    kwargs: dict[str, Any] = {"tenant": request.tenant.slug, "partner": partner.public_id}  # type: ignore[attr-defined]
    if tab:
        return reverse("partners:partner_tab", kwargs={**kwargs, "tab": tab})
    return reverse("partners:partner_detail", kwargs=kwargs)


class OnePartner(TenantView):
    """A page about one partner within this person's reach; everybody else's is not found."""

    kwargs: dict[str, Any]
    tab = ""

    @cached_property
    def partner(self) -> Partner:
        public_id: UUID = self.kwargs["partner"]
        return access_partner(self.request.membership, public_id)  # type: ignore[attr-defined]

    def back(self) -> str:
        """The partner's page, at the tab that the page belongs to."""
        return partner_url(self.request, self.partner, self.tab)


class PartnerForm(OnePartner, ServiceForm):
    """A form of the partner's page, on a page of its own: title, button, and where to go back."""

    template_name = "partners/partner_form.html"
    title: Any = ""
    button: Any = ""
    is_danger = False

    def load(self, **kwargs: Any) -> None:
        self.partner  # noqa: B018  (a foreign partner is not found before anything else happens)

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "partner": self.partner,
            "title": self.title,
            "button": self.button,
            "is_danger": self.is_danger,
            "back_url": self.back(),
        }

    def done(self, message: str) -> HttpResponse:
        """Say what happened and go back."""
        messages.success(self.request, message)
        return redirect(self.back())


class Confirmation(OnePartner, ConfirmedStep):
    """A step of the partner's page that cannot be undone."""

    template_name = "partners/confirm.html"

    def load(self, **kwargs: Any) -> None:
        self.partner  # noqa: B018  (a foreign partner is not found before anything else happens)

    def context(self) -> dict[str, Any]:
        return {"partner": self.partner, **super().context()}
