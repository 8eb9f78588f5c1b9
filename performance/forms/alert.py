"""Settling alerts, and writing the rules that raise them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.choices import AlertKind, AlertLimit, AlertSeverity, AlertTiming, GradeMove, MissingData
from performance.forms.benchmark import day_input
from performance.models import KPI, PERIOD_KINDS, AlertRule, GradeBand
from performance.rules.scoring import HUNDRED
from performance.services.alerts import NOTE_LENGTH

WEEK = timedelta(days=7)


class SettleForm(forms.Form):
    """What was done, or until when an alert is put away. Which button was pressed stands beside it."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed to resolve: what was done, or why nothing is needed. Kept with the alert."),
    )
    until = forms.DateField(
        label=_("Snooze until"),
        required=False,
        widget=day_input(),
        help_text=_("In the morning of this day the alert is open again."),
    )

    def __init__(self, *args: Any, decision: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision = decision
        self.fields["until"].initial = lambda: timezone.localdate() + WEEK

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.decision not in ("snooze", "resolve"):
            raise forms.ValidationError(_("Choose whether to snooze or to resolve."))
        if self.decision == "resolve" and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Say what was done or why nothing is needed."))
        if self.decision == "snooze" and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose a day to come."))
        return data

    @property
    def wakes_on(self) -> date:
        """The day it wakes up."""
        day: date = self.cleaned_data["until"]
        return day


class AlertRuleForm(forms.Form):
    """A rule. Fields that its kind does not use are hidden where the browser can and ignored in any case.

    A coverage is typed in percent and kept as a share. What does not fit together is refused by the service, naming
    the field.
    """

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Stands in the list of alerts and in mails."))
    kind = forms.ChoiceField(label=_("Watch"), choices=AlertKind.of_rules())
    kpi: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("KPI"), required=False, empty_label=_("Choose a KPI")
    )
    limit = forms.ChoiceField(label=_("Held against"), choices=AlertLimit.choices, required=False)
    missing = forms.ChoiceField(label=_("What is missing"), choices=MissingData.choices, required=False)
    grade_move = forms.ChoiceField(label=_("Change"), choices=GradeMove.choices, required=False)
    grade = forms.ChoiceField(label=_("Grade"), required=False)
    figure = forms.DecimalField(
        label=_("Figure"),
        required=False,
        max_digits=20,
        decimal_places=6,
        help_text=_(
            "A KPI in its own unit, a score from 0 to 100, the points of a fall, or percent of the weight. For too "
            "little data it may stay empty: then the minimum coverage of the scorecard counts."
        ),
    )
    days = forms.IntegerField(label=_("Days"), required=False, min_value=1, max_value=730)
    period_kind = forms.ChoiceField(label=_("Scorecards of each"), choices=PERIOD_KINDS, initial="quarter")
    timing = forms.ChoiceField(
        label=_("Look"),
        choices=AlertTiming.choices,
        initial=AlertTiming.ENDED,
        help_text=_("While a period runs, sums such as revenue are far from their floor on its first days."),
    )
    wait_days = forms.IntegerField(
        label=_("Days to wait after the end"),
        min_value=0,
        max_value=60,
        initial=3,
        required=False,
        help_text=_("For figures that arrive late."),
    )
    programme: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Programme"), required=False, empty_label=_("All programmes")
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=AlertSeverity.choices, initial=AlertSeverity.WARNING)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        fields["kpi"].label_from_instance = lambda kpi: f"{kpi.name} ({kpi.unit})" if kpi.unit else kpi.name
        fields["programme"].queryset = Programme.objects.order_by("name")
        keys = GradeBand.objects.order_by("minimum", "key").values_list("key", flat=True)
        fields["grade"].choices = [("", _("Choose a grade")), *((key, key) for key in dict.fromkeys(keys))]

    @staticmethod
    def initial_of(rule: AlertRule) -> dict[str, Any]:
        """The fields as the rule has them."""
        names = ("name", "kind", "kpi", "limit", "missing", "grade_move", "grade", "days", "period_kind", "timing",
                 "wait_days", "programme", "severity")  # fmt: skip
        values = {name: getattr(rule, name) for name in names}
        figure = rule.figure
        if figure is not None and rule.kind == AlertKind.MISSING:
            figure *= HUNDRED
        return {**values, "figure": None if figure is None else f"{figure.normalize():f}"}

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        data = dict(self.cleaned_data)
        figure: Decimal | None = data["figure"]
        if figure is not None and data["kind"] == AlertKind.MISSING:
            data["figure"] = figure / HUNDRED
        data["wait_days"] = data["wait_days"] or 0
        return data
