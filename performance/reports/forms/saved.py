"""Saving a report, and writing schedules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.models import PERIOD_KINDS
from performance.reports.catalogue import Report
from performance.reports.choices import FileFormat, Rhythm, Weekday
from performance.reports.models import Schedule
from prm.access.roles import STAFF_ROLE_CHOICES
from prm.accounts.models import Membership
from prm.tenancy.scope import require_scope
from prm.tenancy.zones import zone_choices


class SaveForm(forms.Form):
    """A name for the report as it stands, and who sees it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    is_shared = forms.BooleanField(
        label=_("Share with the workspace"),
        required=False,
        help_text=_("Others find it in the catalogue. Each sees only what they may see."),
    )


class ScheduleForm(forms.Form):
    """When a report is sent, as what, and to whom. Fields that the rhythm does not use are ignored."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Stands in the subject of the mail."))
    format = forms.ChoiceField(label=_("File"), choices=FileFormat.choices)
    rhythm = forms.ChoiceField(label=_("Send"), choices=Rhythm.choices, initial=Rhythm.WEEKLY)
    weekday = forms.ChoiceField(label=_("On"), choices=Weekday.choices, required=False)
    day = forms.IntegerField(
        label=_("On day"),
        min_value=1,
        max_value=31,
        initial=1,
        required=False,
        help_text=_("A shorter month takes its last day."),
    )
    period_kind = forms.ChoiceField(label=_("After each"), choices=PERIOD_KINDS, initial="quarter", required=False)
    days_after = forms.IntegerField(
        label=_("Days after it is closed"), min_value=0, max_value=90, initial=2, required=False
    )
    at = forms.TimeField(label=_("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False)
    members = forms.MultipleChoiceField(
        label=_("People"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    roles = forms.MultipleChoiceField(
        label=_("Everybody who is"), required=False, widget=forms.CheckboxSelectMultiple, choices=STAFF_ROLE_CHOICES
    )
    to_partners = forms.BooleanField(
        label=_("Each partner chosen above gets its own"),
        required=False,
        help_text=_("In its portal and by mail, with its own rows alone."),
    )
    message = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands in the mail above the link."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        people = Membership.objects.filter(tenant_id=require_scope().tenant_id, is_active=True, user__is_active=True)
        fields["members"].choices = [
            (str(row.user_id), f"{row.user}, {row.get_role_display()}") for row in people.select_related("user")
        ]
        fields["at"].initial = "07:00"
        fields["timezone"].initial = require_scope().tenant.timezone
        if report.pack is not None:
            fields["format"].choices = [(FileFormat.PDF.value, FileFormat.PDF.label)]
        if not report.reaches_partners:
            del fields["to_partners"]

    @staticmethod
    def initial_of(row: Schedule) -> dict[str, Any]:
        """The fields as the schedule has them."""
        names = (
            "name", "format", "rhythm", "weekday", "day", "period_kind", "days_after", "at", "roles", "to_partners",
            "message", "version",
        )  # fmt: skip
        members = [str(one) for one in row.members.values_list("user_id", flat=True)]
        return {**{name: getattr(row, name) for name in names}, "timezone": row.zone.key, "members": members}

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("members", "version")}
        if data["timezone"] == require_scope().tenant.timezone:
            data["timezone"] = ""  # follows the workspace where that moves
        data["day"] = data["day"] or 1
        data["days_after"] = data["days_after"] or 0
        data["weekday"] = data["weekday"] or Weekday.MONDAY.value
        data["period_kind"] = data["period_kind"] or "quarter"
        data.setdefault("to_partners", False)
        return data

    @property
    def member_ids(self) -> list[int]:
        """The people chosen."""
        return [int(one) for one in self.cleaned_data["members"]]
