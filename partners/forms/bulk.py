"""What many partners are changed to."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus
from partners.forms.fields import Buttons, DateInput
from partners.forms.partner import TierForm
from partners.models import Specialisation
from partners.queries import regions_with_path
from partners.reference import owner_choices


class BulkOwnerForm(forms.Form):
    """The new owner gets one message for all partners together. Taking owners away is a choice of its own."""

    fields: dict[str, Any]

    NOBODY = "none"

    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Gets one message for all of them."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = (self.NOBODY, _("Nobody, take owners away"))
        self.fields["owner"].choices = [("", _("Choose a person")), *owner_choices(), nobody]

    def clean_owner(self) -> int | None:
        owner = self.cleaned_data["owner"]
        return None if owner == self.NOBODY else int(owner)


class BulkRegionForm(forms.Form):
    """The home region, which scoring uses."""

    fields: dict[str, Any]

    region = forms.ChoiceField(label=_("Home region"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = regions_with_path()
        self.fields["region"].choices = [("", _("None")), *((str(row.pk), row.path) for row in rows)]


class BulkTierForm(TierForm):
    """A tier for many always needs a reason, since most of them hold one already."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].help_text = _("Kept in the history of each partner.")


class BulkStatusForm(forms.Form):
    """A status with reason and day; partners that cannot make the move are named and left alone."""

    fields: dict[str, Any]

    status = forms.ChoiceField(label=_("Status"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the history of each partner."),
    )
    effective_on = forms.DateField(label=_("On"), widget=DateInput(), help_text=_("Today, or a day in the past."))

    def __init__(self, *args: Any, today: date, statuses: list[PartnerStatus], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [(status.value, status.label) for status in statuses]
        self.fields["effective_on"].initial = today
        self.fields["effective_on"].widget.attrs["max"] = today.isoformat()


class BulkSpecialisationForm(forms.Form):
    """One specialisation, to add or to take away."""

    fields: dict[str, Any]

    what = forms.ChoiceField(
        label=_("What to do"),
        choices=[("add_specialisation", _("Add")), ("remove_specialisation", _("Remove"))],
        widget=Buttons(),
        initial="add_specialisation",
    )
    specialisation: Any = forms.ModelChoiceField(queryset=None, label=_("Specialisation"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specialisation"].queryset = Specialisation.objects.all()
