"""Editing a draft of a scorecard: its head, its lines with their weights, its grades."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.models import PartnerType, Programme
from performance.choices import ConsequenceTiming, MissingPolicy
from performance.consequences import consequence_kinds
from performance.forms.benchmark import day_input
from performance.models import KPI, PERIOD_KINDS
from performance.rules.scoring import HUNDRED, weights_are_complete


class TemplateForm(forms.Form):
    """The head of a version. Coverage is typed in percent and kept as a share."""

    programme: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("Programme"), empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=120)
    points_at_target = forms.DecimalField(
        label=_("Points at target"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        max_digits=5,
        help_text=_("What a KPI earns exactly at its target; the rest is earned on the way to the stretch."),
    )
    minimum_coverage = forms.DecimalField(
        label=_("Minimum coverage"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        max_digits=5,
        help_text=_("Percent of the weight that must have data. Below it a partner is not rated."),
    )
    period_kinds = forms.MultipleChoiceField(
        label=_("Scorecards for each"), choices=PERIOD_KINDS, widget=forms.CheckboxSelectMultiple
    )

    consequence_periods = forms.MultipleChoiceField(
        label=_("Consequences follow from the scorecards of"),
        choices=PERIOD_KINDS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("With each kind of period more people are told more often. A quarter is usual."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = Programme.objects.filter(is_active=True)

    def clean_minimum_coverage(self) -> Decimal:
        return self.cleaned_data["minimum_coverage"] / HUNDRED


class PublishForm(forms.Form):
    """From when a version scores. With warnings of the linter it asks for a tick that says how many were seen."""

    valid_from = forms.DateField(
        label=_("Takes effect on"),
        widget=day_input(),
        help_text=_("Scores the periods that begin on this day or later. Earlier scores stay as they are."),
    )

    seen = forms.IntegerField(widget=forms.HiddenInput(), required=False, min_value=0)
    consequences = forms.BooleanField(
        label=_("Switch the consequences of its grades on"),
        required=False,
        help_text=_("They follow when a period that this version scores is closed. You can switch them on later too."),
    )

    def __init__(self, *args: Any, warnings: int = 0, has_consequences: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_consequences:
            del self.fields["consequences"]
        self.ask(warnings)

    def ask(self, warnings: int) -> None:
        """Ask for a tick for so many warnings, also where the form came back with another number."""
        self.fields["seen"].initial = warnings
        self.fields.pop("in_spite_of", None)
        if warnings:
            label = ngettext(
                "Publish in spite of %(count)s warning", "Publish in spite of %(count)s warnings", warnings
            ) % {"count": warnings}
            self.fields["in_spite_of"] = forms.BooleanField(
                label=label, required=False, help_text=_("The warnings are kept in the audit trail with your name.")
            )
        if self.is_bound and self.data.get("seen") != str(warnings):
            posted: Any = self.data
            data = posted.copy()
            data["seen"] = str(warnings)
            data.pop("in_spite_of", None)
            self.data = data

    @property
    def confirmed(self) -> int:
        """How many warnings the person has seen and lets pass."""
        return (self.cleaned_data.get("seen") or 0) if self.cleaned_data.get("in_spite_of") else 0

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day.day != 1:
            raise forms.ValidationError(_("Take the first day of a month: periods are whole calendar months."))
        return day


class LineForm(forms.Form):
    """One KPI on the card. Lines with the same section name stand together under that heading."""

    section = forms.CharField(label=_("Section"), max_length=120, required=False)
    kpi: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("KPI"), empty_label=_("Choose a KPI"))
    weight = forms.DecimalField(label=_("Weight"), min_value=0, max_value=100, max_digits=7, decimal_places=4)
    policy = forms.ChoiceField(label=_("Without data"), choices=MissingPolicy.choices, initial=MissingPolicy.EXCLUDE)
    carry_periods = forms.IntegerField(label=_("Carry for periods"), min_value=1, max_value=24, required=False)
    gate_minimum = forms.DecimalField(
        label=_("Gate: points needed"), min_value=0, max_value=100, max_digits=7, decimal_places=4, required=False
    )
    gate_grade = forms.CharField(label=_("Gate: best grade otherwise"), max_length=12, required=False)
    applies_to: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        queryset=None, label=_("Only for"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, kpis: Any, types: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = kpis
        fields["kpi"].label_from_instance = lambda kpi: kpi.name
        fields["applies_to"].queryset = types

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("policy") == MissingPolicy.CARRY:
            if data.get("carry_periods") is None and "carry_periods" not in self.errors:
                self.add_error("carry_periods", _("Say for how many periods the last value may be carried."))
        else:
            data["carry_periods"] = 0
        has_minimum, has_grade = data.get("gate_minimum") is not None, bool(data.get("gate_grade"))
        if has_minimum and not has_grade:
            self.add_error("gate_grade", _("A gate needs the best grade that is still possible below it."))
        if has_grade and not has_minimum and "gate_minimum" not in self.errors:
            self.add_error("gate_minimum", _("A gate needs the points that open it."))
        return data


class _Lines(BaseFormSet):
    """All lines together: no KPI twice, and weights that total exactly 100."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        if not hasattr(self, "_choices"):
            self._choices = {
                "kpis": KPI.objects.filter(is_active=True).order_by("name"),
                "types": PartnerType.objects.order_by("name"),
            }
        return {**super().get_form_kwargs(index), **self._choices}

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The lines that stay, in their order."""
        return [form.cleaned_data for form in self.ordered_forms if form.cleaned_data.get("kpi")]

    @property
    def weight_total(self) -> Decimal:
        """The sum of the weights as typed, where they are numbers."""
        total = Decimal(0)
        for form in self.forms:
            raw = form["weight"].value()
            deleted = form["DELETE"].value() if "DELETE" in form.fields else False
            try:
                total += Decimal(str(raw)) if raw not in (None, "") and not deleted else Decimal(0)
            except ArithmeticError:
                continue
        return total

    def clean(self) -> None:
        if any(self.errors) or not self.management_form.is_valid():
            return
        lines = self.kept
        if not lines:
            raise forms.ValidationError(_("A scorecard needs at least one KPI."), code="empty")
        seen: set[int] = set()
        for line in lines:
            if line["kpi"].pk in seen:
                raise forms.ValidationError(
                    _("%(kpi)s stands on the scorecard twice. Keep one line."),
                    code="twice",
                    params={"kpi": line["kpi"].name},
                )
            seen.add(line["kpi"].pk)
        check_weights([line["weight"] for line in lines])


def check_weights(weights: Sequence[Decimal]) -> None:
    """Refuse weights that do not total exactly 100.

    Raises:
        ValidationError: saying what they total.
    """
    if not weights_are_complete(weights):
        total = sum(weights, Decimal(0))
        raise forms.ValidationError(
            _("The weights total %(total)s. They must total exactly 100."),
            code="weights",
            params={"total": total.normalize()},
        )


class BandForm(forms.Form):
    """A grade and the least total that earns it."""

    key = forms.CharField(label=_("Grade"), max_length=12)
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    minimum = forms.DecimalField(label=_("From"), min_value=0, max_value=100, max_digits=7, decimal_places=4)


class ConsequenceBandForm(BandForm):
    """A grade with what follows from it: for each kind of consequence never, on coming into the grade, or always."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in consequence_kinds:
            self.fields[f"then_{kind.key}"] = forms.ChoiceField(
                label=kind.label, choices=[("", _("Never")), *ConsequenceTiming.choices], required=False
            )

    @property
    def then_fields(self) -> list[Any]:
        """The choices of consequences."""
        return [self[f"then_{kind.key}"] for kind in consequence_kinds]

    @property
    def has_consequence(self) -> bool:
        """Whether anything is chosen."""
        return any(field.value() for field in self.then_fields)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What was chosen, as (kind, timing)."""
        found = [(kind.key, self.cleaned_data.get(f"then_{kind.key}", "")) for kind in consequence_kinds]
        return [(kind, timing) for kind, timing in found if timing]


class _Bands(BaseFormSet):
    """All grades together: contiguous from 0 up, no key and no limit twice."""

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The grades that stay."""
        rows = [{**form.cleaned_data, "consequences": getattr(form, "chosen", ())} for form in self.forms]
        return [row for row in rows if row.get("key") and not row.get("DELETE")]

    def clean(self) -> None:
        if any(self.errors) or not self.management_form.is_valid():
            return
        bands = self.kept
        keys = [band["key"] for band in bands]
        limits = [band["minimum"] for band in bands]
        if len(set(keys)) != len(keys):
            raise forms.ValidationError(_("Each grade needs its own letter."), code="twice")
        if len(set(limits)) != len(limits):
            raise forms.ValidationError(_("Two grades begin at the same total."), code="limits")
        if not limits or min(limits) != 0:
            raise forms.ValidationError(_("The lowest grade must begin at 0: no total may be left out."), code="gap")


LineFormSet = formset_factory(LineForm, formset=_Lines, extra=0, can_delete=True, can_order=True, max_num=60)
BandFormSet = formset_factory(BandForm, formset=_Bands, extra=0, can_delete=True, max_num=12)
ConsequenceBandFormSet = formset_factory(ConsequenceBandForm, formset=_Bands, extra=0, can_delete=True, max_num=12)
