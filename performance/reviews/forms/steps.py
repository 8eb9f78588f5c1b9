"""Short forms of single steps: a reason, a meeting, an action, a contested figure, a signature."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.forms.benchmark import day_input
from performance.models import KPI
from performance.reviews.choices import CarryVerdict, Side
from performance.reviews.queries.people import owner_choices
from performance.reviews.services.contesting import TEXT_LENGTH


class ReasonForm(forms.Form):
    """Why a step is taken."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, label: Any = None, help_text: Any = "", is_required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        field.label, field.help_text, field.required = label or field.label, help_text, is_required


class MeetingForm(forms.Form):
    """When and where both sides meet."""

    day = forms.DateField(label=_("Day"), widget=day_input())
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=600, initial=60)
    place = forms.CharField(label=_("Place or link"), max_length=240, required=False)
    agenda = forms.CharField(
        label=_("Agenda"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )
    attendees = forms.CharField(
        label=_("Attendees"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One name to a line."),
    )

    @property
    def when(self) -> datetime:
        """Day and time in the workspace's zone."""
        moment: time = self.cleaned_data["at"]
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], moment))


class HeldForm(forms.Form):
    """What came of the meeting."""

    met_on = forms.DateField(label=_("Held on"), widget=day_input())
    attendees = forms.CharField(
        label=_("Attendees"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One name to a line."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Both sides read them."),
    )


class ActionForm(forms.Form):
    """Something one side will do."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    due_on = forms.DateField(
        label=_("Due"),
        required=False,
        widget=day_input(),
        help_text=_("Owner and day are needed before the signatures."),
    )
    kpi: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("KPI"), required=False, empty_label=_("None")
    )

    def __init__(self, *args: Any, partner_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        fields["kpi"].label_from_instance = lambda kpi: kpi.name
        people = owner_choices(partner_id)
        groups = [
            (side.label, [(key, name) for key, name, own in people if own == side])
            for side in (Side.PARTNER, Side.VENDOR)
        ]
        fields["owner"].choices = [("", _("Nobody yet")), *groups]


class ActionStatusForm(forms.Form):
    """Where an action stands."""

    status = forms.ChoiceField(label=_("Status"))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("Needed where an action is dropped.")
    )

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["status"].choices = choices


class CarriedForm(forms.Form):
    """What became of an action of the last review."""

    verdict = forms.ChoiceField(label=_("What became of it"), choices=CarryVerdict.choices)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("Needed where an action is dropped.")
    )


class ContestForm(forms.Form):
    """One figure that is not right, why, and the proof."""

    kpi: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Figure"), empty_label=_("Choose the KPI"), to_field_name="code"
    )
    text = forms.CharField(
        label=_("What is wrong with it"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 5})
    )
    evidence = forms.FileField(
        label=_("Evidence"), required=False, help_text=_("PDF, image, office file or plain text.")
    )

    def __init__(self, *args: Any, kpi_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = KPI.objects.filter(pk__in=kpi_ids).order_by("name")
        fields["kpi"].label_from_instance = lambda kpi: kpi.name


class SignForm(forms.Form):
    """The signature's remarks."""

    remarks = forms.CharField(
        label=_("Remarks"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They stand with the signature and both sides read them."),
    )


class RaterForm(forms.Form):
    """One more rater: who, in which role."""

    role = forms.TypedChoiceField(label=_("Role"), coerce=int)
    member = forms.TypedChoiceField(label=_("Member"), coerce=int)

    def __init__(self, *args: Any, roles: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["role"].choices, fields["member"].choices = roles, members


class OwnerForm(forms.Form):
    """Who leads the review."""

    owner = forms.TypedChoiceField(label=_("Owner"), coerce=int)

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["owner"].choices = members
