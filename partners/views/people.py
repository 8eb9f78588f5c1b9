"""A partner's contacts, sites and portal access, on the manager's side."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms.partner import PortalForm
from partners.forms.people import ContactForm, SiteForm
from partners.models import Contact, PartnerSite
from partners.permissions import PARTNER_EDIT
from partners.queries import access_contact, access_site
from partners.services.contacts import create_contact, remove_contact, update_contact
from partners.services.portal_access import close_portal, open_portal
from partners.services.sites import create_site, remove_site, update_site
from partners.views.base import Confirmation, PartnerForm


class ContactCreateView(PartnerForm):
    """A new contact."""

    permission = PARTNER_EDIT
    form_class = ContactForm
    title = gettext_lazy("Add a contact")
    button = gettext_lazy("Add contact")
    tab = "contacts"

    def perform(self, form: Any) -> HttpResponse:
        contact = create_contact(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("%(contact)s was added.") % {"contact": contact})


class ContactEditView(PartnerForm):
    """A contact's data."""

    permission = PARTNER_EDIT
    form_class = ContactForm
    button = gettext_lazy("Save contact")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = str(self.contact)

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.contact}

    def perform(self, form: Any) -> HttpResponse:
        contact = update_contact(contact=self.contact, actor=self.actor, **form.cleaned_data)
        return self.done(_("%(contact)s was saved.") % {"contact": contact})


class ContactRemoveView(Confirmation):
    """Deletes a contact's data."""

    permission = PARTNER_EDIT
    text = gettext_lazy(
        "The person's data are deleted and their access to the portal ends. The history keeps the name. "
        "If they have only left the company, edit the contact and switch “Works there” off instead."
    )
    button = gettext_lazy("Remove contact")
    tab = "contacts"
    contact: Contact

    def load(self, **kwargs: Any) -> None:
        self.contact = access_contact(self.partner, kwargs["contact"])
        self.title = _("Remove %(contact)s") % {"contact": self.contact}

    def perform(self) -> str:
        remove_contact(contact=self.contact, actor=self.actor)
        return _("%(contact)s was removed.") % {"contact": self.contact}


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


class PortalCloseView(Confirmation):
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


class SiteCreateView(PartnerForm):
    """A new site."""

    permission = PARTNER_EDIT
    form_class = SiteForm
    title = gettext_lazy("Add a site")
    button = gettext_lazy("Add site")
    tab = "profile"

    def perform(self, form: Any) -> HttpResponse:
        site = create_site(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(_("The site %(site)s was added.") % {"site": site})


class SiteEditView(PartnerForm):
    """A site's data."""

    permission = PARTNER_EDIT
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


class SiteRemoveView(Confirmation):
    """Deletes a site."""

    permission = PARTNER_EDIT
    text = gettext_lazy("Its address is deleted. The history keeps the name.")
    button = gettext_lazy("Remove site")
    tab = "profile"
    site: PartnerSite

    def load(self, **kwargs: Any) -> None:
        self.site = access_site(self.partner, kwargs["site"])
        self.title = _("Remove the site %(site)s") % {"site": self.site}

    def perform(self) -> str:
        remove_site(site=self.site, actor=self.actor)
        return _("The site %(site)s was removed.") % {"site": self.site}
