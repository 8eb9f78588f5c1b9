"""What the screens about one partner share, in the manager's workspace and in the partner's portal."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from partners.models import Partner
from partners.queries import access_partner, own_partner
from prm.access.requests import TenantRequest
from prm.access.views import DeclaredView, PortalView, TenantView
from prm.ui.steps import ConfirmedStep, ServiceForm


def partner_url(request: TenantRequest, partner: Partner, tab: str = "") -> str:
    """The address of a partner's page, or of one of its tabs."""
    kwargs: dict[str, Any] = {"tenant": request.tenant.slug, "partner": partner.public_id}
    if tab:
        return reverse("partners:partner_tab", kwargs={**kwargs, "tab": tab})
    return reverse("partners:partner_detail", kwargs=kwargs)


class PartnerScreen(DeclaredView):
    """A screen about one partner. `OnePartner` and `OwnCompany` say which one, and where its page is."""

    kwargs: dict[str, Any]
    tab = ""
    """The tab of the manager's page that the screen belongs to; the portal has one page without tabs."""
    by_vendor: bool
    """Who is at work: the vendor's people or the partner's own."""

    @cached_property
    def partner(self) -> Partner:
        return self.find_partner()

    def find_partner(self) -> Partner:
        raise NotImplementedError

    def back(self) -> str:
        """The partner's page."""
        raise NotImplementedError


class OnePartner(PartnerScreen, TenantView):
    """A page about one partner within this person's reach; everybody else's is not found."""

    by_vendor = True

    def find_partner(self) -> Partner:
        return access_partner(self.request.membership, self.kwargs["partner"])

    def back(self) -> str:
        return partner_url(self.request, self.partner, self.tab)


class OwnCompany(PartnerScreen, PortalView):
    """A page of the portal about the partner whose portal it is."""

    by_vendor = False

    def find_partner(self) -> Partner:
        return own_partner(self.partner_id)

    def back(self) -> str:
        return reverse(
            "company:company_detail",
            kwargs={"tenant": self.request.tenant.slug, "partner": self.partner.public_id},
        )


class FormScreen(PartnerScreen, ServiceForm):
    """A form about the partner, on a page of its own: title, button, and where to go back."""

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


class ConfirmationScreen(PartnerScreen, ConfirmedStep):
    """A step about the partner that cannot be undone."""

    def context(self) -> dict[str, Any]:
        return {"partner": self.partner, **super().context()}


class PartnerForm(OnePartner, FormScreen):
    """A form of the manager's page of a partner."""

    template_name = "partners/partner_form.html"


class PartnerConfirmation(OnePartner, ConfirmationScreen):
    """A step that cannot be undone, from the manager's page of a partner."""

    template_name = "partners/confirm.html"


class CompanyForm(OwnCompany, FormScreen):
    """A form of the portal's company page."""

    template_name = "partners/company/company_form.html"


class CompanyConfirmation(OwnCompany, ConfirmationScreen):
    """A step that cannot be undone, from the portal's company page."""

    template_name = "partners/company/confirm.html"
