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


class FormWithRows(forms.Form):
    """A form that is right when its `rows` are right too; both are checked, so all errors show at once."""

    rows: BaseFormSet

    def is_valid(self) -> bool:
        rows_fit = self.rows.is_valid()
        return super().is_valid() and rows_fit
