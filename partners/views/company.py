"""The company as its own people see it in the portal. Facts are the vendor's to keep; contacts and sites their own."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms.people import OwnContactForm, SiteForm
from partners.models import Contact, Partner, PartnerSite
from partners.permissions import COMPANY_EDIT, COMPANY_VIEW
from partners.queries import access_contact, access_site, contact_rows, own_partner
from partners.services.contacts import create_contact, remove_contact, update_contact
from partners.services.sites import create_site, remove_site, update_site
from prm.access.views import PortalView
from prm.ui.steps import ConfirmedStep, ServiceForm


class _OwnCompany(PortalView):
    kwargs: dict[str, Any]

    @cached_property
    def partner(self) -> Partner:
        return own_partner(self.partner_id)

    def back(self) -> str:
        return reverse(
            "company:company_detail",
            kwargs={"tenant": self.request.tenant.slug, "partner": self.partner.public_id},  # type: ignore[attr-defined]
        )


class CompanyView(_OwnCompany):
    """Company facts, contacts and sites."""

    permission = COMPANY_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        partner = self.partner
        context = {
            "partner": partner,
            "contacts": contact_rows(partner),
            "sites": list(partner.sites.all()),
            "specialisations": list(partner.specialisations.all()),
            "territories": list(partner.territories.all()),
        }
        return render(request, "partners/company/company_detail.html", context)


class _OwnForm(_OwnCompany, ServiceForm):
    permission = COMPANY_EDIT
    template_name = "partners/company/company_form.html"
    title: Any = ""
    button: Any = ""

    def context(self, form: Any) -> dict[str, Any]:
        return {"partner": self.partner, "title": self.title, "button": self.button, "back_url": self.back()}

    def done(self, message: str) -> HttpResponse:
        messages.success(self.request, message)
        return redirect(self.back())


class OwnContactCreateView(_OwnForm):
    """A new contact of the own company."""

    form_class = OwnContactForm
    title = gettext_lazy("Add a contact")
    button = gettext_lazy("Add contact")

    def perform(self, form: Any) -> HttpResponse:
        contact = create_contact(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("%(contact)s was added.") % {"contact": contact})


class OwnContactEditView(_OwnForm):
    """A contact of the own company."""

    form_class = OwnContactForm
    button = gettext_lazy("Save contact")
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = str(self.contact)

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.contact}

    def perform(self, form: Any) -> HttpResponse:
        contact = update_contact(contact=self.contact, actor=self.actor, by_vendor=False, **form.cleaned_data)
        return self.done(_("%(contact)s was saved.") % {"contact": contact})


class OwnSiteCreateView(_OwnForm):
    """A new site of the own company."""

    form_class = SiteForm
    title = gettext_lazy("Add a site")
    button = gettext_lazy("Add site")

    def perform(self, form: Any) -> HttpResponse:
        site = create_site(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("The site %(site)s was added.") % {"site": site})


class OwnSiteEditView(_OwnForm):
    """A site of the own company."""

    form_class = SiteForm
    button = gettext_lazy("Save site")
    site: PartnerSite

    def load(self, **kwargs: Any) -> None:
        self.site = access_site(self.partner, kwargs["site"])
        self.title = str(self.site)

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.site}

    def perform(self, form: Any) -> HttpResponse:
        site = update_site(site=self.site, actor=self.actor, **form.cleaned_data)
        return self.done(_("The site %(site)s was saved.") % {"site": site})


class _OwnRemoval(_OwnCompany, ConfirmedStep):
    permission = COMPANY_EDIT
    template_name = "partners/company/confirm.html"

    def context(self) -> dict[str, Any]:
        return {"partner": self.partner, **super().context()}


class OwnContactRemoveView(_OwnRemoval):
    """Deletes the data of a contact of the own company."""

    text = gettext_lazy("The person's data are deleted and their access to this portal ends.")
    button = gettext_lazy("Remove contact")
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = _("Remove %(contact)s") % {"contact": self.contact}

    def perform(self) -> str:
        remove_contact(contact=self.contact, actor=self.actor, by_vendor=False)
        return _("%(contact)s was removed.") % {"contact": self.contact}


class OwnSiteRemoveView(_OwnRemoval):
    """Deletes a site of the own company."""

    text = gettext_lazy("Its address is deleted.")
    button = gettext_lazy("Remove site")
    site: PartnerSite

    def load(self, **kwargs: Any) -> None:
        self.site = access_site(self.partner, kwargs["site"])
        self.title = _("Remove the site %(site)s") % {"site": self.site}

    def perform(self) -> str:
        remove_site(site=self.site, actor=self.actor)
        return _("The site %(site)s was removed.") % {"site": self.site}
