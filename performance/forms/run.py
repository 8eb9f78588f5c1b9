"""Recomputing on demand and closing a period."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.models import PeriodRow


class RecomputeForm(forms.Form):
    """Which periods to score again, and whether to add everything up afresh."""

    period: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label=_("Which periods"),
        required=False,
        empty_label=_("All open periods"),
        help_text=_("Closed periods are never recomputed."),
    )
    from_facts = forms.BooleanField(
        label=_("Add up every measurement again"),
        required=False,
        help_text=_("Takes longer. Changes nothing unless the stored monthly sums are wrong."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["period"].queryset = PeriodRow.objects.filter(closed_at=None).order_by("-start", "kind")


class CloseForm(forms.Form):
    """Closing cannot be taken back, so the person types which period it is."""

    confirmation = forms.CharField(label=_("Type the period to confirm"), max_length=8)

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label

    def clean_confirmation(self) -> str:
        typed = self.cleaned_data["confirmation"].strip().upper()
        if typed != self.label:
            raise forms.ValidationError(_("Type %(label)s to close it.") % {"label": self.label})
        return typed
