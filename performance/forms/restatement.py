"""Deciding about a closed scorecard that late facts would change."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.services.restatements import REASON_LENGTH


class DecisionForm(forms.Form):
    """Why, and what the person saw. Which of the two buttons was pressed stands beside it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stays with the scorecard. When it is restated, the partner reads it too."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, decision: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision = decision

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_bound and self.decision not in ("apply", "dismiss"):
            raise forms.ValidationError(_("Choose whether to restate or to leave the scorecard as it is."))
        return cleaned
