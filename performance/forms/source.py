"""Describing a source of measurements, and saying which codes are taken."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.choices import SourceType
from performance.models import KPI, MeasurementSource, SourceKPI
from prm.accounts.models import User
from prm.tenancy.scope import require_scope


class SourceForm(forms.ModelForm):
    """A source. What does not fit together is refused by the service, naming the field."""

    system_url = forms.URLField(
        label=_("Address of the system"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Where to look when something is missing, such as https://erp.example."),
    )
    kpis: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label=_("KPIs"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick those that you expect. What it has delivered is ticked and stays."),
    )

    class Meta:
        model = MeasurementSource
        fields = ("name", "code", "kind", "description", "owner", "system_url", "expected_every", "grace_days")
        widgets: ClassVar = {"description": forms.Textarea(attrs={"rows": 3})}
        labels: ClassVar = {
            "kind": _("Comes by"),
            "description": _("What it delivers"),
            "expected_every": _("Expected every … days"),
            "grace_days": _("Days of grace"),
        }
        help_texts: ClassVar = {
            "code": _("Files and other systems send it along. Small letters, digits, dots and dashes, such as erp."),
            "kind": _("How it usually arrives. Every delivery says how it really came."),
            "description": _("In plain words: what is in it, who enters it, what it leaves out."),
            "owner": _("Is told when it is late or a delivery was refused."),
            "expected_every": _("Leave empty if it comes when it comes. 1 means every day, 7 every week."),
            "grace_days": _("So long after the day it is due nobody is told."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        tenant = require_scope().tenant
        people = User.objects.filter(memberships__tenant=tenant, memberships__is_active=True)
        fields["owner"].queryset = people.order_by("full_name", "email")
        fields["owner"].empty_label = _("Nobody")
        kinds = SourceType.of_people()
        if self.instance.kind == SourceType.PRODUCT:
            kinds = [(SourceType.PRODUCT.value, SourceType.PRODUCT.label)]
        fields["kind"].choices = kinds
        kpis = [kpi for kpi in KPI.objects.filter(is_active=True).order_by("name") if not kpi.is_derived]
        fields["kpis"].queryset = KPI.objects.filter(pk__in=[kpi.pk for kpi in kpis]).order_by("name")
        fields["kpis"].label_from_instance = lambda kpi: kpi.name
        if self.instance.pk:
            feeds = SourceKPI.objects.filter(source=self.instance)
            self.initial["kpis"] = list(feeds.values_list("kpi_id", flat=True))
            fields["code"].disabled = True
            fields["code"].help_text = _("The code stays as it is: every measurement of the source carries it.")

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the services take them."""
        values = {**self.cleaned_data, "grace_days": self.cleaned_data.get("grace_days") or 0}
        if self.instance.pk:
            values.pop("code")
        return values


class SourceRulesForm(forms.Form):
    """What happens to measurements with a code that no source has."""

    TAKE, REFUSE = "take", "refuse"
    unknown = forms.ChoiceField(
        label=_("Measurements with a code that no source has"),
        choices=(
            (TAKE, _("Take them in, add the source to the list and tell the programme managers")),
            (REFUSE, _("Refuse them, saying which row and which code")),
        ),
        widget=forms.RadioSelect,
    )
