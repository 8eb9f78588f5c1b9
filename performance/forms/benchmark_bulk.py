"""Setting many benchmarks: which KPIs, for whom, which numbers; and carrying a period's forward."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms.fields import Boxes, Buttons
from partners.models import PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope
from performance.forms.benchmark import day_input
from performance.models import KPI, PERIOD_KINDS
from performance.services.benchmark_bulk import EVERYBODY, Factor, Group, check_carry
from performance.services.benchmarks import NUMBERS
from prm.errors import InvalidInput
from prm.periods import FiscalCalendar, Period, PeriodKind

STEPS = [
    ("", gettext_lazy("No rounding")),
    ("0.01", gettext_lazy("Hundredths")),
    ("0.1", gettext_lazy("Tenths")),
    ("1", gettext_lazy("Whole numbers")),
    ("10", gettext_lazy("Tens")),
    ("100", gettext_lazy("Hundreds")),
    ("1000", gettext_lazy("Thousands")),
]
EARLIER, LATER = 8, 4
"""Periods that the choice of a period offers, before and after the present one."""


def percent_field(**kwargs: Any) -> forms.DecimalField:
    """A change by percent; -100 would leave nothing to expect."""
    return forms.DecimalField(
        label=gettext_lazy("Change by percent"),
        min_value=Decimal(-99),
        max_value=Decimal(1000),
        max_digits=8,
        decimal_places=4,
        **kwargs,
    )


class _Changing(forms.Form):
    """What both ways have in common: rounding, note, and the rows that cannot be set."""

    fields: dict[str, Any]

    step = forms.ChoiceField(label=gettext_lazy("Round to"), choices=STEPS, required=False)
    note = forms.CharField(label=gettext_lazy("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    leave_out = forms.BooleanField(
        label=gettext_lazy("Leave out the rows that cannot be set"),
        required=False,
        help_text=gettext_lazy("Without it one such row stops them all."),
    )

    @property
    def factor(self) -> Factor:
        """The change by percent."""
        data = self.cleaned_data
        return Factor(data.get("percent") or Decimal(0), Decimal(data["step"]) if data.get("step") else None)


class BenchmarkBulkForm(_Changing):
    """Benchmarks of several KPIs for several groups, or for the partners that were selected."""

    kpis: Any = forms.ModelMultipleChoiceField(queryset=None, label=gettext_lazy("KPIs"), widget=Boxes())
    period_kind = forms.ChoiceField(label=gettext_lazy("For periods of one"), choices=PERIOD_KINDS, initial="quarter")
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("For"),
        choices=(),
        widget=Boxes(),
        help_text=gettext_lazy("Each gets a benchmark of its own."),
    )
    how = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("set", gettext_lazy("Set these numbers")),
            ("percent", gettext_lazy("Change what holds by percent")),
        ],
        widget=Buttons(),
        initial="set",
    )
    basis = forms.ChoiceField(label=gettext_lazy("The numbers are"), choices=BenchmarkBasis.choices, required=False)
    floor = forms.DecimalField(label=gettext_lazy("Floor"), max_digits=20, decimal_places=6, required=False)
    target = forms.DecimalField(label=gettext_lazy("Target"), max_digits=20, decimal_places=6, required=False)
    stretch = forms.DecimalField(label=gettext_lazy("Stretch"), max_digits=20, decimal_places=6, required=False)
    ceiling = forms.DecimalField(
        label=gettext_lazy("Ceiling"),
        max_digits=20,
        decimal_places=6,
        required=False,
        help_text=gettext_lazy("Only for KPIs that are best inside a band."),
    )
    percent = percent_field(required=False, help_text=gettext_lazy("5 raises every threshold by 5 %, -5 lowers it."))
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=day_input())
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Inclusive. Empty: until further notice."),
    )

    def __init__(self, *args: Any, is_for_partners: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kpis"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        self.fields["kpis"].label_from_instance = lambda kpi: kpi.name
        self._groups: dict[str, Group] = {}
        if is_for_partners:
            del self.fields["groups"]
            return
        self._groups = dict(_groups())
        self.fields["groups"].choices = [(key, _group_label(group)) for key, group in self._groups.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("valid_from"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not be before the first day."))
        data["valid_to"] = last + timedelta(days=1) if last else None
        if data.get("how") == "percent":
            if data.get("percent") is None and "percent" not in self.errors:
                self.add_error("percent", _("Say by how many percent."))
        else:
            for name in ("floor", "target", "stretch"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter a number."))
        return data

    @property
    def numbers(self) -> dict[str, Decimal | None] | None:
        """The thresholds to set; None for a change by percent."""
        data = self.cleaned_data
        return None if data["how"] == "percent" else {name: data.get(name) for name in NUMBERS}

    @property
    def chosen_basis(self) -> str:
        """What the numbers are."""
        return self.cleaned_data.get("basis") or BenchmarkBasis.ABSOLUTE

    @property
    def chosen_groups(self) -> list[Group]:
        """The groups that were ticked."""
        return [self._groups[key] for key in self.cleaned_data.get("groups", ())]


def _groups() -> list[tuple[str, Group]]:
    tiers = Tier.objects.select_related("programme").order_by("-programme__is_default", "programme__name", "rank")
    return [
        ("all", EVERYBODY),
        *((f"tier-{row.pk}", Group(BenchmarkScope.TIER, row)) for row in tiers),
        *((f"type-{row.pk}", Group(BenchmarkScope.PARTNER_TYPE, row)) for row in PartnerType.objects.order_by("name")),
        *((f"region-{row.pk}", Group(BenchmarkScope.REGION, row)) for row in Region.objects.order_by("name")),
    ]


def _group_label(group: Group) -> str:
    if group.target is None:
        return str(BenchmarkScope.ALL.label)
    return f"{group.target} ({group.target._meta.verbose_name})"


class BenchmarkCopyForm(_Changing):
    """Carry the benchmarks of a period forward. `is_chosen`: those that were selected in the list, instead of all."""

    source = forms.ChoiceField(
        label=gettext_lazy("From the period"), choices=(), help_text=gettext_lazy("What holds on its first day.")
    )
    aim = forms.ChoiceField(label=gettext_lazy("To the period"), choices=())
    lasts = forms.ChoiceField(
        label=gettext_lazy("They hold"),
        choices=[
            ("on", gettext_lazy("until further notice")),
            ("period", gettext_lazy("in that period only")),
        ],
        widget=Buttons(),
        initial="on",
    )
    kpis: Any = forms.ModelMultipleChoiceField(
        queryset=None, label=gettext_lazy("Only these KPIs"), widget=Boxes(), required=False
    )
    percent = percent_field(required=False, help_text=gettext_lazy("Empty or 0 carries the numbers over as they are."))

    def __init__(
        self, *args: Any, calendar: FiscalCalendar, today: date, kinds: Sequence[str], is_chosen: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.periods = {period.label: period for kind in kinds for period in _around(calendar, PeriodKind(kind), today)}
        choices = [(label, label) for label in self.periods]
        self.fields["source"].choices = self.fields["aim"].choices = choices
        self.fields["kpis"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        self.fields["kpis"].label_from_instance = lambda kpi: kpi.name
        if is_chosen:
            del self.fields["source"], self.fields["kpis"]
        for name, period in self._usual(calendar, today, kinds).items():
            if name in self.fields:
                self.fields[name].initial = period

    @staticmethod
    def _usual(calendar: FiscalCalendar, today: date, kinds: Sequence[str]) -> dict[str, str]:
        kind = PeriodKind("quarter" if "quarter" in kinds else kinds[0])
        now = calendar.containing(kind, today)
        return {"source": now.label, "aim": calendar.containing(kind, now.end).label}

    @property
    def aimed(self) -> Period:
        """The period to carry to."""
        return self.periods[self.cleaned_data["aim"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        aim = self.periods.get(data.get("aim", ""))
        source = self.periods.get(data.get("source", ""))
        if aim and source:
            try:
                check_carry(source, aim)
            except InvalidInput as refusal:
                self.add_error(refusal.field, str(refusal.message))
        if aim:
            data["valid_from"], data["valid_to"] = aim.start, aim.end if data.get("lasts") == "period" else None
        return data


def _around(calendar: FiscalCalendar, kind: PeriodKind, today: date) -> list[Period]:
    """Periods to choose from, newest first."""
    count = EARLIER if kind != PeriodKind.YEAR else LATER
    found = calendar.last_periods(kind, today, count + 1)
    for _index in range(LATER):
        found.append(calendar.containing(kind, found[-1].end))
    return found[::-1]
