"""Rows of a form that may be removed again. In the page `data-rows` lets people add further ones (js/rows.js)."""

from django import forms
from django.forms import BaseFormSet
from django.utils.translation import gettext_lazy as _


class RemovableRows(BaseFormSet):
    """Rows with a box “Remove”; use it with `can_delete=True`."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")
