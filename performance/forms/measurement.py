"""Entering or correcting one measurement by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.choices import DERIVED, Aggregation
from performance.display import plain
from performance.forms.benchmark import PartnerNumberField, day_input
from performance.models import KPI
from performance.queries.sources import manual_sources
from performance.rules.sources import MANUAL_SOURCE

NEEDS_VALUE = (Aggregation.SUM, Aggregation.AVERAGE, Aggregation.LAST, Aggregation.MEDIAN)


class MeasurementForm(forms.Form):
    """One fact typed in. The note is kept with it and shown wherever the measurement is shown."""

    kpi: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("KPI"), empty_label=_("Choose a KPI"))
    partner = PartnerNumberField(label=_("Partner number"), help_text=_("The number other systems know it by."))
    occurred_on = forms.DateField(
        label=_("Day"), widget=day_input(), help_text=_("It counts in the period that holds this day.")
    )
    value = forms.DecimalField(label=_("Value"), max_digits=20, decimal_places=6, required=False)
    weight = forms.DecimalField(
        label=_("Weight"),
        max_digits=20,
        decimal_places=6,
        required=False,
        help_text=_("For a ratio: what the value is divided by. For an average: how much it counts."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where the figure comes from. A typed-in figure is marked manual everywhere."),
    )

    source = forms.ChoiceField(label=_("Source"), required=False, help_text=_("Who says so."))
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("A document that shows the figure: PDF, image, office file or text, up to 10 MB."),
    )

    def __init__(self, *args: Any, portfolio: Any | None = None, chooses_source: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        choices = manual_sources() if chooses_source else []
        if any(code != MANUAL_SOURCE for code, _name in choices):
            usual = dict(choices).pop(MANUAL_SOURCE, _("Typed in"))
            others = [(code, name) for code, name in choices if code != MANUAL_SOURCE]
            fields["source"].choices = [(MANUAL_SOURCE, usual), *others]
        else:
            del fields["source"]
        fields["partner"].portfolio = portfolio
        fields["kpi"].queryset = (
            KPI.objects.filter(is_active=True)
            .exclude(aggregation__in=(*DERIVED, Aggregation.DISTINCT))  # computed, or in need of an attribute
            .order_by("name")
        )
        fields["kpi"].label_from_instance = lambda kpi: kpi.name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kpi = data.get("kpi")
        if kpi is None:
            return data
        value, weight = data.get("value"), data.get("weight")
        if value is None and "value" not in self.errors and (kpi.aggregation in NEEDS_VALUE or weight is None):
            self.add_error("value", _("Enter a value."))
        if value is not None:
            low, high = kpi.value_min, kpi.value_max
            if low is not None and value < low:
                self.add_error("value", _("The lowest value of this KPI is %(limit)s.") % {"limit": plain(low)})
            if high is not None and value > high:
                self.add_error("value", _("The highest value of this KPI is %(limit)s.") % {"limit": plain(high)})
            if kpi.is_share and weight is not None and value > weight:
                self.add_error("value", _("The value is a part of the weight and cannot be above it."))
        if weight is not None and weight < 0:
            self.add_error("weight", _("A weight cannot be below zero."))
        return data
