"""Setting a benchmark: whom it is for, from when, and what is expected."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.lookup import named_partner
from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope, Direction
from performance.models import KPI, PERIOD_KINDS
from prm.errors import InvalidInput

SCOPE_FIELDS = {
    BenchmarkScope.TIER: "tier",
    BenchmarkScope.PARTNER_TYPE: "partner_type",
    BenchmarkScope.REGION: "region",
    BenchmarkScope.PARTNER: "partner",
}


def day_input() -> forms.DateInput:
    """The browser's own date field, which wants the day as 2026-11-22 in every language."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _threshold(label: Any, help_text: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(label=label, help_text=help_text, max_digits=20, decimal_places=6, required=required)


class PartnerNumberField(forms.CharField):
    """A partner by its external number or name: a list of ten thousand names would be no help.

    `portfolio` limits it to the partners a person may see; set by the form.
    """

    portfolio: Any | None = None

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        partners = Partner.objects.all()
        if self.portfolio is not None:
            partners = partners.filter(pk__in=self.portfolio)
        try:
            return named_partner(text, partners)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message, code="unknown") from refusal


class BenchmarkForm(forms.Form):
    """A new version of a benchmark. The day it ends is the last day it holds; the database keeps the day after."""

    kpi: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("KPI"), empty_label=_("Choose a KPI"))
    period_kind = forms.ChoiceField(
        label=_("For periods of one"),
        choices=PERIOD_KINDS,
        help_text=_("A quarter needs its own numbers: three times the month for a sum, the same for a rate."),
    )
    scope = forms.ChoiceField(
        label=_("For"),
        choices=BenchmarkScope.choices,
        initial=BenchmarkScope.ALL,
        help_text=_("The most specific one wins: partner, then tier, type, region, everyone."),
    )
    tier: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Tier"), required=False, empty_label=_("Choose a tier")
    )
    partner_type: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Partner type"), required=False, empty_label=_("Choose a type")
    )
    region: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Region"), required=False, empty_label=_("Choose a region")
    )
    partner = PartnerNumberField(
        label=_("Partner number"), required=False, help_text=_("The number other systems know it by.")
    )
    basis = forms.ChoiceField(
        label=_("The numbers are"),
        choices=BenchmarkBasis.choices,
        initial=BenchmarkBasis.ABSOLUTE,
        required=False,
        help_text=_(
            "A part of the own past gives every partner a benchmark of its own. Percentiles are results that partners "
            "of the same type and tier had; P50 is the middle one, and there must be five of them."
        ),
    )
    floor = _threshold(_("Floor"), _("0 points from here on down."))
    target = _threshold(_("Target"), _("What you expect."))
    stretch = _threshold(_("Stretch"), _("100 points from here on."))
    ceiling = _threshold(_("Ceiling"), _("For a band: 0 points from here on up."), required=False)
    valid_from = forms.DateField(label=_("First day"), widget=day_input())
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=day_input(),
        help_text=_("Inclusive. Empty: until further notice. It scores the periods that begin in these days."),
    )
    note = forms.CharField(label=_("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        fields["kpi"].label_from_instance = lambda kpi: kpi.name
        fields["tier"].queryset = Tier.objects.select_related("programme").order_by("programme__name", "rank")
        fields["partner_type"].queryset = PartnerType.objects.order_by("name")
        fields["region"].queryset = Region.objects.order_by("name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["basis"] = data.get("basis") or BenchmarkBasis.ABSOLUTE
        self._check_scope(data)
        self._check_days(data)
        if data.get("kpi") is not None:
            problem = threshold_problem(data["kpi"].direction, data)
            if problem:
                self.add_error(*problem)
        return data

    def _check_scope(self, data: dict[str, Any]) -> None:
        wanted = SCOPE_FIELDS.get(BenchmarkScope(data["scope"])) if data.get("scope") else None
        if wanted and data.get(wanted) is None and wanted not in self.errors:
            self.add_error(wanted, _("Say which one this benchmark is for."))
        for name in SCOPE_FIELDS.values():
            if name != wanted:
                data[name] = None

    def _check_days(self, data: dict[str, Any]) -> None:
        first, last = data.get("valid_from"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not be before the first day."))
        data["valid_to"] = last + timedelta(days=1) if last else None


def threshold_problem(direction: str, data: Mapping[str, Any]) -> tuple[str, Any] | None:
    """R5 asks for an order of the thresholds: the first field that breaks it, and the rule; None when all is well."""
    floor, target, stretch = data.get("floor"), data.get("target"), data.get("stretch")
    ceiling: Decimal | None = data.get("ceiling")
    if floor is None or target is None or stretch is None:
        return None
    if direction == Direction.LOWER:
        if target > floor:
            return "target", _("Lower is better for this KPI: the target must not be above the floor.")
        if stretch > target:
            return "stretch", _("Lower is better for this KPI: the stretch must not be above the target.")
    elif target < floor:
        return "target", _("The target must not be below the floor.")
    elif stretch < target:
        return "stretch", _("The stretch must not be below the target.")
    if direction != Direction.BAND:
        return None if ceiling is None else ("ceiling", _("Only a band has a ceiling. Leave it empty for this KPI."))
    if ceiling is None:
        return "ceiling", _("A band needs a ceiling, above which it gives no points.")
    if ceiling < stretch:
        return "ceiling", _("The ceiling must not be below the upper edge of the band.")
    return None


class EndBenchmarkForm(forms.Form):
    """When a benchmark ends."""

    last_day = forms.DateField(
        label=_("Last day"), widget=day_input(), help_text=_("Inclusive: it still holds on this day.")
    )


class WithdrawBenchmarkForm(forms.Form):
    """Why a benchmark is withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
