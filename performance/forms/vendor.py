"""What a workspace expects of itself, and whether its partners see how it does."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.choices import MeasureUnit
from performance.vendor_measures import VendorMeasure
from prm.periods import FiscalCalendar, PeriodKind


def _figure(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=12, decimal_places=4)


class VendorTargetForm(forms.Form):
    """Floor, target and stretch of a measure, its weight, and from which quarter they hold.

    `starts` are the days it may hold from; `seen` says which targets were on the page.
    """

    valid_from = forms.ChoiceField(label=_("From the quarter"))
    floor = _figure(_("Floor"))
    target = _figure(_("Target"))
    stretch = _figure(_("Stretch"))
    weight = forms.DecimalField(
        label=_("Weight"),
        help_text=_("Its share of the total, against the other weights. With 0 it is shown and not scored."),
        max_digits=6,
        decimal_places=2,
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, measure: VendorMeasure, starts: list[date], calendar: FiscalCalendar, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        unit = _("Percent") if measure.unit == MeasureUnit.PERCENT else _("Days")
        for name, words in (
            ("floor", _("no points there or worse")),
            ("target", _("what we want to reach")),
            ("stretch", _("full points")),
        ):
            self.fields[name].help_text = _("%(unit)s: %(words)s.") % {"unit": unit, "words": words}
        self.fields["valid_from"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            (day.isoformat(), calendar.containing(PeriodKind.QUARTER, day).label) for day in starts
        ]

    def clean_valid_from(self) -> date:
        return date.fromisoformat(self.cleaned_data["valid_from"])


class VendorScorecardRulesForm(forms.Form):
    """Whether partners see our own scorecard."""

    SHOWN, KEPT = "shown", "kept"
    partners = forms.ChoiceField(
        label=_("Partners"),
        choices=(
            (SHOWN, _("See our figures and what lies between us and them")),
            (KEPT, _("Do not see it; it stays in the workspace")),
        ),
        widget=forms.RadioSelect,
    )
