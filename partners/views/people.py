"""A partner's contacts and sites, kept by its manager or by its own people, and the portal access a manager gives.

Each screen is written once. The two views of it, for the workspace and for the portal, say who may and in which words.
"""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms.partner import PortalForm
from partners.forms.people import ContactForm, OwnContactForm, SiteForm
from partners.models import Contact, PartnerSite
from partners.permissions import COMPANY_EDIT, PARTNER_EDIT
from partners.queries import access_contact, access_site
from partners.services.contacts import create_contact, remove_contact, update_contact
from partners.services.portal_access import close_portal, open_portal
from partners.services.sites import create_site, remove_site, update_site
from partners.views.base import (
    CompanyConfirmation,
    CompanyForm,
    ConfirmationScreen,
    FormScreen,
    PartnerConfirmation,
    PartnerForm,
)

# --- Contacts -------------------------------------------------------------------------------------------------------


class _ContactCreate(FormScreen):
    title = gettext_lazy("Add a contact")
    button = gettext_lazy("Add contact")
    tab = "contacts"

    def perform(self, form: Any) -> HttpResponse:
        contact = create_contact(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("%(contact)s was added.") % {"contact": contact})


class ContactCreateView(PartnerForm, _ContactCreate):
    """A new contact."""

    permission = PARTNER_EDIT
    form_class = ContactForm


class OwnContactCreateView(CompanyForm, _ContactCreate):
    """A new contact of the own company."""

    permission = COMPANY_EDIT
    form_class = OwnContactForm


class _ContactEdit(FormScreen):
    button = gettext_lazy("Save contact")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = str(self.contact)

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.contact}

    def perform(self, form: Any) -> HttpResponse:
        contact = update_contact(contact=self.contact, actor=self.actor, by_vendor=self.by_vendor, **form.cleaned_data)
        return self.done(_("%(contact)s was saved.") % {"contact": contact})


class ContactEditView(PartnerForm, _ContactEdit):
    """A contact's data."""

    permission = PARTNER_EDIT
    form_class = ContactForm


class OwnContactEditView(CompanyForm, _ContactEdit):
    """A contact of the own company."""

    permission = COMPANY_EDIT
    form_class = OwnContactForm


class _ContactRemove(ConfirmationScreen):
    button = gettext_lazy("Remove contact")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = _("Remove %(contact)s") % {"contact": self.contact}

    def perform(self) -> str:
        remove_contact(contact=self.contact, actor=self.actor, by_vendor=self.by_vendor)
        return _("%(contact)s was removed.") % {"contact": self.contact}


class ContactRemoveView(PartnerConfirmation, _ContactRemove):
    """Deletes a contact's data."""

    permission = PARTNER_EDIT
    text = gettext_lazy(
        "The person's data are deleted and their access to the portal ends. The history keeps the name. "
        "If they have only left the company, edit the contact and switch “Works there” off instead."
    )


class OwnContactRemoveView(CompanyConfirmation, _ContactRemove):
    """Deletes the data of a contact of the own company."""

    permission = COMPANY_EDIT
    text = gettext_lazy("The person's data are deleted and their access to this portal ends.")


# --- Sites ----------------------------------------------------------------------------------------------------------


class _SiteCreate(FormScreen):
    form_class = SiteForm
    title = gettext_lazy("Add a site")
    button = gettext_lazy("Add site")
    tab = "profile"

    def perform(self, form: Any) -> HttpResponse:
        site = create_site(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("The site %(site)s was added.") % {"site": site})


class SiteCreateView(PartnerForm, _SiteCreate):
    """A new site."""

    permission = PARTNER_EDIT


class OwnSiteCreateView(CompanyForm, _SiteCreate):
    """A new site of the own company."""

    permission = COMPANY_EDIT


class _SiteEdit(FormScreen):
    form_class = SiteForm
    button = gettext_lazy("Save site")
    tab = "profile"
    site: PartnerSite

    def load(self, **kwargs: Any) -> None:
        self.site = access_site(self.partner, kwargs["site"])
        self.title = str(self.site)

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.site}

    def perform(self, form: Any) -> HttpResponse:
        site = update_site(site=self.site, actor=self.actor, **form.cleaned_data)
        return self.done(_("The site %(site)s was saved.") % {"site": site})


class SiteEditView(PartnerForm, _SiteEdit):
    """A site's data."""

    permission = PARTNER_EDIT


class OwnSiteEditView(CompanyForm, _SiteEdit):
    """A site of the own company."""

    permission = COMPANY_EDIT


class _SiteRemove(ConfirmationScreen):
    button = gettext_lazy("Remove site")
    tab = "profile"
    site: PartnerSite

    def load(self, **kwargs: Any) -> None:
        self.site = access_site(self.partner, kwargs["site"])
        self.title = _("Remove the site %(site)s") % {"site": self.site}

    def perform(self) -> str:
        remove_site(site=self.site, actor=self.actor)
        return _("The site %(site)s was removed.") % {"site": self.site}


class SiteRemoveView(PartnerConfirmation, _SiteRemove):
    """Deletes a site."""

    permission = PARTNER_EDIT
    text = gettext_lazy("Its address is deleted. The history keeps the name.")


class OwnSiteRemoveView(CompanyConfirmation, _SiteRemove):
    """Deletes a site of the own company."""

    permission = COMPANY_EDIT
    text = gettext_lazy("Its address is deleted.")


# --- Access to the portal -------------------------------------------------------------------------------------------


class PortalOpenView(PartnerForm):
    """Invites a contact to the portal."""

    permission = PARTNER_EDIT
    form_class = PortalForm
    button = gettext_lazy("Send invitation")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = _("Invite %(contact)s to the portal") % {"contact": self.contact}

    def context(self, form: Any) -> dict[str, Any]:
        return {
            **super().context(form),
            "lead": _("The invitation goes to %(email)s and is valid for 14 days.") % {"email": self.contact.email}
            if self.contact.email
            else "",
        }

    def perform(self, form: Any) -> HttpResponse:
        open_portal(contact=self.contact, actor=self.actor, **form.cleaned_data)
        return self.done(_("The invitation to %(email)s is on its way.") % {"email": self.contact.email})


class PortalCloseView(PartnerConfirmation):
    """Ends a contact's access, or takes back the invitation."""

    permission = PARTNER_EDIT
    text = gettext_lazy("Pages that are open stop working with the next click. The person can be invited again.")
    button = gettext_lazy("Close portal")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = _("Close the portal for %(contact)s") % {"contact": self.contact}

    def perform(self) -> str:
        if close_portal(contact=self.contact, actor=self.actor):
            return _("The portal is closed for %(contact)s.") % {"contact": self.contact}
        return _("%(contact)s had no access to the portal.") % {"contact": self.contact}
