"""Forms about people and the workspace. They check shape; services check rules and write."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from prm.access.roles import PARTNER_ROLE_CHOICES, STAFF_ROLE_CHOICES
from prm.accounts.models import User
from prm.tenancy.models import Accent, Tenant
from prm.tenancy.zones import zone_choices


class InviteMemberForm(forms.Form):
    """Somebody for the workspace."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"})
    )
    full_name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLE_CHOICES)
    own_portfolio_only = forms.BooleanField(
        label=_("Own partners only"),
        required=False,
        help_text=_("A channel manager then sees only the partners they own. Other roles see all."),
    )


class InviteColleagueForm(forms.Form):
    """Somebody for a partner's portal."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"})
    )
    full_name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=PARTNER_ROLE_CHOICES, initial=PARTNER_ROLE_CHOICES[-1][0])


class MemberForm(forms.Form):
    """A member's role and view."""

    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLE_CHOICES)
    own_portfolio_only = forms.BooleanField(
        label=_("Own partners only"),
        required=False,
        help_text=_("A channel manager then sees only the partners they own. Other roles see all."),
    )
    job_title = forms.CharField(label=_("Job title"), max_length=80, required=False)


class ColleagueForm(forms.Form):
    """A colleague's role in the portal."""

    role = forms.ChoiceField(label=_("Role"), choices=PARTNER_ROLE_CHOICES)


class NewAccountForm(forms.Form):
    """What an invited stranger tells us: a name and a password."""

    email = forms.EmailField(
        label=_("E-mail address"),
        disabled=True,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    full_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A sentence you remember is better than a short puzzle."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].initial = email

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            stranger = User(email=self.fields["email"].initial, full_name=data.get("full_name", ""))
            try:
                validate_password(data["password"], stranger)
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return data


class ProfileForm(forms.ModelForm):
    """A person's own settings."""

    class Meta:
        model = User
        fields = ("full_name", "language", "theme", "density", "single_key_shortcuts")
        help_texts = {
            "single_key_shortcuts": _("Keys such as / act without Ctrl. Switch them off if you use speech input."),
        }
        widgets = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["full_name"].required = True
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("As the workspace")), *settings.WRITTEN_LANGUAGES],
            help_text=_("Summaries are written in it. Screens follow where they speak it."),
        )


class WorkspaceForm(forms.ModelForm):
    """General settings of the workspace."""

    fiscal_year_start = forms.TypedChoiceField(
        label=_("Fiscal year starts in"), coerce=int, choices=[(n, name) for n, name in MONTHS.items()]
    )
    night_hour = forms.TypedChoiceField(
        label=_("Nightly recompute at"),
        coerce=int,
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)],
        help_text=_("Local time of the workspace."),
    )
    timezone = forms.ChoiceField(label=_("Time zone"))
    accent = forms.ChoiceField(label=_("Accent colour"), choices=Accent.choices)
    confirmed = forms.BooleanField(
        label=_("I understand that quarters and years move and every score is computed again."), required=False
    )

    class Meta:
        model = Tenant
        fields = (
            "name",
            "currency",
            "timezone",
            "fiscal_year_start",
            "night_hour",
            "language",
            "accent",
            "vendor_term",
            "partner_term",
        )
        labels = {
            "name": _("Name"),
            "currency": _("Currency"),
            "vendor_term": _("Word for your company"),
            "partner_term": _("Word for a partner"),
        }
        help_texts = {
            "currency": _("Three letters, such as EUR. Fixed once amounts are recorded."),
            "vendor_term": _("For example company, manufacturer or franchisor."),
            "partner_term": _("For example partner, dealer or franchisee."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of summaries and mails"),
            required=False,
            choices=settings.WRITTEN_LANGUAGES,
            help_text=_("Each person may choose another in their profile. Mails follow where they speak it."),
        )
        self.fields["timezone"].choices = zone_choices()  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.instance.language

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].strip().upper()

    def values(self) -> dict[str, Any]:
        """The settings alone, without the confirmation."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}

    def _post_clean(self) -> None:
        """The service validates the tenant it changes; the request's own tenant stays as it is."""


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Which system uses it, for example “ERP nightly export”.")
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for a key without an end."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from prm.api.scopes import api_scopes

        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(p.code, p.label) for p in api_scopes()]  # type: ignore[attr-defined]
