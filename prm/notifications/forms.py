"""What a person wants by mail."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class MailForm(forms.Form):
    """One tick for each part of the morning mail."""

    wanted = forms.MultipleChoiceField(
        label=_("Tell me about"), required=False, choices=(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, parts: Sequence[tuple[Any, bool]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["wanted"]
        field.choices = [(part.key, part.label) for part, _on in parts]
        field.initial = [part.key for part, on in parts if on]
