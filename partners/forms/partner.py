"""The partner's profile, and the small forms of its page: status, tier, owner."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus
from partners.forms.fields import Boxes, Buttons, CountryField, DateInput, PartnerField
from partners.models import Partner, Tier
from partners.queries import regions_with_path
from partners.services.owners import possible_owners
from prm.access.roles import Role
from prm.tenancy.forms import TenantModelForm

# A partner may be recorded at any status but the last: nobody records a partner in order to be rid of it.
FIRST_STATUSES = [(status.value, status.label) for status in PartnerStatus if status != PartnerStatus.TERMINATED]


class RegionChoice(forms.ModelChoiceField):
    """A region with the regions it lies in, so that two of the same name can be told apart."""

    def label_from_instance(self, obj: Any) -> str:
        return getattr(obj, "path", str(obj))


class PartnerForm(TenantModelForm):
    """A partner's profile. The owner is left out for managers who see their own partners only."""

    fields: dict[str, Any]

    parent = PartnerField(
        required=False,
        label=_("Belongs to"),
        help_text=_("The group or head office, by external number or name."),
    )
    country = CountryField()
    website = forms.URLField(required=False, label=_("Website"), assume_scheme="https")
    owner: Any = forms.ModelChoiceField(
        queryset=None, required=False, label=_("Owner"), empty_label=_("Nobody yet"), help_text=_("Is told at once.")
    )

    class Meta:
        model = Partner
        fields = [
            "name",
            "external_id",
            "partner_type",
            "owner",
            "region",
            "parent",
            "partner_since",
            "specialisations",
            "territories",
            "country",
            "city",
            "postal_code",
            "address",
            "email",
            "phone",
            "website",
            "description",
        ]
        widgets = {
            "partner_since": DateInput(),
            "description": forms.Textarea(attrs={"rows": 3}),
            "specialisations": Boxes(),
            "territories": Boxes(),
        }

    def __init__(self, *args: Any, partners: QuerySet[Partner], may_choose_owner: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.fields["parent"]
        parent.queryset = partners.exclude(pk=self.instance.pk)
        self.fields["external_id"].required = False
        self.fields["external_id"].help_text = _("The number other systems know it by. Leave empty to get one.")
        if self.instance.pk:
            self.fields["external_id"].required = True
            self.fields["external_id"].help_text = _("The number other systems know it by.")
        self.fields["partner_type"].empty_label = _("Choose a type")
        regions = regions_with_path()
        self.fields["region"].choices = [("", _("None")), *((row.pk, row.path) for row in regions)]
        self.fields["territories"].choices = [(row.pk, row.path) for row in regions]
        for name in ("specialisations", "territories"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]
        if may_choose_owner:
            self.fields["owner"].queryset = possible_owners()
        else:
            del self.fields["owner"]

    def _get_validation_exclusions(self) -> set[str]:
        """The service validates the row; what the form cannot know (owner, parent) is settled by its own fields."""
        return super()._get_validation_exclusions() | {"owner", "parent"}  # type: ignore[misc]


class NewPartnerForm(PartnerForm):
    """A new partner also gets a status and may get a tier."""

    status = forms.ChoiceField(choices=FIRST_STATUSES, label=_("Status"), initial=PartnerStatus.PROSPECT)


class StatusForm(forms.Form):
    """Reason and day of a move."""

    fields: dict[str, Any]

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the partner's history."),
    )
    effective_on = forms.DateField(label=_("On"), widget=DateInput(), help_text=_("Today, or a day in the past."))

    def __init__(self, *args: Any, needs_reason: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
        self.fields["effective_on"].initial = today
        self.fields["effective_on"].widget.attrs["max"] = today.isoformat()


class TierChoice(forms.ModelChoiceField):
    """A tier with its programme when there are several."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.programme.name})" if self.names_programme else obj.name

    names_programme = False


class TierForm(forms.Form):
    """A tier from a day on, with the reason."""

    fields: dict[str, Any]

    tier: Any = TierChoice(queryset=None, label=_("Tier"), empty_label=None)
    effective_on = forms.DateField(
        label=_("From"),
        widget=DateInput(),
        help_text=_("The first day with this tier. Scores of periods that begin on or after it use it."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the partner's history. Needed for every change after the first tier."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = Tier.objects.filter(programme__is_active=True).select_related("programme")
        self.fields["tier"].queryset = tiers.order_by("-programme__is_default", "programme__name", "rank")
        self.fields["tier"].names_programme = tiers.values("programme_id").distinct().count() > 1
        self.fields["effective_on"].initial = today


class OwnerForm(forms.Form):
    """Who looks after a partner."""

    fields: dict[str, Any]

    owner: Any = forms.ModelChoiceField(queryset=None, required=False, label=_("Owner"), empty_label=_("Nobody"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()


class PortalForm(forms.Form):
    """What an invited contact may do in the portal."""

    role = forms.ChoiceField(
        label=_("Role in the portal"),
        choices=[
            (Role.PARTNER_MEMBER.value, Role.PARTNER_MEMBER.label),
            (Role.PARTNER_ADMIN.value, Role.PARTNER_ADMIN.label),
        ],
        help_text=_("An admin also invites colleagues and keeps contacts and sites up to date."),
        widget=Buttons(),
        initial=Role.PARTNER_MEMBER,
    )
