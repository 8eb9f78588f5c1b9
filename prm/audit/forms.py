"""The filter of the audit trail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.accounts.reference import members_by_user
from prm.audit.queries import AuditFilter, actions_in_use
from prm.audit.words import action_words


class AuditFilterForm(forms.Form):
    """Search, action, person, days. Lives in the URL."""

    q = forms.CharField(label=_("Record, person or reason"), required=False, max_length=100)
    action = forms.ChoiceField(label=_("Action"), required=False)
    person = forms.ChoiceField(label=_("Person"), required=False)
    partner = forms.IntegerField(required=False, widget=forms.HiddenInput)
    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            ("", _("Every action")),
            *((action, action_words(action)) for action in actions_in_use()),
        ]
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            *((str(member.user_id), member.name) for member in members_by_user().values()),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first. Swap them."))
        return data

    def wanted(self) -> AuditFilter:
        """The filter; what is not valid is left out."""
        data = getattr(self, "cleaned_data", {})
        return AuditFilter(
            search=data.get("q", "").strip(),
            action=data.get("action", ""),
            actor=int(data["person"]) if data.get("person") else None,
            partner_id=data.get("partner"),
            first_day=data.get("first_day"),
            last_day=data.get("last_day"),
        )
