"""The tenant's own lists. Keys are made from names and stay, since imports and other systems use them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme, Region, Specialisation, Tier
from partners.queries import regions_with_path
from prm.tenancy.forms import TenantModelForm


class EntryForm(TenantModelForm):
    """Name and key; the key can be chosen once and is shown afterwards."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["key"]
        if self.instance.pk:
            del self.fields["key"]
        else:
            key.required = False
            key.help_text = _("For imports and other systems. Leave empty to have it made from the name.")


class PartnerTypeForm(EntryForm):
    class Meta:
        model = PartnerType
        fields = ["name", "key", "relationship", "is_scored", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class RegionForm(EntryForm):
    fields: dict[str, Any]

    class Meta:
        model = Region
        fields = ["name", "key", "parent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [row for row in regions_with_path() if row.pk != self.instance.pk]
        self.fields["parent"].choices = [
            ("", _("Nothing, it stands at the top")),
            *((row.pk, row.path) for row in rows),
        ]


class SpecialisationForm(EntryForm):
    class Meta:
        model = Specialisation
        fields = ["name", "key"]


class ProgrammeForm(EntryForm):
    class Meta:
        model = Programme
        fields = ["name", "key", "description", "is_default", "is_active"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class TierEntryForm(EntryForm):
    class Meta:
        model = Tier
        fields = ["name", "key", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
