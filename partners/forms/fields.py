"""Inputs that several forms of partner records share."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.countries import country_choices
from partners.lookup import named_partner
from partners.models import Partner
from prm.errors import InvalidInput


class DateInput(forms.DateInput):
    """The browser's own date picker. It speaks ISO, whatever the screen's language."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs or None)


class Boxes(forms.CheckboxSelectMultiple):
    """Several choices as boxes in the kit's look."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs={"class": "ck", **attrs})


class Buttons(forms.RadioSelect):
    """One choice of a few, all visible, in the kit's look."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs={"class": "ck", **attrs})


class CountryField(forms.TypedChoiceField):
    """All countries by name in the screen's language, as two letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=lambda: [("", _("Not given")), *country_choices()],
            empty_value="",
            **{"required": False, "label": gettext_lazy("Country"), **kwargs},
        )


class PartnerField(forms.CharField):
    """Another partner, written as its external number or its name. Works by typing; suggestions are a comfort.

    A select of thousands of partners would be neither quick nor usable.
    """

    queryset = Partner.objects.none()

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return value.external_id if isinstance(value, Partner) else value

    def clean(self, value: Any) -> Partner | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return named_partner(text, self.queryset)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message, code="unknown") from refusal

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")
