"""Contacts and sites; the same forms on both sides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.choices import ContactRole
from partners.forms.fields import Boxes, CountryField
from partners.models import Contact, PartnerSite
from prm.tenancy.forms import TenantModelForm


class ContactForm(TenantModelForm):
    """A person at a partner."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=ContactRole.choices,
        required=False,
        widget=Boxes(),
        help_text=_("Decide who is told about what."),
    )

    class Meta:
        model = Contact
        fields = ["full_name", "job_title", "email", "phone", "roles", "is_primary", "external_id", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["is_active"]
        else:
            self.fields["is_active"].label = _("Works there")
            self.fields["is_active"].help_text = _("Somebody who has left loses the portal at once.")
        self.fields["external_id"].help_text = _("The number other systems know this person by, if any.")


class OwnContactForm(ContactForm):
    """As the partner's own admin sees it: without the vendor's number."""

    class Meta(ContactForm.Meta):
        fields = [name for name in ContactForm.Meta.fields if name != "external_id"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super(ContactForm, self).__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["is_active"]
        else:
            self.fields["is_active"].label = _("Works here")


class SiteForm(TenantModelForm):
    """A place where a partner works."""

    country = CountryField()

    class Meta:
        model = PartnerSite
        fields = ["name", "address", "postal_code", "city", "country", "is_main"]
